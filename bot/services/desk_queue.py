"""The queue: who waits, for what and since when; whose turn is next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.debt.conversations import Owner
from bot.debt.limits import SegmentFacts
from bot.debt.party import ConversationId
from bot.services import relay
from bot.services.application import Application
from bot.services.desk_port import User, Waiting
from bot.services.desk_roles import DeskRefusal, May, fits, may, require
from bot.services.desk_turn import is_identified

# Distress first, then what somebody waits for in a chat, then what can be done without them. Others: 50.
_PRIORITY = {
    "distress": 0,
    "deceased": 10,
    "turn_failed": 15,
    "asked": 20,
    "no_progress": 20,
    "out_of_rules": 25,
    "represented": 30,
    "complaint": 30,
    "dispute": 35,
    "wrong_person": 40,
    "callback": 45,
}
_OTHER = 50
_STATES = {Owner.HUMAN: "taken", Owner.WAITING: "waiting", Owner.BOT: "case"}
FILTERS = ("reason", "language", "channel", "verified", "segment", "creditor", "state")


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue."""

    conversation_id: ConversationId
    reason: str  # the most urgent
    reasons: tuple[str, ...]
    state: str  # waiting: in a chat | case: to be seen to, the assistant goes on talking | mine | taken
    since: datetime
    due_at: datetime | None  # by when the service level wants an answer
    is_late: bool
    priority: int
    language: str
    channel: str
    country: str
    creditor: str | None
    segment: str | None
    is_verified: bool
    assignee: str | None
    last_inbound_at: datetime | None
    told_at: datetime | None
    awaits_reply: bool  # the debtor wrote last


def listed(
    app: Application,
    user: User,
    filters: Mapping[str, str] | None = None,
    rows: Sequence[QueueRow] | None = None,
) -> list[QueueRow]:
    """What a person may take or has, the most urgent first.

    Args:
        filters: of FILTERS, with the value wanted.
        rows: everybody's, as `everything` gave them a moment ago; read anew when None.
    """
    if not may(user, May.WORK) and not may(user, May.SEE_ALL):
        raise DeskRefusal("not_allowed")
    found = [
        replace(row, state="mine") if row.assignee == user.user_id else row
        for row in (everything(app) if rows is None else rows)
        if _is_shown(user, row)
    ]
    return narrowed(found, filters or {})


def everything(app: Application) -> list[QueueRow]:
    """The whole queue, the most urgent first, for nobody in particular."""
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        rows = [_row(app, one, now) for one in uow.desk.waiting()]
    return sorted(rows, key=lambda row: (row.state == "taken", row.priority, row.since))


def narrowed(rows: list[QueueRow], filters: Mapping[str, str]) -> list[QueueRow]:
    """The rows that have all the values wanted."""
    wanted = {name: value for name, value in filters.items() if name in FILTERS and value}
    return [row for row in rows if all(_matches(row, name, value) for name, value in wanted.items())]


def _is_shown(user: User, row: QueueRow) -> bool:
    if may(user, May.SEE_ALL) or row.assignee == user.user_id:
        return True
    return row.state != "taken" and fits(user, row.language, row.creditor)


def _row(app: Application, one: Waiting, now: datetime) -> QueueRow:
    talk, rules = one.conversation, app.rulebook.desk(now.date())
    reason = min(one.reasons, key=priority_of)
    minutes = rules.distress_answer_within if reason == "distress" else rules.first_answer_within
    is_chat = talk.owner is not Owner.BOT
    due_at = one.since + timedelta(minutes=minutes) if is_chat and one.first_response_at is None else None
    country = one.debtor.country if one.debtor is not None else str(talk.state.get("country") or "")
    return QueueRow(
        conversation_id=talk.conversation_id,
        reason=reason,
        reasons=one.reasons,
        state=_STATES[talk.owner],
        since=one.since,
        due_at=due_at,
        is_late=due_at is not None and due_at < now,
        priority=priority_of(reason),
        language=talk.language,
        channel=talk.channel,
        country=country,
        creditor=one.account.creditor if one.account is not None else None,
        segment=_segment(app, one, now),
        is_verified=is_identified(app, talk),
        assignee=talk.assignee,
        last_inbound_at=talk.last_inbound_at,
        told_at=one.told_at,
        awaits_reply=_awaits_reply(one),
    )


def _awaits_reply(one: Waiting) -> bool:
    talk, answered = one.conversation, one.conversation.state.get("answered_at")
    if talk.last_inbound_at is None:
        return False
    return answered is None or talk.last_inbound_at > datetime.fromisoformat(answered)


def priority_of(reason: str) -> int:
    """How urgent a reason is; less is sooner."""
    return _PRIORITY.get(reason, _OTHER)


def _segment(app: Application, one: Waiting, now: datetime) -> str | None:
    account = one.account
    if account is None:
        return None
    today = now.date()
    # The name of a segment follows from the days past due alone; circumstances adjust its terms.
    facts = SegmentFacts(
        account.creditor, account.days_past_due(today), account.balance.total, 0, 0, 1, False
    )
    return app.rulebook.segment(facts, today).segment


def _matches(row: QueueRow, name: str, value: str) -> bool:
    if name == "reason":
        return value in row.reasons
    if name == "verified":
        return row.is_verified is (value == "yes")
    return str(getattr(row, name)) == value


def pull_next(app: Application, user: User) -> ConversationId:
    """Take the most urgent conversation within a person's skills, or the next if somebody is faster.

    Raises:
        DeskRefusal: enough (they have as many as one person can hold) or nothing_waits.
    """
    require(user, May.WORK)
    most = app.rulebook.desk(app.clock.now().date()).most_chats
    with app.unit_of_work(write=False) as uow:
        if uow.desk.claims_of(user.user_id) >= most:
            raise DeskRefusal("enough", most=str(most))
    return _first(app, user, lambda row: row.state in ("waiting", "case"))


def _first(app: Application, user: User, wanted: Callable[[QueueRow], bool]) -> ConversationId:
    for row in listed(app, user):
        if not wanted(row) or not fits(user, row.language, row.creditor):
            continue
        try:
            relay.claim(app, user, row.conversation_id)
        except DeskRefusal:
            continue
        return row.conversation_id
    raise DeskRefusal("nothing_waits")
