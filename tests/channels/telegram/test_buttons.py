"""Pressed buttons: each holds once, in its chat, while its answer is the newest."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels.telegram.updates import CHOSEN
from bot.services import buttons
from tests.channels.telegram import updates
from tests.channels.telegram.conftest import World
from tests.channels.telegram.updates import CHAT

ANA = 70_000_002


def newest_with_buttons(world: World) -> tuple[dict[str, Any], list[dict[str, str]]]:
    shown = next(m for m in reversed(world.telegram.said[str(CHAT)]) if "reply_markup" in m)
    return shown, [row[0] for row in shown["reply_markup"]["inline_keyboard"]]


def test_a_pressed_button_runs_once_and_stands_where_the_buttons_were(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        shown, keys = newest_with_buttons(world)
        assert all(buttons.is_token(key["callback_data"]) and len(key["callback_data"]) <= 64 for key in keys)
        press = updates.pressed(dict(shown), keys[0]["callback_data"])
        await world.gets(press, updates.pressed(dict(shown), keys[0]["callback_data"]))
        (left,) = shown["reply_markup"]["inline_keyboard"]
        assert left == [{"text": f"✓ {keys[0]['text']}", "callback_data": CHOSEN}]
        # What is left is only shown.
        assert await world.gets(updates.pressed(dict(shown), CHOSEN)) == []

    world.tells(story)
    assert len(world.rasa.seen) == 2
    assert len(world.inbox()) == 2
    assert len(world.telegram.of("answerCallbackQuery")) == 3


def test_two_taps_at_the_same_moment_are_one(world: World) -> None:
    world.rasa.seconds = 0.05

    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        shown, keys = newest_with_buttons(world)
        await asyncio.gather(
            *(world.post(updates.pressed(dict(shown), keys[0]["callback_data"])) for _ in range(4))
        )
        await world.settled()

    world.tells(story)
    assert len(world.rasa.seen) == 2


def test_two_buttons_of_one_keyboard_do_not_both_hold(world: World) -> None:
    world.rasa.seconds = 0.05

    async def story() -> list[str]:
        await world.gets(updates.message(text="hola"))
        shown, keys = newest_with_buttons(world)
        return await world.gets(*(updates.pressed(dict(shown), key["callback_data"]) for key in keys[:2]))

    assert "utter_button_expired" in world.tells(story)


def test_a_button_of_an_earlier_answer_is_not_acted_on(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        shown, keys = newest_with_buttons(world)
        await world.gets(updates.message(text="hola"))
        assert (await world.gets(updates.pressed(dict(shown), keys[0]["callback_data"])))[
            0
        ] == "utter_button_expired"
        assert "reply_markup" not in shown

    world.tells(story)
    assert len(world.rasa.seen) == 2


def test_nobody_presses_anothers_button(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        shown, keys = newest_with_buttons(world)
        stolen = updates.pressed({**shown, "chat": updates.private(ANA)}, keys[0]["callback_data"], ANA)
        await world.gets(updates.message(ANA, text="hola"), stolen)
        assert [row.response for row in world.outbox(ANA)][-1] == "utter_button_expired"

    world.tells(story)


def test_a_message_too_old_to_be_changed_is_left_alone(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        _, keys = newest_with_buttons(world)
        old = {"message_id": 2, "date": 0, "chat": updates.private()}
        await world.gets(updates.pressed(old, keys[0]["callback_data"]))

    world.tells(story)
    assert world.telegram.of("editMessageReplyMarkup") == []
    assert len(world.rasa.seen) == 2
