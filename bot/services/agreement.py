"""From a chosen offer to an agreement: the written summary, the explicit yes, and changes afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import (
    Arrangement,
    ArrangementStatus,
    Instalment,
    InstalmentStatus,
    Kind,
    Offer,
    Terms,
)
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.money import Money
from bot.debt.negotiation import Moved, move_due_date
from bot.services import consent_question, payment
from bot.services.cards import Card
from bot.services.offers import offer_values, title_name
from bot.services.turn import Button, Turn


def still_due(instalment: Instalment) -> Money:
    """What is left to pay of an instalment."""
    return instalment.amount - instalment.paid if instalment.paid is not None else instalment.amount


def put_on_table(turn: Turn, account: Account, terms: Terms, valid_days: int) -> Offer:
    """Store an offer before it is spoken of."""
    offer = Offer(
        offer_id=f"O-{uuid4().hex[:12]}",
        account=account.reference,
        terms=terms,
        balance=account.balance.total,
        made_at=turn.now,
        expires_on=turn.today + timedelta(days=valid_days),
    )
    turn.uow.offers.put(offer)
    turn.audit(
        Tag.OFFER_MADE,
        rule_id=terms.rule_id,
        offer_id=offer.offer_id,
        account=account.reference,
        kind=terms.kind.value,
        total=terms.total,
        saving=terms.saving,
        installments=len(terms.schedule),
        first_due_on=terms.first_due_on,
        last_due_on=terms.last_due_on,
        expires_on=offer.expires_on,
    )
    return offer


def show_summary(turn: Turn, offer: Offer) -> None:
    """The written summary to which the debtor says yes or no."""
    talk = turn.conversation
    talk.state["summary"] = offer.offer_id
    turn.audit(Tag.SUMMARY_SHOWN, rule_id=offer.terms.rule_id, offer_id=offer.offer_id)
    account = turn.uow.accounts.get(offer.account)
    assert account is not None
    limits = turn.limits(account)
    name = "utter_summary_settlement" if offer.terms.kind is Kind.SETTLEMENT else "utter_summary_plan"
    if offer.terms.is_full_payment:
        name = "utter_summary_full"
    turn.say(
        name,
        creditor=account.creditor,
        reference=account.reference,
        balance=offer.balance,
        total=offer.terms.total,
        saving=offer.terms.saving,
        schedule=offer.terms,
        count=len(offer.terms.schedule),
        expires_on=offer.expires_on,
        changes=limits.plan.date_changes if limits.plan is not None else 0,
        cards=[_card(turn, offer)],
    )
    turn.ask(
        Pending.SUMMARY,
        "utter_ask_acceptance",
        buttons=(Button("button_accept", "affirm"), Button("button_not_yet", "deny")),
    )


def _card(turn: Turn, offer: Offer) -> Card:
    """What is about to be agreed to, with its whole schedule."""
    terms = offer.terms
    values = offer_values(turn, offer)
    return Card(title_name(terms), values, terms.total, terms.saving, terms.schedule, kind="summary")


_OWN_TERMS = ("amount", "amounts", "installments", "date", "frequency", "fraction", "choice")


def answer_summary(turn: Turn) -> bool:
    """An explicit yes makes the agreement; a no goes back to the table."""
    from bot.services import resume, table

    talk, intent = turn.conversation, turn.heard.intent
    offer = turn.uow.offers.get(str(talk.state.get("summary")))
    # "Yes, but on the 20th", "yes, but 25" are no yes to what is written here.
    if offer is not None and table.changes(turn, offer):
        return True
    if intent == "affirm":
        accept(turn, str(talk.state.get("summary")))
        return True
    if intent == "ask_agreement_status" and offer is not None and turn.hold_forbidding_offers() is None:
        first = offer.terms.schedule[0]
        turn.say("utter_first_payment_would_be", amount=first.amount, due_on=first.due_on)
        resume.ask_again(turn)
        return True
    if intent == "pay_now" and offer is not None and len(offer.terms.schedule) == 1:
        accept(turn, offer.offer_id)
        return True
    if intent == "deny" and not turn.heard.has("amount", "installments", "date"):
        talk.pending = Pending.OFFERS
        turn.say("utter_what_would_suit", buttons=(Button("button_person", "request_agent"),))
        return True
    if intent == "request_installments" and not turn.heard.has(*_OWN_TERMS):
        # "The plan, please": that is the one on the table, and it needs a yes.
        resume.ask_again(turn)
        return True
    if turn.heard.has("choice") and intent in ("inform", "counter_offer", "request_installments"):
        return table.answer_offers(turn)
    return False


def accept(turn: Turn, offer_id: str) -> None:
    """Make the agreement if the offer still stands exactly as it was shown; else offer anew."""
    from bot.services import negotiation

    turn.lock(turn.require_party().debtor.debtor_id)
    offer = turn.uow.offers.get(offer_id)
    account = turn.uow.accounts.get(offer.account) if offer is not None else None
    if offer is None or account is None or account.debtor_id != turn.require_party().debtor.debtor_id:
        negotiation.start(turn)
        return
    if turn.uow.arrangements.open_for(account.reference) is not None:
        turn.say("utter_already_agreed")
        status(turn)
        return
    if turn.hold_forbidding_offers() is not None:
        turn.say("utter_person_has_case")
        return
    if stale_because(turn, offer, account) is not None:
        reason = stale_because(turn, offer, account)
        turn.audit(Tag.OFFER_STALE, rule_id=offer.terms.rule_id, offer_id=offer_id, reason=reason)
        turn.uow.offers.close([offer_id], "superseded")
        turn.say("utter_offer_stale")
        negotiation.start(turn)
        return
    _agree(turn, offer, account)


def stale_because(turn: Turn, offer: Offer, account: Account) -> str | None:
    """Why an offer no longer stands, or None if it does."""
    if turn.uow.offers.status(offer.offer_id) != "on_table":
        return "replaced"
    if offer.expires_on < turn.today or offer.terms.first_due_on < turn.today:
        return "expired"
    if offer.balance != account.balance.total:
        return "balance_changed"
    return None


def _agree(turn: Turn, offer: Offer, account: Account) -> None:
    talk = turn.conversation
    arrangement = Arrangement(
        arrangement_id=f"P-{uuid4().hex[:12]}",
        account=account.reference,
        terms=offer.terms,
        status=ArrangementStatus.ACTIVE,
        agreed_at=turn.now,
    )
    turn.uow.arrangements.add(arrangement, talk.conversation_id)
    others = [
        o.offer_id
        for o in turn.uow.offers.on_table(account.reference, turn.today)
        if o.offer_id != offer.offer_id
    ]
    turn.uow.offers.close([offer.offer_id], "accepted")
    turn.uow.offers.close(others, "superseded")
    turn.audit(
        Tag.OFFER_ACCEPTED,
        rule_id=offer.terms.rule_id,
        offer_id=offer.offer_id,
        arrangement_id=arrangement.arrangement_id,
        account=account.reference,
        kind=offer.terms.kind.value,
        total=offer.terms.total,
        saving=offer.terms.saving,
        schedule=[[i.due_on, i.amount] for i in offer.terms.schedule],
        words=turn.heard.text[:200],
    )
    is_settlement = offer.terms.kind is Kind.SETTLEMENT
    turn.dispose(Disposition.SETTLEMENT_AGREED if is_settlement else Disposition.PLAN_AGREED)
    talk.pending = Pending.NOTHING
    talk.state.pop("summary", None)
    talk.state.pop("offers", None)
    turn.say(
        "utter_agreed", first_amount=offer.terms.schedule[0].amount, first_due_on=offer.terms.first_due_on
    )
    payment.instructions(turn, account, offer.terms.schedule[0].amount)
    if offer.terms.last_due_on > turn.today:
        consent_question.ask(turn)


def status(turn: Turn) -> None:
    """The agreement in force, with what is left; or the promise; or that there is none yet."""
    from bot.services import balance, negotiation

    account = balance.choose_account(turn)
    if account is None:
        return
    arrangement = turn.uow.arrangements.open_for(account.reference)
    if arrangement is not None:
        upcoming = arrangement.next_instalment()
        left = [i for i in arrangement.terms.schedule if i.status.value != "paid"]
        turn.say(
            "utter_agreement_status",
            total=arrangement.terms.total,
            saving=arrangement.terms.saving,
            left=len(left),
            schedule=tuple(replace(i, amount=still_due(i)) for i in left),
            next_amount=still_due(upcoming) if upcoming else arrangement.terms.total,
            next_due_on=upcoming.due_on if upcoming else arrangement.terms.last_due_on,
            cards=[_card_of_what_is_left(arrangement, left)],
        )
        return
    promises = [p for p in turn.uow.promises.of_account(account.reference) if p.status.value == "open"]
    if promises:
        turn.say("utter_promise_status", amount=promises[-1].amount, due_on=promises[-1].due_on)
        return
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
        return
    turn.say("utter_no_agreement")
    if not negotiation.say_if_closed(turn, account):
        turn.say("utter_how_to_settle", buttons=balance.ways_to_settle(turn))


def _card_of_what_is_left(arrangement: Arrangement, left: list[Instalment]) -> Card:
    terms, due = arrangement.terms, [replace(i, amount=still_due(i)) for i in left]
    return Card("utter_card_agreement", {}, terms.total, terms.saving, due, kind="agreement")


def change(turn: Turn) -> None:
    """Move the next due date once within the rules, withdraw the same day, or bring in a person."""
    from bot.services import balance, negotiation, withdrawal

    account = balance.choose_account(turn)
    if account is None:
        return
    arrangement = turn.uow.arrangements.open_for(account.reference)
    takes_back = withdrawal.is_meant(turn.heard)
    if arrangement is None:
        if takes_back:
            status(turn)
        else:
            negotiation.start(turn)
        return
    if takes_back:
        withdrawal.take_back(turn, arrangement)
        return
    if turn.heard.amount is not None and not turn.heard.days:
        # Another amount is a new negotiation on an agreement in force: a person decides.
        propose_change(turn)
        return
    if turn.heard.days:
        _move(turn, arrangement, turn.heard.days[-1])
        return
    turn.ask(Pending.NEW_DATE, "utter_ask_new_date", buttons=[Button("button_person", "request_agent")])


def propose_change(turn: Turn) -> None:
    """A change that only a person can make: they get the request."""
    from bot.services import handoff

    handoff.to_person(
        turn,
        "change_agreement",
        words=turn.heard.text[:200],
        amount=turn.heard.amount,
        day=turn.heard.first("date"),
    )
    turn.say("utter_change_to_person")


def answer_new_date(turn: Turn) -> bool:
    """The new day for the next instalment, or a yes to the one proposed."""
    arrangement = turn.uow.arrangements.open_for(turn.account.reference) if turn.account is not None else None
    proposed = turn.conversation.state.pop("new_date", None)
    if arrangement is not None and turn.heard.intent == "affirm" and proposed:
        _move(turn, arrangement, date.fromisoformat(proposed))
        return True
    if turn.heard.intent == "deny" and not turn.heard.days:
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    if arrangement is None or not turn.heard.days:
        return False
    _move(turn, arrangement, turn.heard.days[-1])
    return True


def propose_new_date(turn: Turn, new_day: date) -> None:
    """A later day that was only mentioned is confirmed before it uses up a change."""
    turn.conversation.state["new_date"] = new_day.isoformat()
    turn.ask(
        Pending.NEW_DATE,
        "utter_propose_new_date",
        due_on=new_day,
        buttons=(Button("button_accept", "affirm"), Button("button_not_yet", "deny")),
    )


def _move(turn: Turn, arrangement: Arrangement, new_day: date) -> None:
    account = turn.account
    assert account is not None
    limits = turn.limits(account)
    number = 1 + [i.status is not InstalmentStatus.PAID for i in arrangement.terms.schedule].index(True)
    verdict = move_due_date(arrangement, number, new_day, limits, turn.today)
    if isinstance(verdict, Moved):
        turn.uow.arrangements.update(verdict.arrangement)
        turn.audit(
            Tag.DUE_DATE_CHANGED,
            rule_id=limits.plan.rule_id if limits.plan else None,
            arrangement_id=arrangement.arrangement_id,
            number=number,
            due_on=new_day,
        )
        turn.conversation.pending = Pending.NOTHING
        turn.say(
            "utter_date_changed",
            due_on=new_day,
            amount=still_due(verdict.arrangement.terms.schedule[number - 1]),
        )
        return
    if verdict.latest is None:
        propose_change(turn)
        return
    turn.ask(
        Pending.NEW_DATE,
        "utter_date_not_possible",
        latest=verdict.latest,
        buttons=[Button("button_person", "request_agent")],
    )
