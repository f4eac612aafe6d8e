"""What is added to a conversation besides messages: a look behind the mask, notes, who is here, an export."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.party import ConversationId
from bot.services import cases
from bot.services.application import Application
from bot.services.desk_port import Note, User
from bot.services.desk_roles import DeskRefusal, May, require
from bot.services.desk_turn import DeskTurn, desk_turn, require_sight


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


def close_right(
    app: Application, user: User, conversation_id: ConversationId, case_id: str, outcome: str
) -> None:
    """Close a case of a right with what was answered or done.

    Raises:
        DeskRefusal: not_yours, empty, or no_case: none that is open and about this person.
    """
    outcome = outcome.strip()[:500]
    if not outcome:
        raise DeskRefusal("empty")
    with desk_turn(app, user, conversation_id) as turn:
        case = turn.uow.rights_cases.get(case_id)
        talk = turn.conversation
        is_theirs = case is not None and (
            case.conversation_id == conversation_id
            or (case.debtor_id is not None and case.debtor_id == talk.debtor_id)
        )
        if case is None or case.status != "open" or not is_theirs:
            raise DeskRefusal("no_case")
        cases.close_in(turn.uow, case, outcome, user.user_id, turn.now)


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
