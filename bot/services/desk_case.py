"""One conversation as a person at the desk sees it: who, what was said and understood, what is owed and agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement
from bot.debt.clocks import is_ahead, outlasts
from bot.debt.conversations import Conversation, Owner
from bot.debt.holds import Hold
from bot.debt.money import Money
from bot.debt.party import ConversationId, Debtor
from bot.debt.promises import Promise
from bot.services import consents
from bot.services.application import Application
from bot.services.desk_masks import masked_address, masked_name, masked_phone
from bot.services.desk_offers import RoomLeft, room_of
from bot.services.desk_port import Approval, Note, Presence, User
from bot.services.desk_roles import DeskRefusal
from bot.services.desk_transcript import Line, lines_of, names_of
from bot.services.desk_turn import DeskTurn, is_identified, require_sight
from bot.services.records_port import ContactWish, RightsCase
from bot.services.turn import facts_of
from bot.services.unit_of_work import Handoff, UnitOfWork

# Somebody whose page gave no sign for this long has left; and typing is over sooner.
HERE_FOR = timedelta(seconds=25)
TYPING_FOR = timedelta(seconds=6)
_OPENED_AGAIN_AFTER = timedelta(minutes=10)


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
    consents: tuple[Mapping[str, Any], ...]
    room: RoomLeft | None
    notes: tuple[Note, ...]
    approvals: tuple[Approval, ...]
    others: tuple[Presence, ...]
    authors: Mapping[str, str]  # names of users by id
    summary: tuple[tuple[str, Mapping[str, Any]], ...]
    rights: tuple[RightsCase, ...]  # open ones, and whose authority was accepted
    wishes: tuple[ContactWish, ...]
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
        here = _present(uow, conversation_id, now, _OPENED_AGAIN_AFTER)
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
    now = app.clock.now()
    longest = timedelta(minutes=app.rulebook.desk(now.date()).reveal_for)
    return until is None or until < now or outlasts(until, now, longest)


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
        lines=lines_of(uow, talk, names_of(uow, debtor) if masked else None),
        accounts=accounts,
        holds=tuple(uow.holds.in_force(debtor.debtor_id)) if debtor is not None else (),
        consents=tuple(consents.listed(uow, debtor)) if debtor is not None and not masked else (),
        room=room_of(turn, account) if account is not None and turn.party is not None else None,
        notes=tuple(uow.desk.notes(talk.conversation_id)),
        approvals=tuple(uow.desk.approvals(talk.conversation_id)) if not masked else (),
        others=_others(uow, user, talk, now),
        authors=people,
        summary=tuple(_summary(turn, cases, accounts, masked)),
        rights=_rights(uow, talk, masked),
        wishes=tuple(uow.contact_wishes.in_force(talk.conversation_id, talk.debtor_id)),
        country=turn.country,
        local_time=now.astimezone(ZoneInfo(app.rulebook.country(turn.country).time_zone)),
        is_open=app.rulebook.is_desk_open(turn.country, now),
    )


def _rights(uow: UnitOfWork, talk: Conversation, masked: bool) -> tuple[RightsCase, ...]:
    """What is due to this person, without their words while nobody is identified."""
    found = {case.case_id: case for case in uow.rights_cases.open_in(talk.conversation_id)}
    if talk.debtor_id is not None:
        theirs = uow.rights_cases.of_debtor(talk.debtor_id)
        found |= {c.case_id: c for c in theirs if c.status == "open" or c.details.get("authority")}
    ordered = sorted(found.values(), key=lambda case: (case.status, case.due_on), reverse=False)
    return tuple(replace(case, details={}) if masked else case for case in ordered)


def _others(uow: UnitOfWork, user: User, talk: Conversation, now: datetime) -> tuple[Presence, ...]:
    here = _present(uow, talk.conversation_id, now, HERE_FOR)
    return tuple(one for one in here if one.user_id != user.user_id)


def _present(
    uow: UnitOfWork, conversation_id: ConversationId, now: datetime, within: timedelta
) -> list[Presence]:
    """Who looked at a conversation within that time."""
    found = uow.desk.present(conversation_id, now - within)
    return [one for one in found if not is_ahead(one.seen_at, now)]


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
    if hand is not None and negotiation.get("affordable"):
        lines.append(("affordable", {"amount": Money.of(negotiation["affordable"], hand.account.currency)}))
    if not masked and negotiation.get("last"):
        lines.append(("proposal", {"proposal": negotiation["last"]}))
    if not masked and negotiation.get("offers"):
        lines.append(("offers", {"count": len(negotiation["offers"])}))
    if turn.conversation.disposition is not None:
        lines.append(("disposition", {"code": turn.conversation.disposition.value}))
    return lines
