"""Who is writing: the actions of this topic."""

from actions.base import DebtorAction


class ActionInform(DebtorAction):
    intent = "inform"


class ActionAskLegitimacy(DebtorAction):
    intent = "ask_legitimacy"


class ActionWrongPerson(DebtorAction):
    intent = "wrong_person"


class ActionReportDeath(DebtorAction):
    intent = "report_death"
