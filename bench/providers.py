"""The providers' side of SMS, WhatsApp and Telegram: takes what we send, and reports it delivered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

TWILIO_ACCOUNT = "AC" + "b" * 32
TWILIO_TOKEN = "a-token-for-measuring"
TELEGRAM_TOKEN = "123456:a-token-for-measuring"
TELEGRAM_SECRET = "a-secret-for-measuring"
NUMBERS = {"sms": "+34600000001", "whatsapp": "+34600000002"}
_DELIVERED_AFTER = 0.3


@dataclass(frozen=True)
class Arrived:
    """One message on a debtor's screen.

    Attributes:
        id: by which a second copy of it would be known; None where the provider shows none.
        cause: the message of theirs that it answers; None where nothing tells.
    """

    text: str
    buttons: tuple[str, ...]  # what tapping each of them sends
    at: float
    id: str | None = None
    cause: str | None = None


class Providers:
    """Twilio's and Telegram's APIs on one port. `listeners` has, by channel and address, who is told."""

    def __init__(self) -> None:
        self.listeners: dict[tuple[str, str], Callable[[Arrived], None]] = {}
        self.taken: Counter[str] = Counter()  # by channel
        self.base = ""  # where reports of delivery go
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._validator = RequestValidator(TWILIO_TOKEN)
        self._client: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        self.failures = 0
        self.is_down = False  # answers 503 to everything
        self.seen: Counter[str] = Counter()  # how often each part of each message of ours came over Twilio
        self._listed: dict[str, list[dict[str, str]]] = {}  # what Twilio would list, by receiver

    async def start(self, port: int, client: aiohttp.ClientSession) -> str:
        """Listen; returns the address."""
        app = web.Application(middlewares=[self._down])
        messages = f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json"
        app.router.add_post(messages, self._twilio)
        app.router.add_get(messages, self._twilio_list)
        app.router.add_post(f"/bot{TELEGRAM_TOKEN}/{{method}}", self._telegram)
        self._client = client
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Stop listening, after the reports that are under way."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=5)
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _down(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.is_down:
            return web.json_response({"code": 20503, "message": "down"}, status=503)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _show(self, channel: str, address: str, arrived: Arrived) -> None:
        self.taken[channel] += 1
        listener = self.listeners.get((channel, address))
        if listener is not None:
            listener(arrived)

    # -- Twilio ---------------------------------------------------------------------------------------------------

    async def _twilio(self, request: web.Request) -> web.Response:
        values = await request.post()
        to, body = str(values["To"]), str(values.get("Body", ""))
        channel = "whatsapp" if to.startswith("whatsapp:") else "sms"
        callback = urlsplit(str(values["StatusCallback"]))
        query = parse_qs(callback.query)
        outbox_id = query["id"][0]
        cause = cause_of(outbox_id)
        sid = f"SM{next(self._numbers):032x}"
        part = f"{outbox_id}/{query.get('part', ['1'])[0]}"
        self.seen[part] += 1
        self._list(to, sid, values)
        self._show(channel, to.removeprefix("whatsapp:"), Arrived(body, (), time.perf_counter(), part, cause))
        task = asyncio.create_task(self._report(f"{callback.path}?{callback.query}", sid, values))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.json_response({"sid": sid, "status": "queued", "to": to, "body": body}, status=201)

    async def _report(self, path: str, sid: str, values: Mapping[str, Any]) -> None:
        assert self._client is not None
        await asyncio.sleep(_DELIVERED_AFTER)
        told = {
            "MessageSid": sid,
            "MessageStatus": "delivered",
            "To": str(values["To"]),
            "From": str(values.get("From", "")),
        }
        url = self.base + path
        try:
            async with self._client.post(url, data=told, headers=self.signed(url, told)) as response:
                self.failures += response.status >= 300
        except (aiohttp.ClientError, asyncio.TimeoutError):
            self.failures += 1

    def signed(self, url: str, values: Mapping[str, str]) -> dict[str, str]:
        """Twilio's signature of a call."""
        return {"X-Twilio-Signature": self._validator.compute_signature(url, dict(values))}

    def _list(self, to: str, sid: str, values: Mapping[str, Any]) -> None:
        self._listed.setdefault(to, []).append(
            {
                "sid": sid,
                "body": str(values.get("Body", "")),
                "status": "delivered",
                "to": to,
                "from": str(values.get("From", "")),
                "direction": "outbound-api",
                "date_created": format_datetime(datetime.now(timezone.utc)),
            }
        )

    async def _twilio_list(self, request: web.Request) -> web.Response:
        """What a try that was cut short is looked for in."""
        found = self._listed.get(request.query.get("To", ""), [])
        return web.json_response({"messages": found[::-1], "next_page_uri": None, "page": 0, "page_size": 50})

    # -- Telegram -------------------------------------------------------------------------------------------------

    async def _telegram(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "getMe":
            me = {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "BenchBot"}
            return web.json_response({"ok": True, "result": me})
        if method != "sendMessage":
            return web.json_response({"ok": True, "result": True})
        values = await request.post()
        chat = str(values["chat_id"])
        number = next(self._numbers)
        keyboard = _keyboard(values.get("reply_markup"))
        self._show("telegram", chat, Arrived(str(values["text"]), keyboard, time.perf_counter()))
        sent = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": int(chat), "type": "private"},
            "text": str(values["text"]),
        }
        return web.json_response({"ok": True, "result": sent})


def cause_of(outbox_id: str) -> str | None:
    """The message that one of ours answers; None for what was not asked for, such as a word about waiting."""
    cause, _, position = outbox_id.rpartition(".")
    return cause if cause.startswith("M-") and position.isdigit() else None


def _keyboard(raw: Any) -> tuple[str, ...]:
    if not raw:
        return ()
    return tuple(one["callback_data"] for line in json.loads(str(raw))["inline_keyboard"] for one in line)
