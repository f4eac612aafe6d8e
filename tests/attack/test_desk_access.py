"""The desk from inside: every address by every role, other people's conversations, forged forms, stolen cookies."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bot.desk.application import create
from bot.services import desk_people, relay
from bot.services.application import Application
from tests.attack.conftest import Open, csrf_of
from tests.desk.conftest import PASSWORD, new_user, waiting
from tests.support.people import Known

ROLES = ("agent", "supervisor", "compliance", "administrator")
WORK, SEE, LEAD, OVERSEE, EXPORT, PEOPLE = (
    {"agent", "supervisor"},
    {"supervisor", "compliance"},
    {"supervisor"},
    {"supervisor", "compliance"},
    {"compliance"},
    {"administrator"},
)
# Who may use an address at all. One that is missing here fails the test below: somebody has to decide.
ALLOWED = {
    "GET /": WORK | SEE,
    "GET /queue/rows": WORK | SEE,
    "POST /queue/next": WORK,
    "GET /live": WORK | SEE,
    "GET /c/{id}": WORK | SEE,
    "GET /c/{id}/parts": WORK | SEE,
    **dict.fromkeys(
        (
            f"POST /c/{{id}}/{name}"
            for name in (
                *("claim", "here", "send", "check", "release", "hand-back", "close"),
                *("identify", "note", "outcome", "offer", "accept", "propose"),
            )
        ),
        WORK,
    ),
    "POST /c/{id}/right": WORK,
    "POST /c/{id}/authority": WORK,
    "POST /c/{id}/watching": WORK | SEE,
    "POST /c/{id}/reassign": LEAD,
    "POST /c/{id}/reveal": WORK | SEE,
    "GET /c/{id}/record": EXPORT,
    "GET /approvals": LEAD,
    "POST /approvals/{id}": LEAD,
    "GET /conversations": SEE,
    "GET /verify": WORK | SEE,
    "POST /verify": WORK | SEE,
    "GET /oversight": OVERSEE,
    "GET /oversight/{question}": OVERSEE,
    **dict.fromkeys(
        (f"POST /oversight/{name}" for name in ("contact", "why", "after", "proof", "everything")), OVERSEE
    ),
    "POST /oversight/record": EXPORT,
    "GET /oversight/cases": OVERSEE,
    "GET /oversight/fairness": OVERSEE,
    "GET /people": PEOPLE,
    "POST /people": PEOPLE,
    "POST /people/{id}": PEOPLE,
    **dict.fromkeys(
        (
            "GET /account",
            "POST /account/password",
            "POST /account/second-factor",
            "POST /account/preferences",
        ),
        set(ROLES),
    ),
    "POST /sign-out": set(ROLES),
    "GET /api/v1/queue": WORK | SEE,
    "POST /api/v1/queue/next": WORK,
    "GET /api/v1/conversations/{id}": WORK | SEE,
    **dict.fromkeys(
        (
            f"POST /api/v1/conversations/{{id}}/{name}"
            for name in ("claim", "release", "messages", "hand-back", "close", "notes", "outcomes", "offers")
        ),
        WORK,
    ),
}
OPEN = {
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /api/v1/openapi.yml",
}


def addresses(app: Application) -> set[str]:
    """Method and path of every route of the desk."""
    found: set[str] = set()

    def walk(routes: object, prefix: str) -> None:
        for route in routes:  # type: ignore[attr-defined]
            if isinstance(route, Mount):
                walk(route.routes, prefix + route.path)
            elif isinstance(route, Route):
                found.update(
                    f"{method} {prefix}{route.path}" for method in route.methods or () if method != "HEAD"
                )

    walk(create(app).routes, "")
    return found


def call(client: TestClient, address: str, talk: str, csrf: str = "", **headers: str) -> int:
    method, _, path = address.partition(" ")
    if "/conversations" in path and method == "POST":
        # Fields that every handler takes beyond its first look.
        body = {
            "text": "hola",
            "key": "1",
            "reason": "porque sí, de verdad",
            "outcome": "stop",
            "disposition": "REFUSED_TO_PAY",
        }
        return client.post(path.replace("{id}", talk), json=body, headers=headers).status_code
    if method == "GET":
        return client.get(path.replace("{id}", talk), headers=headers).status_code
    data = {
        "csrf": csrf,
        "text": "hola",
        "reason": "porque sí, de verdad",
        "name": "x",
        "role": "x",
        "old": "x",
        "disposition": "REFUSED_TO_PAY",
        "outcome": "stop",
    }
    return client.post(path.replace("{id}", talk), data=data, headers=headers).status_code


def test_every_address_is_in_the_table(app: Application) -> None:
    assert addresses(app) == set(ALLOWED) | OPEN


def test_nobody_gets_in_unknown(app: Application, open_desk: Open) -> None:
    talk = waiting(app).conversation.conversation_id
    client = open_desk(app)
    for address in sorted(set(ALLOWED) - {"GET /live"}):
        assert call(client, address, talk) in (303, 401), address
    assert client.get("/live").status_code == 401
    for bad in ("", "Bearer", "Bearer x", "Basic YTpi", "Bearer aldia_" + "A" * 43):
        assert client.get("/api/v1/queue", headers={"authorization": bad}).status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_no_further_than_its_work(app: Application, open_desk: Open, role: str) -> None:
    """A conversation that somebody else has: other agents do not even learn that there is one."""
    person = waiting(app, known=Known())
    talk, owner = person.conversation.conversation_id, new_user(app, "owner")
    relay.claim(app, owner, talk)
    someone = new_user(app, "someone", role)
    token = desk_people.add_token(app, someone, "test", actor="test")
    client = open_desk(app, "someone")
    csrf = csrf_of(client)
    before = (person.conversation.owner, person.conversation.assignee, person.conversation.state)
    for address in sorted(
        set(ALLOWED)
        - {
            "GET /live",
            "POST /sign-out",
            "POST /c/{id}/reassign",
            "POST /queue/next",
            "POST /api/v1/queue/next",
        }
    ):
        if role == "supervisor" and address.endswith("/release"):
            continue  # theirs to do
        bearer = {"authorization": f"Bearer {token}"} if "/api/" in address else {}
        status = call(client, address, talk, csrf, **bearer)
        if role not in ALLOWED[address]:
            assert status in (403, 404), (address, status)
        elif "{id}" in address and role == "agent":
            assert status in (400, 403, 404, 409), (address, status)
        assert status < 500, address
    after = person.conversation
    assert (after.owner, after.assignee, after.state) == before
    with app.unit_of_work(write=False) as uow:
        assert all(getattr(row, "response", "") != "desk" for row in uow.transcripts.of(talk))


def test_no_form_counts_without_its_token(app: Application, open_desk: Open) -> None:
    new_user(app, "ana", "supervisor")
    new_user(app, "root", "administrator")
    talk = waiting(app).conversation.conversation_id
    for name in ("ana", "root"):
        client = open_desk(app, name)
        csrf = csrf_of(client)
        other = csrf_of(open_desk(app, name))
        for address in sorted(one for one in ALLOWED if one.startswith("POST ") and "/api/" not in one):
            for wrong in ("", "x", other):
                assert call(client, address, talk, wrong) == 400, (address, wrong)
            assert call(client, address, talk, csrf, **{"sec-fetch-site": "cross-site"}) == 400, address
            assert call(client, address, talk, csrf, origin="https://evil.example") == 400, address
    assert open_desk(app, "ana").get("/").status_code == 200


def test_the_api_takes_no_cookie_and_the_pages_no_token(app: Application, open_desk: Open) -> None:
    ana = new_user(app, "ana")
    token = desk_people.add_token(app, ana, "test", actor="test")
    assert open_desk(app, "ana").get("/api/v1/queue").status_code == 401
    assert open_desk(app).get("/", headers={"authorization": f"Bearer {token}"}).status_code == 303


def test_a_session_set_before_signing_in_is_not_the_one_afterwards(app: Application, open_desk: Open) -> None:
    new_user(app, "ana")
    client = open_desk(app)
    client.cookies.set("aldia_desk", "chosen-by-the-attacker")
    client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    attacker = open_desk(app)
    attacker.cookies.set("aldia_desk", "chosen-by-the-attacker")
    assert attacker.get("/").status_code == 303


def test_a_session_is_nothing_after_signing_out(app: Application, open_desk: Open) -> None:
    new_user(app, "ana")
    client = open_desk(app, "ana")
    stolen = client.cookies["aldia_desk"]
    client.post("/sign-out", data={"csrf": csrf_of(client)})
    attacker = open_desk(app)
    attacker.cookies.set("aldia_desk", stolen)
    assert attacker.get("/").status_code == 303


@pytest.mark.parametrize("base", ["http://127.0.0.1:5010", "https://desk.example.org"])
def test_cookies_are_for_this_host_and_no_script(app: Application, open_desk: Open, base: str) -> None:
    new_user(app, "ana")
    client = open_desk(app, base=base)
    answer = client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    for wanted in ("httponly", "samesite=strict", "path=/", "max-age=36000"):
        assert wanted in cookie
    assert "domain" not in cookie
    # A sibling host name cannot set a cookie with this prefix, nor can http.
    assert cookie.startswith("__host-aldia_desk=") is base.startswith("https")
    assert ("secure" in cookie) is base.startswith("https")
    assert ("strict-transport-security" in answer.headers) is base.startswith("https")
    assert client.get("/").status_code == 200


def test_the_old_password_cannot_be_guessed_from_an_open_page(app: Application, open_desk: Open) -> None:
    new_user(app, "ana")
    client = open_desk(app, "ana")
    csrf = csrf_of(client)

    def change(old: str) -> int:
        return client.post(
            "/account/password", data={"csrf": csrf, "old": old, "new": "a new long phrase"}
        ).status_code

    for number in range(5):
        assert change(f"guess {number}") == 400
    page = client.post("/account/password", data={"csrf": csrf, "old": PASSWORD, "new": "a new long phrase"})
    assert page.status_code == 400
    app.clock.at += timedelta(minutes=16)  # type: ignore[attr-defined]
    assert change(PASSWORD) == 303


@pytest.mark.parametrize("secret", ["", "1" * 32, "A" * 31 + "!", "é" * 32, "=" * 32, "A" * 31 + "="])
def test_a_second_factor_of_nonsense_is_refused(app: Application, open_desk: Open, secret: str) -> None:
    new_user(app, "ana")
    client = open_desk(app, "ana")
    data = {"csrf": csrf_of(client), "secret": secret, "code": "000000"}
    assert client.post("/account/second-factor", data=data).status_code == 400


def test_an_account_that_is_not_there_is_not_changed(app: Application, open_desk: Open) -> None:
    new_user(app, "root", "administrator")
    client = open_desk(app, "root")
    csrf = csrf_of(client)
    for todo in ("disable", "enable", "reset", "change"):
        data = {"csrf": csrf, "do": todo, "role": "agent"}
        assert client.post("/people/U-000000000000", data=data).status_code == 400
    with app.unit_of_work(write=False) as uow:
        assert list(uow.audit.of_chain("desk:U-000000000000", ["DESK_USER_CHANGED"])) == []


def test_what_a_person_types_as_a_reason_does_not_leave_by_a_webhook(app: Application) -> None:
    from dataclasses import replace

    told = replace(app, settings=replace(app.settings, desk_webhooks=("https://example.org/",)))
    person, ana = waiting(told), new_user(told, "ana")
    relay.claim(told, ana, person.conversation.conversation_id)
    relay.hand_back(told, ana, person.conversation.conversation_id, "Lucía Prueba pagó ya con tarjeta")
    with told.unit_of_work(write=False) as uow:
        events = uow.connection.exec_driver_sql("SELECT payload FROM desk_events").fetchall()  # type: ignore[attr-defined]
    assert len(events) >= 2
    assert not re.search("Lucía|Luc.u00eda|tarjeta", str(events))
