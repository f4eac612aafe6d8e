"""Requests that no client of ours would send, byte by byte, to what both servers on Sanic speak."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.web_request import BadRequest, read_object
from bot.runner import rasa_server, strict_http
from bot.settings import CHECKOUT

BODY = b'{"sender":"a"}'
RIGHT = b"Content-Length: 14\r\n"
CHUNKS = b"e\r\n" + BODY + b"\r\n0\r\n\r\n"
QUIET = 8.0

Call = Callable[..., Awaitable[bytes]]


def request(head: bytes = RIGHT, body: bytes = BODY, line: bytes = b"POST /webhook HTTP/1.1") -> bytes:
    return line + b"\r\nHost: 127.0.0.1\r\n" + head + b"\r\n" + body


def answer_to(port: int, *parts: bytes, pause: float = 0.0, seconds: float = QUIET) -> bytes:
    """What comes back until the server hangs up, or is quiet for so long."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            while found := connection.recv(65536):
                heard += found
        except TimeoutError:
            return heard + b" and waits"
        except ConnectionError:
            return heard + b" and hangs up"
    return heard


def served(story: Callable[[Call], Awaitable[Any]], **config: float) -> Any:
    """Run a story with a server on loopback; its argument sends bytes and gives what comes back."""

    async def told() -> Any:
        sanic = Sanic(f"test-{uuid.uuid4().hex[:8]}", configure_logging=False)
        sanic.config.update({name.upper(): value for name, value in config.items()})

        @sanic.post("/webhook", stream=True)
        async def webhook(asked: Request) -> HTTPResponse:
            try:
                return json(dict(await read_object(asked)))
            except BadRequest as problem:
                return problem.response()

        @sanic.get("/health")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        strict_http.apply(sanic)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            port = listening.getsockname()[1]
            server = await sanic.create_server(sock=listening, return_asyncio_server=True)
            await server.startup()
            try:
                return await story(lambda *parts, **how: asyncio.to_thread(answer_to, port, *parts, **how))
            finally:
                server.close()
                await server.wait_closed()

    return asyncio.run(told())


LENGTHS = [
    *(b"-1", b"+14", b"1_4", b"0x0e", b"abc", b"", b" ", b"14, 14", b"9" * 11, b"9" * 5000, b"1e1"),
    *("²".encode(), "١٤".encode(), b"\xff", b"14\x0b", b"14\x00", b"\x0c14"),
]


def test_no_length_of_nonsense_is_taken_and_none_stops_the_server() -> None:
    """A length of -1 made Sanic 21.12 go round for ever: the first such request was the server's last."""

    async def story(call: Call) -> list[bytes]:
        found = [await call(request(b"Content-Length: " + length + b"\r\n")) for length in LENGTHS]
        found += [await call(request(b"Content-Length: -1\r\n", line=b"GET /nothing HTTP/1.1"))]
        return [*found, await call(request(b"Connection: close\r\n", b"", b"GET /health HTTP/1.1"))]

    *refused, still = served(story)
    for length, answer in zip([*LENGTHS, b"-1"], refused, strict=True):
        assert answer.startswith(b"HTTP/1.1 400"), (length, answer)
        assert answer.count(b"HTTP/1.1 ") == 1, (length, answer)
    assert still.startswith(b"HTTP/1.1 200")


CHUNKED = b"Transfer-Encoding: chunked\r\n"
TWO_WAYS = [
    RIGHT + b"Content-Length: 5\r\n",
    b"Content-Length: 5\r\n" + RIGHT,
    RIGHT + RIGHT,
    RIGHT + CHUNKED,
    CHUNKED + RIGHT,
    CHUNKED + CHUNKED,
    b"Transfer-Encoding: Chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: xchunked\r\n" + RIGHT,
    b"Transfer-Encoding:\x0bchunked\r\n",
    "Transfer-Encoding:\u00a0chunked\r\n".encode(),
    b"Transfer-Encoding : chunked\r\n",
    b" Transfer-Encoding: chunked\r\n" + RIGHT,
    b"X-A: a\nTransfer-Encoding: chunked\r\n" + RIGHT,
    b"X-A: a\rTransfer-Encoding: chunked\r\n" + RIGHT,
    b"X-A: a\x00b\r\n" + RIGHT,
    b"X\x00A: a\r\n" + RIGHT,
    b": a\r\n" + RIGHT,
    b"no colon\r\n" + RIGHT,
    b"Upgrade: WebSocket\r\n" + RIGHT,
    b"Content-Encoding: deflate\r\n" + RIGHT,
]


def test_a_head_says_one_thing_about_where_its_body_ends() -> None:
    """What a proxy before us reads otherwise would be a second request that nobody looked at (smuggling)."""
    inner = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"

    async def story(call: Call) -> list[bytes]:
        found = [await call(request(head, CHUNKS + inner)) for head in TWO_WAYS]
        return [*found, await call(request(CHUNKED + b"Connection: close\r\n", CHUNKS))]

    *refused, right = served(story)
    for head, answer in zip(TWO_WAYS, refused, strict=True):
        assert answer.startswith(b"HTTP/1.1 400"), (head, answer)
        assert answer.count(b"HTTP/1.1 ") == 1, (head, answer)
    assert right.startswith(b"HTTP/1.1 200")
    assert right.endswith(BODY)


UNREADABLE = [
    b"POST /\xff\xfe HTTP/1.1",
    b"POST /webhook?\xff=\xfe HTTP/1.1",
    b"POST http://[evil/ HTTP/1.1",
    b"POST /webhook HTTP/9.9",
    b"POST  /webhook HTTP/1.1",
    b"POST /webhook",
    b"\x16\x03\x01\x02\x00\x01\x00",
]


def test_what_cannot_be_read_is_answered_once_and_logged_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Strangers write no stack traces into our logs."""
    expects = request(b"Expect: \xff\r\n" + RIGHT)

    async def story(call: Call) -> list[bytes]:
        return [await call(request(line=line)) for line in UNREADABLE] + [await call(expects)]

    with caplog.at_level(logging.WARNING):
        for answer in served(story):
            assert answer.startswith(b"HTTP/1.1 400"), answer
            assert b"Traceback" not in answer
    assert not [record for record in caplog.records if record.exc_info]


DRIPS, PAUSE = 40, 0.25


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\nHost: a\r\nX-A: ",
        # A body that nobody wants, before and after the answer.
        b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n",
        b"POST /webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n",
    ],
)
def test_drips_win_no_time(head: bytes) -> None:
    """That something comes now and then does not keep a connection: 8 KiB of head would last for a day."""

    async def story(call: Call) -> tuple[bytes, float]:
        begun = time.monotonic()
        heard = await call(head, *[b"a"] * DRIPS, pause=PAUSE)
        return heard, time.monotonic() - begun

    heard, seconds = served(story, request_timeout=1.0, response_timeout=1.0, keep_alive_timeout=1.0)
    assert not heard.endswith(b"and waits"), heard
    assert seconds < DRIPS * PAUSE - 1.0  # cut off while it still dripped


def test_what_takes_its_time_within_the_limit_is_served() -> None:
    async def story(call: Call) -> bytes:
        whole = request(RIGHT + b"Connection: close\r\n")
        return await call(*(whole[at : at + 20] for at in range(0, len(whole), 20)), pause=0.05)

    assert served(story, request_timeout=5.0).endswith(BODY)


def test_both_servers_speak_so() -> None:
    for name in ("rasa_server.py", "action_server.py"):
        assert "strict_http.apply(app)" in (CHECKOUT / "bot/runner" / name).read_text(encoding="utf-8")
    assert rasa_server._HEAD_SECONDS <= 15


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/model", {"host": "127.0.0.1:5005"}, None),
        ("/model", {"host": "localhost"}, None),
        ("/model", {"host": "[::1]:5005"}, None),
        ("/model", {"host": "evil.example"}, 403),  # a name made to lead here (DNS rebinding)
        ("/model", {"host": "127.0.0.1.evil.example"}, 403),
        ("/model", {"host": "[evil"}, 403),
        ("/model", {"host": ""}, 403),
        # A tunnel for a provider's webhooks.
        ("/model", {"host": "localhost:5005", "x-forwarded-for": "203.0.113.7"}, 403),
        ("/conversations/x/tracker", {"host": "abc.tunnel.example", "x-forwarded-host": "x"}, 403),
        ("/", {"host": "chat.example.org"}, 403),  # it names Rasa's version
        ("//webhooks/x", {"host": "evil.example"}, 403),
        ("/webhooksx", {"host": "evil.example"}, 403),
        ("/webhooks/telegram/webhook", {"host": "abc.tunnel.example", "x-forwarded-for": "1.2.3.4"}, None),
        ("/health", {"host": "10.1.2.3:5005"}, None),
    ],
)
def test_rasas_own_api_is_for_this_machine(path: str, headers: dict[str, str], status: int | None) -> None:
    from types import SimpleNamespace

    asked = SimpleNamespace(path=path, headers=headers, host=headers["host"])
    answer = rasa_server._for_this_machine(asked)
    assert (answer.status if answer is not None else None) == status
