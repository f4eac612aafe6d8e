"""When Twilio fails, hangs or breaks off, and when we do: nothing is lost and nothing goes out twice."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.recovery import recover_once
from bot.channels.sending import InDoubt, Refused, TryLater, Unreachable, Waits
from bot.channels.twilio import api, faults
from bot.services import delivery, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import Line, post
from tests.channels.twilio.fixtures import DEBTOR
from tests.channels.twilio.stub import Fault
from tests.channels.twilio.test_sending import queue


def later(line: Line, **time: float) -> None:
    line.app.clock.at += timedelta(**time)  # type: ignore[attr-defined]
    line.sends()


def asks(line: Line) -> None:
    line.posts(fixtures.sms("BAJA"))
    line.sends()


def status(line: Line) -> tuple[str, str | None]:
    row = line.rows("sms", DEBTOR)[-1]
    return row.status, row.error


def looked_up(line: Line) -> int:
    return Counter(line.twilio.requests)["GET", f"/2010-04-01/Accounts/{'AC' + 'a' * 32}/Messages.json"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(429, 20429), "20429"), (Fault(429), "20429"), (Fault(400, 14107), "14107"), (Fault(401, 20003), "20003"),
        (Fault(500), "http_500"), (Fault(503, 20503), "http_503"), (Fault(502), "http_502"),
    ],
)  # fmt: skip
def test_what_passes_is_tried_again(line: Line, fault: Fault, code: str) -> None:
    line.twilio.faults = [fault]
    asks(line)
    assert status(line) == ("queued", code)
    later(line, minutes=1)
    assert status(line) == ("sent", None)
    assert len(line.twilio.messages) == 1


def test_twilio_says_when(line: Line) -> None:
    line.twilio.faults = [Fault(429, 20429, {"Retry-After": "120"})]
    asks(line)
    later(line, seconds=110)
    assert line.twilio.messages == []
    later(line, seconds=15)
    assert len(line.twilio.messages) == 1


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_an_error_that_took_the_message_all_the_same_does_not_double_it(line: Line, code: int) -> None:
    line.twilio.faults = [Fault(code, took_it=True)]
    asks(line)
    later(line, minutes=1)
    assert status(line) == ("sent", None)
    assert (len(line.twilio.messages), looked_up(line)) == (1, 1)


def test_what_went_out_while_our_clock_was_ahead_is_found(line: Line) -> None:
    ahead = timedelta(hours=3)
    line.twilio.now = lambda: line.app.clock.at - ahead  # type: ignore[attr-defined]
    line.twilio.faults = [Fault(500, took_it=True)]
    asks(line)
    line.app.clock.at -= ahead  # type: ignore[attr-defined]
    line.twilio.now = lambda: line.app.clock.at  # type: ignore[attr-defined]
    for _ in range(2):
        later(line, minutes=1)
    assert status(line) == ("sent", None)
    assert (len(line.twilio.messages), looked_up(line)) == (1, 1)


def test_a_doubt_outlasts_a_twilio_that_cannot_be_asked(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.twilio.faults = [Fault(500, took_it=True)]
    asks(line)

    async def busy(*_: object) -> list[api.Listed]:
        raise TryLater("20429")

    with monkeypatch.context() as patch:
        patch.setattr(api.Api, "sent_to", busy)
        for _ in range(4):
            later(line, minutes=6)
            assert status(line) == ("queued", "http_500")
    later(line, minutes=30)
    assert (status(line), len(line.twilio.messages)) == (("sent", None), 1)


@pytest.mark.parametrize("took_it", [True, False])
def test_a_connection_cut_in_the_answer(line: Line, took_it: bool) -> None:
    line.twilio.faults = [Fault(201, took_it=took_it, breaks=True)]
    asks(line)
    assert status(line)[0] == "sending"
    later(line, seconds=10)
    assert (status(line)[0], looked_up(line)) == ("sending", 0), "Twilio is given time to note it"
    later(line, seconds=25)
    assert status(line) == ("sent", None)
    assert (len(line.twilio.messages), looked_up(line)) == (1, 1)
    assert line.rows("sms", DEBTOR)[-1].provider_id == line.twilio.messages[0]["sid"]


@pytest.mark.parametrize("took_it", [True, False])
def test_an_answer_that_does_not_come(line: Line, took_it: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_READ_SECONDS", 0.2)
    other = Line(line.app, line.twilio, line.rasa)
    other.twilio.faults = [Fault(201, took_it=took_it, seconds=0.6)]
    asks(other)
    assert status(other)[0] == "sending"
    later(other, seconds=35)
    assert (status(other)[0], len(other.twilio.messages)) == ("sent", 1)


def test_an_answer_that_is_no_json(line: Line) -> None:
    line.twilio.faults = [Fault(201, took_it=True)]
    asks(line)
    later(line, seconds=35)
    assert (status(line)[0], len(line.twilio.messages)) == ("sent", 1)


def test_nobody_listens(line: Line, app: Application) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}"
    settings = replace(app.settings, twilio=replace(app.settings.twilio, url=nowhere))
    other = Line(replace(app, settings=settings), line.twilio, line.rasa)
    asks(other)
    assert status(other) == ("queued", "ConnectionError")
    later(line, minutes=1)
    assert (status(line)[0], len(line.twilio.messages)) == ("sent", 1)


@pytest.mark.parametrize("code", [21211, 21610, 21614, 63024])
def test_a_dead_address_is_marked_and_nothing_more_is_sent_to_it(line: Line, code: int) -> None:
    line.twilio.faults = [Fault(400, code)]
    line.posts(fixtures.sms("INFO"))
    line.sends()
    assert {(row.status, row.error) for row in line.rows("sms", DEBTOR)} == {("failed", str(code))}
    assert line.cases("sms", DEBTOR) == ["address_unusable"]


@pytest.mark.parametrize("code", [21408, 21612, 21617, 30007, 63013, None])
def test_what_is_refused_goes_to_a_person(line: Line, code: int | None) -> None:
    line.twilio.faults = [Fault(400, code)]
    asks(line)
    assert status(line) == ("failed", str(code or 400))
    assert line.cases("sms", DEBTOR) == ["delivery_failed"]
    later(line, hours=1)
    assert line.twilio.messages == []


def test_the_table_of_codes() -> None:
    kinds = {
        "21610": Unreachable, "30005": Unreachable, "63024": Unreachable, "63016": Waits, "63018": TryLater,
        "30001": TryLater, "30007": Refused, "30003": Refused, "99999": Refused,
    }  # fmt: skip
    assert {code: type(faults.fault_of(400, code)) for code in kinds} == kinds
    assert not faults.UNREACHABLE & faults.LATER
    assert not (faults.UNREACHABLE | faults.LATER) & faults.WAITS


class TestParts:
    """A long text in several SMS: none of them twice, none missing."""

    LONG = " ".join(f"Frase número {n} de un texto largo." for n in range(40))

    def whole(self, line: Line) -> None:
        bodies = line.twilio.bodies[1:]
        assert Counter(bodies).most_common(1)[0][1] == 1, "none twice"
        assert all(f"número {n} de" in " ".join(bodies) for n in range(40))
        assert line.rows("sms", DEBTOR)[-1].status == "sent"

    @pytest.mark.parametrize("fault", [Fault(429, 20429), Fault(500), Fault(500, took_it=True)])
    def test_the_second_part_fails(self, line: Line, fault: Fault) -> None:
        asks(line)
        queue(line.app, "sms", [{"text": self.LONG}])
        # The first part goes through: a fault that is none.
        line.twilio.faults = [Fault(201, took_it=True, seconds=0.01), fault]
        line.sends()
        assert line.rows("sms", DEBTOR)[-1].status == "queued"
        later(line, minutes=1)
        self.whole(line)

    def test_the_process_dies_between_two_parts(self, line: Line) -> None:
        asks(line)
        queue(line.app, "sms", [{"text": self.LONG}])
        line.twilio.faults = [Fault(201, took_it=True, seconds=0.01), Fault(201, breaks=True)]
        line.sends()
        assert line.rows("sms", DEBTOR)[-1].status == "sending"
        later(line, seconds=40)
        self.whole(line)


class TestCrash:
    """The rows as a crash leaves them; `test_kill.py` kills a real process."""

    def test_received_and_not_run(self, line: Line, app: Application) -> None:
        received = reception.receive(
            app, Incoming("sms", DEBTOR, "SM-crash", "hola", via={"to": fixtures.OUR_SMS})
        )
        assert received.verdict == "run"
        app.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]

        async def story(client):  # type: ignore[no-untyped-def]
            await recover_once(app, line.connector.turns, line.rasa)
            # Twilio, too, delivers it again.
            return await post(client, fixtures.sms("hola", MessageSid="SM-crash"))

        assert line.run(story).status_code == 200
        line.sends()
        assert (len(line.rasa.seen), len(line.twilio.messages)) == (1, 1)

    @pytest.mark.parametrize("took_it", [True, False])
    def test_claimed_and_not_recorded(self, line: Line, app: Application, took_it: bool) -> None:
        line.posts(fixtures.sms("BAJA"))
        parcel = delivery.claim(app, {"sms": lambda _: False})
        assert parcel is not None
        if took_it:
            form = {"To": DEBTOR, "From": fixtures.OUR_SMS, "Body": parcel.messages[0].text}
            line.twilio.sent(form)
        line.sends()
        assert status(line)[0] == "sending"
        later(line, seconds=35)
        assert (status(line)[0], len(line.twilio.messages)) == ("sent", 1)

    def test_the_same_words_of_another_message_are_not_taken_for_it(
        self, line: Line, app: Application
    ) -> None:
        asks(line)
        text = line.rows("sms", DEBTOR)[0].text
        line.twilio.messages[0]["body"] = text
        queue(app, "sms", [{"text": text}])
        assert delivery.claim(app, {"sms": lambda _: False}) is not None
        later(line, seconds=35)
        assert (status(line)[0], len(line.twilio.messages)) == ("sent", 2)

    def test_what_the_debtor_wrote_is_not_taken_for_it(self, line: Line, app: Application) -> None:
        line.posts(fixtures.sms("BAJA"))
        parcel = delivery.claim(app, {"sms": lambda _: False})
        assert parcel is not None
        line.twilio.sent({"To": DEBTOR, "From": "x", "Body": parcel.messages[0].text}, "inbound")
        later(line, seconds=35)
        assert [m["direction"] for m in line.twilio.messages] == ["inbound", "outbound-api"]

    def test_a_template_whose_words_are_not_ours_goes_to_a_person(self, line: Line, app: Application) -> None:
        line.posts(fixtures.whatsapp("BAJA"))
        line.sends()
        app.clock.at += timedelta(hours=25)  # type: ignore[attr-defined]
        queue(app, "whatsapp", [{"text": "Hola", "response": "utter_introduction"}])
        assert delivery.claim(app, {"whatsapp": lambda _: False}) is not None
        line.twilio.sent({"To": f"whatsapp:{DEBTOR}", "ContentVariables": '{"1": "Hola"}'})
        later(line, seconds=35)
        assert line.rows("whatsapp", DEBTOR)[-1].status == "unclear"
        assert line.cases("whatsapp", DEBTOR) == ["delivery_unclear"]

    def test_twilio_cannot_be_asked_now(
        self, line: Line, app: Application, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        line.posts(fixtures.sms("BAJA"))
        assert delivery.claim(app, {"sms": lambda _: False}) is not None

        async def down(*_: object) -> list[api.Listed]:
            raise InDoubt("down")

        with monkeypatch.context() as patch:
            patch.setattr(api.Api, "sent_to", down)
            later(line, seconds=35)
        assert (status(line)[0], line.twilio.messages) == ("sending", [])
        later(line, seconds=35)
        assert (status(line)[0], len(line.twilio.messages)) == ("sent", 1)


def test_many_at_once_are_each_run_and_answered_once(line: Line) -> None:
    async def story(client):  # type: ignore[no-untyped-def]
        calls = [
            post(client, fixtures.sms("hola", From=f"+346001112{n % 10}0", MessageSid=f"SM{n // 2:032d}"))
            for n in range(40)
        ]
        return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert set(line.run(story)) == {200}
    line.sends()
    assert len(line.rasa.seen) == 20
    assert len(line.twilio.messages) == 20
