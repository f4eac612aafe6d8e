"""What goes out through the real client: by whom, as what, in which parts; every request checked by the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.sending import Parcel, Refused, Waits
from bot.channels.twilio import sms_text, templates
from bot.channels.twilio.configuration import SenderEntry, WhatsApp
from bot.channels.twilio.policy import country_of
from bot.channels.twilio.routing import sender_for
from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage
from bot.settings import CHECKOUT
from tests.channels.twilio import contract, fixtures
from tests.channels.twilio.conftest import PUBLIC, Line
from tests.channels.twilio.fixtures import DEBTOR, OUR_SMS, OUR_WHATSAPP
from tests.channels.twilio.stub import ACCOUNT
from tests.support.people import NOON


def message(text: str = "hola", **more: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "message_id": "M-1.0", "conversation_id": "C-1", "cause": "M-1", "position": 0, "response": "utter_greet",
        "variant": "0", "language": "es", "text": text, "buttons": (), "created_at": NOON, "status": "sending",
        "channel": "whatsapp", **more,
    }  # fmt: skip
    return OutboundMessage(**values)


def parcel(*messages: OutboundMessage, **more: Any) -> Parcel:
    values: dict[str, Any] = {
        "messages": messages or (message(),), "channel": "sms", "address": DEBTOR, "via": {}, "language": "es",
        "country": "ES", "creditor": None, "last_inbound_at": NOON, "attempts": 0, "claimed_at": NOON, **more,
    }  # fmt: skip
    return Parcel(**values)


def entry(**more: Any) -> SenderEntry:
    return SenderEntry(**{"channel": "sms", "number": OUR_SMS, "collects": "first_party", **more})


def queue(app: Application, channel: str, rows: list[Mapping[str, Any]]) -> None:
    """Put messages of our own into the outbox of a conversation that is there."""
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address(channel, DEBTOR)
        assert talk is not None
        for number, row in enumerate(rows):
            values = {
                "message_id": f"M-own.{number}", "conversation_id": talk.conversation_id, "channel": channel,
                "status": "queued", "cause": "M-own", "position": number, "created_at": app.clock.now(), **row,
            }  # fmt: skip
            uow.outbox.add(message(**values))
        uow.commit()


@contract.needs_contract
def test_the_contract_is_checked(line: Line) -> None:
    """The check itself: what is wrong is found."""
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    good = {"To": [DEBTOR], "Body": ["hola"], "From": [OUR_SMS]}
    assert contract.faults_of("POST", path, {}, good) == []
    for bad in ({"Body": ["hola"]}, {**good, "Colour": ["red"]}, {**good, "SmartEncoded": ["perhaps"]},
                {**good, "MessagingServiceSid": ["MG1"]}, {**good, "To": ["Ana"]}):  # fmt: skip
        assert contract.faults_of("POST", path, {}, bad), bad
    assert contract.faults_of("POST", "/2010-04-01/Letters.json", {}, good)


class TestSms:
    def test_an_answer_is_one_message_while_it_is_short(self, line: Line) -> None:
        line.posts(fixtures.sms("INFO"))
        line.sends()
        rows = line.rows("sms", DEBTOR)
        (sent,) = line.twilio.messages
        assert len(rows) > 1
        assert {row.provider_id for row in rows} == {sent["sid"]}
        assert all(sms_text.plain(row.text) in sent["body"] for row in rows)
        assert sent["form"]["SmartEncoded"].lower() == "false"

    def test_where_twilio_reports_to(self, line: Line) -> None:
        line.posts(fixtures.sms("BAJA"))
        line.sends()
        callback = urlsplit(line.twilio.messages[0]["form"]["StatusCallback"])
        (row,) = line.rows("sms", DEBTOR)
        assert f"{callback.scheme}://{callback.netloc}{callback.path}" == f"{PUBLIC}/webhooks/twilio/status"
        assert parse_qs(callback.query) == {"id": [row.message_id]}

    def test_what_was_transmitted_is_on_the_record(self, line: Line) -> None:
        line.posts(fixtures.sms("BAJA"))
        line.sends()
        queue(line.app, "sms", [{"text": "“Hola” – bien…"}])
        line.sends()
        assert line.twilio.bodies[-1] == '"Hola" - bien...'
        with line.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address("sms", DEBTOR)
            assert talk is not None
            assert not list(uow.audit.check())

    def test_a_long_text_goes_in_parts_in_order(self, line: Line) -> None:
        line.posts(fixtures.sms("BAJA"))
        line.sends()
        long = " ".join(
            f"Esta es la frase número {n} de un texto largo, según lo acordado." for n in range(30)
        )
        queue(line.app, "sms", [{"text": long}])
        line.sends()
        parts = line.twilio.bodies[1:]
        assert len(parts) > 1
        assert all(sms_text.segments(part) <= 6 for part in parts)
        assert [part.split(")")[0] for part in parts] == [
            f"({n}/{len(parts)}" for n in range(1, len(parts) + 1)
        ]
        row = line.rows("sms", DEBTOR)[-1]
        assert (row.status, row.provider_id) == ("sent", line.twilio.messages[-1]["sid"])

    def test_a_part_that_is_not_delivered_fails_the_message(self, line: Line) -> None:
        self.test_a_long_text_goes_in_parts_in_order(line)
        first = line.twilio.messages[1]
        query = urlsplit(first["form"]["StatusCallback"]).query
        line.posts(fixtures.status(first["sid"], "delivered"), f"/webhooks/twilio/status?{query}")
        assert line.rows("sms", DEBTOR)[-1].status == "sent", "one part speaks for itself only"
        line.posts(fixtures.status(first["sid"], "undelivered", "30003"), f"/webhooks/twilio/status?{query}")
        assert line.rows("sms", DEBTOR)[-1].status == "failed"

    def test_an_api_key_instead_of_the_token(self, line: Line, app: Application) -> None:
        access = replace(app.settings.twilio, api_key="SK" + "b" * 32, api_secret="secret-of-it")
        other = Line(replace(app, settings=replace(app.settings, twilio=access)), line.twilio, line.rasa)
        other.posts(fixtures.sms("BAJA"))
        other.sends()
        assert line.twilio.users == {"SK" + "b" * 32}
        assert all(ACCOUNT in path for _, path in line.twilio.requests)


class TestWhatsApp:
    def reaches(self, line: Line) -> None:
        line.posts(fixtures.whatsapp("BAJA"))
        line.sends()

    def test_free_text_within_a_day(self, line: Line) -> None:
        self.reaches(line)
        (sent,) = line.twilio.messages
        assert (sent["to"], sent["from"]) == (f"whatsapp:{DEBTOR}", f"whatsapp:{OUR_WHATSAPP}")
        assert "ContentSid" not in sent["form"]

    def test_buttons_through_a_template_with_their_tokens(self, line: Line) -> None:
        self.reaches(line)
        buttons = tuple({"title": f"Opción {n}", "payload": f"b-AAAAAAAAAAA{n}"} for n in range(3))
        queue(line.app, "whatsapp", [{"text": "¿Cuál?", "buttons": buttons, "menu": "1. Opción 0"}])
        line.sends()
        form = line.twilio.messages[-1]["form"]
        assert form["ContentSid"] == "HX" + "3" * 32
        assert "Body" not in form
        assert json.loads(form["ContentVariables"]) == {
            "1": "¿Cuál?", "2": "Opción 0", "3": "b-AAAAAAAAAAA0", "4": "Opción 1", "5": "b-AAAAAAAAAAA1",
            "6": "Opción 2", "7": "b-AAAAAAAAAAA2",
        }  # fmt: skip

    def test_without_a_template_a_numbered_menu(self, line: Line) -> None:
        self.reaches(line)
        buttons = tuple({"title": f"Opción {n}", "payload": f"b-AAAAAAAAAAA{n}"} for n in range(2))
        queue(
            line.app, "whatsapp", [{"text": "¿Cuál?", "buttons": buttons, "menu": "1. Opción 0\n2. Opción 1"}]
        )
        line.sends()
        assert line.twilio.bodies[-1] == "¿Cuál?\n\n1. Opción 0\n2. Opción 1"

    def test_a_long_text_goes_in_parts(self, line: Line) -> None:
        self.reaches(line)
        queue(line.app, "whatsapp", [{"text": "Una frase cualquiera. " * 150}])
        line.sends()
        assert [len(body) <= 1600 for body in line.twilio.bodies[1:]] == [True, True, True]

    def test_after_a_day_it_waits_until_the_debtor_writes(self, line: Line, app: Application) -> None:
        self.reaches(line)
        app.clock.at += timedelta(hours=25)  # type: ignore[attr-defined]
        queue(app, "whatsapp", [{"text": "¿Sigue ahí?"}])
        line.sends()
        row = line.rows("whatsapp", DEBTOR)[-1]
        assert (row.status, row.error, line.cases("whatsapp", DEBTOR)) == (
            "waiting",
            "63016",
            ["delivery_waits"],
        )
        line.posts(fixtures.whatsapp("INFO", MessageSid="SM" + "5" * 32))
        line.sends()
        assert "¿Sigue ahí?" in line.twilio.bodies

    def test_after_a_day_an_approved_template_goes_out(self, line: Line, app: Application) -> None:
        self.reaches(line)
        app.clock.at += timedelta(hours=25)  # type: ignore[attr-defined]
        queue(app, "whatsapp", [{"text": "Hola,\n\nsoy  Al Día.", "response": "utter_introduction"}])
        line.sends()
        form = line.twilio.messages[-1]["form"]
        assert form["ContentSid"] == "HX" + "1" * 32
        assert json.loads(form["ContentVariables"]) == {"1": "Hola, soy Al Día."}
        assert line.rows("whatsapp", DEBTOR)[-1].status == "sent"

    @pytest.mark.parametrize(
        ("minutes", "is_open"), [(0, True), (60 * 23, True), (60 * 24 - 1, False), (60 * 24 + 1, False)]
    )
    def test_the_window_is_a_day_and_closes_a_little_early(self, minutes: int, is_open: bool) -> None:
        assert templates.is_open(NOON, NOON + timedelta(minutes=minutes)) is is_open
        assert not templates.is_open(None, NOON)

    def test_which_template_shows_the_buttons(self) -> None:
        hx = "HX" + "0" * 31
        known = WhatsApp(quick_reply={2: hx + "2"}, list={"es": {2: hx + "a", 5: hx + "5"}})

        def chosen(count: int, title: str = "Sí", text: str = "¿?", language: str = "es") -> str | None:
            buttons = tuple({"title": title, "payload": f"b-{n:012d}"} for n in range(count))
            found = templates.with_buttons(known, message(text, buttons=buttons, language=language))
            return found[0] if found else None

        assert chosen(2) == hx + "2"
        assert chosen(2, "x" * 21) == hx + "a", "too long for a button, not for a line"
        assert chosen(2, "x" * 25) is None
        assert chosen(5) == hx + "5"
        assert [chosen(0), chosen(3), chosen(5, language="en"), chosen(2, text="x" * 1025)] == [None] * 4

    def test_a_template_that_does_not_fit_waits(self) -> None:
        known = WhatsApp(templates={"utter_greet": {"es": "HX" + "0" * 32}})
        with pytest.raises(Waits):
            templates.outside(known, message("x" * 1025))
        with pytest.raises(Waits):
            templates.outside(known, message("hi", language="en"))

    def test_templates_are_looked_at_once_at_the_start(
        self, line: Line, caplog: pytest.LogCaptureFixture
    ) -> None:
        actions = [{"type": "QUICK_REPLY", "title": "{{2}}", "id": "{{3}}"}]
        line.twilio.templates = {
            "HX" + "1" * 32: {"twilio/text": {"body": "Hola: {{1}} Gracias."}},
            "HX" + "2" * 32: {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}},
            "HX" + "3" * 32: {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}},
        }

        async def story(_: object) -> None:
            await line.connector.begin(line.rasa)

        line.run(story)
        found = [record.getMessage() for record in caplog.records if "HX" in record.getMessage()]
        assert len(found) == 1
        assert f"twilio.whatsapp.quick_reply.3: the template HX{'3' * 32} has 1 buttons, not 3" in found[0]
        line.twilio.templates.clear()
        caplog.clear()
        line.run(story)
        assert len([r for r in caplog.records if "does not exist" in r.getMessage()]) == 3

    def test_a_template_that_is_not_there_gives_way_to_the_menu(self, line: Line) -> None:
        async def story(_: object) -> None:
            await line.connector.begin(line.rasa)

        line.run(story)
        self.reaches(line)
        queue(
            line.app,
            "whatsapp",
            [{"text": "¿Sí?", "buttons": ({"title": "Sí", "payload": "b-1"},), "menu": "1. Sí"}],
        )
        line.sends()
        assert line.twilio.bodies[-1] == "¿Sí?\n\n1. Sí"

    def test_templates_as_the_manual_makes_them(self) -> None:
        manual = (CHECKOUT / "docs" / "channels" / "whatsapp.md").read_text(encoding="utf-8")
        examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", manual, re.DOTALL)]
        assert len(examples) == 2
        for example in examples:
            (kind,) = example["types"].values()
            lines = kind.get("actions") or kind["items"]
            buttons = tuple({"title": f"T{n}", "payload": f"b-{n}"} for n in range(len(lines)))
            hx = "HX" + "0" * 32
            known = WhatsApp(quick_reply={3: hx}, list={"es": {4: hx}})
            filled = templates.with_buttons(known, message("¿?", buttons=buttons))
            assert filled is not None
            assert filled[1].keys() == example["variables"].keys()
            names = [line.get("title") or line["item"] for line in lines], [line["id"] for line in lines]
            assert list(zip(*names, strict=True)) == [
                (f"{{{{{2 + 2 * n}}}}}", f"{{{{{3 + 2 * n}}}}}") for n in range(len(lines))
            ]
            if contract.IS_HERE:
                assert contract.problems_of("twilio_content_v1.json", "ContentCreateRequest", example) == []


class TestWhoSends:
    """The sender by what the debtor wrote to, else by creditor and country; and whether it may."""

    def test_an_answer_comes_from_where_the_debtor_wrote_to(self) -> None:
        other = entry(number="+34600000009", creditors=["Luz"], countries=["ES"])
        asked = parcel(via={"to": OUR_SMS}, creditor="Luz")
        assert sender_for([other, entry()], asked).number == OUR_SMS
        service = entry(number=None, messaging_service="MG" + "5" * 32)
        assert (
            sender_for([other, service], parcel(via={"to": "+34611", "service": "MG" + "5" * 32})) is service
        )

    def test_of_our_own_accord_the_closest_creditor_and_country(self) -> None:
        entries = [
            entry(), entry(number="+34600000003", countries=["ES"]), entry(number="+34600000004", creditors=["Luz"]),
            entry(number="+34600000005", creditors=["Luz"], countries=["ES"]),
            entry(number="+34600000006", creditors=["Otra"], countries=["ES"]),
        ]  # fmt: skip

        def chosen(creditor: str | None, address: str) -> str | None:
            own = message(cause=None)
            return sender_for(
                entries, parcel(own, creditor=creditor, address=address, via={"to": OUR_SMS})
            ).number

        assert chosen("Luz", DEBTOR) == "+34600000005"
        assert chosen("Luz", "+447911123456") == "+34600000004"
        assert chosen(None, DEBTOR) == "+34600000003"
        assert chosen(None, "+447911123456") == OUR_SMS

    def test_nobody_to_send_is_refused(self) -> None:
        with pytest.raises(Refused, match="no_sender"):
            sender_for([entry(creditors=["Luz"])], parcel())

    @pytest.mark.parametrize(
        ("address", "goes"), [(DEBTOR, True), ("+12125550123", False), ("+14165550123", False)]
    )
    def test_a_third_party_sends_nothing_to_north_america(self, address: str, goes: bool) -> None:
        third = entry(collects="third_party", countries=["ES"])
        asked = parcel(address=address, via={"to": OUR_SMS})
        if goes:
            assert sender_for([third], asked) is third
        else:
            with pytest.raises(Refused, match="policy_30863"):
                sender_for([third], asked)

    def test_offers_to_pay_less_stay_out_of_north_america(self) -> None:
        offer = message(response="utter_offer_settlement")
        for address, stated, goes in (
            (DEBTOR, None, True),
            (DEBTOR, False, False),
            ("+12125550123", None, False),
        ):
            asked = parcel(offer, address=address, via={"to": OUR_SMS})
            if goes:
                assert sender_for([entry(debt_reduction=stated)], asked)
            else:
                with pytest.raises(Refused, match="policy_30869"):
                    sender_for([entry(debt_reduction=stated)], asked)

    @pytest.mark.parametrize(
        ("address", "country"),
        [
            ("+34600111222", "ES"), ("+12125550123", "US"), ("+14165550123", "CA"), ("+447700900123", "GB"),
            ("+5491122334455", "AR"), ("ES.1349", "ES"), ("us.ENT.1181", "US"), ("Ana", None), ("", None),
            ("24365", None), ("+9991", None),
        ],
    )  # fmt: skip
    def test_the_country_of_an_address(self, address: str, country: str | None) -> None:
        assert country_of(address) == country
