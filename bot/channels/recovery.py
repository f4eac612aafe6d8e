"""Turns that a crash cut short: each still gets an answer and a person who looks at it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.channels.turns import TURN_SECONDS, log_failure
from bot.services import reception
from bot.services.application import Application

_EVERY_SECONDS = 60.0
# Longer than any turn can take, so that no turn of another process is ended.
_ABANDONED = timedelta(seconds=TURN_SECONDS + 30)


async def conclude_abandoned_turns(app: Application) -> None:
    """Look for abandoned messages now and then, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(conclude_once, app)
        except Exception as error:
            log_failure("abandoned turns could not be looked for", "-", error)
        await asyncio.sleep(_EVERY_SECONDS)


def conclude_once(app: Application) -> int:
    """Conclude every message that has been waiting too long. Returns how many."""
    with app.unit_of_work(write=False) as uow:
        abandoned = uow.inbox.pending(app.clock.now() - _ABANDONED)
    for message in abandoned:
        try:
            reception.conclude(app, message.message_id)
        except Exception as error:
            log_failure("an abandoned turn could not be concluded", message.message_id, error)
    return len(abandoned)
