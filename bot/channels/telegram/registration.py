"""Telling Telegram where to call and which commands there are; tried until it works, never in the server's way."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlsplit

from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.channels.telegram.client import seconds_of
from bot.channels.telegram.configuration import TelegramSection
from bot.channels.telegram.updates import ALLOWED
from bot.services import channel_words
from bot.services.application import Application

logger = logging.getLogger(__name__)

PATH = "/webhooks/telegram/webhook"
# Telegram calls no other ports.
_PORTS = (443, 80, 88, 8443)
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 600.0
# None: for everybody whose app speaks neither.
_LANGUAGES = ((None, "es"), ("es", "es"), ("en", "en"))


async def register(app: Application, bot: Bot, section: TelegramSection) -> None:
    """Set commands and, unless messages are asked for, the webhook; comes back when all is done."""
    wait = _FIRST_WAIT
    while True:
        try:
            await _register_once(app, bot, section)
            return
        except InvalidToken:
            logger.error("Telegram refuses the bot's token: check ALDIA_TELEGRAM_TOKEN against @BotFather")
        except RetryAfter as error:
            wait = max(wait, seconds_of(error))
            logger.warning(
                "Telegram asks to wait before the webhook can be set; trying again in %.0f s", wait
            )
        except TelegramError as error:
            logger.error(
                "the Telegram webhook could not be set (%s); trying again in %.0f s. Is ALDIA_PUBLIC_URL reachable from "
                "the internet by https with a valid certificate, and api.telegram.org from here?",
                type(error).__name__,
                wait,
            )
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


async def _register_once(app: Application, bot: Bot, section: TelegramSection) -> None:
    if not app.settings.telegram.is_polling:
        address = webhook_address(app.settings.public_url)
        if address is not None:
            await bot.set_webhook(
                address,
                secret_token=app.settings.telegram.secret,
                allowed_updates=ALLOWED,
                max_connections=section.max_connections,
                drop_pending_updates=False,
            )
            logger.info("Telegram calls %s", address)
    for code, language in _LANGUAGES:
        described = channel_words.command_descriptions(app, language)
        await bot.set_my_commands(list(described.items()), language_code=code)


def webhook_address(public_url: str) -> str | None:
    """Where Telegram can call us; None, and a line in the log, when it cannot."""
    parts = urlsplit(public_url)
    if parts.scheme != "https":
        logger.error(
            "Telegram calls only https addresses: set ALDIA_PUBLIC_URL to https://…, or try it out with "
            "ALDIA_TELEGRAM_POLLING=yes. Until then nothing comes in from Telegram."
        )
        return None
    if (parts.port or 443) not in _PORTS:
        logger.error(
            "Telegram calls only the ports 443, 80, 88 and 8443, not %s: change ALDIA_PUBLIC_URL. Until then nothing "
            "comes in from Telegram.",
            parts.port,
        )
        return None
    return f"{public_url}{PATH}"
