"""Hard times and despair: the actions of this topic."""

from actions.base import DebtorAction


class ActionReportHardship(DebtorAction):
    intent = "report_hardship"


class ActionDistress(DebtorAction):
    intent = "distress"
