"""Rate limits: so that one address or one network cannot take the assistant from everybody else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)

# A Redis that is there and does not answer must hold up nobody, nor every thread of this process.
_PATIENCE = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
_AGAIN_SECONDS = 5.0


class RateLimits:
    """Counts in memory, or in Redis where several processes share one limit.

    Args:
        per_address: such as "20/minute": messages of one address of a channel.
        per_network: requests from one network address.
        redis_url: shared counters; None for this process's own.
        code_checks: tries of verification codes from one network address.
    """

    def __init__(
        self,
        per_address: str,
        per_network: str,
        redis_url: str | None = None,
        *,
        code_checks: str = "10/minute",
    ) -> None:
        self._per_address = parse(per_address)
        self._per_network = parse(per_network)
        self._code_checks = parse(code_checks)
        self._own = Windows()
        # Kept here: the limiter itself holds only a weak reference.
        self._storage = storage_from_string(redis_url, **_PATIENCE) if redis_url else None
        self._shared = MovingWindowRateLimiter(self._storage) if self._storage is not None else None
        self._asks_again_at = 0.0

    async def allows_address(self, channel: str, address: str) -> bool:
        """Count a message of an address; False when there are too many."""
        return await self._hit(self._per_address, f"{channel}:{address}")

    async def allows_network(self, network: str) -> bool:
        """Count a request from a network address; False when there are too many."""
        return await self._hit(self._per_network, network)

    async def allows_check(self, network: str) -> bool:
        """Count a try of a verification code from a network address."""
        return await self._hit(self._code_checks, f"code:{network}")

    async def _hit(self, limit: RateLimitItem, key: str) -> bool:
        if self._shared is not None and time.monotonic() >= self._asks_again_at:
            try:
                return await asyncio.to_thread(self._shared.hit, limit, key)
            except Exception as error:
                logger.error("rate limits are counted by each process alone: %s", type(error).__name__)
                self._asks_again_at = time.monotonic() + _AGAIN_SECONDS
        return self._own.hit(limit, key)


class Windows:
    """Counts in this process's memory: the time of each hit within its window, and nothing of who has long been quiet.

    The storage of `limits` itself keeps every key for good, and at each hit starts a thread that goes through all of them.
    """

    def __init__(self) -> None:
        # The seconds of the window and the hits in it, in the order of the last hit.
        self._hits: OrderedDict[str, tuple[int, deque[float]]] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are in memory."""
        return len(self._hits)

    def hit(self, limit: RateLimitItem, key: str) -> bool:
        """Count one; False when there are too many."""
        now, name = time.monotonic(), limit.key_for(key)
        self._forget(now)
        seconds, hits = self._hits.setdefault(name, (limit.get_expiry(), deque()))
        self._hits.move_to_end(name)
        while hits and hits[0] <= now - seconds:
            hits.popleft()
        if len(hits) >= limit.amount:
            return False
        hits.append(now)
        return True

    def _forget(self, now: float) -> None:
        """A few of those that are quiet, at each hit."""
        for _ in range(4):
            first = next(iter(self._hits.values()), None)
            if first is None or (first[1] and first[1][-1] > now - first[0]):
                return
            self._hits.popitem(last=False)
