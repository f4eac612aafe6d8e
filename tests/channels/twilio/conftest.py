"""A Twilio account of tests: our connector behind a socket, the real client, and a Twilio on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from bot.channels.base import Surroundings
from bot.channels.configuration import load_channels
from bot.channels.courier import Courier
from bot.channels.twilio.connector import TwilioInput
from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage
from bot.settings import Twilio
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.twilio import fixtures
from tests.channels.twilio.stub import ACCOUNT, TOKEN, StubTwilio, stub_twilio

PUBLIC = "https://chat.example.org"
CHANNELS = f"""
twilio:
  senders:
    - {{channel: sms, number: "{fixtures.OUR_SMS}", countries: [ES], collects: third_party}}
    - {{channel: sms, number: "+15005550006", countries: [US], collects: first_party}}
    - {{channel: whatsapp, number: "{fixtures.OUR_WHATSAPP}", collects: first_party}}
  sms: {{max_segments: 6}}
  whatsapp:
    policy_acknowledged_by: Compliance
    templates:
      utter_introduction: {{es: HX{"1" * 32}}}
    quick_reply: {{1: HX{"2" * 32}, 3: HX{"3" * 32}}}
"""


@pytest.fixture
def twilio() -> Iterator[StubTwilio]:
    """A Twilio that checks every request by the contract."""
    with stub_twilio() as stub:
        yield stub
        assert stub.broken_rules == []


@pytest.fixture
def channels_yml() -> str:
    """What channels.yml says; a test may say otherwise."""
    return CHANNELS


@pytest.fixture
def app(app: Application, tmp_path: Path, twilio: StubTwilio, channels_yml: str) -> Application:
    """The application with a Twilio account."""
    file = tmp_path / "channels.yml"
    file.write_text(channels_yml, encoding="utf-8")
    twilio.now = lambda: app.clock.at  # type: ignore[attr-defined]
    account = Twilio(account_sid=ACCOUNT, auth_token=TOKEN, url=twilio.url)
    settings = replace(app.settings, twilio=account, public_url=PUBLIC, channels_file=file)
    return replace(app, settings=settings)


@dataclass
class Line:
    """Twilio's side of the wire, and what became of it."""

    app: Application
    twilio: StubTwilio
    rasa: PlayedRasa
    server: Server = field(init=False)
    connector: TwilioInput = field(init=False)

    def __post_init__(self) -> None:
        surroundings = Surroundings.of(self.app, load_channels(self.app.settings.channels_file))
        self.connector = TwilioInput(surroundings)
        self.server = Server(self.app, self.rasa)
        self.server.connectors = [self.connector]
        # Time passes by the tests' clock.
        self.courier = Courier(self.app, self.connector.senders(), lambda: self.app.clock.now().timestamp())

    def run(self, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """Run a story of calls; its turns are ended before it is."""

        async def told(client: httpx.AsyncClient) -> Any:
            answer = await story(client)
            await self.connector.turns.finish(10)
            return answer

        return self.server.run(told)

    def posts(self, values: Mapping[str, str], path: str | None = None, **more: Any) -> httpx.Response:
        """One signed call."""
        return self.run(lambda client: post(client, values, path, **more))

    def sends(self) -> None:
        """Send everything that is due."""
        asyncio.run(self.courier.drain())

    def says(self, text: str, **more: str) -> list[OutboundMessage]:
        """A debtor writes by SMS; the answer goes out. Returns its rows."""
        number = len(self.rows("sms", fixtures.DEBTOR)) + len(self.rasa.seen)
        values = fixtures.sms(text, MessageSid=f"SM{number:032d}", **more)
        assert self.posts(values).status_code == 200
        self.sends()
        return self.rows("sms", fixtures.DEBTOR)

    def rows(self, channel: str, address: str) -> list[OutboundMessage]:
        """Our messages to somebody."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address(channel, address)
            found = uow.transcripts.of(talk.conversation_id) if talk is not None else []
            return [row for row in found if isinstance(row, OutboundMessage)]

    def inbox(self, channel: str, address: str) -> list[Any]:
        """Their messages."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address(channel, address)
            found = uow.transcripts.of(talk.conversation_id) if talk is not None else []
            return [row for row in found if not isinstance(row, OutboundMessage)]

    def cases(self, channel: str, address: str) -> list[str]:
        """Open cases for a person."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address(channel, address)
            assert talk is not None
            return [case.reason for case in uow.handoffs.open_in(talk.conversation_id)]


@pytest.fixture
def line(app: Application, twilio: StubTwilio, rasa: PlayedRasa) -> Line:
    """The connector with everything around it."""
    return Line(app, twilio, rasa)


def signature(path: str, values: Mapping[str, str], token: str = TOKEN) -> str:
    """As Twilio signs."""
    return str(RequestValidator(token).compute_signature(PUBLIC + path, dict(values)))


async def post(
    client: httpx.AsyncClient, values: Mapping[str, str], path: str | None = None, signed: str | None = None
) -> httpx.Response:
    """A signed form post, as Twilio makes it."""
    path = path or (
        "/webhooks/twilio/whatsapp" if "whatsapp" in values.get("From", "") else "/webhooks/twilio/sms"
    )
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(path, values) if signed is None else signed,
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": "d1d1",
    }
    return await client.post(path, content=urlencode(values), headers=headers)
