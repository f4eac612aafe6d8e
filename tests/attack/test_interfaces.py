"""Each HTTP interface against its own description: what is described is what there is, and nothing breaks it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sanic import Sanic

from bot.channels.base import Connector, Surroundings
from bot.channels.configuration import Channels
from bot.channels.rest import RestInput
from bot.channels.telegram.connector import TelegramInput
from bot.channels.twilio.connector import TwilioInput
from bot.channels.web import assets
from bot.channels.web.connector import WebInput
from bot.desk import api
from bot.services import desk_people, relay
from bot.services.application import Application
from bot.settings import CHECKOUT, Telegram, Twilio
from tests.attack.conftest import PlayedRasa, Server
from tests.attack.test_bodies_and_slowness import desk_served
from tests.channels.twilio import fixtures
from tests.channels.twilio.stub import ACCOUNT, TOKEN
from tests.channels.web.conftest import Tab
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known

METHODS = {"get", "post", "put", "delete", "patch"}
SECRET = "a-secret_of-32-characters-and-more"
# Everything except what needs a way of its own: a right request for a conversation that is not ours is refused (403).
LEFT_OUT = "positive_data_acceptance"
SECONDS = 30


def described(package: str) -> dict[str, Any]:
    text = resources.files(package).joinpath("openapi.yml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def operations(document: dict[str, Any]) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in item
        if method in METHODS
    }


def test_the_desks_description_is_what_there_is() -> None:
    there = {
        f"{method} {route.path}"
        for route in api.routes()
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert operations(described("bot.desk")) == there


def connectors_of(app: Application) -> list[Connector]:
    """All connectors, all channels on."""
    twilio, telegram = Twilio(account_sid=ACCOUNT, auth_token=TOKEN), Telegram("1234:test-token", SECRET)
    app = replace(app, settings=replace(app.settings, twilio=twilio, telegram=telegram))
    senders = [{"channel": "sms", "number": fixtures.OUR_SMS, "collects": "first_party"}]
    plenty = {"per_address": "100000/minute", "per_network": "1000000/minute"}
    channels = Channels(twilio={"senders": senders}, limits=plenty)
    surroundings = Surroundings.of(app, channels)
    return [kind(surroundings) for kind in (RestInput, WebInput, TelegramInput, TwilioInput)]


def test_the_channels_description_is_what_there_is(app: Application, rasa: PlayedRasa) -> None:
    sanic = Sanic("routes-of-the-channels", configure_logging=False)
    for connector in connectors_of(app):
        sanic.blueprint(connector.blueprint(rasa), url_prefix=f"/{connector.name()}")
    files = {f"/web/{name}".rstrip("/") for name in assets.load()}
    there = {
        f"{method} /{route.path.strip('/')}".rstrip("/")
        for route in sanic.router.routes
        for method in route.methods
        if method not in ("OPTIONS", "HEAD") and f"/{route.path.strip('/')}" not in files
    }
    assert {one.rstrip("/") for one in operations(described("bot.channels"))} == there


def test_every_credential_of_rasa_is_described() -> None:
    named = yaml.safe_load((CHECKOUT / "credentials.yml").read_text(encoding="utf-8"))
    kinds = {
        f"{kind.__module__}.{kind.__name__}" for kind in (RestInput, WebInput, TelegramInput, TwilioInput)
    }
    assert set(named) == kinds


def attacked(document: Path, url: str, folder: Path, *options: str) -> None:
    """Run schemathesis against a server; its report is the message of a failure."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", url, "--no-color"),
        *("--checks", "all", "--exclude-checks", LEFT_OUT, "--max-time", str(SECONDS), "--seed", "1"),
        *(
            "--continue-on-failure",
            "--request-timeout",
            "20",
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
        ),
        *("--generation-database", ":memory:", *options),
    ]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS * 4
    )
    assert done.returncode == 0, f"{done.stdout[-12_000:]}\n{done.stderr[-2_000:]}"
    assert "Tested" in done.stdout or "tested" in done.stdout, done.stdout[-2000:]


def copied(package: str, folder: Path, leave_out: tuple[str, ...] = ()) -> Path:
    content = described(package)
    for path in leave_out:
        del content["paths"][path]
    file = folder / "openapi.yml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def test_the_desks_api_keeps_to_its_description(app: Application, tmp_path: Path) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana", "supervisor")
    waiting(app, "another")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    token = desk_people.add_token(app, ana, "attack", actor="test")
    (tmp_path / "schemathesis.toml").write_text(
        f'[parameters]\nid = ["{talk}", "C-nothing"]\n', encoding="utf-8"
    )
    with desk_served(app) as port:
        url = f"http://127.0.0.1:{port}/api/v1"
        attacked(copied("bot.desk", tmp_path), url, tmp_path, "-H", f"Authorization: Bearer {token}")


@contextmanager
def channels_served(server: Server) -> Iterator[tuple[str, str]]:
    """The connectors on a socket of their own; their address, and the token of a session of the widget."""
    begun, done, found = threading.Event(), threading.Event(), []

    async def story(client: httpx.AsyncClient) -> None:
        found.extend([str(client.base_url), (await Tab(client).begins()).token])
        begun.set()
        await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: server.run(story), daemon=True)
    thread.start()
    try:
        assert begun.wait(30)
        yield found[0], found[1]
    finally:
        done.set()
        thread.join(30)


def test_the_channels_keep_to_their_description(app: Application, rasa: PlayedRasa, tmp_path: Path) -> None:
    server = Server(app, rasa)
    server.connectors = connectors_of(app)
    # The stream goes on for a quarter of an hour, as it should; it has tests of its own.
    document = copied("bot.channels", tmp_path, ("/web/stream",))
    with channels_served(server) as (base, token):
        headers = {"Authorization": f"Bearer {token}", "Origin": base.rstrip("/")}
        headers["X-Telegram-Bot-Api-Secret-Token"] = SECRET
        named = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        attacked(document, f"{base.rstrip('/')}/webhooks", tmp_path, *named)


@pytest.mark.parametrize("package", ["bot.channels", "bot.desk"])
def test_the_description_is_valid(package: str) -> None:
    import schemathesis

    schema = schemathesis.openapi.from_dict(described(package))
    schema.validate()
