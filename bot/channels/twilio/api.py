"""Calls of Twilio's API through its own client: with time limits, faults told apart, and nothing of it in a log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.packages.urllib3.exceptions import MaxRetryError, NewConnectionError
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.sending import InDoubt, TryLater
from bot.channels.twilio.faults import fault_of

if TYPE_CHECKING:
    from bot.settings import Twilio

T = TypeVar("T")

# Together shorter than the courier waits for a sender.
_CONNECT_SECONDS = 4.0
_READ_SECONDS = 10.0
_AT_ONCE = 16
# How far back to look for a message of ours, at most.
_PAGE = 50
_LARGE_PAGE = 1000


@dataclass(frozen=True)
class Listed:
    """A message as Twilio lists it."""

    sid: str
    body: str
    created_at: datetime
    is_ours: bool  # sent by us, not to us
    values: Mapping[str, str] = field(
        default_factory=dict
    )  # of one to us, named as in the call it should have come with


class Api:
    """Messages sent and listed, and templates read. One instance lives as long as the server.

    Args:
        access: the account, and the API key if there is one.
    """

    def __init__(self, access: Twilio) -> None:
        self._client = Client(
            access.api_key or access.account_sid,
            access.api_secret or access.auth_token,
            access.account_sid,
            http_client=_HttpClient(access.url),
            environment={},
        )
        # Of its own: a provider that hangs must not take the threads that the database is reached by.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="twilio")

    async def send(self, **message: Any) -> str:
        """Send one message; returns its SID.

        Raises:
            ChannelError: as `Sender.send`.
            InDoubt: it may have gone out.
        """
        return str((await self._call(lambda: self._client.messages.create(**message))).sid)

    async def sent_to(self, address: str, since: datetime) -> list[Listed]:
        """Messages of ours to an address, newest first.

        Raises:
            ChannelError: Twilio could not be asked.
        """

        def ask() -> list[Listed]:
            found = []
            for message in self._client.messages.stream(to=address, page_size=_PAGE):
                one = _listed(message)
                if one.created_at < since:
                    break
                if one.is_ours:
                    found.append(one)
            return found

        return await self._call(ask)

    async def received(self, since: datetime) -> list[Listed]:
        """Messages to us, oldest first.

        Raises:
            ChannelError: Twilio could not be asked.
        """

        def ask() -> list[Listed]:
            stream = self._client.messages.stream(date_sent_after=since, page_size=_LARGE_PAGE)
            found = [_listed(message) for message in stream]
            return [one for one in reversed(found) if _is_to_us(one) and one.created_at >= since]

        return await self._call(ask)

    async def template(self, sid: str) -> Mapping[str, Any]:
        """The types of a content template, by name.

        Raises:
            ChannelError: there is none, or Twilio could not be asked.
        """
        return dict((await self._call(lambda: self._client.content.v1.contents(sid).fetch())).types or {})

    async def _call(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _told_apart, ask)


def _told_apart(ask: Callable[[], T]) -> T:
    """Call, and turn what Twilio's client raises into our own kinds."""
    try:
        return ask()
    except TwilioRestException as error:
        raise fault_of(int(error.status), str(error.code or error.status)) from None
    except (TwilioException, ValueError, KeyError, TypeError) as error:
        # The answer came and could not be read.
        raise InDoubt(type(error).__name__) from None


def _listed(message: Any) -> Listed:
    return Listed(
        sid=str(message.sid),
        body=str(message.body or ""),
        created_at=message.date_created or message.date_sent or datetime.now(timezone.utc),
        is_ours=str(message.direction or "").startswith("outbound"),
        values=_values(message),
    )


def _is_to_us(message: Listed) -> bool:
    """A message that came in by SMS or WhatsApp; others, such as "messenger:…", are not for us."""
    addresses = message.values["From"], message.values["To"]
    return not message.is_ours and all(":" not in a or a.startswith("whatsapp:") for a in addresses)


def _values(message: Any) -> Mapping[str, str]:
    return {
        "MessageSid": str(message.sid),
        "From": str(message.from_ or ""),
        "To": str(message.to or ""),
        "Body": str(message.body or ""),
        "MessagingServiceSid": str(message.messaging_service_sid or ""),
        "NumMedia": str(message.num_media or "0"),
    }


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own HTTP client with our time limits and faults, and without its log lines.

    Args:
        url: where the API is, when not at Twilio: tests.
    """

    def __init__(self, url: str | None) -> None:
        super().__init__()
        self.timeout = (_CONNECT_SECONDS, _READ_SECONDS)
        self._place = urlsplit(url) if url else None
        self.session.trust_env = url is None
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=_AT_ONCE))

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Response:
        """Make one request; see the base class."""
        if self._place is not None:
            url = urlsplit(url)._replace(scheme=self._place.scheme, netloc=self._place.netloc).geturl()
        try:
            response = super().request(method, url, *arguments, **options)
        except requests.RequestException as error:
            never_written = _was_never_written(error) or method.upper() == "GET"
            code = type(error).__name__
            raise (TryLater(code) if never_written else InDoubt(code)) from None
        if response.status_code == 429 or response.status_code >= 500:
            # Here, because the exception that the client makes of it has no headers.
            raise fault_of(response.status_code, _code_of(response), _retry_after(response))
        return response

    def log_request(self, kwargs: Mapping[str, Any]) -> None:
        """Nothing: addresses and texts are in it."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing."""


def _was_never_written(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _code_of(response: Response) -> str:
    # 20429 is Twilio's code for it; a body that is no JSON may come from what stands in front.
    return "20429" if response.status_code == 429 else str(response.status_code)


def _retry_after(response: Response) -> float | None:
    raw = str(response.headers.get("Retry-After", ""))
    return min(float(raw), 3600.0) if raw.isascii() and raw.isdigit() else None
