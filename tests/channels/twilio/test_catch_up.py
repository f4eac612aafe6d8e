"""What Twilio could not deliver while we were down is fetched, once, and nothing that was never ours to answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.channels.sending import InDoubt
from bot.channels.twilio import api
from bot.services import reception
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import Line
from tests.channels.twilio.fixtures import DEBTOR, OUR_SMS, OUR_WHATSAPP

OTHER = "+34600333444"


def missed(line: Line, text: str, sender: str = OTHER, to: str = OUR_SMS) -> str:
    """Somebody writes while we are down; returns the SID."""
    return str(line.twilio.sent({"From": sender, "To": to, "Body": text}, "inbound")["sid"])


def looks(line: Line) -> int:
    async def story(_: object) -> int:
        return await line.connector.catch_up(line.rasa).once()

    found: int = line.run(story)
    return found


def reached(line: Line) -> None:
    """One message that came the usual way, so that there is something to count from."""
    line.posts(fixtures.sms("hola", MessageSid="SM" + "e" * 32))
    line.sends()


def test_missed_messages_are_taken_once_and_answered(line: Line) -> None:
    reached(line)
    line.app.clock.at += timedelta(hours=2)  # type: ignore[attr-defined]
    missed(line, "BAJA")
    missed(line, "hola", "whatsapp:" + OTHER, "whatsapp:" + OUR_WHATSAPP)
    assert [looks(line), looks(line)] == [2, 0]
    line.sends()
    assert [message.text for message in line.inbox("sms", OTHER) + line.inbox("whatsapp", OTHER)] == [
        "BAJA",
        "hola",
    ]
    assert [row.response for row in line.rows("sms", OTHER)] == ["utter_contact_stopped"]
    assert {row.status for row in line.rows("whatsapp", OTHER)} == {"sent"}


def test_twilio_delivers_it_after_all(line: Line) -> None:
    reached(line)
    sid = missed(line, "INFO")
    assert looks(line) == 1
    assert line.posts(fixtures.sms("INFO", From=OTHER, MessageSid=sid)).status_code == 200
    assert len(line.inbox("sms", OTHER)) == 1


def test_what_came_the_usual_way_is_not_taken_again(line: Line) -> None:
    sid = missed(line, "hola", DEBTOR)
    line.posts(fixtures.sms("hola", MessageSid=sid))
    assert looks(line) == 0
    assert len(line.rasa.seen) == 1


def test_before_the_first_message_there_is_nothing_to_catch_up_with(line: Line) -> None:
    missed(line, "hola")
    assert looks(line) == 0
    assert line.inbox("sms", OTHER) == []


def test_what_cannot_be_stored_is_looked_for_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    reached(line)
    missed(line, "INFO")
    looking = line.connector.catch_up(line.rasa)

    def busy(*_: object) -> None:
        raise OSError("locked")

    async def story(_: object) -> list[int]:
        with monkeypatch.context() as patch:
            patch.setattr(reception, "receive", busy)
            first = await looking.once()
        return [first, await looking.once(), await looking.once()]

    assert line.run(story) == [0, 1, 0]


def test_other_numbers_of_the_account_are_none_of_our_business(line: Line) -> None:
    reached(line)
    missed(line, "hola", to="+34911222333")
    missed(line, "hola", "messenger:123", "messenger:456")
    missed(line, "hola", to="rcs:agent")
    assert looks(line) == 0


def test_not_farther_back_than_a_day(line: Line) -> None:
    reached(line)
    line.app.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]
    missed(line, "hola")
    line.app.clock.at += timedelta(hours=48)  # type: ignore[attr-defined]
    assert looks(line) == 0


def test_twilio_down_at_the_start_is_no_obstacle(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    reached(line)

    async def down(*_: object) -> list[api.Listed]:
        raise InDoubt("down")

    async def story(_: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(api.Api, "received", down)
            await line.connector.begin(line.rasa)
            await asyncio.sleep(0.1)
            await line.connector.end()

    line.run(story)
    missed(line, "INFO")
    assert looks(line) == 1


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=40)], ids=str)
@pytest.mark.parametrize("looked", [True, False], ids=["the same process", "a new process"])
def test_what_was_missed_is_found_after_the_clock_was_set_back(
    line: Line, ahead: timedelta, looked: bool
) -> None:
    line.app.clock.at += ahead  # type: ignore[attr-defined]
    reached(line)
    if looked:
        assert looks(line) == 0
    line.app.clock.at -= ahead  # type: ignore[attr-defined]
    missed(line, "BAJA")
    assert [looks(line), looks(line)] == [1, 0]
