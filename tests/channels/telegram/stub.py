"""Telegram's side on a loopback socket: checks every request against the contract, and fails as a test wants it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.channels.telegram.contract import Contract

TOKEN = "123456:test-token_of-nobody"


@dataclass(frozen=True)
class Call:
    """One request that arrived."""

    method: str
    parameters: Mapping[str, str]

    def json(self, name: str) -> Any:
        """A composite parameter."""
        return json.loads(self.parameters[name])


@dataclass(frozen=True)
class Fault:
    """What to do instead of answering.

    Attributes:
        status, body: answer this.
        took_it: whether the message counts as taken all the same.
        cut: end the connection in the middle of the answer.
        seconds: wait before answering.
    """

    status: int = 200
    body: Mapping[str, Any] | bytes | None = None
    took_it: bool = False
    cut: bool = False
    seconds: float = 0.0


def refusal(status: int, description: str, **parameters: Any) -> Fault:
    """An error as the Bot API words it."""
    body = {"ok": False, "error_code": status, "description": description}
    return Fault(status, {**body, "parameters": parameters} if parameters else body)


FLOOD = refusal(429, "Too Many Requests: retry after 7", retry_after=7)
BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")
NO_CHAT = refusal(400, "Bad Request: chat not found")
BAD_TEXT = refusal(400, "Bad Request: message text is empty")
BROKEN = refusal(500, "Internal Server Error")
GATEWAY = Fault(502, b"<html>Bad Gateway</html>")
GATEWAY_TIMEOUT = Fault(504, b"<html>Gateway Timeout</html>")
CUT = Fault(took_it=True, cut=True)


@dataclass
class Stub:
    """A Bot API server.

    Attributes:
        calls: every request that was answered or failed, in order.
        said: the messages that were taken, by chat.
        faults: for a method, what to do with its next requests.
        updates: what getUpdates hands out.
        wrong: what the contract has against the requests.
    """

    contract: Contract | None = None
    calls: list[Call] = field(default_factory=list)
    said: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    updates: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    url: str = ""
    _server: Any = None
    _number: int = 0

    async def start(self) -> None:
        """Listen on a free port of the loopback address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        self._server.close()

    def of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    def texts(self, chat: int) -> list[str]:
        """What a chat shows of ours."""
        return [str(message["text"]) for message in self.said[str(chat)]]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) != b"":
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = lines[0].split(" ")[1]
        assert path.startswith(f"/bot{TOKEN}/"), path
        call = Call(path.rpartition("/")[2], dict(parse_qsl(body.decode(), keep_blank_values=True)))
        self.calls.append(call)
        if self.contract is not None:
            self.wrong += self.contract.faults(call.method, call.parameters)
        queue = self.faults[call.method]
        fault = queue.popleft() if queue else Fault()
        await asyncio.sleep(fault.seconds)
        result: Any = None
        if fault.took_it or (fault.status == 200 and fault.body is None):
            result = _RESULTS.get(call.method, Stub._done)(self, call)
        answer = fault.body if fault.body is not None else {"ok": True, "result": result}
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(
            b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            % (fault.status, len(content))
        )
        writer.write(content[: len(content) // 2] if fault.cut else content)
        await writer.drain()
        if fault.cut:
            raise ConnectionError

    def _done(self, _: Call) -> Any:
        return True

    def _send(self, call: Call) -> Any:
        self._number += 1
        chat = call.parameters["chat_id"]
        message = {
            "message_id": self._number,
            "date": 1_790_000_000,
            "chat": {"id": int(chat), "type": "private", "first_name": "Ana"},
            "text": call.parameters["text"],
        }
        if "reply_markup" in call.parameters:
            message["reply_markup"] = call.json("reply_markup")
        self.said[chat].append(message)
        return message

    def _edit(self, call: Call) -> Any:
        number = int(call.parameters["message_id"])
        message = next(m for m in self.said[call.parameters["chat_id"]] if m["message_id"] == number)
        message.pop("reply_markup", None)
        if "reply_markup" in call.parameters:
            message["reply_markup"] = call.json("reply_markup")
        return message

    def _updates(self, call: Call) -> Any:
        offset = int(call.parameters.get("offset", 0))
        return [one for one in self.updates if one["update_id"] >= offset]

    def _me(self, _: Call) -> Any:
        return {"id": 123456, "is_bot": True, "first_name": "Al Día", "username": "AlDiaTestBot"}


_RESULTS: dict[str, Callable[[Stub, Call], Any]] = {
    "sendMessage": Stub._send,
    "editMessageReplyMarkup": Stub._edit,
    "getUpdates": Stub._updates,
    "getMe": Stub._me,
}
