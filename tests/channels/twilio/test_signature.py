"""Only what Twilio signed is read: its published examples, and everything that is not signed so."""

from __future__ import annotations

import hashlib
import json
import logging

import pytest
from twilio.request_validator import RequestValidator

from bot.channels.twilio.signature import signed_values
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import PUBLIC, Line, post, signature
from tests.channels.twilio.stub import TOKEN

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("caller", "published"),
    # Twilio's documentation of its signatures, older and newer edition of one example.
    [("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=")],
)
def test_the_published_examples(caller: str, published: str) -> None:
    body = f"CallSid=CA1234567890ABCDE&Caller=%2B{caller[1:]}&Digits=1234&From=%2B{caller[1:]}&To=%2B18005551212".encode()
    validator, url = RequestValidator("12345"), "https://mycompany.com/myapp.php?foo=1&bar=2"
    values = signed_values(validator, url, FORM, body, published)
    assert values == {
        "CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller, "To": "+18005551212",
    }  # fmt: skip
    assert signed_values(validator, url, FORM, body + b"&Extra=", published) is None
    assert signed_values(validator, url + "&baz=3", FORM, body, published) is None
    assert signed_values(RequestValidator("54321"), url, FORM, body, published) is None


def test_a_json_body_is_signed_by_its_hash() -> None:
    body = json.dumps({"MessageSid": "SM1", "ErrorCode": 30003}).encode()
    url = f"{PUBLIC}/webhooks/twilio/status?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signed = RequestValidator(TOKEN).compute_signature(url, {})

    def read(url: str, body: bytes) -> object:
        return signed_values(RequestValidator(TOKEN), url, "application/json", body, signed)

    assert read(url, body) == {"MessageSid": "SM1", "ErrorCode": "30003"}
    assert read(url, body + b" ") is None


@pytest.mark.parametrize("query", ["", "?bodySHA256=", "?x=bodySHA256", "?bodySHA256=00"])
def test_a_json_body_without_its_hash_is_not_signed(query: str) -> None:
    url = f"{PUBLIC}/webhooks/twilio/status{query}"
    signed = RequestValidator(TOKEN).compute_signature(url, {})
    assert signed_values(RequestValidator(TOKEN), url, "application/json", b'{"a": "b"}', signed) is None


@pytest.mark.parametrize("signed", ["", "AAAA", "ñ", signature("/webhooks/twilio/sms", {}), "x" * 5000])
def test_a_wrong_signature_is_refused_and_only_that_is_logged(
    line: Line, signed: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(client):  # type: ignore[no-untyped-def]
        values = fixtures.sms("mi documento es 12345678Z")
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signed.encode("utf-8")}
        return await client.post("/webhooks/twilio/sms", data=values, headers=headers)

    with caplog.at_level(logging.DEBUG, "bot"):
        answer = line.run(story)
    assert (answer.status_code, answer.content) == (403, b"")
    assert not line.rasa.seen
    assert line.inbox("sms", fixtures.DEBTOR) == []
    assert "12345678Z" not in caplog.text
    assert fixtures.DEBTOR not in caplog.text


def test_a_signature_of_another_token_or_another_call_is_refused(line: Line) -> None:
    values = fixtures.sms()
    for signed in (
        signature("/webhooks/twilio/sms", values, "another token"),
        signature("/webhooks/twilio/whatsapp", values),
        signature("/webhooks/twilio/sms?x=1", values),
        signature("/webhooks/twilio/sms", {**values, "Body": "otra cosa"}),
    ):
        assert line.posts(values, "/webhooks/twilio/sms", signed=signed).status_code == 403
    assert line.posts(values).status_code == 200


def test_the_query_is_signed_too(line: Line) -> None:
    path = "/webhooks/twilio/status?id=M-1.0"
    values = fixtures.status("SM1", "sent")
    assert line.posts(values, path).status_code == 204
    assert line.posts(values, path + "0", signed=signature(path, values)).status_code == 403


def test_a_body_that_is_too_large_is_refused_unread(line: Line) -> None:
    assert line.posts(fixtures.sms("a" * 70_000)).status_code == 413


def test_bytes_that_are_no_text_are_refused(line: Line) -> None:
    async def story(client):  # type: ignore[no-untyped-def]
        headers = {"Content-Type": FORM, "X-Twilio-Signature": "AAAA"}
        return await client.post(
            "/webhooks/twilio/sms", content=b"Body=%ff%fe&\xff=\x00&&&=", headers=headers
        )

    assert line.run(story).status_code == 403


def test_a_signed_call_again_is_answered_and_not_run_again(line: Line) -> None:
    async def story(client):  # type: ignore[no-untyped-def]
        return [(await post(client, fixtures.sms())).status_code for _ in range(3)]

    assert line.run(story) == [200, 200, 200]
    assert len(line.rasa.seen) == 1
    line.sends()
    assert len(line.twilio.messages) == 1
