"""One conversation as a person at the desk sees it: who, what was said and understood, what is owed and agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement
from bot.debt.conversations import Conversation, Owner
from bot.debt.holds import Hold
from bot.debt.party import ConversationId, Debtor
from bot.debt.promises import Promise
from bot.services.application import Application
from bot.services.desk_masks import masked_address, masked_name, masked_phone, masked_text
from bot.services.desk_offers import RoomLeft, room_of
from bot.services.desk_port import Approval, Note, Presence, User
from bot.services.desk_roles import DeskRefusal, May, require
from bot.services.desk_turn import DeskTurn, is_identified, require_sight
from bot.services.turn import facts_of
from bot.services.unit_of_work import Handoff, InboundMessage, OutboundMessage, UnitOfWork

SHOWN_MESSAGES = 200
# Somebody whose page gave no sign for this long has left; and typing is over sooner.
HERE_FOR = timedelta(seconds=25)
TYPING_FOR = timedelta(seconds=6)
_OPENED_AGAIN_AFTER = timedelta(minutes=10)
_TOLD = (
    Tag.MESSAGE_UNDERSTOOD,
    Tag.OFFER_MADE,
    Tag.COUNTER_OFFER_DECIDED,
    Tag.OFFER_ACCEPTED,
    Tag.PROMISE_MADE,
    Tag.HOLD_PLACED,
)


@dataclass(frozen=True)
class Line:
    """One message of the transcript."""

    message_id: str
    is_inbound: bool
    author: str  # debtor | assistant | the name of a person
    at: datetime
    text: str
    media: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    status: str = ""  # of delivery
    error: str | None = None
    response: str = ""
    intent: str | None = None  # what the assistant took it for
    confidence: str | None = None
    rule_ids: tuple[str, ...] = ()  # that decided what follows it


@dataclass(frozen=True)
class AccountView:
    """One account with what stands on it."""

    account: Account
    segment: str
    days_past_due: int
    is_in_hand: bool
    holds: tuple[Hold, ...]
    arrangement: Arrangement | None
    promises: tuple[Promise, ...]


@dataclass(frozen=True)
class CaseView:
    """Everything on the page of a conversation. `debtor` and `accounts` are there only when they may be seen."""

    conversation: Conversation
    address: str
    name: str | None
    debtor: Debtor | None
    phone: str | None
    is_identified: bool
    is_masked: bool
    revealed_until: datetime | None
    is_mine: bool
    assignee: User | None
    cases: tuple[Handoff, ...]
    lines: tuple[Line, ...]
    accounts: tuple[AccountView, ...]
    holds: tuple[Hold, ...]
    room: RoomLeft | None
    notes: tuple[Note, ...]
    approvals: tuple[Approval, ...]
    others: tuple[Presence, ...]
    authors: Mapping[str, str]  # names of users by id
    summary: tuple[tuple[str, Mapping[str, Any]], ...]
    country: str
    local_time: datetime
    is_open: bool


def opened(app: Application, user: User, conversation_id: ConversationId, by: str = "page") -> CaseView:
    """Read a conversation; that somebody did is an entry of its record.

    Raises:
        DeskRefusal: not_found.
    """
    now = app.clock.now()
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        require_sight(uow, user, talk)
        here = list(uow.desk.present(conversation_id, now - _OPENED_AGAIN_AFTER))
        if by != "page" or all(one.user_id != user.user_id for one in here):
            turn = DeskTurn(app, uow, talk, user)
            turn.audit(Tag.DESK_OPENED, masked=_is_masked(app, uow, user, talk), by=by)
        if by == "page":
            uow.desk.see(conversation_id, user.user_id, now, typing=False)
        uow.commit()
    return view(app, user, conversation_id)


def view(app: Application, user: User, conversation_id: ConversationId) -> CaseView:
    """What an open page shows now.

    Raises:
        DeskRefusal: not_found.
    """
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.peek(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        require_sight(uow, user, talk)
        return _view(app, uow, user, talk)


def _is_masked(app: Application, uow: UnitOfWork, user: User, talk: Conversation) -> bool:
    if is_identified(app, talk):
        return False
    until = uow.desk.revealed_until(talk.conversation_id, user.user_id)
    return until is None or until < app.clock.now()


def _view(app: Application, uow: UnitOfWork, user: User, talk: Conversation) -> CaseView:
    now = app.clock.now()
    turn = DeskTurn(app, uow, talk, user)
    debtor = uow.debtors.get(turn.subject) if turn.subject is not None else None
    masked = _is_masked(app, uow, user, talk)
    accounts = _accounts(app, uow, turn, debtor) if debtor is not None and not masked else ()
    account = turn.account_in_hand if not masked else None
    people = {one.user_id: one.full_name for one in uow.desk_people.all()}
    name = None if debtor is None else (masked_name(debtor.full_name) if masked else debtor.full_name)
    phone = debtor.phone if debtor is not None else None
    cases = turn.cases
    return CaseView(
        conversation=talk,
        address=masked_address(talk.address) if masked else talk.address,
        name=name,
        debtor=None if masked else debtor,
        phone=masked_phone(phone) if masked else phone,
        is_identified=is_identified(app, talk),
        is_masked=masked,
        revealed_until=uow.desk.revealed_until(talk.conversation_id, user.user_id) if not masked else None,
        is_mine=talk.owner is Owner.HUMAN and talk.assignee == user.user_id,
        assignee=uow.desk_people.get(talk.assignee) if talk.assignee else None,
        cases=tuple(cases),
        lines=_lines(uow, talk, debtor if masked else None, masked),
        accounts=accounts,
        holds=tuple(uow.holds.in_force(debtor.debtor_id)) if debtor is not None else (),
        room=room_of(turn, account) if account is not None and turn.party is not None else None,
        notes=tuple(uow.desk.notes(talk.conversation_id)),
        approvals=tuple(uow.desk.approvals(talk.conversation_id)) if not masked else (),
        others=_others(uow, user, talk, now),
        authors=people,
        summary=tuple(_summary(turn, cases, accounts, masked)),
        country=turn.country,
        local_time=now.astimezone(ZoneInfo(app.rulebook.country(turn.country).time_zone)),
        is_open=app.rulebook.is_desk_open(turn.country, now),
    )


def _others(uow: UnitOfWork, user: User, talk: Conversation, now: datetime) -> tuple[Presence, ...]:
    here = uow.desk.present(talk.conversation_id, now - HERE_FOR)
    return tuple(one for one in here if one.user_id != user.user_id)


def _accounts(app: Application, uow: UnitOfWork, turn: DeskTurn, debtor: Debtor) -> tuple[AccountView, ...]:
    views = []
    in_hand = turn.account_in_hand
    for account in uow.accounts.of_debtor(debtor.debtor_id):
        arrangement = uow.arrangements.open_for(account.reference)
        views.append(
            AccountView(
                account=account,
                segment=app.rulebook.segment(facts_of(uow, account, turn.today), turn.today).segment,
                days_past_due=account.days_past_due(turn.today),
                is_in_hand=in_hand is not None and in_hand.reference == account.reference,
                holds=tuple(uow.holds.in_force(debtor.debtor_id, account.reference)),
                arrangement=arrangement or uow.arrangements.latest_for(account.reference),
                promises=tuple(uow.promises.of_account(account.reference)),
            )
        )
    return tuple(sorted(views, key=lambda one: not one.is_in_hand))


def _lines(uow: UnitOfWork, talk: Conversation, debtor: Debtor | None, masked: bool) -> tuple[Line, ...]:
    told = _entries_by_message(uow, talk)
    titles: dict[str, str] = {}
    lines = []
    for message in uow.transcripts.of(talk.conversation_id, SHOWN_MESSAGES):
        if isinstance(message, InboundMessage):
            line = _inbound(message, told.get(message.message_id, ()), titles)
        else:
            titles |= {button["payload"]: button["title"] for button in message.buttons}
            line = _outbound(message)
        if masked:
            line = Line(**{**vars(line), "text": masked_text(line.text, debtor)})
        lines.append(line)
    return tuple(lines)


def _entries_by_message(uow: UnitOfWork, talk: Conversation) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    for entry in uow.audit.of_chain(
        f"conversation:{talk.conversation_id}", [tag.value for tag in _TOLD], 4 * SHOWN_MESSAGES
    ):
        if "actor" not in entry["payload"]:
            told.setdefault(str(entry["message_id"]), []).append(entry)
    return told


def _inbound(
    message: InboundMessage, entries: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> Line:
    heard: Mapping[str, Any] = next((e["payload"] for e in entries if e["tag"] == Tag.MESSAGE_UNDERSTOOD.value), {})
    return Line(
        message_id=message.message_id,
        is_inbound=True,
        author="debtor",
        at=message.received_at,
        text=titles.get(message.text.strip(), message.text),
        media=tuple(str(item.get("kind")) for item in message.media),
        intent=heard.get("intent"),
        confidence=heard.get("confidence") if not heard.get("pressed") else None,
        rule_ids=tuple(dict.fromkeys(str(e["rule_id"]) for e in entries if e["rule_id"])),
    )


def _outbound(message: OutboundMessage) -> Line:
    return Line(
        message_id=message.message_id,
        is_inbound=False,
        author=message.author,
        at=message.created_at,
        text=message.text,
        buttons=tuple(button["title"] for button in message.buttons),
        status=message.status,
        error=message.error,
        response=message.response,
    )


def _summary(
    turn: DeskTurn, cases: Sequence[Handoff], accounts: Sequence[AccountView], masked: bool
) -> list[tuple[str, Mapping[str, Any]]]:
    """The case so far, line by line, from rows alone."""
    lines: list[tuple[str, Mapping[str, Any]]] = []
    for case in cases:
        words = None if masked else case.details.get("words")
        lines.append(("case", {"reason": case.reason, "at": case.created_at, "words": words}))
        if case.reason == "callback":
            lines.append(("callback", {"day": case.details.get("day"), "time": case.details.get("time")}))
    hand = next((one for one in accounts if one.is_in_hand), None)
    if hand is not None:
        facts = {"days": hand.days_past_due, "segment": hand.segment, "total": hand.account.balance.total}
        lines.append(("account", facts))
    negotiation = turn.conversation.state.get("negotiation") or {}
    if not masked and negotiation.get("affordable") and hand is not None:
        lines.append(("affordable", {"amount": negotiation["affordable"], "currency": hand.account.currency}))
    if not masked and negotiation.get("last"):
        lines.append(("proposal", {"proposal": negotiation["last"]}))
    if not masked and negotiation.get("offers"):
        lines.append(("offers", {"count": len(negotiation["offers"])}))
    if turn.conversation.disposition is not None:
        lines.append(("disposition", {"code": turn.conversation.disposition.value}))
    return lines


# -- what is added to it --------------------------------------------------------------------------------------------


def reveal(app: Application, user: User, conversation_id: ConversationId, reason: str) -> datetime:
    """Show the data of somebody not identified, for some minutes, to this person; why is in the record.

    Raises:
        DeskRefusal: not_allowed, not_found or reason_missing (ten letters at least).
    """
    require(user, May.REVEAL)
    reason = reason.strip()[:500]
    if len(reason) < 10:
        raise DeskRefusal("reason_missing")
    now = app.clock.now()
    until = now + timedelta(minutes=app.rulebook.desk(now.date()).reveal_for)
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        require_sight(uow, user, talk)
        uow.desk.reveal(conversation_id, user.user_id, reason, until)
        DeskTurn(app, uow, talk, user).audit(Tag.DESK_REVEALED, reason=reason, until=until.isoformat())
        uow.commit()
    return until


def add_note(app: Application, user: User, conversation_id: ConversationId, text: str) -> None:
    """A private note, never shown to the debtor.

    Raises:
        DeskRefusal: not_found, not_allowed or empty.
    """
    from uuid import uuid4

    text = text.strip()[:2_000]
    if not text:
        raise DeskRefusal("empty")
    require(user, May.WORK)
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        require_sight(uow, user, talk)
        turn = DeskTurn(app, uow, talk, user)
        note = Note(f"N-{uuid4().hex[:12]}", conversation_id, user.user_id, text, turn.now)
        uow.desk.add_note(note)
        turn.audit(Tag.DESK_NOTED, note_id=note.note_id)
        uow.commit()


def be_here(app: Application, user: User, conversation_id: ConversationId, *, typing: bool) -> None:
    """A sign of life of an open page."""
    with app.unit_of_work() as uow:
        talk = uow.conversations.peek(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        require_sight(uow, user, talk)
        uow.desk.see(conversation_id, user.user_id, app.clock.now(), typing=typing)
        uow.commit()


def record_of(app: Application, user: User, conversation_id: ConversationId) -> list[dict[str, Any]]:
    """The whole record of a conversation, or of its debtor, for compliance.

    Raises:
        DeskRefusal: not_allowed or not_found.
    """
    require(user, May.EXPORT)
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(conversation_id)
        if talk is None:
            raise DeskRefusal("not_found")
        if talk.debtor_id is not None:
            entries = list(uow.audit.of_debtor(talk.debtor_id))
        else:
            chain = f"conversation:{conversation_id}"
            entries = list(uow.audit.of_chain(chain, [tag.value for tag in Tag], 100_000))
        DeskTurn(app, uow, talk, user).audit(Tag.DESK_EXPORTED, entries=len(entries))
        uow.commit()
    return entries
