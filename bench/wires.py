"""How a debtor reaches us: the web page, SMS, WhatsApp, Telegram and REST, over the HTTP that each of them speaks."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import aiohttp

from bench.providers import NUMBERS, TELEGRAM_SECRET, Arrived, Providers, cause_of

_RENEW_BEFORE = 60.0
_AGAIN_AFTER = 0.5
# Of this run: a provider gives no id twice.
_numbers = itertools.count(int(time.time()) % 10**7 * 10**7)


class Refused(Exception):
    """The server did not take a message; the text is channel and status."""

    def __init__(self, text: str, is_final: bool) -> None:
        super().__init__(text)
        self.is_final = is_final


class Line(ABC):
    """One conversation's connection. What arrives goes into `arrived`, in the order in which it came."""

    channel = ""
    persists = 0.0  # seconds for which what was not taken is sent again, with the same id
    tells_cause = True  # whether it can be seen which message an answer belongs to

    def __init__(self, base: str, client: aiohttp.ClientSession, providers: Providers, address: str) -> None:
        self.base, self.client, self.providers, self.address = base, client, providers, address
        self.arrived: asyncio.Queue[Arrived] = asyncio.Queue()

    async def open(self) -> None:  # noqa: B027 (most channels need nothing)
        """Before the first message."""

    @abstractmethod
    async def say(self, text: str) -> None:
        """Send one message, or tap a button that sends this.

        Raises:
            Refused: it was not taken.
        """

    async def close(self) -> None:  # noqa: B027
        """After the last."""

    async def _post(self, path: str, **more: Any) -> Any:
        end = time.monotonic() + self.persists
        while True:
            try:
                return await self._apart(self._post_once(path, **more))
            except Refused as refused:
                if time.monotonic() > end or refused.is_final:
                    raise
            except (aiohttp.ClientError, asyncio.TimeoutError):
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(_AGAIN_AFTER)

    @staticmethod
    async def _apart(call: Coroutine[Any, Any, Any]) -> Any:
        """Run a call as a task of its own: when the server dies under it, aiohttp may cancel the task that it runs in."""
        calling = asyncio.create_task(call)
        try:
            await asyncio.wait({calling})
        finally:
            calling.cancel()
        if calling.cancelled():
            raise aiohttp.ClientConnectionError("broken off")
        return calling.result()

    async def _post_once(self, path: str, **more: Any) -> Any:
        async with self.client.post(self.base + path, **more) as response:
            if response.status >= 300:
                raise Refused(f"{self.channel} {response.status}", response.status < 500)
            return await response.json() if response.content_type == "application/json" else None


class Rest(Line):
    """Rasa's REST contract: the answer is in the response."""

    channel = "rest"

    async def say(self, text: str) -> None:
        answer = await self._post("/webhooks/rest/webhook", json={"sender": self.address, "message": text})
        cause = str(next(_numbers))
        for number, one in enumerate(answer):
            buttons = tuple(button["payload"] for button in one.get("buttons", ()))
            self.arrived.put_nowait(
                Arrived(one["text"], buttons, time.perf_counter(), f"{cause}.{number}", cause)
            )


class Web(Line):
    """The widget's calls: a session, a stream of what is new (or asking for it), messages."""

    channel = "web"
    polls_every: float | None = None
    _listening: asyncio.Task[None] | None = None  # none when the session was refused

    async def open(self) -> None:
        self._shown: set[str] = set()
        self._cursor = ""
        self._token, self._until = "", 0.0
        await self._session()
        self._listening = asyncio.create_task(self._poll() if self.polls_every else self._stream())

    async def say(self, text: str) -> None:
        if time.monotonic() > self._until - _RENEW_BEFORE:
            await self._session()
        body = {"id": str(next(_numbers)), "text": text}
        await self._post("/webhooks/web/messages", json=body, headers=self._headers())

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _session(self) -> None:
        headers = self._headers() if self._token else {"Origin": self.base}
        told = await self._post("/webhooks/web/session", json={"language": "es"}, headers=headers)
        self._token, self._until = told["token"], time.monotonic() + told["seconds"]

    def _headers(self) -> dict[str, str]:
        return {"Origin": self.base, "Authorization": f"Bearer {self._token}"}

    async def _stream(self) -> None:
        while True:
            with suppress(Refused, aiohttp.ClientError, asyncio.TimeoutError):
                await self._apart(self._read_stream())
            with suppress(Refused, aiohttp.ClientError, asyncio.TimeoutError):
                if time.monotonic() > self._until - _RENEW_BEFORE:
                    await self._session()
            await asyncio.sleep(2.0)

    async def _read_stream(self) -> None:
        headers = {**self._headers(), **({"Last-Event-ID": self._cursor} if self._cursor else {})}
        url = f"{self.base}/webhooks/web/stream"
        async with self.client.get(url, headers=headers, timeout=_NO_LIMIT) as response:
            if response.status == 200:
                async for line in response.content:
                    if line.startswith(b"data: {"):
                        self._take(json.loads(line[6:]))

    async def _poll(self) -> None:
        assert self.polls_every is not None
        while True:
            with suppress(aiohttp.ClientError, asyncio.TimeoutError):
                url = f"{self.base}/webhooks/web/messages"
                async with self.client.get(
                    url, params={"after": self._cursor}, headers=self._headers()
                ) as response:
                    if response.status == 200:
                        self._take(await response.json())
            await asyncio.sleep(self.polls_every)

    def _take(self, news: Any) -> None:
        self._cursor = news.get("cursor", self._cursor)
        for one in news.get("messages", ()):
            # The window replaces what it is told again by its id.
            if one["from"] == "you" or one["id"] in self._shown:
                continue
            self._shown.add(one["id"])
            buttons = tuple(button["payload"] for button in one.get("buttons", ()))
            cause = cause_of(one["id"])
            self.arrived.put_nowait(Arrived(one["text"], buttons, time.perf_counter(), one["id"], cause))


class PollingWeb(Web):
    """The widget where no stream gets through."""

    polls_every = 3.0


class Sms(Line):
    """Twilio's calls, signed."""

    channel = "sms"
    _prefix = ""

    async def open(self) -> None:
        self.providers.listeners[self.channel, self.address] = self.arrived.put_nowait

    async def say(self, text: str) -> None:
        path = f"/webhooks/twilio/{self.channel}"
        values = {
            "MessageSid": f"SM{next(_numbers):032d}",
            "From": self._prefix + self.address,
            "To": self._prefix + NUMBERS[self.channel],
            "Body": text,
            "NumMedia": "0",
            "FromCity": "",
        }
        headers = self.providers.signed(self.base + path, values)
        await self._post(path, data=values, headers=headers)

    async def close(self) -> None:
        self.providers.listeners.pop((self.channel, self.address), None)


class WhatsApp(Sms):
    """The same over WhatsApp."""

    channel = "whatsapp"
    _prefix = "whatsapp:"


class Telegram(Line):
    """Telegram's webhook; a button is tapped by a callback query."""

    channel = "telegram"
    tells_cause = False

    async def open(self) -> None:
        self.providers.listeners[self.channel, self.address] = self.arrived.put_nowait

    async def say(self, text: str) -> None:
        chat = {"id": int(self.address), "type": "private"}
        person = {"id": int(self.address), "is_bot": False, "first_name": "B"}
        message = {"message_id": next(_numbers), "date": int(time.time()), "chat": chat, "text": text}
        update: dict[str, Any] = {"update_id": next(_numbers)}
        if text.startswith("b-"):
            bot = {"id": 123456, "is_bot": True, "first_name": "Bench"}
            query = {"id": str(next(_numbers)), "from": person, "chat_instance": "1", "data": text}
            update["callback_query"] = {**query, "message": {**message, "from": bot, "text": "…"}}
        else:
            update["message"] = {**message, "from": person}
        headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
        await self._post("/webhooks/telegram/webhook", json=update, headers=headers)

    async def close(self) -> None:
        self.providers.listeners.pop((self.channel, self.address), None)


_NO_LIMIT = aiohttp.ClientTimeout(total=None)
LINES: dict[str, type[Line]] = {
    "rest": Rest,
    "web": Web,
    "polling": PollingWeb,
    "sms": Sms,
    "whatsapp": WhatsApp,
    "telegram": Telegram,
}
