"""Making our servers call somewhere: by a media address in a message, and by an address of a webhook."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.twilio import updates
from bot.desk import webhook_calls
from bot.desk.webhook_calls import NotAllowed, public_address
from bot.services import relay
from bot.services.application import Application
from bot.settings import Settings, SettingsError
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.twilio import fixtures as twilio_messages
from tests.desk.conftest import new_user, waiting
from tests.support.people import Person

PRIVATE = [
    "127.0.0.1",
    "127.1",
    "2130706433",  # 127.0.0.1 as one number
    "0x7f000001",
    "017700000001",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carriers' own
    "169.254.169.254",  # metadata of clouds
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "localhost",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::169.254.169.254",
    "2002:7f00:1::",  # 6to4
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_network_is_never_called(host: str) -> None:
    try:
        with pytest.raises(NotAllowed):
            public_address(host, 443)
    except socket.gaierror:
        pytest.skip("this system does not know that way of writing an address")


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:2800:220:1::1"])
def test_a_public_address_is(host: str) -> None:
    assert public_address(host, 443) == host


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(webhook_calls.socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(NotAllowed):
        public_address("both.example", 443)


class Listener:
    """A server on the loopback address that notes who called, and sends them elsewhere."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        noted = self.calls

        class Handler(http.server.BaseHTTPRequestHandler):
            def _answer(self) -> None:
                noted.append((self.command, self.headers.get("Host", "")))
                self.send_response(307 if self.path == "/away" else 200)
                self.send_header("Location", "/secret")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_HEAD = _answer

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


def with_webhook(app: Application, url: str, *hosts: str) -> Application:
    settings = replace(
        app.settings,
        desk_webhooks=(url,),
        desk_webhook_secret="s" * 20,
        desk_webhook_hosts=frozenset(hosts),
    )
    return replace(app, settings=settings)


def claimed(app: Application) -> None:
    """Let something happen that a webhook tells of."""
    person, ana = waiting(app), new_user(app, "ana")
    relay.claim(app, ana, person.conversation.conversation_id)


def test_a_webhook_into_this_machine_is_not_called_unless_named(app: Application, listener: Listener) -> None:
    hidden = with_webhook(app, f"http://127.0.0.1:{listener.port}/")
    claimed(hidden)
    assert asyncio.run(webhook_calls.call_once(hidden))
    assert listener.calls == []
    app.clock.at = hidden.clock.now().replace(hour=23)  # type: ignore[attr-defined]
    named = with_webhook(app, f"http://127.0.0.1:{listener.port}/", "127.0.0.1")
    assert asyncio.run(webhook_calls.call_once(named))
    assert [method for method, _ in listener.calls] == ["POST"]


def test_a_redirect_is_not_followed(app: Application, listener: Listener) -> None:
    named = with_webhook(app, f"http://127.0.0.1:{listener.port}/away", "127.0.0.1")
    claimed(named)
    assert asyncio.run(webhook_calls.call_once(named))
    assert len(listener.calls) == 1


def test_a_name_that_leads_elsewhere_the_second_time_is_called_where_it_led_the_first(
    app: Application, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: looked at, the name is public; asked again, it is this machine."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *arguments: Any, **options: Any) -> Any:
        if host != "rebind.example":
            return real(host, *arguments, **options)
        asked.append(str(host))
        # A documentation address: nothing answers there.
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, listener.port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(webhook_calls, "_is_public", lambda address: str(address) == "192.0.2.1")
    monkeypatch.setattr(webhook_calls, "_SECONDS", 0.5)
    told = with_webhook(app, f"http://rebind.example:{listener.port}/")
    claimed(told)
    assert asyncio.run(webhook_calls.call_once(told))
    assert asked == ["rebind.example"]
    assert listener.calls == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "//x/", "http://"])
def test_other_schemes_stop_the_start(url: str) -> None:
    with pytest.raises(SettingsError):
        Settings.from_environment(
            {
                "ALDIA_IDENTITY_KEY": "k" * 40,
                "ALDIA_DESK_WEBHOOKS": url,
                "ALDIA_DESK_WEBHOOK_SECRET": "s" * 20,
            }
        )


def test_no_address_in_a_message_is_ever_called(
    server: Server, rasa: PlayedRasa, app: Application, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As REST takes it, as Twilio sends it, and when a person opens the conversation at the desk."""
    url = f"http://127.0.0.1:{listener.port}/photo.jpg"
    for body in ({"image": url}, {"media": [{"kind": "photo", "url": url}]}, {"message": f"mire {url}"}):
        answer = server.call("POST", "/webhooks/rest/webhook", json={"sender": "ana", **body})
        assert answer.status_code == 200
    written = updates.written(twilio_messages.media("image/jpeg", MediaUrl0=url))
    connections: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: connections.append(address))
    person = Person(app, written.address, "whatsapp")
    person.says("none", written.text, media=written.media)
    person.says("request_agent", "una persona")
    from bot.services import desk_case

    ana = new_user(app, "ana")
    relay.claim(app, ana, person.conversation.conversation_id)
    case = desk_case.opened(app, ana, person.conversation.conversation_id)
    assert any(line.media for line in case.lines)
    assert url not in str(case.lines)
    assert connections == []
    assert listener.calls == []
