"""Telegram's webhook at /webhooks/telegram/webhook, and what is done at once with each update."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from bot.channels.base import Connector, Surroundings
from bot.channels.sending import Sender
from bot.channels.turns import RunRasa
from bot.channels.web_request import BadRequest, read_object

if TYPE_CHECKING:
    from bot.channels.telegram.service import TelegramService

logger = logging.getLogger(__name__)

# A message of 4,096 characters, escaped, with the one that it answers and a keyboard, has some 100 KiB.
_MAX_UPDATE = 512 * 1024
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  (a name)


class TelegramInput(Connector):
    """The connector. Without a token it is off: nothing is served and nothing is sent."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._service: TelegramService | None = None
        if self.app.settings.telegram.token is not None:
            # The library takes a second to import, which a server without this channel need not wait for.
            from bot.channels.telegram.service import TelegramService

            self._service = TelegramService(self)

    @classmethod
    def name(cls) -> str:
        """Name of the channel and of its path."""
        return "telegram"

    def senders(self) -> Sequence[Sender]:
        """The one sender, while the channel is on."""
        return () if self._service is None else (self._service.sender,)

    async def begin(self, run_rasa: RunRasa) -> None:
        """Register with Telegram, or begin to ask for messages; returns at once."""
        if self._service is not None:
            self._service.begin(run_rasa)

    async def end(self) -> None:
        """Stop asking."""
        if self._service is not None:
            await self._service.end()

    def blueprint(self, on_new_message: RunRasa) -> Blueprint:
        """The routes."""
        routes = Blueprint("telegram_webhook")

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json_response({"status": "ok"}) if self._service is not None else _not_served()

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            access = self.app.settings.telegram
            if self._service is None or access.secret is None or access.is_polling:
                return _not_served()
            if not self._is_telegram(request):
                logger.warning("a call of the Telegram webhook without its secret was refused")
                return empty(status=403)
            try:
                content = await read_object(request, _MAX_UPDATE)
            except BadRequest as problem:
                # Telegram itself sends nothing like it; a proxy that spoils its calls should be seen.
                logger.error("a call of the Telegram webhook could not be read: %s", problem.code)
                return problem.response()
            # Anything but a 2xx is delivered again for hours: only where that helps.
            return empty(status=200 if await self._service.take_content(content, on_new_message) else 503)

        return routes

    def _is_telegram(self, request: Request) -> bool:
        given: Any = request.headers.get(_SECRET_HEADER, "")
        wanted = self.app.settings.telegram.secret or ""
        return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _not_served() -> HTTPResponse:
    return BadRequest(404, "not_served", "The Telegram channel is switched off.").response()
