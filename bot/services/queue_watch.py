"""What time does to the queue: an honest word to who waits long, and back to the queue what nobody answers.

Several processes may look at once: each change is made under the conversation's lock, after looking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.audit.tags import Tag
from bot.debt.clocks import is_ahead
from bot.debt.conversations import Conversation, Owner
from bot.debt.party import ConversationId
from bot.services import handoff, relay
from bot.services.application import Application
from bot.services.desk_turn import DeskTurn
from bot.services.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Watched:
    """What one look did."""

    told: int
    released: int


def look(app: Application) -> Watched:
    """Tell who waits long or outside desk hours, once; release what its person does not answer."""
    now = app.clock.now()
    rules = app.rulebook.desk(now.date())
    answer_by = now - timedelta(minutes=rules.answer_within)
    tell_after = timedelta(minutes=rules.tell_after)
    # Looked at without a lock first: most of those who wait are not due yet.
    with app.unit_of_work(write=False) as uow:
        waiting = [
            talk.conversation_id
            for talk, since in uow.desk.to_be_told()
            if _is_long(since, now, tell_after) or not _seems_open(app, talk, now)
        ]
        unanswered = [
            one
            for one in uow.desk.unanswered(answer_by)
            if relay.is_late(answer_by, answer_by, uow.desk.last_reply_at(one))
        ]
    told = sum(_tell(app, one, tell_after) for one in waiting)
    released = sum(_release(app, one, answer_by) for one in unanswered)
    return Watched(told, released)


def _is_long(since: datetime, now: datetime, tell_after: timedelta) -> bool:
    return since <= now - tell_after or is_ahead(since, now)


def _seems_open(app: Application, talk: Conversation, now: datetime) -> bool:
    country = talk.state.get("country") or {"en": "GB"}.get(talk.language, "ES")
    return app.rulebook.is_desk_open(str(country), now)


def _tell(app: Application, conversation_id: ConversationId, tell_after: timedelta) -> bool:
    with app.unit_of_work() as uow:
        turn = _turn(app, uow, conversation_id)
        if turn is None or turn.conversation.owner is not Owner.WAITING:
            return False
        cases = [case for case in turn.cases if case.status == "waiting" and case.told_at is None]
        is_open = app.rulebook.is_desk_open(turn.country, turn.now)
        if not cases or (is_open and not _is_long(cases[0].created_at, turn.now, tell_after)):
            return False
        was_told = any(case.told_at is not None for case in turn.cases)
        if not was_told and not turn.conversation.state.get("stopped"):
            _say(turn, is_open)
        for case in cases:
            uow.handoffs.change(case.handoff_id, told_at=turn.now)
        rows = turn.send()
        if rows:
            said = rows[0].response
            turn.audit(Tag.DESK_WAIT_TOLD, cases=[case.handoff_id for case in cases], response=said)
        uow.conversations.save(turn.conversation)
        uow.commit()
    return bool(rows)


def _say(turn: DeskTurn, is_open: bool) -> None:
    if turn.conversation.state.get("waiting_for") == "distress":
        handoff.say_crisis_line_again(turn)
    elif is_open:
        handoff.say_it_takes_longer(turn)
    else:
        handoff.say_closed(turn)


def _release(app: Application, conversation_id: ConversationId, answer_by: datetime) -> bool:
    with app.unit_of_work() as uow:
        turn = _turn(app, uow, conversation_id)
        if turn is None or turn.conversation.owner is not Owner.HUMAN:
            return False
        talk = turn.conversation
        claimed = max((case.claimed_at for case in turn.cases if case.claimed_at), default=None)
        waits = relay.is_late(answer_by, talk.last_inbound_at, uow.desk.last_reply_at(conversation_id))
        if not waits or talk.state.get("stopped") or (claimed is not None and claimed > answer_by):
            return False
        relay.back_to_queue(turn, "no_answer")
        uow.conversations.save(talk)
        uow.commit()
    return True


def _turn(app: Application, uow: UnitOfWork, conversation_id: ConversationId) -> DeskTurn | None:
    talk = uow.conversations.get(conversation_id)
    return DeskTurn(app, uow, talk, None) if talk is not None else None
