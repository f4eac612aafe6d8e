"""The Telegram connector on a Sanic application, with Telegram's side played by a stub."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sanic import Sanic
from sqlalchemy import select

from bot.audit.tables import audit_entries
from bot.channels.base import Surroundings
from bot.channels.courier import Courier
from bot.channels.telegram.connector import TelegramInput
from bot.services.application import Application
from bot.services.unit_of_work import InboundMessage, OutboundMessage
from bot.settings import Telegram
from tests.channels.conftest import PlayedRasa
from tests.channels.telegram.contract import FILE, Contract
from tests.channels.telegram.stub import TOKEN, Stub
from tests.channels.telegram.updates import CHAT
from tests.support.people import build

SECRET = "a-secret_of-32-characters-and-more"
PATH = "/webhooks/telegram/webhook"


class World:
    """Our side and Telegram's, while a story is told.

    Attributes:
        telegram: the other side.
        app, rasa, connector, courier: ours.
    """

    def __init__(self, app: Application, rasa: PlayedRasa, contract: Contract | None) -> None:
        self.app, self.rasa = app, rasa
        self.telegram = Stub(contract)
        self.settings = Telegram(TOKEN, SECRET)
        self.section: Mapping[str, Any] = {}
        self.client: httpx.AsyncClient
        self.connector: TelegramInput
        self.courier: Courier

    def tells(self, story: Callable[[], Awaitable[Any]]) -> Any:
        """Run a story with both sides up."""
        return asyncio.run(self._told(story))

    async def _told(self, story: Callable[[], Awaitable[Any]]) -> Any:
        await self.telegram.start()
        settings = replace(
            self.app.settings,
            telegram=replace(self.settings, url=self.telegram.url),
            public_url="https://chat.example.org",
        )
        self.app = self.rasa.app = replace(self.app, settings=settings)
        surroundings = Surroundings.of(self.app)
        section = surroundings.channels.telegram.copy(update=self.section)
        surroundings = replace(
            surroundings, channels=surroundings.channels.copy(update={"telegram": section})
        )
        self.connector = TelegramInput(surroundings)
        # Time passes by the tests' clock.
        self.courier = Courier(self.app, self.connector.senders(), lambda: self.app.clock.now().timestamp())
        sanic = Sanic(f"test-{uuid.uuid4().hex[:8]}", configure_logging=False)
        sanic.blueprint(self.connector.blueprint(self.rasa), url_prefix="/webhooks/telegram")
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            server = await sanic.create_server(sock=listening, return_asyncio_server=True)
            await server.startup()
            try:
                async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=60) as self.client:
                    return await story()
            finally:
                await self.connector.end()
                server.close()
                await server.wait_closed()
                await self.telegram.stop()
                await asyncio.sleep(0)

    async def post(self, update: Any, secret: str | None = SECRET) -> httpx.Response:
        """Telegram calls us."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        return await self.client.post(PATH, json=update, headers=headers)

    async def gets(self, *updates: Any) -> list[str]:
        """Telegram calls us with each of these; returns the names of the newest answers, when all has gone out."""
        before = len(self.outbox())
        for update in updates:
            assert (await self.post(update)).status_code == 200
        await self.settled()
        return [row.response for row in self.outbox()[before:]]

    async def settled(self) -> None:
        """Wait until turns, sendings and small calls are done."""
        await self.connector.turns.finish(30)
        await self.courier.drain()
        if self.connector._service is not None and self.connector._service._tasks:
            await asyncio.wait(list(self.connector._service._tasks), timeout=30)

    def rows(self, chat: int = CHAT) -> Sequence[InboundMessage | OutboundMessage]:
        """What is stored of a chat."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address("telegram", str(chat))
            return [] if talk is None else list(uow.transcripts.of(talk.conversation_id))

    def inbox(self, chat: int = CHAT) -> list[InboundMessage]:
        """What a chat wrote."""
        return [row for row in self.rows(chat) if isinstance(row, InboundMessage)]

    def outbox(self, chat: int = CHAT) -> list[OutboundMessage]:
        """What a chat was answered."""
        return [row for row in self.rows(chat) if isinstance(row, OutboundMessage)]

    def record(self, tag: str, chat: int = CHAT) -> list[dict[str, Any]]:
        """What the record says under a tag of a chat."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address("telegram", str(chat))
            assert talk is not None
            chain = f"conversation:{talk.conversation_id}"
            found = uow.connection.execute(  # type: ignore[attr-defined]
                select(audit_entries).where(audit_entries.c.chain == chain).order_by(audit_entries.c.seq)
            )
            return [json.loads(row.payload) for row in found if row.tag == tag]

    def conversation(self, chat: int = CHAT) -> Any:
        """The conversation as stored."""
        with self.app.unit_of_work(write=False) as uow:
            return uow.conversations.by_address("telegram", str(chat))


@pytest.fixture
def app(sqlite_url: str) -> Application:
    """An application over a fresh SQLite file."""
    return build(sqlite_url)


@pytest.fixture(scope="session")
def contract() -> Contract | None:
    """The Bot API's description, where it is."""
    return Contract() if FILE.exists() else None


@pytest.fixture
def world(app: Application, rasa: PlayedRasa, contract: Contract | None) -> Any:
    """Both sides; whatever a test does, its requests must have kept to the contract."""
    made = World(app, rasa, contract)
    yield made
    assert made.telegram.wrong == []
