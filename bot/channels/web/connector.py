"""The widget's connector at /webhooks/web: pages and script, sessions, messages in, messages out as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from bot.channels.base import Connector, Surroundings, caller_of
from bot.channels.failures import log_failure
from bot.channels.turns import RunRasa
from bot.channels.web import assets
from bot.channels.web.origins import Origins
from bot.channels.web.session import Session, Tokens
from bot.channels.web.stream import Streams
from bot.channels.web.verify import VerifyPage
from bot.channels.web_request import BadRequest, read_object, text_of
from bot.services import chat_window
from bot.services.chat_window import Window
from bot.services.reception import Incoming, clean

Handler = Callable[[Request], Awaitable[HTTPResponse | None]]

_PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_STREAM = {**_PRIVATE, "X-Accel-Buffering": "no"}
_RETRY_SECONDS = "15"
_MAX_ID = 64
_MAX_CREDITOR = 80


class WebInput(Connector):
    """Pages embed `widget.js`; it asks for a session and shows it with every call, as a bearer token.

    There is no cookie: third-party cookies cannot be relied on, and what a browser does not send by itself no
    other site can make it send.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        settings, web = self.app.settings, self.channels.web
        self._web = web
        self._tokens = Tokens(settings.identity_key)
        self._origins = Origins(settings.public_url, web.origins, is_lenient=not settings.is_production)
        self._streams = Streams(self.app, self.name(), web.streams)
        self._assets = assets.load()
        self.turns.listeners.append(self.changed)
        self._verify = VerifyPage(self, f"verify.css?v={self._assets['verify.css'].tag}")

    @classmethod
    def name(cls) -> str:
        """Name of the channel and of its path."""
        return "web"

    def changed(self, conversation_id: str) -> None:
        """Let the open pages of a conversation know at once."""
        self._streams.changed(conversation_id)

    async def end(self) -> None:
        """Let the widgets go: they come back to the next server."""
        self._streams.close()

    def blueprint(self, on_new_message: RunRasa) -> Blueprint:
        """The routes."""
        routes = Blueprint("web_webhook")
        for path, asset in self._assets.items():
            routes.add_route(assets.server_of(asset), f"/{path}", name=f"file_{path.replace('.', '_')}")
        routes.add_route(_health, "/health", name="health")
        self._verify.add_to(routes)

        async def message(request: Request) -> HTTPResponse | None:
            return await self._message(request, on_new_message)

        for path, method, handler in (
            ("session", "POST", self._session),
            ("session", "DELETE", self._end),
            ("messages", "POST", message),
            ("messages", "GET", self._messages),
            ("seen", "POST", self._seen),
            ("stream", "GET", self._stream),
            ("origin", "GET", self._origin),
        ):
            guarded = self._guarded(handler)
            routes.add_route(
                guarded, f"/{path}", methods=[method], name=f"{method}_{path}", stream=method == "POST"
            )
        for path in ("session", "messages", "seen", "stream"):
            routes.add_route(_preflight, f"/{path}", methods=["OPTIONS"], name=f"preflight_{path}")

        @routes.middleware("response")
        async def add_cors(request: Request, response: HTTPResponse) -> None:
            self._add_cors(request, response)

        return routes

    # -- what a session is needed for -----------------------------------------------------------------------------

    async def _session(self, request: Request) -> HTTPResponse:
        """Begin a session, or renew the one whose token is shown."""
        content = await _read(request)
        creditor = clean(text_of(content, "creditor"))[:_MAX_CREDITOR].strip()
        now = self.app.clock.now()
        lasts = timedelta(minutes=self._web.token_minutes)
        if "authorization" in request.headers:
            session = self._known(request, timedelta(hours=self._web.session_hours))
            if await asyncio.to_thread(chat_window.is_ended, self.app, self._window(session)):
                raise _ended()
            session = session.renewed(now, lasts)
        else:
            language = "en" if content.get("language") == "en" else "es"
            session = Session.begin(request.headers["origin"], creditor, language, now, lasts)
        seconds = int(lasts.total_seconds())
        return _private(
            {"token": self._tokens.write(session), "seconds": seconds, "lock_minutes": self._lock_minutes()}
        )

    async def _end(self, request: Request) -> HTTPResponse:
        """End and clear: the identification is over and this session never shows anything again."""
        session = self._known(request, timedelta(hours=self._web.session_hours))
        await asyncio.to_thread(chat_window.end, self.app, self._window(session))
        self._streams.wake(session.address)
        return _private({})

    async def _message(self, request: Request, run_rasa: RunRasa) -> HTTPResponse:
        content = await _read(request)
        session = self._known(request)
        message_id = text_of(content, "id", required=True, limit=_MAX_ID)
        incoming = Incoming(
            self.name(),
            session.address,
            chat_window.provider_id_of(session.address, message_id),
            text_of(content, "text"),
            via={"creditor": session.creditor, "origin": session.origin},
            language=session.language,
            network=caller_of(request),
        )
        if not await asyncio.to_thread(chat_window.admit, self.app, self._window(session)):
            raise _ended()
        if await self.accept(run_rasa, incoming) is None:
            return _private({"error": "busy"}, 503, {"Retry-After": _RETRY_SECONDS})
        self._streams.wake(session.address)
        return _private({"id": message_id}, 202)

    async def _messages(self, request: Request) -> HTTPResponse:
        """What is new, for browsers and networks that let no stream through."""
        window = self._window(self._known(request))
        found = await asyncio.to_thread(chat_window.news, self.app, window, request.args.get("after", ""))
        if found is None:
            raise _ended()
        return _private(found.as_json())

    async def _seen(self, request: Request) -> HTTPResponse:
        """What people wrote was on the screen."""
        content = await _read(request)
        window = self._window(self._known(request))
        await asyncio.to_thread(chat_window.seen, self.app, window, text_of(content, "cursor", required=True))
        return _private({})

    async def _stream(self, request: Request) -> HTTPResponse | None:
        session = self._known(request)
        if not self._streams.has_room(session.address):
            return _private({"error": "no_room"}, 503, {"Retry-After": _RETRY_SECONDS})
        seconds = session.expires - self.app.clock.now().timestamp()
        response = await request.respond(headers=_STREAM, content_type="text/event-stream; charset=utf-8")
        async for event in self._streams.of(
            self._window(session), request.headers.get("last-event-id", ""), seconds
        ):
            await response.send(event)
        await response.eof()
        return None

    async def _origin(self, request: Request) -> HTTPResponse:
        """Whether a page may embed the widget: asked when it cannot connect, to tell its operator why."""
        try:
            self._origins.check(request)
        except BadRequest as problem:
            answer = problem.response()
        else:
            answer = _private({})
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    # -- around every call ----------------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        """Origin, rate limit, and a sentence for whatever is wrong."""

        async def guarded(request: Request) -> HTTPResponse | None:
            try:
                if handler != self._origin:
                    self._origins.check(request)
                if not await self.allows_network(request):
                    return _private({"error": "too_many"}, 429, {"Retry-After": _RETRY_SECONDS})
                return await handler(request)
            except BadRequest as problem:
                return problem.response()
            except Exception as error:
                log_failure("a call of the widget failed", "-", error)
                return _private({"error": "busy"}, 503, {"Retry-After": _RETRY_SECONDS})

        return guarded

    def _known(self, request: Request, grace: timedelta = timedelta()) -> Session:
        """The session of a request.

        Raises:
            BadRequest: 401; there is none, it has expired, or it belongs to another page.
        """
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        session = self._tokens.read(token) if kind.lower() == "bearer" else None
        if session is None or not self._origins.is_from(request, session.origin):
            raise BadRequest(401, "no_session", "Ask for a session first: POST session.")
        if not session.holds(self.app.clock.now(), grace):
            raise BadRequest(401, "expired", "The token has expired: renew it with POST session.")
        return session

    def _window(self, session: Session) -> Window:
        return Window(self.name(), session.address, timedelta(minutes=self._lock_minutes()))

    def _lock_minutes(self) -> int:
        identity = self.app.rulebook.identity(self.app.clock.today()).verification_minutes
        return min(self._web.lock_minutes or identity, identity)

    def _add_cors(self, request: Request, response: HTTPResponse) -> None:
        if "Access-Control-Allow-Origin" not in response.headers:
            for name, value in self._origins.headers(request).items():
                response.headers[name] = (
                    value if name != "Vary" else _vary(response.headers.get("Vary"), value)
                )


async def _health(request: Request) -> HTTPResponse:
    agent = getattr(request.app.ctx, "agent", None)
    is_ready = agent is not None and agent.is_ready()
    return json_response({"status": "ok" if is_ready else "no model"}, status=200 if is_ready else 503)


async def _preflight(_: Request) -> HTTPResponse:
    """What it says is in the CORS headers; Rasa's own middleware may answer before."""
    return raw(b"", status=204)


async def _read(request: Request) -> Mapping[str, Any]:
    # A form of another site can post text but not this type without asking first.
    if request.content_type.split(";")[0].strip().lower() != "application/json":
        raise BadRequest(415, "not_json", "The body must be sent as application/json.")
    return await read_object(request)


def _ended() -> BadRequest:
    return BadRequest(401, "ended", "This conversation was ended. Ask for a new session: POST session.")


def _private(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    return json_response(content, status=status, headers={**_PRIVATE, **(headers or {})})


def _vary(present: str | None, value: str) -> str:
    return value if not present else f"{present}, {value}"
