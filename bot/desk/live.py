"""Pages that change without reload: one look at the database for all of them, several times a second."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.debt.party import ConversationId
from bot.desk import security
from bot.services import desk_case
from bot.services.application import Application
from bot.services.desk_roles import DeskRefusal, May, may
from bot.services.desk_sign_in import known_by

logger = logging.getLogger(__name__)

_LOOK_EVERY = 0.4
_ASK_AGAIN_EVERY = 15.0  # whether the session still holds


class Live:
    """Tells open pages when what they show has changed."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._watched: Counter[str] = Counter()
        self._versions: dict[str, tuple[Any, ...]] = {}
        # An event for each page, and nothing that is held: a page may go at any moment, in the middle of a wait.
        self._pages: set[asyncio.Event] = set()

    async def run(self) -> None:
        """Look until cancelled; nobody watching costs nothing."""
        while True:
            if self._watched:
                try:
                    await self._look()
                except Exception as error:
                    logger.error("the desk could not look for changes: %s", type(error).__name__)
            await asyncio.sleep(_LOOK_EVERY)

    async def _look(self) -> None:
        topics = [topic for topic in self._watched if topic != "queue"]
        found = await run_in_threadpool(self._read, topics)
        if any(self._versions.get(topic) != version for topic, version in found.items()):
            self._versions.update(found)
            for page in self._pages:
                page.set()

    def _read(self, topics: list[str]) -> dict[str, tuple[Any, ...]]:
        with self._app.unit_of_work(write=False) as uow:
            return dict(uow.desk.versions(topics))

    async def changes(self, topics: list[str]) -> AsyncIterator[list[str]]:
        """Which of these topics changed; an empty list when nothing did, to look at other things.

        The first is empty, and comes once nothing can change any more without being told.
        """
        changed = asyncio.Event()
        self._pages.add(changed)
        self._watched.update(topics)
        try:
            await self._look()
            seen: dict[str, Any] = {topic: self._versions.get(topic) for topic in topics}
            yield []
            while True:
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(changed.wait(), _ASK_AGAIN_EVERY)
                changed.clear()
                now = {topic: self._versions.get(topic) for topic in topics}
                fresh = [topic for topic in topics if now[topic] != seen[topic]]
                seen = now
                yield fresh
        finally:
            self._pages.discard(changed)
            self._watched.subtract(topics)
            self._watched += Counter()
            for topic in topics:
                if topic not in self._watched:
                    self._versions.pop(topic, None)


async def stream(request: Request) -> Response:
    """Events of the queue, and of one conversation if it is named and may be seen."""
    app: Application = request.app.state.application
    live: Live = request.app.state.live
    secret = security.secret_of(request)
    known = await run_in_threadpool(known_by, app, secret, is_active=False)
    if known is None:
        return JSONResponse({"code": "signed_out"}, status_code=401)
    topics = ["queue"]
    wanted = request.query_params.get("conversation")
    if wanted:
        try:
            await run_in_threadpool(desk_case.view, app, known.user, ConversationId(wanted))
        except DeskRefusal:
            return JSONResponse({"code": "not_found"}, status_code=404)
        topics = [*topics, wanted]
    if not may(known.user, May.WORK) and not may(known.user, May.SEE_ALL):
        return JSONResponse({"code": "not_allowed"}, status_code=403)
    return EventSourceResponse(_events(app, live, topics, secret), ping=20)


async def _events(
    app: Application, live: Live, topics: list[str], secret: str
) -> AsyncIterator[dict[str, str]]:
    clock = asyncio.get_running_loop().time
    asked, is_ready = clock(), False
    async for changed in live.changes(topics):
        if not is_ready:  # the page looks when it hears this
            is_ready = True
            yield {"event": "ready", "data": ""}
        # By the clock: where something changes all the time, nothing would ever be quiet.
        if clock() - asked >= _ASK_AGAIN_EVERY:
            asked = clock()
            if await run_in_threadpool(known_by, app, secret, is_active=False) is None:
                yield {"event": "signed-out", "data": ""}
                return
        for topic in changed:
            yield {"event": "queue" if topic == "queue" else "conversation", "data": ""}
