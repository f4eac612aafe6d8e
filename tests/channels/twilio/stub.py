"""A Twilio on loopback: takes what the real client sends, checks it by the contract, and fails as the test says."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.channels.twilio import contract

ACCOUNT = "AC" + "a" * 32
TOKEN = "12345678token"


@dataclass
class Fault:
    """One way to fail. `took_it`: the message was sent all the same."""

    status: int = 500
    code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    took_it: bool = False
    breaks: bool = False  # the connection is cut in the middle of the answer
    seconds: float = 0.0  # before answering


class StubTwilio:
    """What was sent is in `messages`; `faults` are taken one a request to send."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.templates: dict[str, Any] = {}
        self.requests: list[tuple[str, str]] = []
        self.broken_rules: list[str] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
        self.users: set[str] = set()
        self.url = ""

    @property
    def bodies(self) -> list[str]:
        """The texts that went out, oldest first."""
        return [message["body"] for message in self.messages]

    def sent(self, form: dict[str, str], direction: str = "outbound-api") -> dict[str, Any]:
        """Note a message as sent and return it as Twilio would."""
        stamp = format_datetime(self.now(), usegmt=True)
        sid = f"SM{len(self.messages) + 1:032x}"
        message = {
            "sid": sid, "account_sid": ACCOUNT, "status": "queued", "direction": direction,
            "body": form.get("Body") or self._rendered(form), "to": form["To"], "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"), "date_created": stamp, "date_updated": stamp,
            "date_sent": None, "num_segments": "1", "num_media": "0", "price": None, "price_unit": "USD",
            "error_code": None, "error_message": None, "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json", "subresource_uris": {},
        }  # fmt: skip
        self.messages.append({**message, "form": form})
        return message

    def _rendered(self, form: dict[str, str]) -> str:
        return "Hola: " + json.loads(form.get("ContentVariables", "{}")).get("1", "")


@contextmanager
def stub_twilio() -> Iterator[StubTwilio]:
    """Serve one until the block ends."""
    twilio = StubTwilio()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(twilio))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    twilio.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield twilio
    finally:
        server.shutdown()
        server.server_close()


def _handler_of(twilio: StubTwilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802
            parts = self._received({})
            if parts.path.startswith("/v1/Content/"):
                sid = parts.path.rpartition("/")[2]
                types = twilio.templates.get(sid)
                self._answer(404 if types is None else 200, {"sid": sid, "types": types, "code": 20404})
                return
            to = parse_qs(parts.query).get("To", [None])[0]
            found = [
                {k: v for k, v in m.items() if k != "form"}
                for m in reversed(twilio.messages)
                if to in (None, m["to"])
            ]
            page = {
                "messages": found,
                "page": 0,
                "page_size": 50,
                "start": 0,
                "end": len(found),
                "next_page_uri": None,
            }
            self._answer(200, page)

        def do_POST(self) -> None:  # noqa: N802
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = parse_qs(raw, keep_blank_values=True)
            self._received(form)
            fault = twilio.faults.pop(0) if twilio.faults else None
            message = (
                twilio.sent({k: v[0] for k, v in form.items()}) if fault is None or fault.took_it else None
            )
            if fault is None:
                self._answer(201, message)
                return
            time.sleep(fault.seconds)
            if fault.breaks:
                self._break_off()
            elif fault.took_it and fault.seconds:
                self._answer(201, message)
            else:
                content = {"code": fault.code, "message": "no", "status": fault.status}
                self._answer(fault.status, content if fault.code else None, fault.headers)

        def _received(self, form: dict[str, list[str]]) -> Any:
            parts = urlsplit(self.path)
            twilio.requests.append((self.command, parts.path))
            query = parse_qs(parts.query, keep_blank_values=True)
            twilio.broken_rules += contract.faults_of(self.command, parts.path, query, form)
            scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
            twilio.users.add(
                base64.b64decode(secret).decode().partition(":")[0] if scheme == "Basic" else "nobody"
            )
            return parts

        def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            body = b"<html>no</html>" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _break_off(self) -> None:
            self.send_response(201)
            self.send_header("Content-Length", "400")
            self.end_headers()
            self.wfile.write(b'{"sid": "SM')
            self.wfile.flush()
            # A reset, not a polite end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
