"""Telling Telegram where to call, and asking it where nobody can."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.telegram import polling, registration
from bot.channels.telegram.updates import ALLOWED
from bot.services import reception
from tests.channels.telegram import stub, updates
from tests.channels.telegram.conftest import SECRET, World
from tests.channels.telegram.updates import CHAT


async def until(condition: Any, seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


def test_webhook_and_commands_are_set_at_the_start(world: World) -> None:
    async def story() -> None:
        await world.connector.begin(world.rasa)
        await until(lambda: len(world.telegram.of("setMyCommands")) == 3)

    world.tells(story)
    (call,) = world.telegram.of("setWebhook")
    assert call.parameters["url"] == "https://chat.example.org/webhooks/telegram/webhook"
    assert call.parameters["secret_token"] == SECRET
    assert call.json("allowed_updates") == list(ALLOWED)
    assert call.parameters["drop_pending_updates"] == "false"
    commands = {
        c.parameters.get("language_code"): c.json("commands") for c in world.telegram.of("setMyCommands")
    }
    assert set(commands) == {None, "es", "en"}
    for described in commands.values():
        assert [one["command"] for one in described] == ["start", "help", "language", "stop"]
        assert all(one["description"] for one in described)
    assert commands["es"] != commands["en"]


@pytest.mark.parametrize(
    "fault", [stub.BROKEN, stub.FLOOD, stub.refusal(401, "Unauthorized"), stub.refusal(400, "Bad webhook")]
)
def test_a_failure_is_told_and_tried_again(
    world: World, fault: stub.Fault, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registration, "_FIRST_WAIT", 0.05)
    monkeypatch.setattr(registration, "seconds_of", lambda _: 0.05)

    async def story() -> None:
        world.telegram.faults["setWebhook"].append(fault)
        await world.connector.begin(world.rasa)
        await until(lambda: len(world.telegram.of("setMyCommands")) == 3)

    with caplog.at_level(logging.WARNING):
        world.tells(story)
    assert len(world.telegram.of("setWebhook")) == 2
    assert "Telegram" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:5005", "https://chat.example.org:5005"])
def test_an_address_that_telegram_does_not_call_is_said(url: str, caplog: pytest.LogCaptureFixture) -> None:
    assert registration.webhook_address(url) is None
    assert "ALDIA_PUBLIC_URL" in caplog.text


@pytest.mark.parametrize("url", ["https://chat.example.org", "https://chat.example.org:8443"])
def test_an_address_that_telegram_calls(url: str) -> None:
    assert registration.webhook_address(url) == f"{url}/webhooks/telegram/webhook"


# -- asking --------------------------------------------------------------------------------------------------


@pytest.fixture
def asking(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """In polling mode, without a secret."""
    monkeypatch.setattr(polling, "_FIRST_WAIT", 0.02)
    world.settings = replace(world.settings, secret=None, is_polling=True)
    return world


def test_messages_are_asked_for_and_answered(asking: World) -> None:
    asking.telegram.updates = [updates.message(text="uno"), updates.message(text="dos")]

    async def story() -> None:
        await asking.connector.begin(asking.rasa)
        await until(lambda: len(asking.inbox()) == 2)
        await until(
            lambda: (
                int(asking.telegram.calls[-1].parameters.get("offset", 0))
                == asking.telegram.updates[-1]["update_id"] + 1
            )
        )
        # Nothing of it is served.
        assert (await asking.post(updates.message(text="tres"), None)).status_code == 404
        await asking.connector.turns.finish(5)
        await asking.courier.drain()
        await asking.connector.end()
        asked = len(asking.telegram.calls)
        await asyncio.sleep(0.3)
        assert len(asking.telegram.calls) == asked

    asking.tells(story)
    methods = [call.method for call in asking.telegram.calls if call.method != "setMyCommands"]
    assert methods[0] == "deleteWebhook"
    assert "setWebhook" not in methods
    assert len(asking.rasa.seen) == 2
    assert len(asking.telegram.texts(CHAT)) == len(asking.outbox())


@pytest.mark.parametrize(
    "fault", [stub.BROKEN, stub.CUT, stub.refusal(409, "Conflict: terminated by other getUpdates request")]
)
def test_asking_goes_on_after_a_failure(asking: World, fault: stub.Fault) -> None:
    asking.telegram.updates = [updates.message(text="uno")]

    async def story() -> None:
        asking.telegram.faults["getUpdates"].append(fault)
        await asking.connector.begin(asking.rasa)
        await until(lambda: len(asking.inbox()) == 1)

    asking.tells(story)


def test_what_could_not_be_stored_is_asked_for_again(asking: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asking.telegram.updates = [updates.message(text="uno"), updates.message(text="dos")]
    receive, failures = reception.receive, []

    def busy_at_first(*arguments: Any) -> Any:
        if len(failures) < 2:
            failures.append(1)
            raise OSError("locked")
        return receive(*arguments)

    monkeypatch.setattr(reception, "receive", busy_at_first)

    async def story() -> None:
        await asking.connector.begin(asking.rasa)
        await until(lambda: len(asking.inbox()) == 2)
        await asking.connector.turns.finish(5)

    asking.tells(story)
    assert [row.text for row in asking.inbox()] == ["uno", "dos"]
