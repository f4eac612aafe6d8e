"""What is owed and why: the actions of this topic."""

from actions.base import DebtorAction


class ActionAskBalance(DebtorAction):
    intent = "ask_balance"


class ActionAskDebtDetails(DebtorAction):
    intent = "ask_debt_details"


class ActionAskConsequences(DebtorAction):
    intent = "ask_consequences"
