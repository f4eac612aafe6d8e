"""Rasa's lock store, shared by several Rasa processes by way of Redis.

Rasa's own one for Redis reads a lock, changes it and writes it back, so that two processes can overwrite or delete
one another's tickets, and it looks once a second. This one sets and gives back in single steps and looks often. The
order of turns does not depend on it: it comes from the inbox (`bot.channels.turns`), so that without Redis turns go on.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from rasa.core.lock_store import LockStore
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

logger = logging.getLogger(__name__)

_PREFIX = "aldia:lock:"
_LOOK_EVERY = 0.02
# Longer than a turn may take; what a process leaves behind that dies is free after this.
_LIFETIME = 35.0
# No turn waits longer for a Redis that does not answer.
_ANSWER_SECONDS = 1.0


class SharedLockStore(LockStore):  # type: ignore[misc]
    """One lock for each conversation, in Redis.

    Args:
        redis_url: redis://:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS.
    """

    def __init__(self, redis_url: str) -> None:
        super().__init__()
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS
        )

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = _LIFETIME,
        wait_time_in_seconds: float = _LOOK_EVERY,
    ) -> AsyncIterator[None]:
        """Hold a conversation's lock; without Redis, go on without it."""
        lock = self._redis.lock(
            _PREFIX + conversation_id,
            timeout=_LIFETIME,
            sleep=_LOOK_EVERY,
            blocking_timeout=_LIFETIME,
        )
        is_held = False
        try:
            is_held = await lock.acquire()
        except RedisError as error:
            logger.error("a conversation is not locked in Redis: %s", type(error).__name__)
        try:
            yield
        finally:
            # Gone by itself where the turn took too long: then it is another one's by now.
            with suppress(RedisError, LockError):
                if is_held:
                    await lock.release()
