"""Every address of the desk with what nobody would type: always a sentence, never a server error or a trace."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.services import desk_people, relay
from bot.services.application import Application
from bot.services.desk_roles import DeskRefusal
from tests.attack.conftest import Open, csrf_of
from tests.attack.test_desk_access import ALLOWED
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known

TEXTS = [
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u2066\u200b\ufeff",
    "\x1b[31m\r\nX: y",
    "{{7*7}}{0.__class__}%s${x}",
    "<script>alert(1)</script>",
    "'; DROP TABLE outbox; --",
    "9" * 400,
    "-1",
    "1e999999",
    "NaN",
    "sNaN",
    "-Infinity",
    "0x10",
    "²",
    "9999-12-31",
    "0001-01-01",
    "2026-02-30",
    "2026-03-12T00:00:00+14:00",
    "a" * 60_000,
    "🏳️‍🌈" * 100,
]
VALUES: list[Any] = [None, True, False, 0, -1, 10**400, 1.5e308, [], [[]], {}, {"a": {"b": []}}, ["x"] * 50]
FIELDS = (
    *("text", "key", "confirmed", "reason", "offer_id", "disposition", "to", "outcome", "tell", "words"),
    *("due_on", "amount", "day", "time", "kind", "payments", "starts_on", "decision", "note", "name", "role"),
    *(
        "full_name",
        "languages",
        "creditors",
        "do",
        "old",
        "new",
        "secret",
        "code",
        "language",
        "theme",
        "typing",
    ),
    *("account_reference", "date_of_birth", "last_four", "postal_code"),
)
SHARP = ("\x00", "9" * 400, "1e999999", "sNaN", "9999-12-31", "0001-01-01")
# With each of them the handler gets as far as it can.
KINDS = [{"outcome": one} for one in ("dispute", "hardship", "stop", "promise", "wrong_person", "callback")]
KINDS += [
    {"kind": "plan"},
    {"kind": "settlement", "payments": "3"},
    {"disposition": "REFUSED_TO_PAY"},
    {"do": "reset"},
]


def is_fine(answer: Any) -> bool:
    return answer.status_code < 500 and "Traceback" not in answer.text and 'File "/' not in answer.text


@pytest.fixture(params=["page", "api"])
def desk(
    request: pytest.FixtureRequest, both: Application, open_desk: Open
) -> tuple[Application, TestClient, Any, str]:
    """A conversation that a supervisor has, and how to post to it."""
    person = waiting(both, known=Known())
    talk = str(person.conversation.conversation_id)
    ana = new_user(both, "ana", "supervisor")
    relay.claim(both, ana, person.conversation.conversation_id)
    if request.param == "page":
        client = open_desk(both, "ana")
        csrf = csrf_of(client)
        headers = {"x-csrf-token": csrf, "accept": "application/json"}
    else:
        client = open_desk(both)
        headers = {"authorization": f"Bearer {desk_people.add_token(both, ana, 't', actor='t')}"}
    paths = [
        one.removeprefix("POST ").replace("{id}", talk)
        for one in sorted(ALLOWED)
        if one.startswith("POST ") and ("/api/" in one) is (request.param == "api")
        # These end the session or the conversation that the others need.
        if one not in ("POST /sign-out",) and not one.endswith(("/release", "/reassign"))
    ]

    def post(path: str, body: Any) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(path, content=content, headers={**headers, "content-type": "application/json"})

    return both, client, (paths, post), talk


def test_no_value_of_a_field_is_an_error(desk: tuple[Application, TestClient, Any, str]) -> None:
    app, _, (paths, post), talk = desk
    with app.unit_of_work(write=False) as uow:
        user = uow.desk_people.by_name("ana")
    assert user is not None
    for path in paths:
        many = path.endswith(("/outcome", "/outcomes", "/propose"))
        for value in [*TEXTS, *VALUES]:
            for kind in KINDS if many and value in SHARP else [{"disposition": "REFUSED_TO_PAY"}]:
                answer = post(path, {**dict.fromkeys(FIELDS, value), "csrf": value, **kind})
                assert is_fine(answer), (path, repr(value)[:40], kind, answer.text[:200])
        relay_back(app, user, talk)


def relay_back(app: Application, user: Any, talk: Any) -> None:
    """What a handler gave away is taken again, for the next one."""
    with suppress(DeskRefusal):
        relay.claim(app, user, talk)


BODIES = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"NaN",
    b'{"a": NaN, "b": Infinity}',
    b'{"text": "\\ud800"}',
    b'{"text": ' + b"9" * 60_000 + b"}",
    b"[" * 30_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"__proto__": {"x": 1}, "constructor": 1}',
    b'{"text": "a", "text": "b"}',
    b"\x1f\x8b\x08\x00",
]


def test_no_body_is_an_error(desk: tuple[Application, TestClient, Any, str]) -> None:
    _, _, (paths, post), _ = desk
    for path in paths:
        for body in BODIES:
            assert is_fine(post(path, body)), (path, body[:20])


NASTY_PATHS = [
    "%00",
    "a%00b",
    "%ff",
    "..%2f..%2fetc%2fpasswd",
    "%0d%0aX-Evil:%20y",
    "a" * 4000,
    "%F0%9F%98%80",
    "{{7*7}}",
    "'--",
]


def test_no_path_and_no_query_is_an_error(both: Application, open_desk: Open) -> None:
    ana = new_user(both, "ana", "supervisor")
    new_user(both, "eva", "compliance")
    new_user(both, "root", "administrator")
    token = desk_people.add_token(both, ana, "t", actor="t")
    for name in ("ana", "eva", "root"):
        client = open_desk(both, name)
        csrf = csrf_of(client)
        for nasty in NASTY_PATHS:
            for address in ALLOWED:
                if "{id}" not in address:
                    continue
                method, _, path = address.partition(" ")
                answer = client.request(
                    method,
                    path.replace("{id}", nasty),
                    headers={"authorization": f"Bearer {token}", "x-csrf-token": csrf},
                )
                assert is_fine(answer), (address, nasty)
                assert "x-evil" not in answer.headers
            if name != "ana":
                continue
            for query in (
                "before",
                "owner",
                "channel",
                "language",
                "disposition",
                "said",
                "conversation",
                "reason",
                "segment",
            ):
                for path in ("/", "/conversations", "/approvals", "/people", "/queue/rows"):
                    assert is_fine(client.get(f"{path}?{query}={nasty}")), (path, query, nasty)
        for before in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01", "NaN", "1e9"):
            assert is_fine(client.get("/conversations", params={"before": before})), before


def test_signing_in_with_nonsense_is_no_error(both: Application, open_desk: Open) -> None:
    client = open_desk(both)
    for value in TEXTS:
        body = json.dumps({"name": value, "password": value, "code": value}).encode()
        for path in ("/sign-in", "/sign-in/code"):
            answer = client.post(path, content=body, headers={"content-type": "application/json"})
            assert is_fine(answer), path
    for cookie in ("x", "%00", "é", '"'):
        client.cookies.clear()
        assert is_fine(client.get("/", headers={"cookie": f"aldia_desk={cookie}".encode("latin-1")}))
        assert is_fine(client.get("/", headers={"accept-language": cookie.encode("latin-1")}))
