"""Speaking as Telegram, and as the desk to another help desk."""

from __future__ import annotations

import hashlib
import hmac
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
