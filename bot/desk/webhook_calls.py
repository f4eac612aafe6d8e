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
    if host not in app.settings.desk_webhook_hosts:
        await run_in_threadpool(require_public, host, port)
    body, now = webhooks.body_of(event), str(int(app.clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "aldia-desk",
        "X-Aldia-Event": event.kind,
        "X-Aldia-Delivery": event.event_id,
        "X-Aldia-Timestamp": now,
        "X-Aldia-Signature": f"sha256={webhooks.signature(app.settings.desk_webhook_secret or '', now, body)}",
    }
    # No redirects: the address that was checked is the one that is called.
    async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
        response = await client.post(event.url, content=body, headers=headers)
    return 200 <= response.status_code < 300


def require_public(host: str, port: int) -> None:
    """Do nothing if every address of a host is a public one.

    Raises:
        NotAllowed: one is not.
        OSError: the name is not known.
    """
    for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = ipaddress.ip_address(str(found[4][0]).partition("%")[0])
        if not address.is_global or address.is_multicast:
            raise NotAllowed(host)
