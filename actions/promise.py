"""Promises to pay and more time: the actions of this topic."""

from actions.base import DebtorAction


class ActionPromiseToPay(DebtorAction):
    intent = "promise_to_pay"


class ActionRequestExtension(DebtorAction):
    intent = "request_extension"
