"""Rate limits: so that one address or one network cannot take the assistant from everybody else."""

from __future__ import annotations

import asyncio
import logging

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)


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
        # Kept here: the limiter itself holds only a weak reference.
        self._storage = storage_from_string(redis_url) if redis_url else MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._is_remote = redis_url is not None

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
        if not self._is_remote:
            return self._limiter.hit(limit, key)
        try:
            return await asyncio.to_thread(self._limiter.hit, limit, key)
        except Exception as error:
            # Without the counters people are served, not turned away.
            logger.error("rate limits cannot be counted: %s", type(error).__name__)
            return True
