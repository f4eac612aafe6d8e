"""What answers each intent and each open question: one table to read the whole dialogue from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.debt.conversations import Pending
from bot.services import (
    agreement,
    balance,
    callbacks,
    consent_question,
    contact,
    contact_wishes,
    data_requests,
    dispute,
    handoff,
    hardship,
    identity,
    negotiation,
    payment,
    promise,
    proof,
    representatives,
    resume,
    smalltalk,
    table,
)
from bot.services.turn import Turn


@dataclass(frozen=True)
class Step:
    """What answers an intent, and whether the person must be identified first."""

    use_case: Callable[[Turn], None]
    needs_party: bool = False


def _inform(turn: Turn) -> None:
    """A value to no open question: identity data was taken before; amounts open a negotiation."""
    if turn.party is not None and turn.heard.has("amount", "installments", "fraction", "frequency"):
        negotiation.counter(turn)
    elif turn.party is not None and turn.heard.has("date"):
        promise.extend(turn)
    elif turn.party is None:
        identity.ask(turn)
    elif turn.heard.has("account_reference", "document", "date_of_birth", "last_four"):
        turn.say("utter_already_identified")
        resume.ask_again(turn)
    else:
        smalltalk.out_of_scope(turn)


def _ask_legitimacy(turn: Turn) -> None:
    proof.answer(turn)
    resume.ask_again(turn)


STEPS: dict[str, Step] = {
    "greet": Step(smalltalk.greet),
    "goodbye": Step(smalltalk.goodbye),
    "thank": Step(smalltalk.thank),
    "affirm": Step(smalltalk.affirm),
    "deny": Step(smalltalk.deny),
    "help": Step(smalltalk.help_),
    "ask_bot": Step(smalltalk.ask_bot),
    "ask_legitimacy": Step(_ask_legitimacy),
    "change_language": Step(smalltalk.change_language),
    "inform": Step(_inform),
    "ask_balance": Step(balance.tell, needs_party=True),
    "ask_debt_details": Step(balance.details, needs_party=True),
    "ask_payment_methods": Step(payment.methods, needs_party=True),
    "pay_now": Step(payment.pay_now, needs_party=True),
    "report_payment": Step(payment.report, needs_party=True),
    "request_installments": Step(negotiation.start, needs_party=True),
    "request_discount": Step(negotiation.start, needs_party=True),
    "counter_offer": Step(negotiation.counter, needs_party=True),
    "promise_to_pay": Step(promise.make, needs_party=True),
    "request_extension": Step(promise.extend, needs_party=True),
    "refuse_to_pay": Step(negotiation.refuse),
    "dispute_debt": Step(dispute.dispute, needs_party=True),
    "report_hardship": Step(hardship.hardship, needs_party=True),
    "wrong_person": Step(identity.wrong_person),
    "report_death": Step(identity.death),
    "legal_representation": Step(representatives.represented),
    "ask_consequences": Step(balance.consequences, needs_party=True),
    "ask_agreement_status": Step(agreement.status, needs_party=True),
    "change_agreement": Step(agreement.change, needs_party=True),
    "request_document": Step(payment.document, needs_party=True),
    "request_agent": Step(handoff.request_agent),
    "request_callback": Step(callbacks.request),
    "complain": Step(contact.complain),
    "stop_contact": Step(contact.stop),
    "data_rights": Step(data_requests.invoke),
    "update_contact": Step(contact.update),
    "distress": Step(hardship.distress),
    "insult": Step(smalltalk.insult),
    "out_of_scope": Step(smalltalk.out_of_scope),
}

# What is said about these goes before any open question.
URGENT = frozenset(
    {
        "distress",
        "report_death",
        "wrong_person",
        "legal_representation",
        "stop_contact",
        "dispute_debt",
        "report_payment",
        "request_agent",
        "data_rights",
        "complain",
        "report_hardship",
    }
)
# Even identity data in the same message does not come before these.
BEFORE_IDENTITY = frozenset(
    {"distress", "report_death", "wrong_person", "stop_contact", "legal_representation"}
)
# The right is answered while a person is awaited; nothing else is.
WHILE_WAITING = BEFORE_IDENTITY | {"data_rights", "complain"}
NO_INTRODUCTION = frozenset({"distress", "report_death", "stop_contact"})

SOMEONE_ELSE = frozenset({"wrong_person", "report_death"})
# Missing one of these does the most harm: acted on even when another meaning is likelier, while we are unsure.
EVEN_SECOND = frozenset({"distress", "stop_contact"})

# Questions that are put to whoever writes, identified or not.
TO_ANYBODY = frozenset(
    {
        Pending.HUMAN,
        Pending.CALLBACK,
        Pending.HOURS,
        Pending.REPRESENTATIVE,
        Pending.DATA_RIGHT,
        Pending.RECTIFY,
    }
)
OPEN_QUESTIONS: dict[Pending, Callable[[Turn], bool]] = {
    Pending.ACCOUNT: balance.answer_account,
    Pending.AFFORDABILITY: negotiation.answer_affordability,
    Pending.OFFERS: table.answer_offers,
    Pending.SUMMARY: agreement.answer_summary,
    Pending.PROMISE: promise.answer,
    Pending.NEW_DATE: agreement.answer_new_date,
    Pending.CONFIRM: consent_question.answer,
    Pending.HUMAN: handoff.answer_offer_of_person,
    Pending.CALLBACK: callbacks.answer,
    Pending.HOURS: contact_wishes.answer_hours,
    Pending.REPRESENTATIVE: representatives.answer,
    Pending.DATA_RIGHT: data_requests.answer_kind,
    Pending.RECTIFY: data_requests.answer_rectification,
    Pending.DISPUTE: dispute.answer_details,
    Pending.PAYMENT_PROOF: payment.answer_proof,
}
