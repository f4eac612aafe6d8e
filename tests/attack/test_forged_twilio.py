"""Speaking as Twilio: signatures over something else, old requests, doubled and moved fields."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from bot.channels.base import Surroundings
from bot.channels.twilio.connector import TwilioInput
from tests.attack.conftest import PlayedRasa, Server
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import (  # noqa: F401
    PUBLIC,
    Line,
    app,
    channels_yml,
    line,
    signature,
    twilio,
)

SMS = "/webhooks/twilio/sms"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def sends(line: Line, content: str | bytes, signed: str, path: str = SMS, **headers: str) -> int:  # noqa: F811
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        named = {"Content-Type": FORM, "X-Twilio-Signature": signed, **headers}
        return await client.post(path, content=content, headers=named)

    return int(line.run(story).status_code)


def test_an_old_request_again_is_no_second_message(line: Line) -> None:  # noqa: F811
    values = fixtures.sms("quiero pagar")
    signed = signature(SMS, values)
    assert sends(line, urlencode(values), signed) == 200
    line.app.clock.at += timedelta(days=400)  # type: ignore[attr-defined]
    assert sends(line, urlencode(values), signed) == 200
    assert len(line.inbox("sms", fixtures.DEBTOR)) == 1
    assert len(line.rasa.seen) == 1


def test_fields_that_are_doubled_moved_or_added_are_not_signed(line: Line) -> None:  # noqa: F811
    values = fixtures.sms("hola")
    signed, content = signature(SMS, values), urlencode(values)
    stranger = urlencode({"From": "+34699999999"})
    for forged, path in (
        (f"{content}&{stranger}", SMS),
        (f"{stranger}&{content}", SMS),
        (f"{content}&From=", SMS),
        (f"{content}&MediaUrl0=http%3A%2F%2F127.0.0.1", SMS),
        (content, f"{SMS}?{stranger}"),
        (content, f"{SMS}?"),
        (content, f"{SMS}/"),
        (content, "/webhooks/twilio/whatsapp"),
        (content, "/webhooks/twilio/status"),
        (content.replace("Body=hola", "body=hola"), SMS),
        (f"{content}&bodySHA256=00", SMS),
    ):
        status = sends(line, forged, signed, path)
        # An empty query is the same address.
        assert status in (403, 404) or path.endswith("?"), (forged[-60:], path)
    assert len(line.inbox("sms", fixtures.DEBTOR)) <= 1
    assert line.inbox("sms", "+34699999999") == []


def test_the_type_of_the_body_does_not_change_what_was_signed(line: Line) -> None:  # noqa: F811
    values = fixtures.sms("hola")
    signed, content = signature(SMS, values), urlencode(values)
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        sends(line, content, signed, **{"Content-Type": kind})
    assert len(line.inbox("sms", fixtures.DEBTOR)) <= 1  # at most the same message, once
    forged = b'{"From": "+34699999999", "MessageSid": "SM1", "Body": "hola"}'
    assert sends(line, forged, signed, **{"Content-Type": "application/json"}) == 403
    assert line.inbox("sms", "+34699999999") == []


def test_whom_a_request_is_for_is_not_what_its_headers_say(line: Line) -> None:  # noqa: F811
    """A signature made for another address of the same account, sent here with that address in the headers."""
    from twilio.request_validator import RequestValidator

    from tests.channels.twilio.stub import TOKEN

    values = fixtures.sms("hola")
    signed = RequestValidator(TOKEN).compute_signature("https://evil.example" + SMS, values)
    for headers in (
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example;proto=https"},
    ):
        assert sends(line, urlencode(values), signed, **headers) == 403


@pytest.mark.parametrize("token", ["", "None", "x"])
def test_a_server_without_an_account_takes_nothing(app: object, rasa: PlayedRasa, token: str) -> None:  # noqa: F811
    """An empty key would be everybody's key."""
    from dataclasses import replace

    from bot.settings import Twilio

    bare = replace(app, settings=replace(app.settings, twilio=Twilio()))  # type: ignore[type-var, attr-defined]
    server = Server(bare, rasa)  # type: ignore[arg-type]
    server.connectors = [TwilioInput(Surroundings.of(bare))]  # type: ignore[arg-type]
    values = fixtures.sms("hola")
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(SMS, values, token)}
    assert server.call("POST", SMS, content=urlencode(values), headers=headers).status_code == 404
    assert not rasa.seen


@pytest.mark.parametrize("number", ["²", "-1", "1e9", "99999999999999999999", "0x1", ""])
def test_numbers_of_nonsense_in_a_signed_request_are_no_error(line: Line, number: str) -> None:  # noqa: F811
    values = fixtures.sms("hola", NumMedia=number)
    assert sends(line, urlencode(values), signature(SMS, values)) == 200
