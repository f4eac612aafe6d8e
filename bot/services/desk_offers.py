"""What may still be offered under the rules, in one step; and terms beyond them, which a second person decides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Frequency, Kind, Offer, Terms
from bot.debt.limits import Limits
from bot.debt.money import Money
from bot.debt.negotiation import Accepted, Proposal, Room, decide, opening_offers, room_left
from bot.debt.party import ConversationId
from bot.debt.proposals import Position
from bot.debt.schedules import due_dates, equal_amounts, schedule
from bot.services import agreement, negotiation, relay
from bot.services.application import Application
from bot.services.desk_port import Approval, User
from bot.services.desk_roles import DeskRefusal, May
from bot.services.desk_turn import DeskTurn, desk_turn
from bot.services.offers import offer_text
from bot.services.outcomes import as_date, as_money
from bot.services.proposals import proposal_json

_MOST_PAYMENTS = 60


@dataclass(frozen=True)
class Option:
    """One offer within the rules, with a key by which it is chosen: no figure comes from a page."""

    key: str
    terms: Terms
    is_ceiling: bool  # the most that the rules can ever give


@dataclass(frozen=True)
class RoomLeft:
    """What the rules still give one account today."""

    limits: Limits
    room: Room | None
    options: tuple[Option, ...]
    closed_because: str | None  # why nothing may be offered


def room_of(turn: DeskTurn, account: Account) -> RoomLeft:
    """The room left for an account; nothing is stored."""
    limits = turn.limits(account)
    reason = _closed_because(turn, account, limits)
    if reason is not None:
        return RoomLeft(limits, None, (), reason)
    position = negotiation.position_of(turn, account, limits)
    room = room_left(position)
    offers = [*opening_offers(position)]
    for more in (room.longest_plan, room.settlement_at_ceiling):
        if more is not None and all(_same_shape(more, other) is False for other in offers):
            offers.append(more)
    options = tuple(Option(_key(terms), terms, terms == room.settlement_at_ceiling) for terms in offers)
    return RoomLeft(limits, room, options, None)


def _same_shape(one: Terms, other: Terms) -> bool:
    return one.kind is other.kind and one.total == other.total and len(one.schedule) == len(other.schedule)


def _closed_because(turn: DeskTurn, account: Account, limits: Limits) -> str | None:
    if account.is_settled:
        return "settled"
    hold = turn.hold_forbidding_offers()
    if hold is not None:
        return f"hold_{hold.value}"
    if limits.is_time_barred:
        return "time_barred"
    return "agreed" if turn.uow.arrangements.open_for(account.reference) is not None else None


def _key(terms: Terms) -> str:
    days = [(i.due_on.isoformat(), i.amount.minor) for i in terms.schedule]
    return hashlib.sha256(repr((terms.kind.value, terms.saving.minor, days)).encode()).hexdigest()[:16]


def make(app: Application, user: User, conversation_id: ConversationId, key: str) -> str:
    """Put an option on the table and write it to the debtor. Returns the offer's id.

    Raises:
        DeskRefusal: not_yours, not_identified, no_account, offers_closed or offer_stale.
    """
    with desk_turn(app, user, conversation_id) as turn:
        account = _account(turn)
        room = room_of(turn, account)
        option = next((one for one in room.options if one.key == key), None)
        if option is None:
            raise DeskRefusal("offer_stale")
        return _say(turn, negotiation.offer_for(turn, account, room.limits, option.terms))


def send_approved(app: Application, user: User, conversation_id: ConversationId, offer_id: str) -> str:
    """Write an offer that a supervisor approved to the debtor.

    Raises:
        DeskRefusal: not_yours, not_identified or offer_stale.
    """
    with desk_turn(app, user, conversation_id) as turn:
        return _say(turn, _standing(turn, offer_id))


def _say(turn: DeskTurn, offer: Offer) -> str:
    if turn.conversation.state.get("stopped"):
        raise DeskRefusal("stopped")
    turn.say("utter_one_offer", offers=offer_text(turn, 1, offer))
    turn.conversation.state["desk_offer"] = {"offer_id": offer.offer_id, "at": turn.now.isoformat()}
    return offer.offer_id


def accept(app: Application, user: User, conversation_id: ConversationId, offer_id: str) -> None:
    """The debtor said yes in this chat: the agreement is made as the assistant would, with their words as proof.

    Raises:
        DeskRefusal: not_yours, not_identified, offer_stale, or not_said: they wrote nothing after the offer.
    """
    with desk_turn(app, user, conversation_id) as turn:
        _standing(turn, offer_id)
        sent = turn.conversation.state.get("desk_offer") or {}
        at = sent.get("at") if sent.get("offer_id") == offer_id else None
        if at is None or turn.message.received_at.isoformat() <= str(at):
            raise DeskRefusal("not_said")
        turn.heard = turn.heard_in_chat()
        agreement.accept(turn, offer_id)
        turn.conversation.state.pop("desk_offer", None)


def _standing(turn: DeskTurn, offer_id: str) -> Offer:
    account = _account(turn)
    offer = turn.uow.offers.get(offer_id)
    if (
        offer is None
        or offer.account != account.reference
        or agreement.stale_because(turn, offer, account) is not None
    ):
        raise DeskRefusal("offer_stale")
    return offer


def _account(turn: DeskTurn) -> Account:
    """The account of the identified debtor, open for offers."""
    if turn.party is None:
        raise DeskRefusal("not_identified")
    account = turn.account_in_hand
    if account is None or account.debtor_id != turn.party.debtor.debtor_id:
        raise DeskRefusal("no_account")
    turn.conversation.account = account.reference
    if _closed_because(turn, account, turn.limits(account)) is not None:
        raise DeskRefusal("offers_closed")
    return account


# -- beyond the rules -----------------------------------------------------------------------------------------------


def ask_approval(
    app: Application, user: User, conversation_id: ConversationId, form: Mapping[str, str]
) -> str | None:
    """Ask a supervisor for terms of one's own. Returns the id; None when the rules allow them anyway.

    Args:
        form: `kind` settlement (with `amount`, the whole sum) or plan; `payments`; `starts_on`; `reason`.

    Raises:
        DeskRefusal: not_yours, not_identified, no_account, offers_closed, reason_missing, bad_amount, bad_date,
            bad_payments.
    """
    reason = form.get("reason", "").strip()[: relay.MAX_REASON]
    if not reason:
        raise DeskRefusal("reason_missing")
    with desk_turn(app, user, conversation_id) as turn:
        account = _account(turn)
        position = negotiation.position_of(turn, account, turn.limits(account))
        proposal = _proposal(account, form, turn.today)
        verdict = decide(position, proposal)
        if isinstance(verdict, Accepted):
            _say(turn, negotiation.offer_for(turn, account, turn.limits(account), verdict.terms))
            return None
        approval_id = f"A-{uuid4().hex[:12]}"
        days = app.rulebook.desk(turn.today).approval_valid_for
        approval = Approval(
            approval_id=approval_id,
            conversation_id=conversation_id,
            account=account.reference,
            requested_by=user.user_id,
            requested_at=turn.now,
            proposal=proposal_json(proposal),
            terms=_terms(position, proposal, approval_id),
            balance=account.balance.total,
            expires_on=turn.today + timedelta(days=days),
            reason=reason,
        )
        turn.uow.desk.add_approval(approval)
        _audit(turn, approval, "asked", reason)
    return approval_id


def _proposal(account: Account, form: Mapping[str, str], today: date) -> Proposal:
    raw = form.get("payments", "1").strip() or "1"
    payments = int(raw) if raw.isascii() and raw.isdigit() else 0
    if not 1 <= payments <= _MOST_PAYMENTS:
        raise DeskRefusal("bad_payments", most=str(_MOST_PAYMENTS))
    starts_on = as_date(form.get("starts_on"))
    if not today <= starts_on <= today + timedelta(days=365):
        raise DeskRefusal("bad_date")
    if form.get("kind") == "plan":
        return Proposal(installments=payments, frequency=Frequency.MONTHLY, starts_on=starts_on)
    amount = as_money(form.get("amount", ""), account.currency)
    if amount >= account.balance.total:
        raise DeskRefusal("bad_amount")
    return Proposal(
        amount=amount,
        installments=payments,
        starts_on=starts_on,
        wants_settlement=True,
        is_per_instalment=False,
    )


def _terms(position: Position, proposal: Proposal, approval_id: str) -> Terms:
    """The terms asked for, to the day and cent."""
    total = proposal.amount or position.balance
    days = due_dates(Frequency.MONTHLY, proposal.starts_on or position.today, proposal.installments or 1)
    step = position.limits.plan.round_to if position.limits.plan else Money(1, total.currency)
    return Terms(
        kind=Kind.SETTLEMENT if total < position.balance else Kind.PAYMENT_PLAN,
        frequency=Frequency.MONTHLY if len(days) > 1 else Frequency.ONCE,
        schedule=schedule(equal_amounts(total, len(days), step), days),
        saving=position.balance - total,
        rule_id=f"approval.{approval_id}",
        edition=position.limits.edition,
    )


def decide_approval(app: Application, user: User, approval_id: str, *, approve: bool, note: str) -> None:
    """Approve or reject: never one's own, and only while nothing changed.

    Raises:
        DeskRefusal: not_allowed, not_found, own_request, decided or offer_stale.
    """
    with app.unit_of_work(write=False) as uow:
        found = uow.desk.approval(approval_id)
    if found is None:
        raise DeskRefusal("not_found")
    with desk_turn(app, user, found.conversation_id, needs=May.APPROVE, own=False) as turn:
        if found.requested_by == user.user_id:
            raise DeskRefusal("own_request")
        offer_id = _put(turn, found) if approve else None
        decided = turn.uow.desk.decide_approval(
            approval_id,
            "approved" if approve else "rejected",
            decided_by=user.user_id,
            decided_at=turn.now,
            note=note.strip()[: relay.MAX_REASON] or None,
            offer_id=offer_id,
        )
        if not decided:
            raise DeskRefusal("decided")
        _audit(turn, found, "approved" if approve else "rejected", note.strip()[: relay.MAX_REASON], offer_id)


def _put(turn: DeskTurn, approval: Approval) -> str:
    account = turn.uow.accounts.get(approval.account)
    if (
        account is None
        or account.balance.total != approval.balance
        or approval.terms.first_due_on < turn.today
        or turn.uow.arrangements.open_for(approval.account) is not None
    ):
        raise DeskRefusal("offer_stale")
    days = turn.app.rulebook.desk(turn.today).approval_valid_for
    return agreement.put_on_table(turn, account, approval.terms, days).offer_id


def _audit(
    turn: DeskTurn, approval: Approval, outcome: str, reason: str, offer_id: str | None = None
) -> None:
    turn.audit(
        Tag.DESK_APPROVAL,
        rule_id=approval.terms.rule_id,
        approval_id=approval.approval_id,
        account=approval.account,
        outcome=outcome,
        reason=reason,
        proposal=dict(approval.proposal),
        total=approval.terms.total,
        saving=approval.terms.saving,
        installments=len(approval.terms.schedule),
        offer_id=offer_id,
    )
