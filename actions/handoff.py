"""A person, now or later: the actions of this topic."""

from actions.base import DebtorAction


class ActionRequestAgent(DebtorAction):
    intent = "request_agent"


class ActionRequestCallback(DebtorAction):
    intent = "request_callback"
