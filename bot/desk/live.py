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
        self._changed = asyncio.Condition()

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
            async with self._changed:
                self._changed.notify_all()

    def _read(self, topics: list[str]) -> dict[str, tuple[Any, ...]]:
        with self._app.unit_of_work(write=False) as uow:
            return dict(uow.desk.versions(topics))

    async def changes(self, topics: list[str]) -> AsyncIterator[list[str]]:
        """Which of these topics changed; an empty list when nothing did, or something else, to look at other things."""
        self._watched.update(topics)
        try:
            await self._look()
            seen = {topic: self._versions.get(topic) for topic in topics}
            while True:
                with suppress(asyncio.TimeoutError):
                    async with self._changed:
                        await asyncio.wait_for(self._changed.wait(), _ASK_AGAIN_EVERY)
                changed = [topic for topic in topics if self._versions.get(topic) != seen[topic]]
                seen = {topic: self._versions.get(topic) for topic in topics}
                yield changed
        finally:
            self._watched.subtract(topics)
            self._watched += Counter()


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
    yield {"event": "ready", "data": ""}
    clock = asyncio.get_running_loop().time
    asked = clock()
    async for changed in live.changes(topics):
        # By the clock: where something changes all the time, nothing would ever be quiet.
        if clock() - asked >= _ASK_AGAIN_EVERY:
            asked = clock()
            if await run_in_threadpool(known_by, app, secret, is_active=False) is None:
                yield {"event": "signed-out", "data": ""}
                return
        for topic in changed:
            yield {"event": "queue" if topic == "queue" else "conversation", "data": ""}
