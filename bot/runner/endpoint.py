"""The connection from Rasa to the action server, kept open between turns."""

from __future__ import annotations

from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.telemetry import tracing
from bot.telemetry.stages import stage

_IDLE_SECONDS = 60
_TIMEOUT = aiohttp.ClientTimeout(total=25.0, connect=2.0)


class KeptOpenEndpoint(EndpointConfig):  # type: ignore[misc]
    """Rasa opens a session and a connection for every call; this keeps one of each (about 2 ms a turn)."""

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
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

        Raises:
            ClientResponseError: an answer of 400 or above, without its body, which may quote a debtor.
        """
        kwargs.pop("timeout", None)
        for last in (False, True):
            try:
                with stage("action"):
                    return await self._send(method, subpath, headers=tracing.headers(), **kwargs)
            except aiohttp.ServerDisconnectedError:
                # The other side closed an idle connection. A turn is decided once for each message id, so
                # that asking again is safe.
                if last:
                    raise
        return None

    async def _send(self, method: str, subpath: str | None, **kwargs: Any) -> Any:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(keepalive_timeout=_IDLE_SECONDS, limit=64)
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector)
        url = f"{str(self.url).rstrip('/')}/{subpath.lstrip('/')}" if subpath else str(self.url)
        async with self._session.request(method, url, **kwargs) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, "")
            return await response.json()

    async def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            await self._session.close()
