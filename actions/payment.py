"""How to pay, what was paid, and papers: the actions of this topic."""

from actions.base import DebtorAction


class ActionAskPaymentMethods(DebtorAction):
    intent = "ask_payment_methods"


class ActionPayNow(DebtorAction):
    intent = "pay_now"


class ActionReportPayment(DebtorAction):
    intent = "report_payment"


class ActionRequestDocument(DebtorAction):
    intent = "request_document"
