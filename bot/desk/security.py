"""What every answer of the desk carries, and how a browser is known: headers, cookie, token against forged forms."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.services.networks import network_of
from bot.services.reception import DIRECTIONS

_COOKIE = "aldia_desk"
# A page of a sibling host name cannot set a cookie of this name: browsers take it only from this very host, by https.
_HTTPS_COOKIE = f"__Host-{_COOKIE}"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}
MAX_BODY = 64 * 1024
# A body of this size takes a slow line two seconds; who takes longer only holds the connection.
_BODY_SECONDS = 15.0


class SafeHeaders:
    """Puts the headers on every answer; pages are kept by no cache."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
                if self._is_https:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self._app(scope, receive, with_headers)


# Whoever asks whether we live calls by an address.
_OF_PROBES = frozenset({"/health", "/ready", "/version"})


class OnlyOurHosts:
    """Refuses requests for other host names, and those whose address holds a NUL, which no database takes.

    A page of another site whose name was made to lead here (DNS rebinding) would else be of the desk's own origin.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            stated = Headers(scope=scope).get("host", "")
            if (
                self._hosts is not None
                and scope["path"] not in _OF_PROBES
                and _name_of(stated) not in self._hosts
            ):
                await PlainTextResponse("This is not the desk's address.", 400)(scope, receive, send)
                return
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _name_of(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def secret_of(request: Request) -> str:
    """The secret of the session that the browser shows; "" when it shows none."""
    return request.cookies.get(_cookie(request), "")


def _cookie(request: Request) -> str:
    is_https = request.app.state.application.settings.desk_url.startswith("https:")
    return _HTTPS_COOKIE if is_https else _COOKIE


def keep(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session: no script can read it, no other site can use it."""
    name = _cookie(request)
    is_secure = name == _HTTPS_COOKIE
    response.set_cookie(
        name, secret, httponly=True, samesite="strict", secure=is_secure, path="/", max_age=10 * 3600
    )


def forget(request: Request, response: Response) -> None:
    """Take the session back from the browser."""
    name = _cookie(request)
    is_secure = name == _HTTPS_COOKIE
    response.delete_cookie(name, path="/", httponly=True, samesite="strict", secure=is_secure)


def is_from_here(request: Request) -> bool:
    """Whether a form was sent by a page of ours, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def same(one: str, other: str) -> bool:
    """Compare two tokens in constant time."""
    return secrets.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def caller_of(request: Request, proxies: int) -> str:
    """The caller's network; behind proxies of ours, as the outermost of them saw it."""
    # Some proxies add a line of their own below the one that the caller sent: all of them are one list.
    lines = ",".join(request.headers.getlist("x-forwarded-for"))
    forwarded = [part.strip() for part in lines.split(",") if part.strip()]
    if proxies and len(forwarded) >= proxies:
        return network_of(forwarded[-proxies])
    return network_of(request.client.host) if request.client is not None else "unknown"


async def read_form(request: Request, flags: Sequence[str] | None = None) -> dict[str, str] | None:
    """The fields of a form or of a JSON object; None when there is too much of it or it is neither.

    Args:
        flags: fields that are true or false in JSON, where all others must be texts; None where a page of ours asks.
    """
    declared = request.headers.get("content-length", "0")
    # A body of unstated length is not read at all: browsers and clients of ours state it.
    if not _is_small(declared) or "transfer-encoding" in request.headers:
        return None
    try:
        found = await asyncio.wait_for(_fields(request, flags), _BODY_SECONDS)
    except Exception:  # whatever a parser finds wrong with what somebody sent, or that they took too long
        return None
    if found is None:
        return {} if declared == "0" else None
    return {_legible(key): _legible(value) for key, value in found.items()}


def _is_small(declared: str) -> bool:
    return declared.isascii() and declared.isdigit() and len(declared) < 10 and int(declared) <= MAX_BODY


async def _fields(request: Request, flags: Sequence[str] | None) -> dict[str, str] | None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        content = await request.json()
        if not isinstance(content, dict) or not (flags is None or _is_typed(content, flags)):
            return None
        return {str(k): _as_text(v) for k, v in content.items()}
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return None
    async with request.form(max_files=0, max_fields=100) as form:
        joined: dict[str, str] = {}
        for key, value in form.multi_items():
            if isinstance(value, str):
                joined[key] = f"{joined[key]},{value}" if key in joined else value
        return joined


def _is_typed(content: dict[str, object], flags: Sequence[str]) -> bool:
    return all(isinstance(value, bool if key in flags else str) for key, value in content.items())


def _legible(text: str) -> str:
    """A text without what no database and no page takes (NUL, control characters, halves of surrogate pairs), and
    without what lets it show something else than it says."""
    kept = (c for c in text if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp"))
    return "".join(c for c in kept if c not in DIRECTIONS)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


Handler = Callable[..., Response]
