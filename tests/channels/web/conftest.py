"""A browser's tab as the server sees it: origin, token, messages, stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.channels.base import Surroundings
from bot.channels.configuration import Channels
from bot.channels.web.connector import WebInput
from bot.debt.party import ConversationId, MessageId
from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage
from tests.channels.conftest import PlayedRasa, Server

ROOT = "/webhooks/web"
SHOP = "https://www.shop.example"
SECONDS = 10.0


class Tab:
    """One tab of a page. Without an origin of its own it is a page that we served."""

    def __init__(self, client: httpx.AsyncClient, origin: str | None = None) -> None:
        self.client = client
        self.origin = origin or str(client.base_url)
        self.token = ""
        self._sent = 0

    async def calls(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Any call, with this tab's origin and token."""
        return await self.client.request(
            method, f"{ROOT}/{path}", json=body, headers={**self.headers, **headers}
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the widget sends with every call."""
        return {"Origin": self.origin} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    async def begins(self, **about: str) -> Tab:
        """Ask for a session, or renew it."""
        answer = await self.calls("POST", "session", about)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["token"]
        return self

    async def says(self, text: str, message_id: str | None = None) -> httpx.Response:
        """Send a message."""
        self._sent += 1
        return await self.calls("POST", "messages", {"id": message_id or f"m-{self._sent}", "text": text})

    async def news(self, after: str = "") -> Any:
        """Ask once what is new."""
        answer = await self.calls("GET", f"messages?after={after}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def is_answered(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many messages of ours are there and nothing is under way; returns all messages."""
        for _ in range(200):
            found = await self.news()
            if not found["is_working"] and sum(one["from"] != "you" for one in found["messages"]) >= count:
                return list(found["messages"])
            await asyncio.sleep(0.02)
        raise AssertionError("no answer")

    @asynccontextmanager
    async def stream(self, **headers: str) -> AsyncIterator[Events]:
        """Open a stream."""
        url = f"{ROOT}/stream"
        async with self.client.stream(
            "GET", url, headers={**self.headers, **headers}, timeout=SECONDS
        ) as answer:
            yield Events(answer)


class Events:
    """What comes over a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self) -> tuple[str, Any]:
        """The next event: its name and content. Comments are passed over."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.strip()
            elif "event" in fields:
                self.last_id = fields.get("id", self.last_id)
                return fields["event"], json.loads(fields["data"])
            elif not line:
                fields = {}
        return "closed", None

    async def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is the one."""

        async def found() -> dict[str, Any]:
            while True:
                kind, content = await self.next()
                assert kind == "news", kind
                for message in content["messages"]:
                    if is_it(message):
                        return dict(message)

        return await asyncio.wait_for(found(), SECONDS)


def write(app: Application, text: str, author: str = "Ana", at: datetime | None = None) -> str:
    """What the desk does, in another process: put a message into the outbox of the only conversation."""
    with app.unit_of_work() as uow:
        marks = app.clock.now() if at is None else at
        talk = only_conversation(app)
        message_id = f"A-{text}"
        uow.outbox.add(
            OutboundMessage(
                MessageId(message_id), ConversationId(talk.conversation_id), None, 0, "written", "plain", "es",
                text, (), marks, "queued", "web", author=author,
            )
        )  # fmt: skip
        uow.commit()
    return message_id


def only_conversation(app: Application) -> Any:
    """The one conversation there is."""
    from sqlalchemy import text

    with app.unit_of_work(write=False) as uow:
        (row,) = uow.connection.execute(text("SELECT conversation_id FROM conversations")).fetchall()  # type: ignore[attr-defined]
        return uow.conversations.get(row.conversation_id)


def passes(app: Application, **time: float) -> None:
    """Let time go by."""
    app.clock.at += timedelta(**time)  # type: ignore[attr-defined]


@pytest.fixture
def server(app: Application, rasa: PlayedRasa) -> Server:
    """The connectors, with one page of somebody else allowed."""
    return server_of(app, rasa, {"web": {"origins": [SHOP]}})


def server_of(app: Application, rasa: PlayedRasa, channels: dict[str, Any]) -> Server:
    """The connectors over a channels.yml of this content."""
    made = Server(app, rasa)
    made.connectors = [WebInput(Surroundings.of(app, Channels(**channels)))]
    return made
