"""Making the webhook calls that services noted: signed, within seconds, never into a private network unasked."""

from __future__ import annotations

import ipaddress
import logging
import socket
from urllib.parse import urlsplit

import httpx
from starlette.concurrency import run_in_threadpool

from bot.services import webhooks
from bot.services.application import Application
from bot.services.desk_port import Event

logger = logging.getLogger(__name__)

_SECONDS = 5.0


class NotAllowed(Exception):
    """The address leads into a private network that nobody allowed."""


async def call_all(app: Application) -> None:
    """Make every call that is due."""
    while await call_once(app):
        pass


async def call_once(app: Application) -> bool:
    """Make the call that is due longest. Returns whether there was one."""
    event = await run_in_threadpool(webhooks.next_call, app)
    if event is None:
        return False
    was_taken = False
    try:
        was_taken = await _call(app, event)
    except (httpx.HTTPError, NotAllowed, OSError) as error:
        logger.warning("a webhook call failed: %s", type(error).__name__)
    await run_in_threadpool(lambda: webhooks.record(app, event, was_taken=was_taken))
    return True


async def _call(app: Application, event: Event) -> bool:
    parts = urlsplit(event.url)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    is_allowed = host in app.settings.desk_webhook_hosts
    address = None if is_allowed else await run_in_threadpool(public_address, host, port)
    body, now = webhooks.body_of(event), str(int(app.clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "aldia-desk",
        "X-Aldia-Event": event.kind,
        "X-Aldia-Delivery": event.event_id,
        "X-Aldia-Timestamp": now,
        "X-Aldia-Signature": f"sha256={webhooks.signature(app.settings.desk_webhook_secret or '', now, body)}",
    }
    # No redirects, and to the address that was looked at: a name that is asked again may lead elsewhere by then.
    url, named = httpx.URL(event.url), {}
    if address is not None:
        headers["Host"] = url.netloc.decode()
        named = {"sni_hostname": host}
        url = url.copy_with(host=address)
    # Only the status is read: an endless answer must not fill the memory.
    async with (
        httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, content=body, headers=headers, extensions=named) as response,
    ):
        return 200 <= response.status_code < 300


def public_address(host: str, port: int) -> str:
    """An address of a host, if all that it has are public ones.

    Raises:
        NotAllowed: one is not.
        OSError: the name is not known.
    """
    found = [
        str(one[4][0]).partition("%")[0] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    if not found or not all(_is_public(ipaddress.ip_address(one)) for one in found):
        raise NotAllowed(host)
    return found[0]


# Networks of IPv6 in whose addresses one of IPv4 stands at the end (NAT64 and its local kin; IPv4-compatible).
_WITH_IPV4 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and any(address in network for network in _WITH_IPV4):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not _is_public(inner):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
