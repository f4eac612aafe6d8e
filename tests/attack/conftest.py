"""What attacks need: applications, the desk over HTTP, our connectors served, and browsers signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from bot.desk.application import create
from bot.runner.health import Readiness, common
from bot.runner.health_routes import starlette_routes
from bot.services.application import Application
from tests.channels.conftest import (  # noqa: F401
    PlayedRasa,
    Server,
    _sanic_rewrites_itself_once,
    rasa,
    server,
)
from tests.desk.conftest import PASSWORD, _quick_passwords  # noqa: F401
from tests.support.people import build

DESK = "http://127.0.0.1:5010"


@pytest.fixture
def app(sqlite_url: str) -> Application:
    """An application over a fresh SQLite file."""
    return build(sqlite_url)


@pytest.fixture
def both(database_url: str) -> Application:
    """An application over each kind of database in turn."""
    return build(database_url)


Open = Callable[..., TestClient]


@pytest.fixture
def open_desk() -> Iterator[Open]:
    """Opens the desk of an application in a browser, signed in if a name is given."""
    with ExitStack() as stack:

        def opened(app: Application, name: str | None = None, base: str = DESK) -> TestClient:
            probes = starlette_routes(app, Readiness(common(app)))
            made = create(replace(app, settings=replace(app.settings, desk_url=base)), probes)
            client = stack.enter_context(
                TestClient(made, base_url=base, follow_redirects=False, raise_server_exceptions=False)
            )
            if name is not None:
                answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
                assert answer.status_code == 303, answer.text
            return client

        yield opened


def csrf_of(client: TestClient) -> str:
    """The token of the forms of a signed-in browser."""
    text: str = client.get("/account").text
    return text.partition('data-csrf="')[2].partition('"')[0]
