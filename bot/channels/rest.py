"""Rasa's REST contract at /webhooks/rest/webhook, for development and tests; not served in production."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.channels.base import Connector
from bot.channels.turns import RunRasa
from bot.channels.web_request import BadRequest, read_object, text_of

_MEDIA_KEYS = ("media", "attachments", "attachment", "image", "location")
_MAX_SENDER = 256
_MOST_MEDIA = 30


class RestInput(Connector):
    """`{"sender", "message"}` in, a list of messages out. `message_id` and media are optional.

    Whoever can reach it can speak as any sender: hence development only, and no rate limit.
    """

    is_limited = False

    @classmethod
    def name(cls) -> str:
        """Name of the channel and of its path."""
        return "rest"

    def blueprint(self, on_new_message: RunRasa) -> Blueprint:
        """The routes."""
        routes = Blueprint("rest_webhook")

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json_response({"status": "ok"}) if self._is_served else _not_served()

        @routes.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            if not self._is_served:
                return _not_served()
            try:
                content = await read_object(request)
                sender = text_of(content, "sender", required=True, limit=_MAX_SENDER)
                text = text_of(content, "message")
                message_id = text_of(content, "message_id", limit=_MAX_SENDER) or None
            except BadRequest as problem:
                return problem.response()
            answer = await self.answer(
                on_new_message, address=sender, text=text, message_id=message_id, media=media_of(content)
            )
            return json_response([_message(sender, said.text, said.buttons) for said in answer])

        return routes

    @property
    def _is_served(self) -> bool:
        return not self.app.settings.is_production


def media_of(content: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Whatever came besides the text, each thing with its kind."""
    found: list[Mapping[str, Any]] = []
    for key in _MEDIA_KEYS:
        value = content.get(key)
        for item in value if isinstance(value, list) else [value]:
            if item not in (None, "", [], {}, False):
                found.append(
                    {"kind": key, **item} if isinstance(item, dict) else {"kind": key, "value": item}
                )
    return tuple(found[:_MOST_MEDIA])


def _message(recipient: str, text: str, buttons: tuple[Mapping[str, str], ...]) -> dict[str, Any]:
    message: dict[str, Any] = {"recipient_id": recipient, "text": text}
    if buttons:
        message["buttons"] = [dict(button) for button in buttons]
    return message


def _not_served() -> HTTPResponse:
    return BadRequest(404, "not_served", "The REST channel is not served in production.").response()
