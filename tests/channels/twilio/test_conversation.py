"""A whole conversation by SMS and by WhatsApp: identification, offer, agreement, with numbers and buttons."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.twilio import sms_text
from bot.debt.arrangements import Kind
from bot.debt.party import AccountReference
from bot.nlu.entities import extract
from bot.services import dialogue
from bot.services.application import Application
from bot.services.understood import Heard
from bot.services.unit_of_work import OutboundMessage
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import Line
from tests.channels.twilio.fixtures import DEBTOR
from tests.channels.twilio.stub import StubTwilio
from tests.support.people import Known, add

REFERENCE = AccountReference("AD-ES-9001")


class Understands:
    """Rasa with a perfect NLU: the test says what is meant, the entities are read from the text."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.intent = "greet"
        self.seen: list[UserMessage] = []

    async def __call__(self, message: UserMessage) -> None:
        """Run the turn as the action server would."""
        self.seen.append(message)
        text = message.text
        found = extract(text, country="ES", language="es", today=self.app.clock.today())
        entities = [
            {"entity": e.kind, "value": e.value, "confidence": e.confidence, "alternatives": []}
            for e in found
        ]
        heard = Heard(self.intent, 0.99, (), tuple(entities), None, text)
        await asyncio.to_thread(dialogue.take_turn, self.app, message.metadata["message_id"], heard)


class Talk:
    """One debtor on one channel, and what they see."""

    def __init__(self, app: Application, twilio: StubTwilio, channel: str) -> None:
        self.rasa = Understands(app)
        self.line = Line(app, twilio, self.rasa)  # type: ignore[arg-type]
        self.channel = channel
        self.address = DEBTOR
        self.more: dict[str, str] = {}
        self._count = 0
        self._make = fixtures.sms if channel == "sms" else fixtures.whatsapp

    def says(self, text: str, intent: str = "none") -> list[str]:
        """Write; returns the names of the answer."""
        self._count += 1
        self.rasa.intent = intent
        prefix = "whatsapp:" if self.channel == "whatsapp" else ""
        values = self._make(text, MessageSid=f"SM{self._count:032d}", From=prefix + self.address, **self.more)
        return self._posts(values)

    def presses(self, payload: str, title: str) -> list[str]:
        """Tap a button of WhatsApp."""
        self._count += 1
        return self._posts(fixtures.button(payload, title, MessageSid=f"SM{self._count:032d}"))

    def _posts(self, values: dict[str, str]) -> list[str]:
        before = len(self.rows)
        assert self.line.posts(values).status_code == 200
        self.line.sends()
        return [row.response for row in self.rows[before:]]

    @property
    def rows(self) -> list[OutboundMessage]:
        """All of our messages."""
        return self.line.rows(self.channel, self.address)

    @property
    def last(self) -> str:
        """The text that arrived last."""
        return self.line.twilio.bodies[-1]

    def number_of(self, words: str) -> str:
        """The number in the menu before some words."""
        found = re.search(rf"^(\d+)\. .*(?:{words})", self.last, re.MULTILINE | re.IGNORECASE)
        assert found, self.last
        return found.group(1)


@pytest.fixture
def channels_yml() -> str:
    """No templates of buttons: numbered menus."""
    return f"""
twilio:
  senders:
    - {{channel: sms, number: "{fixtures.OUR_SMS}", countries: [ES], collects: third_party}}
    - {{channel: sms, number: "+15005550006", countries: [US], collects: first_party}}
    - {{channel: whatsapp, number: "{fixtures.OUR_WHATSAPP}", collects: first_party}}
  whatsapp: {{policy_acknowledged_by: Compliance}}
"""


@pytest.fixture
def known(app: Application) -> Known:
    """A debtor 120 days late."""
    return add(app, Known())


def agreed(app: Application) -> Any:
    with app.unit_of_work(write=False) as uow:
        return uow.arrangements.open_for(REFERENCE)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_from_hello_to_an_agreement_with_numbers(
    app: Application, twilio: StubTwilio, known: Known, channel: str
) -> None:
    talk = Talk(app, twilio, channel)
    assert "utter_introduction" in talk.says("hola", "greet")
    assert not re.search(r"deuda|pago|debe", " ".join(twilio.bodies), re.IGNORECASE), (
        "not before identification"
    )
    talk.says(known.facts(), "inform")
    assert talk.rows[-1].menu
    names = talk.says(talk.number_of("opciones"))
    assert "utter_ask_affordability" in names
    names = talk.says("unos 60 euros al mes", "inform")
    if "utter_ask_acceptance" not in names:
        names = talk.says("la primera", "inform")
    assert "utter_ask_acceptance" in names, names
    assert agreed(app) is None
    talk.says(talk.number_of("acepto|sí"))
    assert agreed(app) is not None
    assert {row.status for row in talk.rows} == {"sent"}
    assert "utter_how_to_pay" in [row.response for row in talk.rows]
    # All of an answer arrived, and in its order.
    sent = re.sub(r"\(\d/\d\) |\s", "", "".join(twilio.bodies))
    places = [sent.index(re.sub(r"\s", "", sms_text.plain(row.text))) for row in talk.rows]
    assert places == sorted(places)


def test_an_old_number_means_nothing_new(app: Application, twilio: StubTwilio, known: Known) -> None:
    talk = Talk(app, twilio, "sms")
    talk.says(known.facts(), "inform")
    number = talk.number_of("opciones")
    talk.says(number)
    # The menu of the question before is gone: the number is an amount now, or nothing.
    assert "utter_ask_acceptance" not in talk.says(number, "none")
    assert agreed(app) is None


class TestTaps:
    """The same with WhatsApp's own buttons and lists."""

    @pytest.fixture
    def channels_yml(self) -> str:
        sids = ", ".join(f"{n}: HX{n:032d}" for n in range(1, 11))
        return f"""
twilio:
  senders: [{{channel: whatsapp, number: "{fixtures.OUR_WHATSAPP}", collects: first_party}}]
  whatsapp: {{policy_acknowledged_by: Compliance, quick_reply: {{1: HX{"a" * 32}, 2: HX{"b" * 32}, 3: HX{"c" * 32}}},
    list: {{es: {{{sids}}}}}}}
"""

    def test_from_hello_to_an_agreement_with_taps(
        self, app: Application, twilio: StubTwilio, known: Known
    ) -> None:
        talk = Talk(app, twilio, "whatsapp")
        talk.says(known.facts(), "inform")
        talk.presses(*self.tappable(twilio, "opciones"))
        names = talk.says("unos 60 euros al mes", "inform")
        if "utter_ask_acceptance" not in names:
            talk.says("la primera", "inform")
        payload, title = self.tappable(twilio, "acepto|sí")
        talk.presses(payload, title)
        assert agreed(app) is not None
        assert talk.presses(payload, title)[0] == "utter_button_expired", "an old button does nothing"

    def tappable(self, twilio: StubTwilio, words: str) -> tuple[str, str]:
        form = next(m["form"] for m in reversed(twilio.messages) if "ContentSid" in m["form"])
        variables = json.loads(form["ContentVariables"])
        for number in range(2, len(variables), 2):
            if re.search(words, variables[str(number)], re.IGNORECASE):
                return variables[str(number + 1)], variables[str(number)]
        raise AssertionError(variables)


@pytest.mark.parametrize(
    ("channel", "to", "reduces"), [("whatsapp", "", True), ("sms", "+15005550006", False)]
)
def test_offers_to_pay_less_are_not_made_where_twilio_forbids_them(
    app: Application, twilio: StubTwilio, known: Known, channel: str, to: str, reduces: bool
) -> None:
    """To a number of the United States by SMS there are plans and the whole sum; elsewhere a reduced one too."""
    talk = Talk(app, twilio, channel)
    talk.address, talk.more = "+12125550123", {"To": to} if to else {}
    talk.says(known.facts(), "inform")
    talk.says("¿me hacéis un descuento?", "request_discount")
    made = set()
    for bid in ("100", "200", "300", "400"):
        talk.says(f"te doy {bid} y lo cerramos", "counter_offer")
        with app.unit_of_work(write=False) as uow:
            made |= {offer.terms.kind for offer in uow.offers.on_table(REFERENCE, app.clock.today())}
    assert made
    assert (Kind.SETTLEMENT in made) is reduces
    assert {row.status for row in talk.rows} == {"sent"}
