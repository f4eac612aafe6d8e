"""How to pay, and what to do with "I already paid"."""

from __future__ import annotations

import re

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import InstalmentStatus
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.debt.money import Money
from bot.services import payment_methods, wording
from bot.services.turn import Turn

_ALL = re.compile(
    r"\b(?:todo|entero|completo|de una vez|lo que (?:falta|queda)|(?:it )?all|the (?:rest|whole|lot)|in full)\b",
    re.IGNORECASE,
)


def methods(turn: Turn) -> None:
    """The creditor's own ways to pay what is due next."""
    from bot.services import balance, negotiation

    account = balance.choose_account(turn)
    if account is None:
        return
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
        return
    if turn.hold_forbidding_offers() is not None:
        negotiation.say_if_closed(turn, account)
        return
    instructions(turn, account, _due_now(turn, account))


def pay_now(turn: Turn) -> None:
    """Pay at once: what stands agreed, else the whole balance; a lower offer that the rules allow is told first."""
    from bot.services import balance, negotiation

    account = balance.choose_account(turn)
    if account is None or turn.uow.arrangements.open_for(account.reference) is not None:
        if account is not None:
            is_all = bool(_ALL.search(turn.heard.text))
            instructions(turn, account, _left(turn, account) if is_all else _due_now(turn, account))
        return
    if negotiation.say_if_closed(turn, account):
        return
    if (
        turn.heard.amount is not None
        and Money.nearest(turn.heard.amount, account.currency) != account.balance.total
    ):
        negotiation.counter(turn)
        return
    limits = turn.limits(account)
    if limits.settlement is not None:
        negotiation.make_offers(turn, account, limits)
        return
    instructions(turn, account, account.balance.total)


def _left(turn: Turn, account: Account) -> Money:
    """All that is left of the agreement in force."""
    from bot.services import agreement

    arrangement = turn.uow.arrangements.open_for(account.reference)
    if arrangement is None:
        return account.balance.total
    unpaid = (i for i in arrangement.terms.schedule if i.status is not InstalmentStatus.PAID)
    return sum(map(agreement.still_due, unpaid), start=Money.zero(account.currency))


def _due_now(turn: Turn, account: Account) -> Money:
    from bot.services import agreement

    arrangement = turn.uow.arrangements.open_for(account.reference)
    upcoming = arrangement.next_instalment() if arrangement is not None else None
    return agreement.still_due(upcoming) if upcoming is not None else account.balance.total


def instructions(turn: Turn, account: Account, amount: Money) -> None:
    """Say how to pay an amount; what was said is recorded."""
    locale = wording.locale_of(turn.conversation.language, turn.country)
    options = payment_methods.for_account(turn.app, account, amount, turn.now, turn.conversation.language)
    turn.audit(
        Tag.PAYMENT_INSTRUCTIONS_GIVEN,
        account=account.reference,
        amount=amount,
        methods=[{"kind": option.kind, "text": option.text} for option in options],
    )
    turn.say(
        "utter_how_to_pay",
        creditor=account.creditor,
        amount=wording.money(amount, locale),
        methods="\n".join(f"- {option.text}" for option in options),
    )


def report(turn: Turn) -> None:
    """ "I already paid": collection stops while it is checked, and the debtor is told so."""
    from bot.services import balance

    account = balance.choose_account(turn)
    if account is None:
        return
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
        return
    turn.place_hold(HoldKind.PAYMENT_CLAIMED, account.debtor_id, account.reference)
    turn.dispose(Disposition.DISPUTED)
    heard = turn.heard
    turn.open_case(
        "payment_claimed", amount=heard.amount, paid_on=heard.first("date"), words=heard.text[:200]
    )
    turn.say("utter_payment_claimed")
    if heard.first("date") is None:
        turn.ask(Pending.PAYMENT_PROOF, "utter_ask_payment_proof")


def answer_proof(turn: Turn) -> bool:
    """When and how it was paid, or a receipt."""
    if turn.heard.intent in ("inform", "report_payment", "affirm", "out_of_scope") or turn.message.media:
        heard = turn.heard
        turn.open_case(
            "payment_claimed",
            amount=heard.amount,
            paid_on=heard.first("date"),
            words=heard.text[:200],
            receipts=len(turn.message.media),
        )
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_payment_proof_noted")
        return True
    if turn.heard.intent == "deny":
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_payment_proof_later")
        return True
    return False


def document(turn: Turn) -> None:
    """A receipt, contract, statement or certificate: noted for the people who send it; the plan's summary at once."""
    from bot.services import agreement, balance, cases

    account = balance.choose_account(turn)
    if account is None:
        return
    cases.open_case(turn, "document")
    turn.open_case("document", account=account.reference, words=turn.heard.text[:200])
    turn.say("utter_document_requested", days=turn.app.rulebook.country(turn.country).document_days)
    arrangement = turn.uow.arrangements.open_for(account.reference)
    if arrangement is not None:
        agreement.status(turn)
