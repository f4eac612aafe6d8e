"""Identification: one free message, missing data, failures, locks over channels, impostors, silence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import reception
from bot.services.application import Application
from bot.services.reception import Incoming
from tests.support.people import Known, Person, add

DEBT_WORDS = ("deuda", "debe", "saldo", "pago", "pagar", "mora", "€", "600", "ribera")


def is_verified(person: Person) -> bool:
    return person.conversation.verified_at is not None


@pytest.mark.parametrize(
    "text",
    [
        "AD-ES-9001, nací el 12/03/1985 y mi código postal es 28013",
        "mi ref es ad-es-9001 28013 12-3-85",
        "12 de marzo de 1985, 28013, AD-ES-9001",
        "AD-ES-9001 678Z 28013",
        "soy lucia, referencia AD-ES-9001, los ultimos cuatro del dni son 5678 y naci el 12 de marzo del 85",
        "dni 12345678Z, naci el 12/3/1985 y vivo en el 28013",
        "AD-ES-9001 dni 12345678Z nacida 12.03.1985",
    ],
)
def test_all_in_one_message(person: Person, known: Known, text: str) -> None:
    person.says("ask_balance", "cuánto debo")
    assert "utter_ask_identity" in person.heard
    person.says("inform", text)
    assert is_verified(person), person.texts
    assert "utter_balance" in person.heard


def test_no_debt_word_before_identification(person: Person, known: Known) -> None:
    for intent in ("greet", "ask_balance", "help", "ask_bot", "ask_legitimacy", "request_agent"):
        person.says(intent)
        assert not any(word in person.texts.lower() for word in DEBT_WORDS), person.texts


def test_one_datum_at_a_time(person: Person, known: Known) -> None:
    person.says("ask_balance", "cuánto debo")
    person.says("inform", "AD-ES-9001")
    assert person.heard == ["utter_ask_identity_known"]
    person.says("inform", "28013")
    assert person.heard == ["utter_ask_date_of_birth"]
    person.says("inform", "12/03/1985")
    assert is_verified(person)


def test_wrong_data_say_nothing_about_which(person: Person, known: Known) -> None:
    person.says("ask_balance", "hola")
    wrong_date = person.says("inform", "AD-ES-9001, 13/03/1985, 28013"), person.texts
    other = Person(person.app, "other")
    other.says("ask_balance", "hola")
    wrong_postal = other.says("inform", "AD-ES-9001, 12/03/1985, 28014"), other.texts
    nobody = Person(person.app, "nobody")
    nobody.says("ask_balance", "hola")
    unknown = nobody.says("inform", "AD-ES-9999, 12/03/1985, 28013"), nobody.texts
    assert wrong_date == wrong_postal == unknown


@pytest.mark.parametrize("reference", ["AD-ES-9001", "AD-ES-7777"])
def test_three_failures_lock_known_and_unknown_alike(person: Person, known: Known, reference: str) -> None:
    person.says("ask_balance", "hola")
    for _ in range(3):
        person.says("inform", f"{reference}, 01/01/1990, 08001")
    assert "utter_identity_locked" in person.heard
    person.says("inform", f"{reference}, 12/03/1985, 28013")
    assert "utter_identity_locked" in person.heard
    assert not is_verified(person)


def test_lock_holds_over_chats_and_ends_after_a_day(app: Application, known: Known) -> None:
    for address in ("a", "b", "c"):
        Person(app, address).says("inform", "AD-ES-9001, 01/01/1990, 08001")
    right = Person(app, "d")
    right.says("inform", known.facts())
    assert not is_verified(right)
    app.clock.at += timedelta(hours=25)
    right.says("inform", known.facts())
    assert is_verified(right)


def test_what_was_said_during_a_lock_is_asked_for_anew_after_it(app: Application, known: Known) -> None:
    person = Person(app, "a")
    for _ in range(3):
        person.says("inform", "AD-ES-9001, 01/01/1990, 08001")
    assert "utter_identity_locked" in person.says("inform", f"{known.facts()} y acaba en 5678")
    app.clock.at += timedelta(hours=25)
    person.says("ask_balance", "cuánto debo")
    assert person.heard[-1] == "utter_ask_identity_known"
    person.says("inform", known.facts())
    assert is_verified(person)


def test_data_that_came_with_a_right_are_asked_for_when_they_are_needed(person: Person, known: Known) -> None:
    """The right goes first; a later question about the debt must not run into what was left over."""
    person.says("stop_contact", f"no me escribáis más, {known.facts()} y acaba en 5678")
    person.says("ask_balance", "cuánto debo")
    assert person.heard[-1].startswith("utter_ask_")
    assert not is_verified(person)


def test_lock_is_of_the_person_not_of_the_chat(app: Application, person: Person, known: Known) -> None:
    other = add(app, Known(reference="AD-ES-9002", debtor_id="T-2", document="87654321X"))
    for _ in range(3):
        person.says("inform", "AD-ES-9001, 01/01/1990, 08001")
    person.says("inform", other.facts())
    assert is_verified(person)


def test_silence_ends_identification(debtor: Person) -> None:
    assert is_verified(debtor)
    debtor.app.clock.at += timedelta(minutes=31)
    debtor.says("ask_balance", "cuanto debo")
    assert not is_verified(debtor)
    assert "utter_balance" not in debtor.heard
    assert "utter_identity_expired" in debtor.heard


def test_activity_keeps_identification(debtor: Person) -> None:
    for _ in range(3):
        debtor.app.clock.at += timedelta(minutes=20)
        debtor.says("ask_balance", "cuanto debo")
        assert "utter_balance" in debtor.heard


def test_known_address_needs_two_factors_and_no_reference(app: Application) -> None:
    known = add(app, Known(phone="+34600000001"))
    with app.unit_of_work(write=False) as uow:
        assert uow.debtors.by_address("sms", "+34600000001") == known.debtor_id
    person = Person(app, "+34600000001", "sms")
    person.says("ask_balance", "cuanto debo")
    assert "utter_ask_identity_known" in person.heard
    person.says("inform", "12/03/1985 y 28013")
    assert is_verified(person)


def test_ambiguous_birth_date_is_read_both_ways(app: Application, person: Person) -> None:
    add(app, Known(born="1985-04-05"))
    person.says("inform", "AD-ES-9001 05/04/1985 28013")
    assert is_verified(person)


def test_question_in_the_middle_is_answered_and_identification_goes_on(person: Person, known: Known) -> None:
    person.says("ask_balance", "cuanto debo")
    person.says("ask_legitimacy", "esto no sera una estafa?")
    assert person.heard == ["utter_legitimacy", "utter_again_identity"]
    person.says("inform", known.facts())
    assert "utter_balance" in person.heard


def test_wrong_person_places_a_hold_and_tells_nothing(app: Application, known: Known) -> None:
    add(app, Known(reference="AD-ES-9003", debtor_id="T-3", phone="+34600000003", document="11111111H"))
    person = Person(app, "+34600000003", "sms")
    person.says("wrong_person", "se equivoca, no soy yo")
    assert "utter_wrong_person" in person.heard
    assert not any(word in person.texts.lower() for word in (*DEBT_WORDS, "lucía"))
    with app.unit_of_work(write=False) as uow:
        assert [h.kind.value for h in uow.holds.in_force("T-3")] == ["wrong_party"]


@pytest.mark.parametrize("intent", ["dispute_debt", "report_payment", "report_hardship", "promise_to_pay"])
def test_what_is_told_is_thanked_for_once_before_anything_is_asked(
    person: Person, known: Known, intent: str
) -> None:
    assert person.says(intent, "cuenta algo") == ["utter_introduction", "utter_heard", "utter_ask_identity"]
    assert "utter_heard" not in person.says(intent, "lo cuenta otra vez")
    assert "utter_heard" not in person.identifies(known)


def test_relative_gives_reference_to_stop(person: Person, known: Known) -> None:
    person.says("report_death", "mi padre falleció")
    assert "utter_condolences" in person.heard
    person.says("inform", "AD-ES-9001")
    assert person.heard == ["utter_protected"]
    assert not is_verified(person)
    with person.app.unit_of_work(write=False) as uow:
        assert [h.kind.value for h in uow.holds.in_force(known.debtor_id)] == ["deceased"]


def test_an_apology_does_not_prolong_an_identification(app: Application, debtor: Person) -> None:
    app.clock.at += timedelta(minutes=31)  # type: ignore[attr-defined]
    received = reception.receive(app, Incoming("rest", debtor.address, None, "hola"))
    reception.conclude(app, received.message_id)  # the turn failed
    assert debtor.conversation.verified_at is None
    assert "utter_balance" not in debtor.says("ask_balance", "¿cuánto debo?")


def test_whoever_gives_their_data_again_is_not_sent_away(debtor: Person, known: Known) -> None:
    assert debtor.identifies(known) == ["utter_already_identified"]
    debtor.says("counter_offer", "50 al mes")
    assert debtor.identifies(known) == ["utter_already_identified", "utter_again_summary"]
