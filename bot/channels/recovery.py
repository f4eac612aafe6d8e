"""Turns that a crash cut short: begun again, and if that fails too, apologised for and given to a person."""

from __future__ import annotations

import asyncio

from bot.channels.failures import log_failure
from bot.channels.turns import RunRasa, Turns
from bot.services import reception
from bot.services.application import Application
from bot.services.unit_of_work import InboundMessage
from bot.telemetry.jobs import counted
from bot.telemetry.metrics import TURNS_RECOVERED

_EVERY_SECONDS = 5.0
# A message on which the process died twice may be the cause of it.
_MAX_ATTEMPTS = 2


async def recover_turns(app: Application, turns: Turns, run_rasa: RunRasa) -> None:
    """Look for abandoned messages now and then, until cancelled."""
    while True:
        try:
            with counted("recovery"):
                await recover_once(app, turns, run_rasa)
        except Exception as error:
            log_failure("abandoned turns could not be looked for", "-", error)
        await asyncio.sleep(_EVERY_SECONDS)


async def recover_once(app: Application, turns: Turns, run_rasa: RunRasa) -> int:
    """Run every turn whose process gave no sign for the length of a lease. Returns how many."""
    recovered = 0
    for message in await asyncio.to_thread(_abandoned, app):
        if turns.is_running(message.message_id):
            continue
        try:
            received = await asyncio.to_thread(reception.begin_again, app, message)
            if received is None:
                continue
            if message.attempts >= _MAX_ATTEMPTS:
                await asyncio.to_thread(reception.conclude, app, message.message_id)
                TURNS_RECOVERED.add("concluded")
            else:
                TURNS_RECOVERED.add("run")
                await turns.run(received, message.channel, run_rasa)
            recovered += 1
        except Exception as error:
            log_failure("an abandoned turn could not be run", message.message_id, error)
    return recovered


def _abandoned(app: Application) -> list[InboundMessage]:
    with app.unit_of_work(write=False) as uow:
        return list(uow.inbox.abandoned(app.clock.now()))
