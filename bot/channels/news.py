"""Telling the other Rasa processes, by way of Redis, in which conversation there is something new.

A hint and no more: whoever misses one finds the same in the database half a second later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

_CHANNEL = "aldia:news"
_AGAIN_SECONDS = 2.0
_MOST_UNDER_WAY = 1000


class News:
    """Tells and is told.

    Args:
        redis_url: of the Redis that all processes share.
        told: called with the id of a conversation in which another process has put something.
    """

    def __init__(self, redis_url: str, told: Callable[[str], None]) -> None:
        self._redis: Any = Redis.from_url(redis_url, socket_connect_timeout=1.0, decode_responses=True)
        self._told = told
        self._telling: set[asyncio.Task[None]] = set()

    def tell(self, conversation_id: str) -> None:
        """Let the others know; does not wait."""
        if len(self._telling) < _MOST_UNDER_WAY:
            task = asyncio.create_task(self._publish(conversation_id))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _publish(self, conversation_id: str) -> None:
        with suppress(RedisError, OSError):
            await self._redis.publish(_CHANNEL, conversation_id)

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(_CHANNEL)
                    async for message in heard.listen():
                        if message["type"] == "message":
                            self._told(message["data"])
            except (RedisError, OSError) as error:
                logger.warning("news of other processes come late: %s", type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
