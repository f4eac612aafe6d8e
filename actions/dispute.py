"""Disputes, lawyers and insolvency: the actions of this topic."""

from actions.base import DebtorAction


class ActionDisputeDebt(DebtorAction):
    intent = "dispute_debt"


class ActionLegalRepresentation(DebtorAction):
    intent = "legal_representation"
