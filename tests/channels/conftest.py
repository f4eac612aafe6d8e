"""Our connectors on a Sanic application of their own; Rasa and its action server are played."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage
from sanic import Sanic
from sanic.exceptions import MethodNotSupported, NotFound
from sanic.touchup.service import TouchUp

from bot.channels.base import Connector, Surroundings
from bot.channels.rest import RestInput
from bot.channels.web.connector import WebInput
from bot.channels.web.nothing_here import nothing_here
from bot.channels.web_request import wrong_method
from bot.runner import strict_http
from bot.services import dialogue
from bot.services.application import Application
from bot.services.understood import Heard
from tests.support.people import build_in


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """An application over a fresh SQLite file."""
    return build_in(tmp_path)


class PlayedRasa:
    """Rasa as a connector sees it: takes a `UserMessage` and has the turn decided and stored."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.seen: list[UserMessage] = []
        self.fault: BaseException | None = None
        self.seconds = 0.0
        self.before: Callable[[UserMessage], Awaitable[None]] | None = None
        self.speaks = (
            False  # whether the action server's answer carries what it stored; else silence comes back
        )

    async def __call__(self, message: UserMessage) -> None:
        """Run the turn as the action server would."""
        self.seen.append(message)
        await asyncio.sleep(self.seconds)
        if self.fault is not None:
            raise self.fault
        if self.before is not None:
            await self.before(message)
        heard = Heard("greet", 0.99, text=message.text)
        rows = await asyncio.to_thread(dialogue.take_turn, self.app, message.metadata["message_id"], heard)
        for row in rows if self.speaks else ():
            said = {"text": row.text, "buttons": list(row.buttons), "outbox_id": row.message_id}
            await message.output_channel.send_response(message.sender_id, said)


@pytest.fixture
def rasa(app: Application) -> PlayedRasa:
    """The Rasa that the connectors call."""
    return PlayedRasa(app)


class Server:
    """Both connectors behind a loopback socket, and calls to them."""

    def __init__(self, app: Application, rasa: PlayedRasa) -> None:
        surroundings = Surroundings.of(app)
        self.connectors: list[Connector] = [RestInput(surroundings), WebInput(surroundings)]
        self.rasa = rasa
        self.agent: Any = SimpleNamespace(is_ready=lambda: True)
        self.config: dict[str, Any] = {}  # of Sanic

    def run(self, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """Run a story of calls with one client, which keeps its cookies."""
        return asyncio.run(self._told(story))

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One call."""
        return self.run(lambda client: client.request(method, path, **options))

    async def _told(self, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        sanic = Sanic(f"test-{uuid.uuid4().hex[:8]}", configure_logging=False)
        sanic.ctx.agent = self.agent
        sanic.error_handler.add(MethodNotSupported, wrong_method)
        sanic.error_handler.add(NotFound, nothing_here)
        sanic.config.update(self.config)
        strict_http.apply(sanic)
        for connector in self.connectors:
            sanic.blueprint(connector.blueprint(self.rasa), url_prefix=f"/webhooks/{connector.name()}")
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
            server = await sanic.create_server(sock=listening, return_asyncio_server=True)
            await server.startup()
            try:
                async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
                    return await story(client)
            finally:
                server.close()
                await server.wait_closed()
                await asyncio.sleep(0)


@pytest.fixture(scope="session", autouse=True)
def _sanic_rewrites_itself_once() -> Iterator[None]:
    # At its start Sanic rewrites its own source, and fails when it does so again in one process.
    rewrite, done = TouchUp.run, []

    def once(app: Sanic) -> None:
        if not done:
            done.append(app)
            rewrite(app)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TouchUp, "run", once)
        yield


@pytest.fixture
def server(app: Application, rasa: PlayedRasa) -> Server:
    """The connectors, served."""
    return Server(app, rasa)
