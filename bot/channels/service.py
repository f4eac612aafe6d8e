"""What runs beside the web server in the Rasa process: delivery, recovery, and each connector's own start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bot.channels.base import Connector, Surroundings
from bot.channels.courier import Courier
from bot.channels.failures import log_failure
from bot.channels.news import News
from bot.channels.recovery import recover_turns
from bot.channels.turns import RunRasa

logger = logging.getLogger(__name__)

# The server is given three seconds to stop; turns under way get the larger part of them.
_FINISH_SECONDS = 2.0


class ChannelService:
    """Begins and ends everything that is not a request.

    Args:
        surroundings: what the connectors share.
        connectors: as Rasa built them; those that are not ours are left alone.
        run_rasa: Rasa's handler of a `UserMessage`.
    """

    def __init__(self, surroundings: Surroundings, connectors: Sequence[Any], run_rasa: RunRasa) -> None:
        self._surroundings = surroundings
        self._connectors = [one for one in connectors if isinstance(one, Connector)]
        self._run_rasa = run_rasa
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Start sending and recovering, then let each connector register with its provider."""
        app, turns = self._surroundings.app, self._surroundings.turns
        courier = Courier(app, [sender for one in self._connectors for sender in one.senders()])
        turns.listeners.append(lambda _: courier.wake())
        self._tasks = [
            asyncio.create_task(courier.run()),
            asyncio.create_task(recover_turns(app, turns, self._run_rasa)),
        ]
        if app.settings.redis_url:
            news = News(app.settings.redis_url, self._changed)
            turns.listeners.append(news.tell)
            self._tasks.append(asyncio.create_task(news.run()))
        for connector in self._connectors:
            try:
                await connector.begin(self._run_rasa)
            except Exception as error:
                # A provider that is down must not keep the other channels from starting.
                log_failure(f"the channel {connector.name()} could not begin", "-", error)

    def _changed(self, conversation_id: str) -> None:
        for connector in self._connectors:
            connector.changed(conversation_id)

    async def end(self) -> None:
        """Let turns and sendings under way finish, then stop."""
        for connector in self._connectors:
            with suppress(Exception):
                await connector.end()
        await self._surroundings.turns.finish(_FINISH_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
