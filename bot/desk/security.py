"""What every answer of the desk carries, and how a browser is known: headers, cookie, token against forged forms."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "aldia_desk"
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


def keep(response: Response, secret: str, *, is_https: bool) -> None:
    """Give the browser its session: no script can read it, no other site can use it."""
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="strict", secure=is_https, path="/", max_age=10 * 3600
    )


def forget(response: Response) -> None:
    """Take the session back from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def is_from_here(request: Request) -> bool:
    """Whether a form was sent by a page of ours, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def same(one: str, other: str) -> bool:
    """Compare two tokens in constant time."""
    return secrets.compare_digest(one.encode(), other.encode())


def network_of(request: Request, proxies: int) -> str:
    """The caller's address; behind proxies of ours, what the outermost of them saw."""
    forwarded = [
        part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()
    ]
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return request.client.host if request.client is not None else "unknown"


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a form or of a JSON object; None when there is too much of it or it is neither."""
    declared = request.headers.get("content-length", "0")
    # A body of unstated length is not read at all: browsers and clients of ours state it.
    if not declared.isdigit() or int(declared) > MAX_BODY or "transfer-encoding" in request.headers:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            content = await request.json()
            if not isinstance(content, dict):
                return None
            return {str(k): _as_text(v) for k, v in content.items()}
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            async with request.form(max_files=0, max_fields=100) as form:
                joined: dict[str, str] = {}
                for key, value in form.multi_items():
                    if isinstance(value, str):
                        joined[key] = f"{joined[key]},{value}" if key in joined else value
                return joined
    except Exception:  # whatever a parser finds wrong with what somebody sent
        return None
    return {} if declared == "0" else None


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


Handler = Callable[..., Response]
