"""HTTP for the desk's server: what uvicorn speaks, and a limit on the time that the head of a request may take."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEAD_SECONDS = 10.0


class HurriedProtocol(H11Protocol):
    """Closes connections on which no whole head of a request comes in time; uvicorn itself would wait for ever.

    It is h11's and not httptools' because that takes heads of any size; this one takes 64 KiB.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait(_HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Take what came; once the head is there, the rest has limits of its own."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request of the same connection."""
        super().on_response_complete()
        self._wait(self.timeout_keep_alive + _HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if self.conn.their_state is h11.IDLE:
            self.transport.abort()
