"""Rasa's REST contract through our own channel layer: good messages, bad ones, and nothing in production."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.rest import RestInput, media_of
from bot.channels.web_request import MAX_BODY
from bot.services.application import Application
from bot.settings import Environment
from tests.channels.conftest import PlayedRasa, Server

PATH = "/webhooks/rest/webhook"


def test_a_message_is_answered_in_rasas_format(server: Server, rasa: PlayedRasa) -> None:
    answer = server.call("POST", PATH, json={"sender": "ana", "message": "hola"})
    assert answer.status_code == 200
    assert answer.json()
    assert all(one["recipient_id"] == "ana" and one["text"] for one in answer.json())
    message = rasa.seen[0]
    assert (message.input_channel, message.text) == ("rest", "hola")
    assert set(message.metadata) == {"message_id", "country", "locale"}
    assert message.sender_id != "ana"  # Rasa knows conversations, not addresses


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"hola"', b"\xff\xfe", b"{}", b'{"sender": ""}', b'{"sender": 5, "message": "x"}'],
)
def test_a_request_that_is_none_gets_a_sentence(server: Server, rasa: PlayedRasa, body: bytes) -> None:
    answer = server.call("POST", PATH, content=body)
    assert answer.status_code == 400
    assert answer.json()["message"].endswith(".")
    assert not rasa.seen


@pytest.mark.parametrize("message", [5, ["a"], {"a": 1}, True])
def test_a_message_must_be_a_text(server: Server, message: Any) -> None:
    answer = server.call("POST", PATH, json={"sender": "ana", "message": message})
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_message")


def test_deep_nesting_is_refused(server: Server) -> None:
    body = '{"sender": "ana", "message": ' + "[" * 30_000 + "]" * 30_000 + "}"
    assert server.call("POST", PATH, content=body).status_code == 400


def test_a_body_may_not_be_larger_than_the_limit(server: Server, rasa: PlayedRasa) -> None:
    content = json.dumps({"sender": "ana", "message": "a" * MAX_BODY}).encode()

    async def in_parts() -> Any:
        for start in range(0, len(content), 8192):
            yield content[start : start + 8192]

    assert server.call("POST", PATH, content=content).status_code == 413
    # Without a declared length the limit holds while reading.
    assert server.call("POST", PATH, content=in_parts()).status_code == 413
    assert not rasa.seen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a" * 10_000,
        "😀😀😀",
        "\x00\x01\x1b[31m",
        "<script>alert(1)</script>",
        "'; DROP TABLE debtors; --",
        "/restart",
        '/inform{"document": "12345678Z"}',
        "\ud800",
        "\u202eabc",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_text_gets_a_fitting_answer(server: Server, rasa: PlayedRasa, text: str) -> None:
    answer = server.call("POST", PATH, content=json.dumps({"sender": "ana", "message": text}))
    assert answer.status_code == 200
    assert all(one["text"] for one in answer.json())
    assert answer.json()
    assert not any(message.text.startswith("/") for message in rasa.seen)


def test_a_photo_without_text_is_answered_without_rasa(server: Server, rasa: PlayedRasa) -> None:
    answer = server.call("POST", PATH, json={"sender": "ana", "image": "https://example.org/a.jpg"})
    assert answer.json()
    assert not rasa.seen


def test_media_of_any_shape_is_kept_with_its_kind() -> None:
    assert media_of({"location": {"lat": 1.0, "lon": 2.0}}) == ({"kind": "location", "lat": 1.0, "lon": 2.0},)
    assert media_of({"attachments": ["a", {"kind": "voice"}]}) == (
        {"kind": "attachments", "value": "a"},
        {"kind": "voice"},
    )
    assert media_of({"image": None, "media": [], "attachment": ""}) == ()


def test_the_same_message_twice_is_one_turn(server: Server, rasa: PlayedRasa) -> None:
    body = {"sender": "ana", "message": "hola", "message_id": "m-1"}
    first, second = server.call("POST", PATH, json=body), server.call("POST", PATH, json=body)
    assert first.json() == second.json() != []
    assert len(rasa.seen) == 1


def test_a_message_id_of_another_sender_gives_nothing_of_theirs(server: Server, rasa: PlayedRasa) -> None:
    server.call("POST", PATH, json={"sender": "ana", "message": "hola", "message_id": "m-1"})
    server.call("POST", PATH, json={"sender": "eva", "message": "hola", "message_id": "m-1"})
    assert len({message.sender_id for message in rasa.seen}) == 2


def test_nothing_is_served_in_production(app: Application, rasa: PlayedRasa) -> None:
    in_production = replace(app, settings=replace(app.settings, environment=Environment.PRODUCTION))
    server = Server(in_production, rasa)
    assert any(isinstance(connector, RestInput) for connector in server.connectors)
    assert server.call("POST", PATH, json={"sender": "ana", "message": "hola"}).status_code == 404
    assert server.call("GET", "/webhooks/rest/").status_code == 404
    assert not rasa.seen


def test_health(server: Server) -> None:
    assert server.call("GET", "/webhooks/rest/").json() == {"status": "ok"}
