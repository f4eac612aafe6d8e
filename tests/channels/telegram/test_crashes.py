"""Killed at the worst moments: nothing is lost and nothing is said twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from bot.channels import recovery
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.services.unit_of_work import InboundMessage, OutboundMessage
from bot.settings import CHECKOUT
from tests.channels.telegram import stub, updates
from tests.channels.telegram.conftest import PATH, SECRET, World
from tests.channels.telegram.stub import TOKEN, Fault, Stub
from tests.channels.telegram.updates import CHAT
from tests.support.people import KEY
from tests.support.running import free_ports

# -- rows as a crash leaves them -------------------------------------------------------------------------------


def received(world: World) -> reception.Received:
    """A message whose process died right after storing it."""
    return reception.receive(world.app, Incoming("telegram", str(CHAT), "900", "hola"))


def test_a_message_that_was_only_stored_is_answered(world: World) -> None:
    async def story() -> None:
        received(world)
        world.app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
        await recovery.recover_once(world.app, world.connector.turns, world.rasa)
        await world.settled()

    world.tells(story)
    assert len(world.rasa.seen) == 1
    assert world.telegram.texts(CHAT) == [row.text for row in world.outbox()]


def test_an_answer_that_was_only_decided_is_sent(world: World) -> None:
    async def story() -> None:
        message_id = received(world).message_id
        dialogue.take_turn(world.app, message_id, Heard("greet", 0.99, text="hola"))
        await world.settled()
        world.app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
        await recovery.recover_once(world.app, world.connector.turns, world.rasa)
        await world.settled()

    world.tells(story)
    assert not world.rasa.seen
    assert len(world.telegram.texts(CHAT)) == 2
    assert world.inbox()[0].status == "done"


def test_telegram_delivers_again_what_was_stored_and_not_acknowledged(world: World) -> None:
    update = updates.message(text="hola")

    async def story() -> None:
        reception.receive(world.app, Incoming("telegram", str(CHAT), str(update["update_id"]), "hola"))
        await world.gets(update, update)  # acknowledged; whose turn was cut short is begun by recovery
        assert world.telegram.calls == []
        world.app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
        await recovery.recover_once(world.app, world.connector.turns, world.rasa)
        await world.settled()

    world.tells(story)
    assert len(world.inbox()) == 1
    assert len(world.telegram.texts(CHAT)) == 2


# -- a real process, killed ------------------------------------------------------------------------------------


class Killed:
    """A small server that is killed and started again."""

    def __init__(self, app: Application, telegram: Stub) -> None:
        self._app, self.telegram = app, telegram
        (self._port,) = free_ports(1)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, turn_seconds: float = 0.0) -> None:
        """Start it and wait until it serves."""
        environment = {
            **os.environ,
            "ALDIA_DATABASE_URL": self._app.settings.database_url,
            "ALDIA_IDENTITY_KEY": KEY,
            "ALDIA_TELEGRAM_TOKEN": TOKEN,
            "ALDIA_TELEGRAM_SECRET": SECRET,
            "ALDIA_TELEGRAM_URL": self.telegram.url,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.channels.telegram.small_server", str(self._port), str(turn_seconds),
            cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            for _ in range(600):
                with suppress(httpx.HTTPError):
                    if (
                        await client.get(f"http://127.0.0.1:{self._port}/webhooks/telegram/")
                    ).status_code == 200:
                        return
                assert self._process.returncode is None
                await asyncio.sleep(0.1)
        raise AssertionError("it did not start")

    async def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def post(self, update: Any) -> None:
        """Telegram calls, and is answered."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            answer = await client.post(f"http://127.0.0.1:{self._port}{PATH}", json=update, headers=headers)
            assert answer.status_code == 200

    def rows(self, kind: type) -> list[Any]:
        """What is stored."""
        with self._app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address("telegram", str(CHAT))
            found = [] if talk is None else uow.transcripts.of(talk.conversation_id)
            return [row for row in found if isinstance(row, kind)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true."""
        for _ in range(1200):
            if condition():
                return
            await asyncio.sleep(0.05)
        raise AssertionError([(row.text[:20], row.status) for row in self.rows(object)])


@pytest.fixture
def tells(app: Application) -> Callable[[Callable[[Killed], Awaitable[None]]], Killed]:
    """Run a story with a server to kill."""

    async def told(story: Callable[[Killed], Awaitable[None]]) -> Killed:
        telegram = Stub()
        await telegram.start()
        server = Killed(app, telegram)
        try:
            await story(server)
        finally:
            await server.kill()
            await telegram.stop()
        return server

    return lambda story: asyncio.run(told(story))


def all_sent(server: Killed) -> bool:
    rows = server.rows(OutboundMessage)
    return bool(rows) and all(row.status == "sent" for row in rows)


def test_killed_between_receiving_and_answering(tells: Any) -> None:
    async def story(server: Killed) -> None:
        await server.start(turn_seconds=60)
        update = updates.message(text="hola")
        await server.post(update)
        await server.kill()
        assert server.rows(OutboundMessage) == []
        await server.start()
        await server.post(update)  # in case Telegram did not hear our answer
        await server.until(lambda: all_sent(server))

    server = tells(story)
    assert server.telegram.texts(CHAT) == [row.text for row in server.rows(OutboundMessage)]
    assert [row.status for row in server.rows(InboundMessage)] == ["done"]


def test_killed_between_deciding_and_sending(tells: Any) -> None:
    async def story(server: Killed) -> None:
        server.telegram.faults["sendMessage"].append(stub.refusal(429, "Too Many Requests", retry_after=8))
        await server.start()
        await server.post(updates.message(text="hola"))
        await server.until(lambda: any(row.error == "429" for row in server.rows(OutboundMessage)))
        await server.kill()
        assert server.telegram.texts(CHAT) == []
        await server.start()
        await server.until(lambda: all_sent(server))

    server = tells(story)
    assert server.telegram.texts(CHAT) == [row.text for row in server.rows(OutboundMessage)]


def test_killed_while_sending(tells: Any) -> None:
    async def story(server: Killed) -> None:
        server.telegram.faults["sendMessage"].append(Fault(took_it=True, seconds=1.0))
        await server.start()
        await server.post(updates.message(text="hola"))
        await server.until(lambda: len(server.telegram.of("sendMessage")) == 1)
        await server.kill()
        await server.start()
        await server.until(lambda: "sending" not in statuses(server) and "queued" not in statuses(server))
        await asyncio.sleep(1.0)

    server = tells(story)
    assert [row.status for row in server.rows(OutboundMessage)] == ["unclear", "sent"]
    shown = server.telegram.texts(CHAT)
    assert sorted(shown) == sorted(row.text for row in server.rows(OutboundMessage))
    assert len(server.telegram.of("sendMessage")) == 2


def statuses(server: Killed) -> set[str]:
    return {row.status for row in server.rows(OutboundMessage)}
