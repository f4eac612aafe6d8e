"""The chat page at /webhooks/web/: static files, one JSON endpoint for messages, one for the transcript."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib import resources
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw, redirect
from sanic.response import json as json_response

from bot.channels.base import Connector
from bot.channels.turns import RunRasa, log_failure
from bot.channels.web_request import BadRequest, read_object, text_of
from bot.services.unit_of_work import InboundMessage, OutboundMessage

_COOKIE = "aldia_web"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_TAB = re.compile(r"[A-Za-z0-9-]{20,64}")
_FILES = {
    "": ("chat.html", "text/html; charset=utf-8"),
    "chat.css": ("chat.css", "text/css; charset=utf-8"),
    "chat.js": ("chat.js", "text/javascript; charset=utf-8"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
# As long as an identification holds without a message; later the page starts empty, whoever looks at it.
_TRANSCRIPT_HOLDS = timedelta(minutes=30)
_TRANSCRIPT_MESSAGES = 200


class WebInput(Connector):
    """The page's connector.

    Who writes is known by two random values together: a cookie that we issue and no script can read, and an
    id that the page keeps for its tab. A new tab is a new conversation, and a closed one leaves nothing on a
    shared phone.
    """

    @classmethod
    def name(cls) -> str:
        """Name of the channel and of its path."""
        return "web"

    def blueprint(self, on_new_message: RunRasa) -> Blueprint:
        """The routes."""
        routes = Blueprint("web_webhook")

        @routes.get("/")
        async def page(request: Request) -> HTTPResponse:
            return await self._page(request)

        for path in ("chat.css", "chat.js"):
            routes.add_route(_static(path), f"/{path}", name=path.replace(".", "_"))

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            is_ready = agent is not None and agent.is_ready()
            return json_response(
                {"status": "ok" if is_ready else "no model"}, status=200 if is_ready else 503
            )

        @routes.post("/message", stream=True)
        async def message(request: Request) -> HTTPResponse:
            try:
                content = await _read(request)
                address = _address(request, content.get("tab"))
                text = text_of(content, "message")
                message_id = text_of(content, "message_id", required=True, limit=64)
            except BadRequest as problem:
                return problem.response()
            language = "en" if content.get("language") == "en" else "es"
            answer = await self.answer(
                on_new_message, address=address, text=text, message_id=message_id, language=language
            )
            said = [{"text": one.text, "buttons": [dict(button) for button in one.buttons]} for one in answer]
            return _private({"messages": said})

        @routes.get("/history")
        async def history(request: Request) -> HTTPResponse:
            try:
                address = _address(request, request.args.get("tab"))
                messages = await asyncio.to_thread(self._transcript, address)
            except BadRequest as problem:
                return problem.response()
            except Exception as error:
                log_failure("a transcript could not be read", "-", error)
                messages = []
            return _private({"messages": messages})

        return routes

    async def _page(self, request: Request) -> HTTPResponse:
        if not request.path.endswith("/"):
            return redirect(f"{request.path}/")
        response = await _static("")(request)
        if not _TOKEN.fullmatch(request.cookies.get(_COOKIE, "")):
            response.cookies[_COOKIE] = secrets.token_urlsafe(32)
            cookie = response.cookies[_COOKIE]
            cookie["httponly"] = True
            cookie["samesite"] = "Strict"
            cookie["path"] = request.path
            if str(self.app.settings.public_url or "").startswith("https:"):
                cookie["secure"] = True
        return response

    def _transcript(self, address: str) -> list[dict[str, Any]]:
        with self.app.unit_of_work(write=False) as uow:
            conversation = uow.conversations.by_address(self.name(), address)
            if conversation is None or conversation.last_inbound_at is None:
                return []
            if self.app.clock.now() - conversation.last_inbound_at > _TRANSCRIPT_HOLDS:
                return []
            return transcript(uow.transcripts.of(conversation.conversation_id, _TRANSCRIPT_MESSAGES))


def transcript(messages: Sequence[InboundMessage | OutboundMessage]) -> list[dict[str, Any]]:
    """A conversation as the page shows it: pressed buttons by their titles, buttons on the newest answer."""
    shown: list[dict[str, Any]] = []
    titles: dict[str, str] = {}
    for message in messages:
        if isinstance(message, InboundMessage):
            shown.append({"from": "me", "text": titles.get(message.text.strip(), message.text)})
        else:
            titles |= {button["payload"]: button["title"] for button in message.buttons}
            shown.append({"from": "bot", "text": message.text, "buttons": [dict(b) for b in message.buttons]})
    last_question = max((n for n, one in enumerate(shown) if one["from"] == "me"), default=-1)
    for one in shown[: last_question + 1]:
        one.pop("buttons", None)
    return shown


async def _read(request: Request) -> Mapping[str, Any]:
    # A form of another site can post text but not this type, so that it cannot speak for a visitor.
    if request.content_type.split(";")[0].strip().lower() != "application/json":
        raise BadRequest(415, "not_json", "The body must be sent as application/json.")
    return await read_object(request)


def _address(request: Request, tab: object) -> str:
    token = request.cookies.get(_COOKIE, "")
    if not _TOKEN.fullmatch(token):
        raise BadRequest(401, "no_session", "Open the chat page first; it needs its cookie.")
    if not isinstance(tab, str) or not _TAB.fullmatch(tab):
        raise BadRequest(400, "bad_tab", '"tab" must be 20 to 64 letters, digits or hyphens.')
    return hashlib.sha256(f"{token}.{tab}".encode()).hexdigest()


def _static(path: str) -> Any:
    name, kind = _FILES[path]
    content = resources.files("bot.channels").joinpath("static").joinpath(name).read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'

    async def serve(request: Request) -> HTTPResponse:
        headers = {**_HEADERS, "ETag": tag, "Cache-Control": "no-cache"}
        # The page itself always comes whole: it brings the cookie.
        if path and request.headers.get("if-none-match") == tag:
            return raw(b"", status=304, headers=headers)
        return raw(content, content_type=kind, headers=headers)

    return serve


def _private(content: Mapping[str, Any]) -> HTTPResponse:
    return json_response(content, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
