"""The whole product, trained model and all, with Twilio on loopback: from hello to an agreement by SMS."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from bot.bootstrap import application
from bot.debt.party import AccountReference
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import CHANNELS, PUBLIC, signature
from tests.channels.twilio.stub import ACCOUNT, TOKEN, StubTwilio
from tests.support.running import Running, running

pytestmark = pytest.mark.stack
PATH = "/webhooks/twilio/sms"


@pytest.fixture
def instance(tmp_path: Path, twilio: StubTwilio) -> Iterator[Running]:
    """A started instance with the demo portfolio and a Twilio account."""
    channels = tmp_path / "channels.yml"
    channels.write_text(CHANNELS, encoding="utf-8")
    variables = {
        "ALDIA_TWILIO_ACCOUNT_SID": ACCOUNT,
        "ALDIA_TWILIO_AUTH_TOKEN": TOKEN,
        "ALDIA_TWILIO_URL": twilio.url,
        "ALDIA_PUBLIC_URL": PUBLIC,
        "ALDIA_CHANNELS_FILE": str(channels),
    }
    with running(tmp_path, **variables) as found:
        yield found


def test_from_hello_to_an_agreement(instance: Running, twilio: StubTwilio) -> None:
    said = 0

    def says(text: str) -> str:
        nonlocal said
        said += 1
        before = len(twilio.messages)
        values = fixtures.sms(text, MessageSid=f"SM{said:032d}")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(PATH, values),
        }
        with httpx.Client(trust_env=False) as client:
            url = f"http://127.0.0.1:{instance.settings.port}{PATH}"
            assert client.post(url, content=urlencode(values), headers=headers).status_code == 200
        end = time.monotonic() + 30
        while time.monotonic() < end and (len(twilio.messages) == before or not _is_quiet(instance)):
            time.sleep(0.1)
        return "\n".join(twilio.bodies[before:])

    says("hola, me ha llegado un aviso, ¿cuánto debo?")
    menu = says("AD-ES-0001, nací el 12 de marzo de 1985, cp 28013")
    option = re.search(r"^(\d)\. .*opciones", menu, re.MULTILINE)
    assert option, menu
    says(option.group(1))
    says("unos 60 al mes")
    says("la primera")
    answer = says("1")
    app = application(instance.settings)
    with app.unit_of_work(write=False) as uow:
        assert uow.arrangements.open_for(AccountReference("AD-ES-0001")) is not None, answer
    assert fixtures.DEBTOR not in instance.logged()


def _is_quiet(instance: Running) -> bool:
    app = application(instance.settings)
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address("sms", fixtures.DEBTOR)
        return talk is not None and not uow.outbox.unsent(talk.conversation_id, ("queued", "sending"))
