"""Who may read the metrics, and how they are written. Free of any web framework; `bot.runner` serves them."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.telemetry.metrics import REGISTRY

PATH = "/metrics"
# A proxy of ours adds one of these: what comes through it does not come from this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True)
class Access:
    """Who may read.

    Attributes:
        token: `ALDIA_METRICS_TOKEN`; whoever brings it may.
        is_behind_proxy: a proxy on this machine may stand before this server, and would look like this machine: then
            nobody may without the token.
    """

    token: str | None
    is_behind_proxy: bool

    def allows(self, peer: str | None, headers: Mapping[str, str]) -> bool:
        """Whether this request may read.

        Args:
            peer: the address at the other end of the connection itself.
            headers: of the request, by lower-case name.
        """
        kind, _, given = headers.get("authorization", "").partition(" ")
        if self.token is not None and kind.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode())
        if self.is_behind_proxy or is_forwarded(headers):
            return False
        return _is_loopback(peer)


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether a request came through a proxy or a tunnel, and so maybe from elsewhere.

    Args:
        headers: by lower-case name.
    """
    return any(name in headers for name in _FORWARDED)


def rendered() -> tuple[bytes, str]:
    """All metrics of this process and their content type. It may ask the database: not for an event loop."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


def _is_loopback(peer: str | None) -> bool:
    try:
        return ipaddress.ip_address(peer or "").is_loopback
    except ValueError:
        return False
