"""What several Rasa processes share by way of Redis: locks and news. Without it they go on."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from rasa.core.lock_store import LockStore

from bot.channels.limits import RateLimits
from bot.channels.lock_store import SharedLockStore
from bot.channels.news import News
from tests.support.running import free_ports


def gone() -> str:
    """The address of a Redis that is not there."""
    return f"redis://127.0.0.1:{free_ports(1)[0]}/0"


def test_one_of_two_processes_holds_a_conversation_and_the_other_follows_at_once(redis_url: str) -> None:
    held: list[str] = []

    async def story() -> float:
        one, other = (LockStore.create(SharedLockStore(redis_url)) for _ in range(2))
        freed = 0.0

        async def second() -> float:
            async with other.lock("C-1"):
                held.append("second")
                return time.monotonic()

        async with one.lock("C-1"):
            task = asyncio.create_task(second())
            await asyncio.sleep(0.2)
            held.append("first")
            freed = time.monotonic()
        return await task - freed

    assert asyncio.run(story()) < 0.2
    assert held == ["first", "second"]


def test_conversations_do_not_wait_for_one_another(redis_url: str) -> None:
    async def story() -> None:
        store = SharedLockStore(redis_url)
        async with store.lock("C-1"), store.lock("C-2"):
            pass

    asyncio.run(asyncio.wait_for(story(), 2))


def test_without_redis_turns_go_on() -> None:
    async def story() -> bool:
        async with SharedLockStore(gone()).lock("C-1"):
            return True

    assert asyncio.run(asyncio.wait_for(story(), 5))


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a Redis that takes connections and answers nothing, as one that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("is_silent", [False, True])
def test_without_redis_each_process_counts_for_itself(is_silent: bool, silent: str) -> None:
    limits = RateLimits("2/minute", "100/minute", silent if is_silent else gone())

    async def story() -> list[bool]:
        return [await limits.allows_address("sms", "ana") for _ in range(3)]

    began = time.monotonic()
    assert asyncio.run(story()) == [True, True, False]
    # One look, not one for each message: a thread that waits is one that no turn can have.
    assert time.monotonic() - began < 3.0


def test_a_silent_redis_holds_a_turn_up_for_a_moment_only(silent: str) -> None:
    async def story() -> float:
        store, began = SharedLockStore(silent), time.monotonic()
        async with store.lock("ana"):
            return time.monotonic() - began

    assert asyncio.run(story()) < 3.0


def test_another_process_is_told_at_once(redis_url: str) -> None:
    async def story() -> float:
        told: asyncio.Queue[str] = asyncio.Queue()
        here, there = News(redis_url, lambda _: None), News(redis_url, told.put_nowait)
        listening = asyncio.create_task(there.run())
        while (
            not await here._redis.pubsub_numsub("aldia:news")
            or not (await here._redis.pubsub_numsub("aldia:news"))[0][1]
        ):
            await asyncio.sleep(0.01)
        began = time.monotonic()
        here.tell("C-1")
        assert await asyncio.wait_for(told.get(), 2) == "C-1"
        listening.cancel()
        return time.monotonic() - began

    assert asyncio.run(story()) < 0.3


def test_telling_nobody_is_no_fault() -> None:
    async def story() -> None:
        news = News(gone(), lambda _: None)
        news.tell("C-1")
        while news._telling:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(story(), 5))
