"""Consents: said, entered, imported, taken back; and what the contact gate makes of them, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bot.debt.consents import Consent, How, Use
from bot.debt.contact_gate import Allowed, Decision, Purpose
from bot.debt.conversations import Conversation, Pending
from bot.debt.party import AccountReference, ConversationId, DebtorId
from bot.services import consents, contact_gate
from bot.services.application import Application
from tests.support.people import Known, Person, add, build

PHONE = "+573001112233"
CO = Known(reference="AD-CO-9001", debtor_id="T-1", country="CO", currency="COP", principal="400000", interest="0",
           fees="0", document="1020304050", postal_code="110111", phone=PHONE)  # fmt: skip
ME = DebtorId("T-1")
MORNING = datetime(2026, 3, 18, 15, tzinfo=timezone.utc)  # of a Wednesday in Bogotá


@pytest.fixture
def app(database_url: str) -> Application:
    """Somebody in Colombia, whose portfolio prefers the web page: no channel is authorised."""
    built = build(database_url)
    add(built, CO)
    return built


def rows(app: Application) -> list[Consent]:
    with app.unit_of_work(write=False) as uow:
        return list(uow.consents.of_debtor(ME))


def tags(app: Application) -> list[dict[str, Any]]:
    with app.unit_of_work(write=False) as uow:
        return [entry for entry in uow.audit.of_debtor(ME) if entry["tag"].startswith("CONSENT_")]


def asked(app: Application, channel: str = "sms") -> Decision:
    """May something that collects go out now?"""
    with app.unit_of_work(write=False) as uow:
        talk = Conversation(ConversationId("none"), channel, "", "es", debtor_id=ME)
        talk.account = AccountReference(CO.reference)
        return contact_gate.may_write(app, uow, talk, Purpose.COLLECTION, at=MORNING).decision


def agreed(app: Application) -> Person:
    """Somebody who has just agreed to a plan by SMS."""
    person = Person(app, address=PHONE, channel="sms")
    person.identifies(CO)
    agree(person)
    return person


def agree(person: Person) -> list[str]:
    person.says("counter_offer", "40000 al mes")
    while "utter_ask_acceptance" in person.says("affirm", "sí, acepto"):
        pass
    return person.heard


def test_asked_once_after_an_agreement_and_a_yes_counts_for_its_payments_only(app: Application) -> None:
    person = agreed(app)
    assert "utter_agreed" in person.heard
    assert person.heard[-1] == "utter_ask_consent"
    assert asked(app) != Allowed()
    assert person.presses(0)[-1] == "utter_consent_given"
    (row,) = rows(app)
    assert (row.channel, row.use, row.is_given, row.how) == ("sms", Use.AGREEMENT, True, How.SAID)
    assert row.creditor == CO.creditor
    assert row.by
    assert row.proof
    assert row.text_version
    assert [entry["tag"] for entry in tags(app)] == ["CONSENT_GIVEN"]
    assert asked(app) == Allowed()
    assert "utter_withdrawn" in person.says("change_agreement", "ya no quiero el acuerdo")
    assert getattr(asked(app), "fact_id", None) == "CO.channels.sms", (
        "the agreement is gone, and with it the consent"
    )


def test_a_no_is_kept_and_the_question_not_repeated(app: Application) -> None:
    person = agreed(app)
    assert person.says("deny", "no, gracias")[-1] == "utter_consent_refused"
    assert [(row.is_given, row.use) for row in rows(app)] == [(False, Use.AGREEMENT)]
    assert not isinstance(asked(app), Allowed)
    person.says("change_agreement", "ya no quiero el acuerdo")
    heard = agree(person)
    assert "utter_agreed" in heard
    assert "utter_ask_consent" not in heard


def test_yes_with_the_channel_in_words(app: Application) -> None:
    person = agreed(app)
    assert person.says("update_contact", "sí, por SMS")[-1] == "utter_consent_given"


def test_something_else_drops_the_question(app: Application) -> None:
    person = agreed(app)
    assert "utter_consent_given" not in person.says("ask_payment_methods", "¿cómo pago?")
    assert rows(app) == []
    assert person.conversation.pending is not Pending.CONFIRM


def test_not_asked_where_no_consent_is_needed(database_url: str) -> None:
    app = build(database_url)
    known = add(app, Known(phone="+34600111222"))
    person = Person(app, address="+34600111222", channel="sms")
    person.identifies(known)
    person.says("counter_offer", "50 al mes")
    assert "utter_agreed" in person.says("affirm", "sí, acepto")
    assert "utter_ask_consent" not in person.heard


def test_stop_takes_back_and_start_gives_again(app: Application) -> None:
    by = {"how": How.WRITTEN, "by": "Ana", "proof": "form 12"}
    consents.enter(app, ME, "sms", is_given=True, **by)  # type: ignore[arg-type]
    consents.enter(app, ME, "email", is_given=True, **by)  # type: ignore[arg-type]
    assert asked(app) == Allowed()
    person = Person(app, address=PHONE, channel="sms")
    person.says("none", "STOP")
    assert [(row.channel, row.is_given, row.how) for row in rows(app)[2:]] == [("sms", False, How.SAID)]
    person.says("none", "ALTA")
    assert [row.is_given for row in rows(app) if row.channel == "sms"] == [True, False, True]
    assert asked(app) == Allowed()
    person.says("stop_contact", "no me escriban más")
    assert {row.channel for row in rows(app)[4:]} == {"sms", "email"}


def test_a_stop_that_was_misunderstood_takes_nothing_back(app: Application) -> None:
    consents.enter(app, ME, "sms", is_given=True, how=How.DESK, by="Ana", proof="call")
    person = Person(app, address=PHONE, channel="sms")
    person.says("greet", "q es esto", confidence=0.2, ranking=[("greet", 0.2), ("stop_contact", 0.18)])
    assert not isinstance(asked(app), Allowed)
    assert person.presses(0)[-1] == "utter_undone"
    assert [row.is_given for row in rows(app)] == [True, False, True]
    assert asked(app) == Allowed()


def test_a_channel_refused_in_words_is_not_used_even_where_no_consent_is_needed(database_url: str) -> None:
    app = build(database_url)
    known = add(app, Known(phone="+34600111222"))
    person = Person(app, address="web")
    person.identifies(known)
    person.says("update_contact", "no por SMS, mejor por correo")
    assert [(row.channel, row.is_given) for row in rows(app)] == [("sms", False)]
    with app.unit_of_work(write=False) as uow:
        talk = Conversation(ConversationId("none"), "sms", "", "es", debtor_id=ME)
        decision = contact_gate.may_write(app, uow, talk, Purpose.COLLECTION).decision
    assert getattr(decision, "fact_id", None) == "ES.opt_out.right"


def test_a_stop_where_nothing_was_authorised_authorises_nothing_when_it_is_undone(app: Application) -> None:
    person = Person(app, address=PHONE, channel="sms")
    person.says("greet", "q es esto", confidence=0.2, ranking=[("greet", 0.2), ("stop_contact", 0.18)])
    person.presses(0)
    person.says("none", "STOP")
    person.says("none", "ALTA")
    assert rows(app) == []
    assert getattr(asked(app), "fact_id", None) == "CO.channels.sms"


def test_what_stood_for_one_creditor_stands_again_for_that_one(app: Application) -> None:
    one = {"how": How.DESK, "by": "Ana", "proof": "call", "creditor": CO.creditor}
    consents.enter(app, ME, "sms", is_given=True, **one)  # type: ignore[arg-type]
    consents.enter(app, ME, "sms", is_given=False, **{**one, "creditor": "Otro"})  # type: ignore[arg-type]
    person = Person(app, address=PHONE, channel="sms")
    person.says("none", "STOP")
    assert not isinstance(asked(app), Allowed)
    person.says("none", "ALTA")
    assert (rows(app)[-1].is_given, rows(app)[-1].creditor) == (True, CO.creditor)
    assert asked(app) == Allowed()


def test_an_erasure_keeps_that_it_was_given_and_not_where_the_proof_is(app: Application) -> None:
    consents.enter(app, ME, "sms", is_given=True, how=How.DESK, by="Ana", proof="carta de Marcelina")
    with app.unit_of_work(write=False) as uow:
        assert uow.personal_data.held(ME)["consents"][0]["proof"] == "carta de Marcelina"
    with app.unit_of_work() as uow:
        uow.personal_data.erase(ME, app.clock.now())
        uow.commit()
    assert [(row.channel, row.proof) for row in rows(app)] == [("sms", None)]
    assert "Marcelina" not in str(tags(app))


def test_a_chat_counts_also_after_the_identification_in_it_has_ended(app: Application) -> None:
    """Yesterday's chat on the page rules out another channel for a week, whoever has written there since."""
    consents.enter(app, ME, "sms", is_given=True, how=How.DESK, by="Ana", proof="call")
    app.clock.at = MORNING - timedelta(days=1)  # type: ignore[attr-defined]
    person = Person(app, address="tab", channel="web")
    person.identifies(CO)
    assert getattr(asked(app), "fact_id", None) == "CO.frequency.after_a_chat_of_the_debtor_channel"
    app.clock.at += timedelta(minutes=45)  # type: ignore[attr-defined]
    person.says("greet", "hola")
    assert person.conversation.debtor_id is None
    assert getattr(asked(app), "fact_id", None) == "CO.frequency.after_a_chat_of_the_debtor_channel"
