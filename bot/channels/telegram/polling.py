"""Asking Telegram for messages, for development without a public address. One task in the server's own loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, Update
from telegram.error import Conflict, RetryAfter, TelegramError

from bot.channels.telegram.client import seconds_of
from bot.channels.telegram.updates import ALLOWED

logger = logging.getLogger(__name__)

_HOLD_SECONDS = 25
# Where a server answers at once that there is nothing.
_PAUSE = 0.1
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0

Take = Callable[[Update], Awaitable[bool]]


async def poll(bot: Bot, take: Take) -> None:
    """Ask until cancelled.

    Args:
        take: deals with an update; False when it could not be stored, so that it is asked for again.
    """
    offset: int | None = None
    is_called, wait = True, _FIRST_WAIT
    while True:
        try:
            if is_called:
                # While a webhook is set nothing can be asked for. What came in meanwhile is kept.
                await bot.delete_webhook(drop_pending_updates=False)
                is_called = False
            updates = await bot.get_updates(offset=offset, timeout=_HOLD_SECONDS, allowed_updates=ALLOWED)
            offset = await _take_all(updates, offset, take)
            wait = _FIRST_WAIT
            if not updates:
                await asyncio.sleep(_PAUSE)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if isinstance(error, Conflict):
                logger.error(
                    "somebody else asks for this bot's messages: is another server running with its token?"
                )
                is_called = True
            elif isinstance(error, TelegramError | NotStored):
                logger.warning("Telegram could not be asked for messages: %s", type(error).__name__)
            else:
                logger.error("messages of Telegram cannot be read: %s", type(error).__name__)
            if isinstance(error, RetryAfter):
                wait = max(wait, seconds_of(error))
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)


class NotStored(Exception):
    """An update could not be stored; it and all after it are asked for again."""


async def _take_all(updates: tuple[Update, ...], offset: int | None, take: Take) -> int | None:
    for update in updates:
        if not await take(update):
            raise NotStored
        offset = update.update_id + 1
    return offset
