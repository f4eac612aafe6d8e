"""The queue as read a moment ago, for all open pages: read again when it changed, or after two seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from bot.services import desk_queue
from bot.services.application import Application
from bot.services.desk_queue import QueueRow

# What changes without the queue's own rows: an account, the end of an identification, being late.
_HOLDS = 2.0


class QueueCache:
    """Shared by the threads of one process. What a person may see of it is decided for each of them."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._rows: Sequence[QueueRow] = ()
        self._version: Any = None
        self._read_at = float("-inf")

    def rows(self) -> Sequence[QueueRow]:
        """The whole queue, as it is now."""
        with self._app.unit_of_work(write=False) as uow:
            version = uow.desk.versions([])["queue"]
        with self._lock:
            if version != self._version or time.monotonic() - self._read_at > _HOLDS:
                self._rows = desk_queue.everything(self._app)
                self._version, self._read_at = version, time.monotonic()
            return self._rows
