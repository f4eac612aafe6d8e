"""Telling another help desk what happened here: "waiting", "claimed", "closed", signed and tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from bot.debt.clocks import CLOCKS_DIFFER
from bot.services.desk_port import Event

if TYPE_CHECKING:
    from bot.services.application import Application
    from bot.services.turn import Turn

KINDS = ("waiting", "claimed", "returned", "closed")
# Waiting between tries doubles from here, eight times: about two hours in all.
_FIRST_WAIT = timedelta(seconds=30)
_MOST_TRIES = 9
_LONGEST_WAIT = _FIRST_WAIT * 2 ** (_MOST_TRIES - 2)
# While one process makes a call no other one makes it.
_CLAIMED_FOR = timedelta(seconds=60)


def announce(turn: Turn, kind: str, reason: str) -> None:
    """Note a call to every address of `ALDIA_DESK_WEBHOOKS`. It says nothing of who the debtor is."""
    talk = turn.conversation
    for url in turn.app.settings.desk_webhooks:
        event_id = f"E-{uuid4().hex[:16]}"
        payload = {
            "event": kind,
            "event_id": event_id,
            "at": turn.now.isoformat(),
            "conversation_id": talk.conversation_id,
            "channel": talk.channel,
            "language": talk.language,
            "reason": reason,
            "assignee": talk.assignee,
            "verified": talk.verified_at is not None,
            "disposition": talk.disposition.value if talk.disposition is not None else None,
        }
        turn.uow.desk.add_event(Event(event_id, url, kind, payload, turn.now, turn.now))


def next_call(app: Application) -> Event | None:
    """Take the call that is due longest; it stays ours for a minute."""
    now = app.clock.now()
    with app.unit_of_work() as uow:
        event = uow.desk.next_event(now, now + _LONGEST_WAIT + CLOCKS_DIFFER)
        if event is None:
            return None
        uow.desk.change_event(event.event_id, due_at=now + _CLAIMED_FOR, attempts=event.attempts + 1)
        uow.commit()
    return event


def record(app: Application, event: Event, *, was_taken: bool) -> None:
    """Note how a call went; one that failed is made again later, some times."""
    tries = event.attempts + 1
    with app.unit_of_work() as uow:
        if was_taken:
            uow.desk.change_event(event.event_id, status="sent")
        elif tries >= _MOST_TRIES:
            uow.desk.change_event(event.event_id, status="failed")
        else:
            due_at = app.clock.now() + _FIRST_WAIT * 2 ** (tries - 1)
            uow.desk.change_event(event.event_id, due_at=due_at)
        uow.commit()


def body_of(event: Event) -> bytes:
    """What is sent."""
    return json.dumps(dict(event.payload), sort_keys=True, separators=(",", ":")).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over time and body, so that an old call cannot be played again."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
