"""Speaking as Telegram, and as the desk to another help desk."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.services import webhooks
from tests.channels.telegram import updates
from tests.channels.telegram.conftest import PATH, SECRET, World, app, contract, world  # noqa: F401

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def test_an_old_update_again_is_no_second_message(world: World) -> None:  # noqa: F811
    async def story() -> None:
        update = updates.message(text="hola")
        await world.gets(update)
        for _ in range(3):
            assert (await world.post(update)).status_code == 200
        await world.settled()

    world.tells(story)
    assert len(world.inbox()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [(HEADER, "x"), (HEADER, "y")],
        [(HEADER, SECRET + ", x")],
        [(HEADER, "x, " + SECRET)],
        [(HEADER.lower() + "x", SECRET)],
        [("Authorization", SECRET)],
        [(HEADER, SECRET[::-1])],
        [(HEADER, SECRET + "\x80")],
    ],
)
def test_the_secret_anywhere_else_opens_nothing(world: World, headers: list[tuple[str, str]]) -> None:  # noqa: F811
    async def story() -> None:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        for path in (PATH, f"{PATH}?secret={SECRET}", f"{PATH}?secret_token={SECRET}"):
            answer = await world.client.post(path, json=updates.message(text="hola"), headers=raw)
            assert (answer.status_code, answer.content) == (403, b"")

    world.tells(story)
    assert world.rows() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_there_is_no_other_way_in(world: World, method: str) -> None:  # noqa: F811
    async def story() -> Any:
        return (await world.client.request(method, PATH, headers={HEADER: SECRET})).status_code

    assert world.tells(story) == 405


def test_a_call_of_the_desk_cannot_be_made_up_or_played_again() -> None:
    """What docs/desk-api.md tells receivers to check."""
    secret, body, at = "s" * 20, b'{"event":"waiting"}', "1790000000"

    def holds(timestamp: str, content: bytes, given: str, now: int = 1790000010) -> bool:
        expected = hmac.new(secret.encode(), timestamp.encode() + b"." + content, hashlib.sha256).hexdigest()
        is_recent = timestamp.isdigit() and abs(now - int(timestamp)) <= 300
        return is_recent and hmac.compare_digest(f"sha256={expected}", given)

    good = f"sha256={webhooks.signature(secret, at, body)}"
    assert holds(at, body, good)
    assert not holds(at, body + b" ", good)
    assert not holds("1790000011", body, good)  # another time is another signature
    assert not holds(at, body, good, now=1790000400)  # an old one is refused
    assert not holds(at, body, f"sha256={webhooks.signature('', at, body)}")
    # Time and body are kept apart: a digit of one is none of the other.
    assert webhooks.signature(secret, "17900000001", b"2") != webhooks.signature(secret, "1790000000", b"12")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value inside a document."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, (dict, list)):
            yield from leaves(inner, (*path, key))
        yield (*path, key)


def spoilt(update: updates.Update, path: tuple[Any, ...], value: Any) -> updates.Update:
    """The same update with another value there."""
    made = copy.deepcopy(update)
    inner: Any = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


NASTY: list[Any] = [None, -(10**400), "\ud800\x00\u202e" + "x" * 300, [[]], {"id": {}}]


@pytest.mark.parametrize("kind", ["message", "document", "contact", "pressed", "membership", "group"])
def test_no_value_in_an_update_is_delivered_again_for_ever(world: World, kind: str) -> None:  # noqa: F811
    """What cannot be taken now can never be: Telegram would repeat a 5xx for hours, before everything that comes after."""
    shown = {"message_id": 5, "chat": updates.private(), "date": 1_790_000_000, "text": "hola"}
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "b-AAAAAAAAAAAA"}]]}
    base = {
        "message": updates.message(text="hola", caption="hola", media_group_id="1"),
        "document": updates.message(**updates.MEDIA["document"]),
        "contact": updates.contact(updates.CHAT, "34600111333", updates.CHAT),
        "pressed": updates.pressed({**shown, "reply_markup": markup}, "b-AAAAAAAAAAAA"),
        "membership": updates.membership("kicked"),
        "group": {
            **(made := updates.message(text="hola")),
            "message": {**made["message"], "chat": updates.group()},
        },
    }[kind]

    async def story() -> list[tuple[Any, int]]:
        found = []
        for path in leaves(base):
            for value in NASTY:
                content = json.dumps(spoilt(base, path, value))
                headers = {HEADER: SECRET, "Content-Type": "application/json"}
                answer = await world.client.post(PATH, content=content, headers=headers)
                found.append((path, answer.status_code))
        await world.settled()
        return found

    found = world.tells(story)
    world.telegram.wrong.clear()  # ids of nonsense go back to where they came from
    assert len(found) >= 30
    assert {one for one in found if one[1] != 200} == set()


def test_anothers_number_and_a_forwarded_card_bind_nobodys_chat(world: World) -> None:  # noqa: F811
    from tests.support.people import Known, add

    add(world.app, Known(phone="+34600111333"))
    own = updates.contact(updates.CHAT, "34600111333", updates.CHAT)
    origin = {"type": "hidden_user", "sender_user_name": "x", "date": 1_790_000_000}
    cards = [
        updates.contact(updates.CHAT, "34600111333", updates.CHAT + 1),
        updates.contact(updates.CHAT, "34600111333", None),
        {**own, "update_id": 1, "message": {**own["message"], "forward_origin": origin}},
        {"update_id": 2, "edited_message": {**own["message"], "edit_date": 1_790_000_060}},
        {**own, "update_id": 3, "message": {**own["message"], "from": {**updates.person(), "is_bot": True}}},
    ]

    async def story() -> None:
        for card in cards:
            await world.gets(card)

    world.tells(story)
    assert world.conversation().debtor_id is None


@pytest.mark.parametrize("secret", ["", SECRET[:-1], SECRET + "x", SECRET.upper(), "é" * 34, "x" * 7000])
def test_no_other_secret_opens_the_door(world: World, secret: str) -> None:  # noqa: F811
    async def story() -> int:
        headers = [(HEADER.encode(), secret.encode())]
        answer = await world.client.post(PATH, json=updates.message(text="hola"), headers=headers)
        return int(answer.status_code)

    assert world.tells(story) == 403
    assert world.rows() == []
