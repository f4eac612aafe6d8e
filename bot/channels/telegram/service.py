"""What the connector does with each update, and its tasks beside the web server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Hashable, Mapping
from functools import partial
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError

from bot.channels.base import Connector
from bot.channels.failures import log_failure
from bot.channels.telegram.client import make_bot
from bot.channels.telegram.polling import poll
from bot.channels.telegram.registration import register
from bot.channels.telegram.sending import TelegramSender
from bot.channels.telegram.updates import CHOSEN, Group, Pressed, Reachable, Written, read
from bot.channels.turns import RunRasa
from bot.services import channel_words, delivery
from bot.services.reception import Received

logger = logging.getLogger(__name__)

# Telegram shows "typing" for five seconds at a time.
_TYPING_AGAIN = 4.5
_EXPIRED = "utter_button_expired"
_GROUPS_REMEMBERED = 200
_PRESSES_REMEMBERED = 2_000


class TelegramService:
    """The bot and everything that it does by itself.

    Args:
        connector: over whose base messages are taken in.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._app = connector.app
        self._section = connector.channels.telegram
        access = self._app.settings.telegram
        assert access.token is not None
        self.bot = make_bot(access.token, access.url)
        self.sender = TelegramSender(self.bot, self._section)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._left = _Recent(_GROUPS_REMEMBERED)
        self._presses = _Recent(_PRESSES_REMEMBERED)

    def begin(self, run_rasa: RunRasa) -> None:
        """Start registering and, in polling mode, asking."""
        self._spawn(register(self._app, self.bot, self._section))
        if self._app.settings.telegram.is_polling:
            self._spawn(poll(self.bot, partial(self.take, run_rasa=run_rasa)))

    async def end(self) -> None:
        """Stop what was started. The client stays open: answers under way are still sent with it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def take_content(self, content: Mapping[str, Any], run_rasa: RunRasa) -> bool:
        """Deal with an update as Telegram posted it; False when it must be delivered again."""
        try:
            update = Update.de_json(dict(content), None)
        except Exception as error:
            # It would be no more readable the next time.
            logger.error("an update of Telegram cannot be read: %s", type(error).__name__)
            return True
        return await self.take(update, run_rasa)

    async def take(self, update: Update, run_rasa: RunRasa) -> bool:
        """Deal with an update; False when it must be delivered again."""
        try:
            meaning = read(update)
        except Exception as error:
            log_failure("an update of Telegram cannot be understood", "-", error)
            return True
        if isinstance(meaning, Written):
            received = await self._connector.accept(run_rasa, meaning.incoming)
            self._show_typing(received, meaning.incoming.address)
            return received is not None
        if isinstance(meaning, Pressed):
            return await self._take_press(meaning, run_rasa)
        if isinstance(meaning, Reachable):
            return await self._mark(meaning)
        if isinstance(meaning, Group):
            self._leave(meaning)
        return True

    async def _take_press(self, press: Pressed, run_rasa: RunRasa) -> bool:
        if press.is_done:
            self._spawn(self._quietly(self.bot.answer_callback_query(press.query_id)))
            return True
        # A second tap before the keyboard is gone: each button holds once, so nothing is lost.
        key = (press.incoming.address, press.incoming.text)
        if not self._presses.add(key):
            self._spawn(self._quietly(self.bot.answer_callback_query(press.query_id)))
            return True
        received = await self._connector.accept(run_rasa, press.incoming)
        if received is None or received.verdict == "answered":
            self._presses.discard(key)
        self._spawn(self._close_keyboard(press, received))
        self._show_typing(received, press.incoming.address)
        return received is not None

    async def _close_keyboard(self, press: Pressed, received: Received | None) -> None:
        """Stop the button's clock, and leave the choice where the buttons were: it cannot be pressed twice."""
        await self._quietly(self.bot.answer_callback_query(press.query_id))
        if press.message_id is None or received is None:
            return
        is_stale = any(row.response == _EXPIRED for row in received.replies)
        if received.verdict == "answered" and not is_stale:
            return  # beyond the rate limit, or a person has the chat: the buttons still hold
        chosen = None
        if press.title is not None and not is_stale:
            chosen = InlineKeyboardMarkup([[InlineKeyboardButton(f"✓ {press.title}", callback_data=CHOSEN)]])
        await self._quietly(
            self.bot.edit_message_reply_markup(
                chat_id=int(press.incoming.address), message_id=press.message_id, reply_markup=chosen
            )
        )

    async def _mark(self, change: Reachable) -> bool:
        try:
            await asyncio.to_thread(
                delivery.mark_address,
                self._app,
                self._connector.name(),
                change.address,
                is_usable=change.is_reachable,
                code="" if change.is_reachable else "blocked",
            )
        except Exception as error:
            log_failure("a blocked or opened chat could not be recorded", "-", error)
            return False
        return True

    def _leave(self, group: Group) -> None:
        """Say once that this is no place to talk, and go; being put into a group comes as several updates."""
        if self._left.add(group.chat_id):
            self._spawn(self._say_and_leave(group))

    async def _say_and_leave(self, group: Group) -> None:
        words = channel_words.no_groups(self._app, group.language)
        await self._quietly(self.bot.send_message(group.chat_id, words))
        await self._quietly(self.bot.leave_chat(group.chat_id))
        # Whoever puts us back tomorrow is told again.
        asyncio.get_running_loop().call_later(60, self._left.discard, group.chat_id)

    def _show_typing(self, received: Received | None, address: str) -> None:
        """Let the chat show that we are writing, if the turn takes so long that one would wonder."""
        if received is not None and received.verdict == "run":
            self._typing_later(received.message_id, int(address), self._section.typing_after_seconds)

    def _typing_later(self, message_id: str, chat: int, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._still_typing, message_id, chat)

    def _still_typing(self, message_id: str, chat: int) -> None:
        if self._connector.turns.is_running(message_id):
            self._spawn(self._quietly(self.bot.send_chat_action(chat, "typing")))
            self._typing_later(message_id, chat, _TYPING_AGAIN)

    async def _quietly(self, call: Coroutine[Any, Any, Any]) -> None:
        """A call for comfort: if it fails, nobody misses anything."""
        try:
            await call
        except TelegramError as error:
            logger.info("a call of Telegram failed: %s", type(error).__name__)
        except Exception as error:
            log_failure("a call of Telegram failed", "-", error)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Recent:
    """The newest of many things, so that what was seen once is known for a while."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen: dict[Hashable, None] = {}

    def add(self, one: Hashable) -> bool:
        """Remember it; False if it is there already."""
        if one in self._seen:
            return False
        while len(self._seen) >= self._size:
            self._seen.pop(next(iter(self._seen)))
        self._seen[one] = None
        return True

    def discard(self, one: Hashable) -> None:
        """Forget it."""
        self._seen.pop(one, None)
