"""The action server, for whoever reaches its port: nothing of the inside comes back, and nothing is decided."""

from __future__ import annotations

import asyncio
import json
import socket
import zlib
from functools import partial
from typing import Any

import httpx
import pytest
from rasa_sdk.endpoint import create_app
from sanic import Sanic

from actions import base
from bot.runner import action_server, strict_http
from bot.services.application import Application
from bot.settings import TOKEN_HEADER

TOKEN = "t" * 40


def call_of(**tracker: Any) -> dict[str, Any]:
    """A call as Rasa makes it."""
    kept = {"sender_id": "x", "slots": {}, "latest_message": {}, "events": [], "paused": False}
    return {
        "next_action": "action_greet",
        "sender_id": "x",
        "tracker": {**kept, **tracker},
        "domain": {},
        "version": "3.6.21",
    }


SECRETIVE = "mi DNI es 12345678Z"
NASTY: list[Any] = [
    *(b"", b"{", b"[]", b"null", b'"x"', b"1", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000, b"NaN"),
    {},
    {"next_action": "action_greet"},
    {"next_action": SECRETIVE, "tracker": {}},
    {"next_action": ["action_greet"], "tracker": {}},
    {"next_action": "__init__", "tracker": {}},
    call_of(latest_message={"text": SECRETIVE, "metadata": {"message_id": "M-nothing"}}),
    call_of(latest_message={"text": SECRETIVE, "metadata": {"message_id": {"a": 1}}}),
    call_of(latest_message={"text": SECRETIVE, "metadata": {"message_id": "\x00' OR 1=1 --"}}),
    call_of(latest_message={"text": SECRETIVE, "metadata": "x", "entities": "x", "intent": 3}),
    call_of(latest_message=SECRETIVE),
    {**call_of(), "version": {"x": SECRETIVE}},
    {**call_of(), "domain": SECRETIVE},
]


@pytest.fixture
def served(app: Application, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs calls against the actions as `bot.runner.action_server` puts them together."""
    monkeypatch.setattr(base, "app", lambda: app)

    def run(token: str | None, calls: list[dict[str, Any]]) -> list[httpx.Response]:
        async def told() -> list[httpx.Response]:
            sanic = create_app("actions", cors_origins="")
            sanic.error_handler.add(Exception, action_server._failed)
            if token is not None:
                sanic.register_middleware(partial(action_server._know_rasa, token), "request")
            sanic.register_middleware(action_server._without_names, "response")
            strict_http.apply(sanic)
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                url = f"http://127.0.0.1:{listening.getsockname()[1]}"
                server = await sanic.create_server(sock=listening, return_asyncio_server=True)
                await server.startup()
                try:
                    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
                        return [await client.request(**one) for one in calls]
                finally:
                    server.close()
                    await server.wait_closed()
                    Sanic._app_registry.pop("rasa_sdk", None)

        return asyncio.run(told())

    return run


def test_no_call_tells_what_was_in_it_or_how_the_inside_looks(served: Any) -> None:
    calls = [
        {
            "method": "POST",
            "url": "/webhook",
            "content": one if isinstance(one, bytes) else json.dumps(one),
            "headers": {"Content-Type": "application/json"},
        }
        for one in NASTY
    ]
    calls += [
        {
            "method": "POST",
            "url": "/webhook",
            "content": zlib.compress(b"0" * 50_000_000),
            "headers": {"Content-Encoding": "deflate"},
        },
        {"method": "GET", "url": "/webhook"},
        {"method": "POST", "url": f"/{SECRETIVE}"},
    ]
    for call, answer in zip(calls, served(None, calls), strict=True):
        assert SECRETIVE not in answer.text, call
        assert "Traceback" not in answer.text, call
        assert "/site-packages/" not in answer.text, call
        assert answer.status_code == 400 or "Content-Encoding" not in call.get("headers", {})
        # Nothing was decided: there is no such message, or no action was named.
        assert answer.status_code >= 400 or answer.json() in (None, {"events": [], "responses": []}), call


@pytest.mark.parametrize("shown", [None, "", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 40])
def test_only_rasa_is_let_in(served: Any, shown: str | None) -> None:
    headers = [] if shown is None else [(TOKEN_HEADER.encode(), shown.encode())]
    paths = [("POST", "/webhook"), ("GET", "/actions"), ("GET", "/health/"), ("GET", "//health")]
    calls = [{"method": method, "url": path, "headers": headers} for method, path in paths]
    # Whatever the address resembles: open is only what says that the server lives.
    assert {answer.status_code for answer in served(TOKEN, calls[:2])} == {403}
    assert all("action" not in answer.text for answer in served(TOKEN, calls[2:]))
