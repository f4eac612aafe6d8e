"""Too much, too deep, too slow: one caller cannot take the memory or the connections from everybody else."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn
import yaml

from bot.channels import web_request
from bot.desk import security
from bot.desk.application import create
from bot.runner import desk_protocol, rasa_server
from bot.runner.desk_protocol import HurriedProtocol
from bot.services.application import Application
from tests.attack.conftest import Open, PlayedRasa, Server
from tests.channels.web.conftest import ROOT, Tab
from tests.support.running import free_ports

REST = "/webhooks/rest/webhook"
BOMB = gzip.compress(b"0" * 50_000_000)


@contextmanager
def desk_served(app: Application) -> Iterator[int]:
    """The desk as `bot.runner.desk_server` serves it."""
    (port,) = free_ports(1)
    config = uvicorn.Config(create(app), port=port, log_config=None, ws="none", http=HurriedProtocol)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)


def connected(port: int, *parts: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=10)
    for part in parts:
        made.sendall(part)
    return made


def is_closed(connection: socket.socket) -> bool:
    try:
        while connection.recv(4096):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_the_desk_waits_for_no_slow_head(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_protocol, "_HEAD_SECONDS", 0.5)
    with desk_served(app) as port:
        held = [connected(port, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ") for _ in range(150)]
        held += [connected(port) for _ in range(50)]
        # Drip by drip: that something comes does not win time.
        for _ in range(3):
            for one in held[:10]:
                one.sendall(b"a")
            time.sleep(0.1)
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", trust_env=False).status_code == 200
        assert all(is_closed(one) for one in held)


def test_the_desk_waits_for_no_slow_body(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_BODY_SECONDS", 0.5)
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
    )
    with desk_served(app) as port:
        held = [connected(port, head) for _ in range(50)]
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", trust_env=False).status_code == 200
        for one in held:
            assert one.recv(4096).startswith(b"HTTP/1.1 400")
            one.close()


def test_the_desk_takes_no_endless_head(app: Application) -> None:
    with desk_served(app) as port:
        one = connected(port, b"GET /health HTTP/1.1\r\n")
        with suppress(ConnectionError):  # hung up on while it still writes
            for _ in range(2000):
                one.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")
        assert is_closed(one)
        assert httpx.get(f"http://127.0.0.1:{port}/sign-in", trust_env=False).status_code == 200


def test_a_connection_that_behaves_is_kept(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_protocol, "_HEAD_SECONDS", 0.3)
    with (
        desk_served(app) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        for _ in range(3):
            assert client.get("/sign-in").status_code == 200
            time.sleep(0.2)


def test_the_chat_waits_for_no_slow_body(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_request, "_BODY_SECONDS", 0.3)

    async def drips() -> Any:
        import asyncio

        yield b'{"sender": '
        await asyncio.sleep(1.5)
        yield b'"ana", "message": "hola"}'

    async def story(client: httpx.AsyncClient) -> Any:
        import asyncio

        slow = asyncio.create_task(client.post(REST, content=drips()))
        await asyncio.sleep(0.05)
        quick = await client.post(REST, json={"sender": "eva", "message": "hola"})
        return (await slow), quick

    slow, quick = server.run(story)
    assert quick.status_code == 200
    assert (slow.status_code, slow.json()["error"]) == (408, "too_slow")


def test_the_rasa_server_has_limits_of_its_own() -> None:
    """Sanic's own: the head of a request, its size, and the whole of it."""
    from sanic.config import Config

    assert rasa_server._HEAD_SECONDS <= 15
    assert rasa_server._MAX_REQUEST <= 1024 * 1024
    assert Config().REQUEST_MAX_HEADER_SIZE <= 8192


@pytest.mark.parametrize("declared", ["²", "-1", "1e3", "99999999999999999999", "0x10", " 5", "5, 5", ""])
def test_a_length_of_nonsense_is_refused(app: Application, open_desk: Open, declared: str) -> None:
    headers = {"content-length": declared.encode("latin-1"), "content-type": "application/json"}
    answer = open_desk(app).post("/sign-in", content=b"{}", headers=headers)
    assert answer.status_code == 400


def test_two_lengths_and_chunks_are_no_way_to_smuggle(app: Application) -> None:
    with desk_served(app) as port:
        for head in (
            b"Content-Length: 5\r\nContent-Length: 6\r\n",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            b"Transfer-Encoding : chunked\r\n",
            b"Content-Length: +5\r\n",
        ):
            one = connected(
                port, b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n0\r\n\r\nGET /health"
            )
            one.settimeout(10)
            answer = one.recv(65536)
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), (head, answer[:80])
            one.close()


def too_much(path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Requests that are too large: declared, undeclared, declared wrongly small, packed."""

    async def endless() -> Any:
        for _ in range(200):
            yield b"a" * 8192

    large = json.dumps({"sender": "a", "message": "a" * 2_000_000, "text": "", "id": "1"})
    return [
        {"url": path, "content": large, "headers": headers},
        {"url": path, "content": endless(), "headers": headers},
        {"url": path, "content": BOMB, "headers": {**headers, "Content-Encoding": "gzip"}},
        {"url": path, "content": BOMB, "headers": {**headers, "Content-Encoding": "deflate"}},
    ]


def test_no_size_of_a_body_is_taken_by_the_chat(server: Server, rasa: PlayedRasa) -> None:
    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = await Tab(client).begins()
        found = []
        for path in (REST, f"{ROOT}/messages", f"{ROOT}/session", f"{ROOT}/seen"):
            for request in too_much(path, {**tab.headers, "Content-Type": "application/json"}):
                try:
                    found.append((await client.post(**request)).status_code)
                except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
                    found.append(413)  # the server hung up
        return found

    assert set(server.run(story)) <= {400, 413}
    assert not rasa.seen


def test_no_size_of_a_body_is_taken_by_the_desk(app: Application, open_desk: Open) -> None:
    client = open_desk(app)
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        for content, more in ((b"a" * 100_000, {}), (BOMB, {"content-encoding": "gzip"})):
            answer = client.post("/sign-in", content=content, headers={"content-type": kind, **more})
            assert answer.status_code in (400, 401)
    many = "&".join(f"a{n}=1" for n in range(5000))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/sign-in", content=many, headers=form).status_code == 400
    file = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nz\r\n--x--\r\n'
    sent = client.post("/sign-in", content=file, headers={"content-type": "multipart/form-data; boundary=x"})
    assert sent.status_code == 400


def deep(kind: str, depth: int) -> str:
    return {"list": "[" * depth + "]" * depth, "object": '{"a":' * depth + "1" + "}" * depth}[kind]


@pytest.mark.parametrize("kind", ["list", "object"])
def test_no_depth_is_an_error(server: Server, rasa: PlayedRasa, kind: str) -> None:
    body = '{"sender": "ana", "message": "hola", "media": %s}'
    for depth in (100, 900, 5_000, 10_000):
        answer = server.call("POST", REST, content=body % deep(kind, depth))
        assert answer.status_code in (200, 400), depth
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "1e400", "1" * 5000, '"\\ud800"', '"\\u0000"', "1.7976931348623159e308"],
)
def test_no_number_and_no_half_character_is_an_error(server: Server, value: str) -> None:
    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        tab = await Tab(client).begins()
        headers = {**tab.headers, "Content-Type": "application/json"}
        found = []
        for path, body in (
            (REST, f'{{"sender": "ana", "message": {value}}}'),
            (REST, f'{{"sender": {value}, "message": "hola"}}'),
            (REST, f'{{"sender": "ana", "message": "hola", "message_id": {value}}}'),
            (REST, f'{{"sender": "ana", "message": "", "media": {{"kind": {value}, "x": {value}}}}}'),
            (f"{ROOT}/session", f'{{"creditor": {value}, "language": {value}}}'),
            (f"{ROOT}/messages", f'{{"id": {value}, "text": "hola"}}'),
            (f"{ROOT}/messages", f'{{"id": "x", "text": {value}}}'),
            (f"{ROOT}/seen", f'{{"cursor": {value}}}'),
        ):
            found.append(await client.post(path, content=body, headers=headers))
        for after in ("%00", "%ff", "-1", "9" * 17, "9" * 400, "NaN", "²"):
            found.append(await client.get(f"{ROOT}/messages?after={after}", headers=tab.headers))
        return found

    for answer in server.run(story):
        assert answer.status_code in (200, 202, 400, 401), (answer.request.url, answer.text)
        assert "Traceback" not in answer.text


def test_a_yaml_bomb_is_only_the_operators(app: Application) -> None:
    """What reads YAML reads files of the operator: no request reaches it."""
    from bot.settings import CHECKOUT

    for folder in ("channels", "desk"):
        for path in (CHECKOUT / "bot" / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            assert "yaml.load(" not in source
            assert "yaml" not in source or path.name in ("configuration.py", "texts.py", "api.py"), path
    assert yaml.safe_load("a: 1") == {"a": 1}
