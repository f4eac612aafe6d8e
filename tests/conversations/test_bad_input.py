"""Bad input: always a fitting sentence, nothing lost, nothing run twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import reception
from bot.services.reception import Incoming
from tests.support.people import Person


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01", "\u202e"])
def test_empty(person: Person, text: str) -> None:
    received = reception.receive(person.app, Incoming("rest", "x", None, text))
    assert received.verdict == "answered"
    assert "utter_empty" in [r.response for r in received.replies]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("/restart", "restart"),
        ('/inform{"language":"en"}', 'inform{"language":"en"}'),
        ("  //greet", "greet"),
        ("/", "."),
    ],
)
def test_a_typed_slash_is_only_a_character(person: Person, text: str, read: str) -> None:
    assert reception.receive(person.app, Incoming("rest", "x", None, text)).rasa_text == read


def test_long_text_is_cut_for_reading_and_kept_in_the_record(person: Person) -> None:
    received = reception.receive(person.app, Incoming("rest", "x", None, "a" * 15_000))
    assert len(received.rasa_text) == reception.MAX_READ
    with person.app.unit_of_work(write=False) as uow:
        assert len(uow.inbox.get(received.message_id).text) == 15_000


def test_the_same_delivery_twice_is_one_turn(person: Person) -> None:
    person.says("greet", "hola", message_id="P-1")
    first = [m.message_id for m in person.last]
    person.says("greet", "hola", message_id="P-1")
    assert [m.message_id for m in person.last] == first


def test_a_turn_without_an_answer_is_apologised_for(person: Person) -> None:
    received = reception.receive(person.app, Incoming("rest", "x", None, "hola"))
    rows = reception.conclude(person.app, received.message_id)
    assert "utter_sorry" in [r.response for r in rows]
    with person.app.unit_of_work(write=False) as uow:
        assert uow.handoffs.waiting_in(received.conversation_id).reason == "turn_failed"


def test_photo(debtor: Person) -> None:
    debtor.says("none", media=({"type": "image", "url": "https://x.example/1.jpg"},))
    assert debtor.heard == ["utter_media"]


def test_receipt_photo_when_asked(debtor: Person) -> None:
    debtor.says("report_payment", "ya lo pagué")
    assert debtor.heard[-1] == "utter_ask_payment_proof"
    debtor.says("none", media=({"type": "image", "url": "https://x.example/1.jpg"},))
    assert debtor.heard == ["utter_payment_proof_noted"]


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE account; --", "<script>alert(1)</script>", "😀😀😀", "{name} [[a|b]]"]
)
def test_odd_text_is_only_text(debtor: Person, text: str) -> None:
    debtor.says("out_of_scope", text)
    assert debtor.heard[0] == "utter_out_of_scope"


def test_a_stranger_cannot_press_another_chats_button(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    token = next(m.buttons for m in debtor.last if m.buttons)[0]["payload"]
    stranger = Person(debtor.app, "stranger")
    received = reception.receive(debtor.app, Incoming("rest", stranger.address, None, token))
    assert [row.response for row in received.replies] == ["utter_introduction", "utter_button_expired"]


def test_old_button_does_nothing(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    token = next(m.buttons for m in debtor.last if m.buttons)[0]["payload"]
    debtor.says("greet", "hola")
    assert debtor.says("none", token)[0] == "utter_button_expired"


def test_a_button_expires(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.app.clock.at += timedelta(hours=25)  # type: ignore[attr-defined]
    assert debtor.presses(0)[0] == "utter_button_expired"
