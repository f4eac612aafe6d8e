"""Plans, discounts, proposals and agreements: the actions of this topic."""

from actions.base import DebtorAction


class ActionRequestInstallments(DebtorAction):
    intent = "request_installments"


class ActionRequestDiscount(DebtorAction):
    intent = "request_discount"


class ActionCounterOffer(DebtorAction):
    intent = "counter_offer"


class ActionRefuseToPay(DebtorAction):
    intent = "refuse_to_pay"


class ActionAskAgreementStatus(DebtorAction):
    intent = "ask_agreement_status"


class ActionChangeAgreement(DebtorAction):
    intent = "change_agreement"
