"""What goes out: exactly as stored, once, and each of Telegram's errors for what it means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.telegram import client
from bot.channels.telegram.sending import MAX_TEXT, length, split
from bot.services import delivery
from tests.channels.telegram import stub, updates
from tests.channels.telegram.conftest import World
from tests.channels.telegram.stub import Fault
from tests.channels.telegram.updates import CHAT


def statuses(world: World) -> list[str]:
    return [row.status for row in world.outbox()]


def later(world: World, **time: float) -> None:
    world.app.clock.at += timedelta(**time)  # type: ignore[attr-defined]


def test_a_message_is_plain_text_without_a_preview(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    for call in world.telegram.of("sendMessage"):
        assert "parse_mode" not in call.parameters
        assert "protect_content" not in call.parameters
        assert call.json("link_preview_options") == {"is_disabled": True}


def test_content_is_protected_where_operators_want_it(world: World) -> None:
    world.section = {"protect_content": True}

    async def story() -> None:
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert {call.parameters["protect_content"] for call in world.telegram.of("sendMessage")} == {"true"}


@pytest.mark.parametrize(
    "fault", [stub.FLOOD, stub.BROKEN, stub.GATEWAY, stub.refusal(429, "Too Many Requests")]
)
def test_what_was_not_taken_is_sent_again_and_in_order(world: World, fault: Fault) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(fault)
        await world.gets(updates.message(text="hola"))
        assert statuses(world) == ["queued", "queued"]
        later(world, minutes=1)
        await world.settled()

    world.tells(story)
    assert statuses(world) == ["sent", "sent"]
    assert world.telegram.texts(CHAT) == [row.text for row in world.outbox()]


def test_telegram_says_how_long_to_wait(world: World) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(stub.FLOOD)
        before = world.app.clock.now()
        await world.gets(updates.message(text="hola"))
        due = world.outbox()[0].due_at
        assert due is not None
        assert timedelta(seconds=7) <= due - before < timedelta(seconds=9)
        later(world, seconds=5)
        await world.settled()
        assert len(world.telegram.of("sendMessage")) == 1

    world.tells(story)


@pytest.mark.parametrize(
    "fault", [stub.BLOCKED, stub.NO_CHAT, stub.refusal(403, "Forbidden: user is deactivated")]
)
def test_a_chat_that_cannot_be_reached_is_marked_and_left_alone(world: World, fault: Fault) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(fault)
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world) == ["failed", "blocked"]
    assert world.conversation().state["unusable"] is True
    assert len(world.telegram.of("sendMessage")) == 1


def test_a_message_that_is_refused_goes_to_a_person(world: World) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(stub.BAD_TEXT)
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world) == ["failed", "sent"]
    with world.app.unit_of_work(write=False) as uow:
        assert [case.reason for case in uow.handoffs.open_in(world.conversation().conversation_id)] == [
            "delivery_failed"
        ]


@pytest.mark.parametrize(
    "fault", [stub.CUT, stub.GATEWAY_TIMEOUT, Fault(took_it=True, body=b"{")], ids=["cut", "504", "garbled"]
)
def test_what_may_have_gone_out_is_never_sent_twice(world: World, fault: Fault) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(fault)
        await world.gets(updates.message(text="hola"))
        later(world, hours=1)
        await world.settled()

    world.tells(story)
    assert statuses(world) == ["unclear", "sent"]
    first = world.outbox()[0].text
    assert [call.parameters["text"] for call in world.telegram.of("sendMessage")].count(first) == 1


def test_a_server_that_takes_too_long_may_have_taken_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_READ_SECONDS", 0.2)

    async def story() -> None:
        world.telegram.faults["sendMessage"].append(Fault(took_it=True, seconds=1.0))
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world)[0] == "unclear"


def test_a_server_that_is_not_there_loses_nothing(world: World) -> None:
    async def story() -> None:
        await world.telegram.stop()
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world) == ["queued", "queued"]


@pytest.mark.parametrize("status", [401, 404])
def test_a_refused_token_is_told_to_the_operator_and_loses_nothing(
    world: World, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        world.telegram.faults["sendMessage"].append(stub.refusal(status, "Unauthorized"))
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world) == ["queued", "queued"]
    assert "ALDIA_TELEGRAM_TOKEN" in caplog.text


def test_a_try_that_a_crash_cut_short_is_not_repeated(world: World) -> None:
    async def story() -> None:
        await world.post(updates.message(text="hola"))
        await world.connector.turns.finish(5)
        claimed = delivery.claim(
            world.app, {"telegram": lambda _: False}
        )  # … and killed before it recorded anything
        assert claimed is not None
        later(world, minutes=2)
        await world.settled()

    world.tells(story)
    assert statuses(world) == ["unclear", "sent"]
    assert len(world.telegram.of("sendMessage")) == 1


# -- long texts ----------------------------------------------------------------------------------------------

PARAGRAPH = "Una frase corta. Otra frase que la sigue, y otra más.\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a" * MAX_TEXT,
        "a" * (MAX_TEXT + 1),
        PARAGRAPH * 300,
        "\U0001f600" * 5000,
        "é" * 9000,
        ("x" * 3000 + "\n\n") * 3,
    ],
    ids=range(8),
)
def test_parts_fit_and_together_are_the_text(text: str) -> None:
    parts = split(text)
    assert all(length(part) <= MAX_TEXT for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(parts) <= length(text) // (MAX_TEXT // 2) + 1


def test_parts_end_where_a_reader_pauses() -> None:
    assert all(part.rstrip().endswith(".") for part in split(PARAGRAPH * 300))


def lengthened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every parcel a long one."""
    claim = delivery.claim

    def claims(*arguments: Any, **more: Any) -> Any:
        parcel = claim(*arguments, **more)
        if parcel is None:
            return None
        return replace(parcel, messages=tuple(replace(m, text="a" * 5000) for m in parcel.messages))

    monkeypatch.setattr(delivery, "claim", claims)


def test_buttons_stand_under_the_last_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        lengthened(world, monkeypatch)
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert ["reply_markup" in call.parameters for call in world.telegram.of("sendMessage")] == [
        False,
        False,
        False,
        True,
    ]


def test_a_part_that_is_not_taken_is_tried_again_without_those_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        lengthened(world, monkeypatch)
        world.telegram.faults["sendMessage"].extend([Fault(), stub.BROKEN])
        await world.gets(updates.message(text="hola"))

    world.tells(story)
    assert statuses(world) == ["sent", "sent"]
    assert [len(text) for text in world.telegram.texts(CHAT)] == [MAX_TEXT, 5000 - MAX_TEXT] * 2
