"""Sessions of the desk: put upon somebody, kept after what should end them, and used at the wrong step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from bot.desk import live
from bot.services import desk_people, desk_sign_in
from bot.services.application import Application
from tests.attack.conftest import Open, csrf_of
from tests.desk.conftest import PASSWORD, new_user

ELSEWHERE: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:5010.evil.example"},
    {"origin": "http://127.0.0.1:5011"},
    {"origin": "http://["},
    # What the browser itself says goes before what a page could set.
    {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:5010"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_no_other_site_signs_anybody_in(app: Application, open_desk: Open, headers: dict[str, str]) -> None:
    """Else somebody would work, and write, in the account of an attacker (login CSRF)."""
    new_user(app, "mallory")
    client = open_desk(app)
    for path, data in (
        ("/sign-in", {"name": "mallory", "password": PASSWORD}),
        ("/sign-in/code", {"code": "000000"}),
    ):
        answer = client.post(path, data=data, headers=headers)
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers
    assert client.get("/").status_code == 303


def code_of(app: Application, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(app.clock.now().timestamp()))


def with_second_factor(app: Application, name: str) -> str:
    secret = desk_sign_in.new_secret()
    desk_sign_in.turn_on_code(app, new_user(app, name), secret, code_of(app, secret))
    return secret


def test_half_signed_in_is_not_signed_in(app: Application, open_desk: Open) -> None:
    """The secret that waits for its code opens nothing, and one that is whole gives no second one."""
    secret = with_second_factor(app, "ana")
    client = open_desk(app)
    go = client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    assert go.headers["location"] == "/sign-in/code"
    half = client.cookies["aldia_desk"]
    for path in ("/", "/account", "/people", "/queue/rows", "/live", "/conversations", "/oversight"):
        assert client.get(path).status_code in (303, 401), path
    assert client.get("/api/v1/queue", headers={"authorization": f"Bearer {half}"}).status_code == 401
    client.post("/sign-in/code", data={"code": code_of(app, secret)})
    assert client.cookies["aldia_desk"] != half
    assert client.get("/").status_code == 200
    again = client.post("/sign-in/code", data={"code": code_of(app, secret)})
    assert again.headers["location"].startswith("/sign-in?")


def change_role(app: Application, user_id: str) -> None:
    desk_people.change_account(app, user_id, role="agent", languages=[], creditors=[], actor="test")


ENDS: dict[str, Any] = {
    "another role": change_role,
    "shut out": lambda app, user_id: desk_people.set_disabled(app, user_id, disabled=True, actor="test"),
    "a new password from an administrator": lambda app, user_id: desk_people.reset_password(
        app, user_id, actor="test"
    ),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_changes_an_account_ends_all_its_sessions(app: Application, open_desk: Open, what: str) -> None:
    boss, other = new_user(app, "boss", "supervisor"), new_user(app, "other")
    browsers = [open_desk(app, "boss"), open_desk(app, "boss")]
    bystander = open_desk(app, other.name)
    assert all(one.get("/").status_code == 200 for one in browsers)
    ENDS[what](app, boss.user_id)
    assert all(one.get("/").status_code == 303 for one in browsers)
    assert all(one.get("/live").status_code == 401 for one in browsers)
    assert bystander.get("/").status_code == 200


def changes_password(app: Application, client: TestClient) -> int:
    data = {"csrf": csrf_of(client), "old": PASSWORD, "new": "a new long phrase"}
    return client.post("/account/password", data=data).status_code


def turns_on_code(app: Application, client: TestClient) -> int:
    secret = desk_sign_in.new_secret()
    data = {"csrf": csrf_of(client), "secret": secret, "code": code_of(app, secret)}
    return client.post("/account/second-factor", data=data).status_code


@pytest.mark.parametrize("does", [changes_password, turns_on_code])
def test_who_makes_an_account_safer_puts_everybody_else_out(
    app: Application, open_desk: Open, does: Any
) -> None:
    new_user(app, "ana")
    thief, owner = open_desk(app, "ana"), open_desk(app, "ana")
    assert does(app, owner) == 303
    assert owner.get("/").status_code == 200
    assert thief.get("/").status_code == 303


def test_whoever_finds_a_page_open_does_not_put_a_second_factor_of_their_own(
    app: Application, open_desk: Open
) -> None:
    secret = with_second_factor(app, "ana")
    client = open_desk(app)
    client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    client.post("/sign-in/code", data={"code": code_of(app, secret)})
    assert client.get("/").status_code == 200
    assert turns_on_code(app, client) == 403
    later = open_desk(app)
    later.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    app.clock.at = app.clock.now().replace(minute=5)  # type: ignore[attr-defined]
    assert later.post("/sign-in/code", data={"code": code_of(app, secret)}).status_code == 303


def test_signing_out_of_one_browser_leaves_the_other(app: Application, open_desk: Open) -> None:
    new_user(app, "ana")
    one, other = open_desk(app, "ana"), open_desk(app, "ana")
    assert one.cookies["aldia_desk"] != other.cookies["aldia_desk"]
    assert csrf_of(one) != csrf_of(other)
    one.post("/sign-out", data={"csrf": csrf_of(one)})
    assert one.get("/").status_code == 303
    assert other.get("/").status_code == 200


def test_a_live_page_ends_with_its_session_however_much_happens(
    app: Application, open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the session still holds was asked only when nothing changed: on a busy desk never."""
    ana = new_user(app, "ana")
    secret = open_desk(app, "ana").cookies["aldia_desk"]
    monkeypatch.setattr(live, "_ASK_AGAIN_EVERY", 0.0)

    class Busy:
        async def changes(self, topics: list[str]) -> AsyncIterator[list[str]]:
            while True:
                await asyncio.sleep(0)
                yield topics

    async def events() -> list[str]:
        heard: list[str] = []
        async for event in live._events(app, Busy(), ["queue"], secret):  # type: ignore[arg-type]
            heard.append(event["event"])
            if len(heard) == 5:
                desk_people.set_disabled(app, ana.user_id, disabled=True, actor="test")
            if len(heard) == 50:
                break
        return heard

    heard = asyncio.run(events())
    assert heard[:5] == ["ready"] + ["queue"] * 4
    assert heard[-1] == "signed-out"
    assert len(heard) < 10
