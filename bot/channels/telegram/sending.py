"""How Telegram sends: plain text exactly as stored, buttons with opaque tokens, each part once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError

from bot.channels.sending import CannotTell, Parcel, Sent, TryLater, Unclear
from bot.channels.telegram.client import translated
from bot.channels.telegram.configuration import TelegramSection
from bot.services.unit_of_work import OutboundMessage

# Telegram counts UTF-16 units.
MAX_TEXT = 4096
# Between the parts of one long message; the courier waits 20 s for all of it.
_LONGEST_PAUSE = 4.0
_TRIES = 3
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_BREAKS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?;:]) "), re.compile(r" "))


class TelegramSender:
    """See `bot.channels.sending.Sender`."""

    channel = "telegram"

    def __init__(self, bot: Bot, section: TelegramSection) -> None:
        self._bot = bot
        self._section = section

    async def send(self, parcel: Parcel) -> Sent:
        """Send a message; a long one in parts, with the buttons under the last."""
        message = parcel.messages[0]
        parts = split(message.text)
        keyboard = keyboard_of(message.buttons)
        number = 0
        for position, part in enumerate(parts):
            under = keyboard if position == len(parts) - 1 else None
            try:
                number = await self._send_part(parcel.address, part, under)
            except TryLater:
                if position == 0:
                    raise
                number = await self._insist(parcel.address, part, under)
        return Sent(f"{parcel.address}.{number}")

    async def find(self, parcel: Parcel) -> Sent | None:
        """Telegram tells a bot nothing of what it has sent.

        Raises:
            CannotTell: always.
        """
        raise CannotTell("lost")

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        """Never: a chat shows messages as they are."""
        return False

    async def _send_part(self, chat: str, text: str, keyboard: InlineKeyboardMarkup | None) -> int:
        try:
            sent = await self._bot.send_message(
                chat_id=int(chat),
                text=text,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
                protect_content=self._section.protect_content or None,
            )
        except TelegramError as error:
            raise translated(error) from error
        return int(sent.message_id)

    async def _insist(self, chat: str, text: str, keyboard: InlineKeyboardMarkup | None) -> int:
        """The parts before are out: going back would send them twice, so this one is tried again here."""
        for _ in range(_TRIES):
            await asyncio.sleep(1.0)
            try:
                return await self._send_part(chat, text, keyboard)
            except TryLater as error:
                await asyncio.sleep(min(error.seconds or 0.0, _LONGEST_PAUSE))
        raise Unclear("partly_sent")


def keyboard_of(buttons: Sequence[Mapping[str, str]]) -> InlineKeyboardMarkup | None:
    """One button a line, so that titles are readable on small phones; None when there are none."""
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one["title"], callback_data=one["payload"])] for one in buttons]
    )


def split(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Parts of a text that Telegram takes, broken between paragraphs, lines, sentences or words where possible."""
    parts = []
    while length(text) > limit:
        head = _head(text, limit)
        end = next((e for e in (_last(b, head) for b in _BREAKS) if e > len(head) // 2), len(head))
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [part for part in (*parts, text) if part] or [text]


def length(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _head(text: str, limit: int) -> str:
    """As much as fits, without cutting a character in two."""
    return text.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore")


def _last(pattern: re.Pattern[str], head: str) -> int:
    return max((match.end() for match in pattern.finditer(head)), default=0)
