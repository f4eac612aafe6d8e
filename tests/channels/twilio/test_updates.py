"""Every kind of call that Twilio makes: read, stored once, answered at once, and landed on its message."""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.audit.tags import Tag
from bot.services import reception
from bot.services.application import Application
from bot.settings import Twilio
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import Line, post
from tests.channels.twilio.fixtures import DEBTOR, OUR_SMS, OUR_WHATSAPP
from tests.channels.twilio.stub import Fault

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def state(app: Application, channel: str, address: str) -> dict[str, Any]:
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(channel, address)
        assert talk is not None
        return dict(talk.state) | {"language": talk.language}


def test_an_sms_is_answered_with_empty_twiml_and_then_by_itself(line: Line) -> None:
    answer = line.posts(fixtures.sms("hola"))
    assert (answer.status_code, answer.content) == (200, EMPTY)
    assert answer.headers["content-type"].startswith("text/xml")
    line.sends()
    (message,) = line.twilio.messages
    assert (message["to"], message["from"]) == (DEBTOR, OUR_SMS)
    assert [row.status for row in line.rows("sms", DEBTOR)] == ["sent"] * len(line.rows("sms", DEBTOR))


def test_the_channel_is_told_by_the_sender_not_by_the_path(line: Line) -> None:
    assert line.posts(fixtures.whatsapp(), "/webhooks/twilio/sms").status_code == 200
    assert line.posts(fixtures.sms(), "/webhooks/twilio/whatsapp").status_code == 200
    assert [m.text for m in line.inbox("whatsapp", DEBTOR) + line.inbox("sms", DEBTOR)] == ["hola", "hola"]


def test_what_the_number_says_of_country_language_and_our_side(line: Line, app: Application) -> None:
    line.posts(
        fixtures.sms(From="+447700900123", MessageSid="SM" + "4" * 32, MessagingServiceSid="MG" + "5" * 32)
    )
    found = state(app, "sms", "+447700900123")
    assert (found["country"], found["language"]) == ("GB", "en")
    assert found["via"] == {"to": OUR_SMS, "service": "MG" + "5" * 32}


def test_a_pressed_button_and_a_chosen_line_are_their_tokens(line: Line) -> None:
    line.posts(fixtures.button("b-AAAAAAAAAAAA", "Sí", MessageSid="SM" + "1" * 32))
    line.posts(fixtures.chosen("b-BBBBBBBBBBBB", "Plan", MessageSid="SM" + "2" * 32))
    # A template's fixed button has a payload that is not ours: its words count.
    line.posts(fixtures.button("approve", "Hola, sí", MessageSid="SM" + "3" * 32))
    texts = [message.text for message in line.inbox("whatsapp", DEBTOR)]
    assert texts == ["b-AAAAAAAAAAAA", "b-BBBBBBBBBBBB", "Hola, sí"]
    assert [row.response for row in line.rows("whatsapp", DEBTOR)].count("utter_button_expired") == 2


@pytest.mark.parametrize(
    ("values", "kind", "response"),
    [
        (fixtures.media("image/jpeg"), "image", "utter_media"),
        (fixtures.media("image/webp"), "sticker", "utter_sticker"),
        (fixtures.media("audio/ogg; codecs=opus"), "voice", "utter_voice_note"),
        (fixtures.media("audio/ogg"), "voice", "utter_voice_note"),
        (fixtures.media("audio/mpeg"), "audio", "utter_voice_note"),
        (fixtures.media("video/mp4"), "video", "utter_media"),
        (fixtures.media("application/pdf"), "document", "utter_media"),
        (fixtures.media("text/vcard"), "contact", "utter_media"),
        (fixtures.media(""), "document", "utter_media"),
        (fixtures.location(), "location", "utter_media"),
    ],
)
def test_media_is_kept_by_reference_and_answered(
    line: Line, values: dict[str, str], kind: str, response: str
) -> None:
    assert line.posts(values).status_code == 200
    (message,) = line.inbox("whatsapp", DEBTOR)
    assert [item["kind"] for item in message.media] == [kind]
    assert line.rows("whatsapp", DEBTOR)[-1].response == response
    assert not line.rasa.seen
    assert ("GET", "/2010-04-01") not in {(m, p[:11]) for m, p in line.twilio.requests}, "nothing is fetched"


def test_a_photo_with_words_is_read(line: Line) -> None:
    line.posts(fixtures.media("image/jpeg", "ya pagué, aquí está"))
    (message,) = line.inbox("whatsapp", DEBTOR)
    assert (message.text, message.media[0]["kind"]) == ("ya pagué, aquí está", "image")
    assert "url" in message.media[0]
    assert [seen.text for seen in line.rasa.seen] == ["ya pagué, aquí está"]


def test_several_photos_and_a_number_that_is_none(line: Line) -> None:
    two = fixtures.media(
        "image/jpeg", NumMedia="2", MediaContentType1="image/png", MediaUrl1="https://x.test/2"
    )
    line.posts(two)
    line.posts(fixtures.media("image/png", "hola", NumMedia="many", MessageSid="SM" + "7" * 32))
    first, second = line.inbox("whatsapp", DEBTOR)
    assert ([item["content_type"] for item in first.media], second.media) == (["image/jpeg", "image/png"], ())


def test_a_reaction_is_kept_and_no_answer_to_anything(line: Line) -> None:
    line.posts(fixtures.reaction("👍"))
    (message,) = line.inbox("whatsapp", DEBTOR)
    assert (message.text, message.media[0]["emoji"], message.status) == ("", "👍", "done")
    assert line.rows("whatsapp", DEBTOR) == []


def test_somebody_whose_number_whatsapp_hides_is_answered(line: Line, app: Application) -> None:
    line.posts(fixtures.whatsapp("hola", From="whatsapp:ES.13491208655302741918", WaId=""))
    line.sends()
    assert state(app, "whatsapp", "ES.13491208655302741918")["country"] == "ES"
    assert {m["to"] for m in line.twilio.messages} == {"whatsapp:ES.13491208655302741918"}


@pytest.mark.parametrize(
    ("word", "kind"), [("STOP", "STOP"), ("BASTA YA", "STOP"), ("START", "START"), ("AYUDA", "HELP")]
)
def test_what_twilio_has_confirmed_itself_is_done_and_not_said_again(
    line: Line, word: str, kind: str
) -> None:
    line.posts(fixtures.sms(word, OptOutType=kind))
    (message,) = line.inbox("sms", DEBTOR)
    assert (message.text, message.status) == (word, "done")
    assert line.rows("sms", DEBTOR) == []
    assert bool(state(line.app, "sms", DEBTOR).get("stopped")) is (kind == "STOP")


def test_a_stop_that_twilio_confirmed_is_on_the_record(line: Line) -> None:
    line.posts(fixtures.sms("STOP", OptOutType="STOP"))
    with line.app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address("sms", DEBTOR)
    assert talk is not None
    assert talk.disposition is not None
    assert talk.disposition.value == "CEASE_CONTACT"


def test_a_stop_word_of_ours_gets_our_one_confirmation(line: Line) -> None:
    line.posts(fixtures.sms("BAJA"))
    line.posts(fixtures.sms("BAJA", MessageSid="SM" + "8" * 32))
    line.sends()
    assert [row.response for row in line.rows("sms", DEBTOR)] == ["utter_contact_stopped"]
    assert len(line.twilio.messages) == 1


def test_twilio_stops_by_itself_and_our_confirmation_is_not_needed(line: Line) -> None:
    line.twilio.faults = [Fault(400, 21610)]
    line.posts(fixtures.sms("STOP"))
    line.sends()
    (row,) = line.rows("sms", DEBTOR)
    assert (row.status, row.error, line.cases("sms", DEBTOR)) == ("blocked", "21610", [])


@pytest.mark.parametrize(
    "values", [{"From": DEBTOR}, {"MessageSid": "SM1"}, {}, {"MessageSid": "SM1", "From": "messenger:123"}]
)
def test_a_signed_call_that_says_too_little_is_refused(line: Line, values: dict[str, str]) -> None:
    assert line.posts(values, "/webhooks/twilio/sms").status_code == 400


def test_what_cannot_be_stored_is_left_to_twilio_to_deliver_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise OSError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(reception, "receive", busy)
        assert line.posts(fixtures.sms()).status_code == 503
    assert line.posts(fixtures.sms()).status_code == 200
    assert len(line.rasa.seen) == 1


def test_control_characters_and_long_texts(line: Line) -> None:
    line.posts(fixtures.sms("/restart\x00 hola\u202e " + "a" * 5_000))
    (message,) = line.inbox("sms", DEBTOR)
    assert "\x00" not in message.text
    assert len(message.text) > 5_000
    (seen,) = line.rasa.seen
    assert not seen.text.startswith("/")
    assert len(seen.text) <= 1_000


def test_no_name_number_or_text_is_logged(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        line.posts(fixtures.whatsapp("mi dni 12345678Z"))
        line.sends()
        line.posts(fixtures.status("SM" + "6" * 32, "failed", "30003"), "/webhooks/twilio/status")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("bot", "twilio"))]
    assert not [text for text in ours if any(word in text for word in ("12345678Z", DEBTOR[1:], "Lucía"))]


class TestStatus:
    """Callbacks land on the message, whatever their order."""

    def sent(self, line: Line, channel: str = "sms") -> str:
        line.posts(fixtures.sms("INFO") if channel == "sms" else fixtures.whatsapp("INFO"))
        line.sends()
        return str(line.twilio.messages[-1]["sid"])

    def told(self, line: Line, values: dict[str, str], query: str = "") -> list[str]:
        assert line.posts(values, f"/webhooks/twilio/status{query}").status_code == 204
        channel = "whatsapp" if "whatsapp" in values["To"] else "sms"
        return [row.status for row in line.rows(channel, DEBTOR)]

    @pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
    def test_in_any_order_the_furthest_state_stands(self, line: Line, order: tuple[str, ...]) -> None:
        sid = self.sent(line)
        statuses: list[str] = []
        for name in order:
            statuses = self.told(line, fixtures.status(sid, name))
        assert set(statuses) == {"delivered"}

    @pytest.mark.parametrize("state", ["accepted", "queued", "sending", "sent"])
    def test_whatever_twilio_has_is_sent(self, line: Line, state: str) -> None:
        assert set(self.told(line, fixtures.status(self.sent(line), state))) == {"sent"}

    @pytest.mark.parametrize("state", ["failed", "undelivered", "canceled"])
    def test_a_failure_goes_to_a_person_with_its_code(self, line: Line, state: str) -> None:
        sid = self.sent(line)
        assert set(self.told(line, fixtures.status(sid, state, "30003"))) == {"failed"}
        assert {row.error for row in line.rows("sms", DEBTOR)} == {"30003"}
        assert line.cases("sms", DEBTOR) == ["delivery_failed"]
        assert set(self.told(line, fixtures.status(sid, "sent"))) == {"failed"}

    def test_whatsapp_says_read(self, line: Line) -> None:
        sid = self.sent(line, "whatsapp")
        self.told(line, fixtures.status(sid, "read", channel="whatsapp", EventType="READ"))
        assert line.rows("whatsapp", DEBTOR)[-1].status == "read"

    def test_a_dead_number_is_marked_and_works_again_when_it_writes(self, line: Line) -> None:
        sid = self.sent(line)
        self.told(line, fixtures.status(sid, "undelivered", "30005"))
        assert state(line.app, "sms", DEBTOR)["unusable"] is True
        line.posts(fixtures.sms("hola", MessageSid="SM" + "5" * 32))
        assert "unusable" not in state(line.app, "sms", DEBTOR)

    def test_a_report_that_overtakes_the_answer_is_known_by_our_own_id(self, line: Line) -> None:
        line.posts(fixtures.sms("BAJA"))
        (row,) = line.rows("sms", DEBTOR)
        assert self.told(line, fixtures.status("SM" + "7" * 32, "delivered"), f"?id={row.message_id}") == [
            "delivered"
        ]
        line.sends()
        assert line.twilio.messages == [], "it is known to be there"

    def test_reports_of_nothing_of_ours_change_nothing(self, line: Line) -> None:
        sid = self.sent(line)
        assert set(self.told(line, fixtures.status("SM" + "8" * 32, "failed"))) == {"sent"}
        assert set(self.told(line, fixtures.status(sid, "some_new_state"))) == {"sent"}
        assert line.posts({"MessageStatus": "sent"}, "/webhooks/twilio/status").status_code == 400

    def test_every_step_is_on_the_record(self, line: Line) -> None:
        sid = self.sent(line)
        self.told(line, fixtures.status(sid, "delivered"))
        with line.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address("sms", DEBTOR)
            assert talk is not None
            assert not list(uow.audit.check())
        assert Tag.MESSAGE_DELIVERY.value == "MESSAGE_DELIVERY"

    def test_outside_the_window_said_late_makes_it_wait(self, line: Line) -> None:
        sid = self.sent(line, "whatsapp")
        self.told(line, fixtures.status(sid, "failed", "63016", "whatsapp"))
        rows = line.rows("whatsapp", DEBTOR)
        assert [row.status for row in rows if row.provider_id == sid] == ["waiting"]
        assert line.cases("whatsapp", DEBTOR) == ["delivery_waits"]
        line.posts(fixtures.whatsapp("BAJA", MessageSid="SM" + "5" * 32))
        line.sends()
        assert {row.status for row in line.rows("whatsapp", DEBTOR)} == {"sent"}


class TestOff:
    """Without an account, or without a sender, there is nothing to call."""

    @pytest.fixture
    def channels_yml(self) -> str:
        return f'twilio: {{senders: [{{channel: sms, number: "{OUR_SMS}", countries: [ES], collects: third_party}}]}}'

    def test_a_channel_without_a_sender_is_off(self, line: Line) -> None:
        assert [sender.channel for sender in line.connector.senders()] == ["sms"]
        assert line.posts(fixtures.whatsapp(To=f"whatsapp:{OUR_WHATSAPP}")).status_code == 404
        assert line.posts(fixtures.sms()).status_code == 200

    def test_without_an_account_everything_is(self, line: Line, app: Application) -> None:
        without = replace(app, settings=replace(app.settings, twilio=Twilio()))
        off = Line(without, line.twilio, line.rasa)
        assert off.posts(fixtures.sms()).status_code == 404
        assert list(off.connector.senders()) == []


def test_get_and_unknown_paths(line: Line) -> None:
    async def story(client):  # type: ignore[no-untyped-def]
        return [
            (await client.get("/webhooks/twilio/sms")).status_code,
            (await client.post("/webhooks/twilio/voice")).status_code,
            (await post(client, fixtures.sms())).status_code,
        ]

    assert line.run(story) == [405, 404, 200]
