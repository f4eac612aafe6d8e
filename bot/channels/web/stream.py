"""Server-sent events: each open stream is told at once what is new in its conversation, whoever put it there."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.channels.failures import log_failure
from bot.services import chat_window
from bot.services.application import Application
from bot.services.chat_window import News, Window

# How soon a message is seen that another process stored; our own turns say so themselves.
_LOOK_EVERY = 0.5
# Shorter than what proxies take for a dead connection.
HEARTBEAT = 15.0
_OF_ONE_SESSION = 4
_RETRY = b"retry: 2000\n\n"
_STILL_HERE = b": still here\n\n"
_ENDED = b"event: ended\ndata: {}\n\n"


class Streams:
    """The open streams of this process. While there are any, one query every half second looks after all of them."""

    def __init__(self, app: Application, channel: str, most: int) -> None:
        self._app = app
        self._channel = channel
        self._most = most
        self._open: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._marks: dict[str, Any] = {}
        self._addresses: dict[str, str] = {}  # of open streams, by conversation
        self._look = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self.is_closing = False

    def has_room(self, address: str) -> bool:
        """Whether one more may be opened."""
        count = sum(map(len, self._open.values()))
        return (
            not self.is_closing and count < self._most and len(self._open.get(address, ())) < _OF_ONE_SESSION
        )

    def look(self) -> None:
        """Something was stored: see at once whom it concerns."""
        self._look.set()

    def changed(self, conversation_id: str) -> None:
        """Something was put into a conversation, by whatever process."""
        address = self._addresses.get(conversation_id)
        if address is not None:
            self.wake(address)

    def wake(self, address: str) -> None:
        """Something changed for one address that no mark shows."""
        for event in self._open.get(address, ()):
            event.set()

    def close(self) -> None:
        """End all of them; the widgets come back when there is a server again."""
        self.is_closing = True
        for address in list(self._open):
            self.wake(address)
        if self._watcher is not None:
            self._watcher.cancel()

    async def of(self, window: Window, after: str, seconds: float) -> AsyncIterator[bytes]:
        """The events of one stream, until the session needs a new token or the server stops.

        Args:
            after: the last event's id; everything that may be shown when empty.
            seconds: how long it may stay open.
        """
        clock = asyncio.get_running_loop().time
        end, told = clock() + seconds, _Told()
        with self._opened(window.address) as event:
            yield _RETRY
            while not self.is_closing and clock() < end:
                event.clear()
                try:
                    found = await asyncio.to_thread(chat_window.news, self._app, window, after)
                except Exception as error:
                    # The widget comes back a little later, and finds what could not be read now.
                    log_failure("what is new could not be read", "-", error)
                    return
                if found is None:
                    yield _ENDED
                    return
                if found.conversation_id is not None:
                    self._addresses[found.conversation_id] = window.address
                after = found.cursor
                fresh = told.new_of(found)
                if fresh is not None:
                    yield _event(fresh)
                try:
                    await asyncio.wait_for(event.wait(), max(0.1, min(HEARTBEAT, end - clock())))
                except asyncio.TimeoutError:
                    yield _STILL_HERE

    @contextmanager
    def _opened(self, address: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._open[address].append(event)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield event
        finally:
            self._open[address].remove(event)
            if not self._open[address]:
                del self._open[address]
                self._marks.pop(address, None)
                for known in [one for one, its in self._addresses.items() if its == address]:
                    del self._addresses[known]

    async def _watch(self) -> None:
        while self._open:
            self._look.clear()
            try:
                await self._look_once()
            except Exception as error:
                log_failure("streams could not be looked after", "-", error)
            try:
                await asyncio.wait_for(self._look.wait(), _LOOK_EVERY)
            except asyncio.TimeoutError:
                continue

    async def _look_once(self) -> None:
        addresses = list(self._open)
        found = await asyncio.to_thread(self._read_marks, addresses)
        for address in addresses:
            if found.get(address) != self._marks.get(address):
                self._marks[address] = found.get(address)
                self.wake(address)

    def _read_marks(self, addresses: list[str]) -> Mapping[str, Any]:
        with self._app.unit_of_work(write=False) as uow:
            return uow.transcripts.marks(self._channel, addresses)


class _Told:
    """What one stream has sent, so that it repeats nothing."""

    def __init__(self) -> None:
        self._states: dict[str, Any] = {}
        self._rest: Any = None

    def new_of(self, news: News) -> dict[str, Any] | None:
        content = news.as_json()
        fresh = [one for one in content["messages"] if self._states.get(one["id"], "") != one.get("state")]
        rest = {key: value for key, value in content.items() if key not in ("messages", "cursor")}
        if not fresh and rest == self._rest:
            return None
        self._states |= {one["id"]: one.get("state") for one in fresh}
        self._rest = rest
        return {**content, "messages": fresh}


def _event(content: Mapping[str, Any]) -> bytes:
    return (
        f"id: {content['cursor']}\nevent: news\ndata: {json.dumps(content, ensure_ascii=False)}\n\n".encode()
    )
