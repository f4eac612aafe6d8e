"""Sessions: who may ask for one, what a token is good for, and how it ends."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.audit.tags import Tag
from bot.channels.web.session import Session, Tokens, derived
from bot.services.application import Application
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.web.conftest import ROOT, SHOP, Tab, only_conversation, passes, server_of

EVIL = "https://evil.example"


def test_the_tokens_key_is_derived_as_the_standard_says() -> None:
    oracle = HKDF(SHA256(), 32, salt=None, info=b"x").derive(b"k" * 40)
    assert derived(b"k" * 40, b"x") == oracle


@pytest.mark.parametrize("origin", [None, SHOP])
def test_an_allowed_page_gets_a_session(server: Server, origin: str | None) -> None:
    tab = server.run(lambda client: Tab(client, origin).begins())
    assert tab.token
    assert not tab.client.cookies


@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "http://www.shop.example",
        f"{SHOP}:8443",
        f"{SHOP}.evil.example",
        f"{SHOP}/",
        "https://shop.example",
    ],
)
def test_any_other_page_is_refused_and_its_operator_told_what_to_do(server: Server, origin: str) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        tab = Tab(client, origin)
        return await tab.calls("POST", "session", {}), await tab.calls("GET", "origin")

    refused, explained = server.run(story)
    assert refused.status_code == explained.status_code == 403
    assert "access-control-allow-origin" not in refused.headers
    # A page that may not read anything may read this.
    assert explained.headers["access-control-allow-origin"] == "*"
    assert "web.origins in channels.yml" in explained.json()["message"]
    assert origin in explained.json()["message"]


def test_a_call_without_an_origin_is_refused(server: Server) -> None:
    answer = server.call("POST", f"{ROOT}/session", json={})
    assert (answer.status_code, answer.json()["error"]) == (403, "no_origin")


@pytest.mark.parametrize(("origin", "allowed"), [(SHOP, True), (EVIL, False)])
def test_a_preflight_names_exactly_the_allowed_origin(server: Server, origin: str, allowed: bool) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = server.call("OPTIONS", f"{ROOT}/messages", headers=headers)
    assert answer.headers.get("access-control-allow-origin") == (SHOP if allowed else None)
    assert answer.headers["vary"] == "Origin"
    if allowed:
        assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["session", "messages", "seen"])
def test_a_form_of_another_site_cannot_speak(server: Server, rasa: PlayedRasa, path: str) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        tab = await Tab(client).begins()
        headers = {**tab.headers, "Content-Type": "text/plain"}
        return await client.post(f"{ROOT}/{path}", content='{"id": "1", "text": "hola"}', headers=headers)

    assert server.run(story).status_code == 415
    assert not rasa.seen


def _forged(token: str, **changes: Any) -> str:
    body, _, signature = token.partition(".")
    content = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**content, **changes}).encode()).rstrip(b"=").decode()
    return f"{changed}.{signature}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: "x",
        lambda token: token[:-2],
        lambda token: f"{token}.{token}",
        lambda token: _forged(token, address="A" * 24),
        lambda token: _forged(token, expires=9_999_999_999),
        lambda token: token.replace(".", ".ñ"),
        lambda token: Tokens(b"j" * 40).write(Session("a", "http://x", "", "es", 9_999_999_999)),
    ],
)
def test_a_token_that_we_did_not_write_opens_nothing(server: Server, rasa: PlayedRasa, spoil: Any) -> None:
    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = await Tab(client).begins()
        tab.token = spoil(tab.token)
        headers = {key: value.encode() for key, value in tab.headers.items()}
        body = {"id": "1", "text": "hola"}
        calls = [("POST", "messages"), ("GET", "messages"), ("GET", "stream"), ("DELETE", "session")]
        return [
            (await client.request(method, f"{ROOT}/{path}", json=body, headers=headers)).status_code
            for method, path in calls
        ]

    assert server.run(story) == [401, 401, 401, 401]
    assert not rasa.seen


def test_a_token_of_one_page_is_nothing_on_another(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = await Tab(client, SHOP).begins()
        own = Tab(client)
        own.token = tab.token
        return [
            (await own.calls("GET", "messages")).status_code,
            (await tab.calls("GET", "messages")).status_code,
        ]

    assert server.run(story) == [401, 200]


def test_an_expired_token_is_renewed_within_the_day_and_keeps_its_conversation(
    server: Server, app: Application
) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[str, list[Any]]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        before = await tab.is_answered()
        passes(app, minutes=16)
        expired = (await tab.calls("GET", "messages")).json()["error"]
        await tab.begins()
        after = (await tab.news())["messages"]
        return expired, [before, after]

    expired, (before, after) = server.run(story)
    assert expired == "expired"
    assert after == before


def test_a_session_is_over_a_day_later(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        tab = await Tab(client).begins()
        passes(app, hours=24, minutes=16)
        return await tab.calls("POST", "session", {})

    answer = server.run(story)
    assert (answer.status_code, answer.json()["error"]) == (401, "expired")


def test_nobody_finds_anothers_conversation(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        first, second = await Tab(client).begins(), await Tab(client).begins()
        await first.says("hola", "m-1")
        await first.is_answered()
        # The same message id belongs to another conversation.
        await second.says("buenas", "m-1")
        return [one["text"] for one in await second.is_answered() if one["from"] == "you"]

    assert server.run(story) == ["buenas"]


def test_end_and_clear_ends_the_identification_and_the_session(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        with app.unit_of_work() as uow:
            talk = uow.conversations.get(only_conversation(app).conversation_id)
            talk.verified_at = app.clock.now()
            uow.conversations.save(talk)
            uow.commit()
        ended = await tab.calls("DELETE", "session")
        body = {"id": "m-9", "text": "hola"}
        calls = [("GET", "messages", None), ("POST", "messages", body), ("POST", "session", {})]
        return [ended.status_code] + [(await tab.calls(*call)).json()["error"] for call in calls]

    assert server.run(story) == [200, "ended", "ended", "ended"]
    talk = only_conversation(app)
    assert talk.verified_at is None
    with app.unit_of_work(write=False) as uow:
        entries = uow.connection.execute(  # type: ignore[attr-defined]
            __import__("sqlalchemy").text("SELECT tag, payload FROM audit_entries")
        ).fetchall()
    ended = [row for row in entries if row.tag == Tag.IDENTITY_EXPIRED.value]
    assert len(ended) == 1
    assert "ended" in ended[0].payload


def test_too_many_calls_of_one_network_are_told_to_wait(app: Application, rasa: PlayedRasa) -> None:
    server = server_of(app, rasa, {"limits": {"per_network": "2/minute"}})

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        tab = Tab(client)
        return [await tab.calls("POST", "session", {}) for _ in range(3)]

    answers = server.run(story)
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "origin",
    [
        "www.shop.example",
        "https://shop.example/",
        "https://*.shop.example",
        "*",
        "https://Shop.example",
        "https://a.example:443",
    ],
)
def test_an_origin_that_could_never_match_stops_the_start(origin: str) -> None:
    from bot.channels.configuration import Channels

    with pytest.raises(ValueError, match="is no origin"):
        Channels(web={"origins": [origin]})
