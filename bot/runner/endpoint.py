"""The connection from Rasa to the action servers, kept open between turns."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.settings import TOKEN_HEADER
from bot.telemetry import tracing
from bot.telemetry.stages import stage

_IDLE_SECONDS = 60
# A turn takes some 20 ms, and 5 s where a lock keeps it waiting: one that takes longer hangs, or has begun to wait
# once more, and asking again beside it is safe.
_TIMEOUT = aiohttp.ClientTimeout(total=9.0, connect=2.0)
_GONE = (
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    aiohttp.ClientPayloadError,
    asyncio.TimeoutError,
)
# A proxy's word that no action server took the call, or that the one that did has died.
_NOBODY_THERE = (502, 503, 504)
# How often it is asked at most: what was asked may be what servers die of.
_TRIES = 4
# While not one of them takes the call. An action server that was killed needs 10 s to come back, three times as much on a
# busy machine: the debtor waits rather than get an apology. Shorter than `bot.channels.turns.TURN_SECONDS`.
_PATIENCE = 25.0
_PAUSE = 0.25


class KeptOpenEndpoint(EndpointConfig):  # type: ignore[misc]
    """Rasa opens a session and a connection for every call; this keeps them open (about 2 ms a turn).

    Args:
        secret: what the action servers want to be shown, if anything.
        url: one address, of an action server or of what stands in front of several; or several with commas
            between, which then take turns.
    """

    def __init__(self, url: str, secret: str | None = None, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self._urls = [one.strip().rstrip("/") for one in url.split(",") if one.strip()]
        self.urls = tuple(self._urls)
        self._headers = {} if secret is None else {TOKEN_HEADER: secret}
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Send a request and return its JSON.

        An action server that is gone, hangs, or dies over it, is no reason to give up: a turn is decided once for each
        message id, so that asking another one, or again, is safe.

        Raises:
            ClientResponseError: an answer of 400 or above, without its body, which may quote a debtor.
        """
        kwargs.pop("timeout", None)
        tried, asked, end = 0, 0, time.monotonic() + _PATIENCE
        while True:
            tried, asked = tried + 1, asked + 1
            try:
                with stage("action"):
                    return await self._send(method, subpath, headers=tracing.headers(), **kwargs)
            except aiohttp.ClientConnectorError:
                asked -= 1  # nobody heard it
                if time.monotonic() > end:
                    raise
            except _GONE:
                if asked == _TRIES:
                    raise
            except ClientResponseError as error:
                if asked == _TRIES or error.status not in _NOBODY_THERE:
                    raise
            # At once as long as there is another one; then with time for one to come back.
            if tried >= len(self._urls):
                await asyncio.sleep(_PAUSE)

    async def _send(self, method: str, subpath: str | None, **kwargs: Any) -> Any:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS, limit=64)
            self._session = aiohttp.ClientSession(
                timeout=_TIMEOUT, connector=connector, headers=self._headers
            )
        url = self._urls.pop(0)
        self._urls.append(url)
        async with self._session.request(
            method, f"{url}/{subpath.lstrip('/')}" if subpath else url, **kwargs
        ) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, "")
            return await response.json()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
