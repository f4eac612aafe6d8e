"""Updates of every kind: taken once and answered fittingly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.services import reception
from tests.channels.telegram import updates
from tests.channels.telegram.conftest import World
from tests.channels.telegram.contract import Contract
from tests.channels.telegram.updates import CHAT


def test_the_fixtures_have_the_shapes_of_the_contract(contract: Contract | None) -> None:
    if contract is None:
        pytest.skip("the Bot API's description is not on this machine")
    samples = [
        updates.message(text="hola"),
        updates.command("/start abc"),
        updates.edited(updates.message(text="a"), "b"),
        updates.pressed({"message_id": 1, "date": 1, "chat": updates.private(), "text": "?"}, "b-1"),
        updates.membership("member"),
        updates.membership("member", updates.group()),
        updates.contact(CHAT, "34600111222", CHAT),
        *(updates.message(**content) for content in updates.MEDIA.values()),
    ]
    assert [fault for sample in samples for fault in contract.faults_of_type("Update", sample)] == []


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("sendMesage", {}),
        ("sendMessage", {"chat_id": "1"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "buttons": "[]"}),
        ("sendMessage", {"chat_id": "1", "text": "a", "protect_content": "yes"}),
        (
            "sendMessage",
            {"chat_id": "1", "text": "a", "reply_markup": '{"inline_keyboard": [[{"title": "a"}]]}'},
        ),
        ("setMyCommands", {"commands": '[{"command": "start"}]'}),
        ("setWebhook", {"url": "https://a", "max_connections": "many"}),
    ],
)
def test_the_contract_sees_what_is_wrong(
    contract: Contract | None, method: str, parameters: dict[str, str]
) -> None:
    if contract is None:
        pytest.skip("the Bot API's description is not on this machine")
    assert contract.faults(method, parameters)


def test_a_message_is_answered_in_the_chat(world: World) -> None:
    async def story() -> None:
        assert await world.gets(updates.message(text="hola")) == ["utter_introduction", "utter_greet"]

    world.tells(story)
    assert world.telegram.texts(CHAT) == [row.text for row in world.outbox()]
    assert {row.status for row in world.outbox()} == {"sent"}
    assert [row.provider_id for row in world.outbox()] == [f"{CHAT}.1", f"{CHAT}.2"]
    assert world.inbox()[0].status == "done"


def test_a_duplicate_is_answered_and_not_run(world: World) -> None:
    update = updates.message(text="hola")

    async def story() -> None:
        await world.gets(update, update)
        await asyncio.gather(*(world.post(update) for _ in range(5)))
        await world.settled()

    world.tells(story)
    assert len(world.rasa.seen) == 1
    assert len(world.inbox()) == 1
    assert len(world.telegram.said[str(CHAT)]) == 2


def test_updates_out_of_order_are_all_taken(world: World) -> None:
    first, second = updates.message(text="uno"), updates.message(text="dos")

    async def story() -> None:
        await world.gets(second, first, second)

    world.tells(story)
    assert [row.text for row in world.inbox()] == ["dos", "uno"]


def test_nothing_stored_means_delivered_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    update, receive = updates.message(text="hola"), reception.receive

    def busy(*_: object) -> None:
        raise OSError("locked")

    async def story() -> None:
        monkeypatch.setattr(reception, "receive", busy)
        assert (await world.post(update)).status_code == 503
        monkeypatch.setattr(reception, "receive", receive)
        await world.gets(update)

    world.tells(story)
    assert len(world.rasa.seen) == 1


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("en-GB", "en"), ("es-AR", "es"), ("pt-br", "es"), (None, "es")]
)
def test_the_apps_language_is_a_hint(world: World, code: str | None, language: str) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hi", language=code))

    world.tells(story)
    assert {row.language for row in world.outbox()} == {language}


@pytest.mark.parametrize("text", ["/restart", '/inform{"document": "1"}', "//help", "/ start"])
def test_an_unknown_command_is_a_text(world: World, text: str) -> None:
    async def story() -> None:
        assert await world.gets(updates.message(text=text))

    world.tells(story)
    assert not any(seen.text.startswith("/") for seen in world.rasa.seen)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/start", "utter_greet"),
        ("/start@AlDiaTestBot", "utter_greet"),
        ("/help", "utter_info"),
        ("/HELP", "utter_info"),
        ("/language", "utter_languages"),
        ("/stop", "utter_contact_stopped"),
        ("/stop@AlDiaTestBot", "utter_contact_stopped"),
        ("/baja", "utter_contact_stopped"),
    ],
)
def test_commands_need_no_model(world: World, text: str, answer: str) -> None:
    async def story() -> None:
        assert (await world.gets(updates.command(text)))[-1] == answer

    world.tells(story)
    assert not world.rasa.seen


def test_start_after_stop_begins_again(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.command("/stop"))
        assert await world.gets(updates.command("/stop")) == []
        # What was due at the beginning, and not said beside the stop, comes with the next answer.
        resumed = ["utter_introduction", "utter_contact_resumed"]
        assert await world.gets(updates.command("/start")) == resumed

    world.tells(story)


@pytest.mark.parametrize("kind", [kind for kind in updates.MEDIA if kind != "contact"])
def test_media_are_answered_and_kept_as_a_reference(world: World, kind: str) -> None:
    expected = {"voice": "utter_voice_note", "audio": "utter_voice_note", "sticker": "utter_sticker"}
    expected |= {"animation": "utter_sticker", "dice": "utter_sticker"}

    async def story() -> None:
        assert (await world.gets(updates.message(**updates.MEDIA[kind])))[-1] == expected.get(
            kind, "utter_media"
        )

    world.tells(story)
    (kept,) = world.inbox()[0].media
    assert kept["kind"] == kind
    assert ("file_id" in kept) is (kind not in ("location", "poll", "dice"))
    assert {"latitude", "question", "emoji"} & set(kept) == set()
    if kind == "photo":
        assert kept["file_id"] == "big"
    assert [call.method for call in world.telegram.calls] == ["sendMessage"] * 2  # nothing was fetched


def test_a_caption_is_read_and_its_photo_kept(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(**updates.MEDIA["photo"], caption="este es el recibo"))

    world.tells(story)
    assert [seen.text for seen in world.rasa.seen] == ["este es el recibo"]
    assert world.inbox()[0].media[0]["kind"] == "photo"


def test_an_album_is_answered_once(world: World) -> None:
    async def story() -> None:
        for _ in range(3):
            await world.gets(updates.message(**updates.MEDIA["photo"], media_group_id="77"))

    world.tells(story)
    assert [row.response for row in world.outbox()].count("utter_media") == 1
    assert len(world.inbox()) == 3


def test_an_edited_message_is_kept_and_not_run(world: World) -> None:
    first = updates.message(text="puedo pagar 50")

    async def story() -> None:
        await world.gets(first)
        assert await world.gets(updates.edited(first, "puedo pagar 500")) == ["utter_edited"]
        assert await world.gets(updates.edited(first, "puedo pagar 500")) == []  # Telegram's own doing
        assert (await world.gets(updates.edited(first, "STOP"))) == ["utter_contact_stopped"]

    world.tells(story)
    assert [seen.text for seen in world.rasa.seen] == ["puedo pagar 50"]
    assert [row.text for row in world.inbox()][1] == "puedo pagar 500"


def test_a_live_location_that_moves_is_not_answered(world: World) -> None:
    place = updates.message(**updates.MEDIA["location"])

    async def story() -> None:
        moved = updates.edited(place, "")
        del moved["edited_message"]["text"]
        assert await world.gets(moved) == []

    world.tells(story)


@pytest.mark.parametrize(
    "content",
    [
        {"pinned_message": updates.message(text="x")["message"]},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 5}},
    ],
)
def test_what_nobody_said_is_not_answered(world: World, content: dict[str, Any]) -> None:
    async def story() -> None:
        assert await world.gets(updates.message(**content)) == []

    world.tells(story)
    assert world.telegram.calls == []


def test_content_of_a_later_telegram_is_acknowledged(world: World) -> None:
    async def story() -> None:
        assert (await world.gets(updates.message(hologram={"size": 3})))[-1] == "utter_media"

    world.tells(story)


def test_posts_of_channels_and_bots_are_ignored(world: World) -> None:
    post = {
        "update_id": 1,
        "channel_post": {
            **updates.message(text="x")["message"],
            "chat": {"id": -1, "title": "c", "type": "channel"},
        },
    }
    bot = updates.message(text="hola")
    bot["message"]["from"]["is_bot"] = True

    async def story() -> None:
        await world.gets(post, bot)

    world.tells(story)
    assert (world.rows(), world.telegram.calls) == ([], [])


def test_a_group_is_told_once_and_left(world: World) -> None:
    place = updates.group()

    async def story() -> None:
        said = updates.message(text="/start")
        said["message"]["chat"] = place
        await world.gets(updates.membership("member", place), said, updates.membership("left", place))

    world.tells(story)
    assert [call.method for call in world.telegram.calls] == ["sendMessage", "leaveChat"]
    assert world.rows(place["id"]) == []


def test_a_blocked_chat_is_marked_and_opened_again(world: World) -> None:
    async def story() -> None:
        await world.gets(updates.message(text="hola"), updates.membership("kicked"))
        assert world.conversation().state["unusable"] is True
        await world.gets(updates.membership("member"))
        assert not world.conversation().state["unusable"]

    world.tells(story)
    assert [entry["usable"] for entry in world.record("ADDRESS_MARKED")] == [False, True]


def test_typing_is_shown_only_when_a_turn_takes_long(world: World) -> None:
    world.section = {"typing_after_seconds": 1.0}

    async def story() -> None:
        await world.gets(updates.message(text="hola"))
        await asyncio.sleep(1.1)
        assert world.telegram.of("sendChatAction") == []
        world.rasa.seconds = 1.5
        await world.gets(updates.message(text="hola"))
        assert len(world.telegram.of("sendChatAction")) == 1

    world.tells(story)
