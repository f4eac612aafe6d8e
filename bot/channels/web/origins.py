"""Which pages may embed the widget: origins by allow-list, and the CORS headers that tell the browser so."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from sanic.request import Request

from bot.channels.web_request import BadRequest

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "600",
}


class Origins:
    """Our own origin and those that channels.yml names.

    Args:
        own: the address by which people reach us.
        allowed: further origins.
        is_lenient: whether a page that we served ourselves under another name counts as our own: development,
            where localhost and 127.0.0.1 are the same machine.
    """

    def __init__(self, own: str, allowed: tuple[str, ...], *, is_lenient: bool) -> None:
        parts = urlsplit(own)
        self._own = f"{parts.scheme}://{parts.netloc}".lower()
        self._allowed = frozenset({self._own, *allowed})
        self._is_lenient = is_lenient

    def check(self, request: Request) -> None:
        """Refuse what does not come from a page that may embed the widget.

        Raises:
            BadRequest: 403.
        """
        origin = request.headers.get("origin")
        if origin is None and not _reads_from_its_own(request):
            raise BadRequest(403, "no_origin", "The header Origin is missing: only pages may call this.")
        if origin is not None and not self._allows(origin, request):
            raise _refused(origin)

    def is_from(self, request: Request, origin: str) -> bool:
        """Whether a request, checked before, comes from a page of this origin."""
        stated: str | None = request.headers.get("origin")
        return origin == stated if stated is not None else origin in self._own_names(request)

    def headers(self, request: Request) -> Mapping[str, str]:
        """The CORS headers of an answer. A refused page may read that it was refused, and nothing else."""
        headers, origin = {"Vary": "Origin"}, request.headers.get("origin")
        if origin is None or not self._allows(origin, request):
            return headers
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"}
        return headers | _PREFLIGHT if request.method == "OPTIONS" else headers

    def _allows(self, origin: str, request: Request) -> bool:
        return origin in self._allowed or origin in self._own_names(request)

    def _own_names(self, request: Request) -> set[str]:
        return {self._own, f"{request.scheme}://{request.host}"} if self._is_lenient else {self._own}


def _reads_from_its_own(request: Request) -> bool:
    """Browsers leave the header out where a page reads from its own origin, and only there."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return bool(request.method == "GET" and site == "same-origin")


def _refused(origin: str) -> BadRequest:
    shown = (
        origin[:200].encode("ascii", "replace").decode()
    )  # bytes of none of our alphabets stand in it as halves
    what_to_do = f'To allow it, add "{shown}" to web.origins in channels.yml.'
    return BadRequest(403, "origin_refused", f"Pages of {shown} may not use this chat. {what_to_do}")
