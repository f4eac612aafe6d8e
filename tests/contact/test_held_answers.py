"""An answer that waits longer than the identification lasts is withheld, announced without a debt word, and given later."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.audit.tags import Tag
from bot.debt.holds import Hold, HoldKind
from bot.debt.party import ConversationId, DebtorId
from bot.services import delivery, held_answers, relay
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.unit_of_work import OutboundMessage
from tests.support.people import NOON, Known, Person, add, build

DEBT_WORDS = re.compile(
    r"\b(?:saldo|deuda|debes?|cuotas?|importe|financiera|ribera|debt|owes?|balance|amount)\b|[€£$]|\d{3}",
    re.IGNORECASE,
)


@pytest.fixture
def app(database_url: str) -> Application:
    """An application over each of the two databases."""
    return build(database_url)


@pytest.fixture
def texter(app: Application) -> Person:
    """A debtor, identified on Telegram, who was told their balance; nothing of it has been sent yet."""
    person = Person(app, channel="telegram", address="77")
    known = add(app, Known())
    person.identifies(known)
    send(app)
    person.says("ask_balance", "cuánto debo")
    return person


def send(app: Application) -> list[OutboundMessage]:
    """Claim and send all that may go out now."""
    gone: list[OutboundMessage] = []
    while (parcel := delivery.claim(app, {"telegram": lambda _: False})) is not None:
        delivery.sent(app, parcel, f"P-{parcel.messages[0].message_id}")
        gone += parcel.messages
    return gone


def later(app: Application, **time: int) -> None:
    app.clock.at += timedelta(**time)  # type: ignore[attr-defined]


def entries(app: Application, person: Person) -> list[dict[str, Any]]:
    chain = f"conversation:{person.conversation.conversation_id}"
    with app.unit_of_work(write=False) as uow:
        return [entry["payload"] for entry in uow.audit.of_chain(chain, [Tag.ANSWER_WITHHELD.value])]


def test_while_the_identification_lasts_the_answer_goes_out(app: Application, texter: Person) -> None:
    later(app, minutes=29)
    assert "utter_balance" in [row.response for row in send(app)]
    assert entries(app, texter) == []


def test_after_it_has_ended_only_its_being_there_is_told(app: Application, texter: Person) -> None:
    withheld = [row.message_id for row in texter.last]
    later(app, minutes=31)
    gone = send(app)
    assert [row.response for row in gone] == ["utter_answer_waiting"]
    assert not DEBT_WORDS.search(gone[0].text)
    assert "Tenemos una respuesta para ti" in gone[0].text
    with app.unit_of_work(write=False) as uow:
        rows = [uow.outbox.get(one) for one in withheld]
    assert {(row.status, row.error) for row in rows if row} == {("blocked", held_answers.WITHHELD)}
    assert entries(app, texter) == [{"outcome": "withheld", "outbox_ids": withheld}]
    # Told once.
    later(app, hours=3)
    assert send(app) == []


def test_held_over_night(app: Application, texter: Person) -> None:
    """Kept back by the hours of the law, not by a provider: the same."""
    later(app, hours=12)
    assert send(app) == []
    later(app, hours=10)
    assert [row.response for row in send(app)] == ["utter_answer_waiting"]


def test_it_is_given_once_they_are_identified_again(app: Application, texter: Person) -> None:
    text = next(row.text for row in texter.last if row.response == "utter_balance")
    later(app, minutes=45)
    send(app)
    texter.says("greet", "hola")
    assert not any(DEBT_WORDS.search(row.text) for row in send(app))
    texter.identifies(Known())
    gone = [row.text for row in send(app)]
    assert text in gone
    assert entries(app, texter)[-1]["outcome"] == "given"
    # Once.
    later(app, minutes=45)
    texter.says("greet", "hola")
    texter.identifies(Known())
    assert len(entries(app, texter)) == 2


def test_offers_that_were_kept_back_can_be_chosen_again(app: Application, texter: Person) -> None:
    texter.says("request_installments", "qué opciones tengo")
    if "utter_ask_affordability" in texter.heard:
        send(app)
        texter.says("inform", "unos 50 euros")
    old = [button["payload"] for row in texter.last for button in row.buttons]
    assert "utter_offers" in texter.heard
    later(app, minutes=45)
    send(app)
    texter.identifies(Known())
    assert texter.heard.count("utter_offers") == 1
    assert "utter_how_to_settle" not in texter.heard
    fresh = [button["payload"] for row in texter.last for button in row.buttons]
    assert fresh
    assert not set(old) & set(fresh)
    texter.presses(0)
    assert "utter_ask_acceptance" in texter.heard
    texter.presses(0)
    assert "utter_agreed" in texter.heard


def test_a_summary_that_was_kept_back_can_be_accepted(app: Application, texter: Person) -> None:
    send(app)
    texter.says("counter_offer", "50 al mes")
    summary = next(row.text for row in texter.last if row.response == "utter_summary_plan")
    later(app, minutes=45)
    send(app)
    texter.identifies(Known())
    assert summary in texter.texts
    assert texter.heard.count("utter_ask_acceptance") == 1
    texter.says("affirm", "sí, acepto")
    assert "utter_agreed" in texter.heard


def test_a_choice_that_cannot_be_made_any_more_is_not_offered(app: Application, texter: Person) -> None:
    send(app)
    texter.says("counter_offer", "50 al mes")
    later(app, minutes=45)
    send(app)
    with app.unit_of_work() as uow:
        uow.holds.place(Hold(HoldKind.DISPUTE, DebtorId("T-1"), None, app.clock.now()))
        uow.commit()
    texter.identifies(Known())
    assert "utter_under_review" in texter.heard
    assert not any(row.buttons for row in texter.last if row.response == "utter_ask_acceptance")


def test_it_is_not_given_to_somebody_else(app: Application, texter: Person) -> None:
    other = add(app, replace(Known(), reference="AD-ES-9002", debtor_id="T-2", principal="77.00"))
    text = next(row.text for row in texter.last if row.response == "utter_balance")
    later(app, minutes=45)
    send(app)
    texter.identifies(other)
    assert text not in [row.text for row in send(app)]


def test_it_is_not_given_after_a_week(app: Application, texter: Person) -> None:
    later(app, minutes=45)
    send(app)
    later(app, days=8)
    texter.identifies(Known())
    assert len(entries(app, texter)) == 1


def test_who_writes_before_it_went_out_is_told_that_it_is_there(app: Application, texter: Person) -> None:
    later(app, minutes=45)
    texter.says("greet", "hola")
    gone = send(app)
    assert "utter_answer_waiting" in [row.response for row in gone]
    assert not any(DEBT_WORDS.search(row.text) for row in gone)


def test_what_a_person_wrote_to_an_identified_debtor_is_withheld_too(
    app: Application, texter: Person
) -> None:
    ana = User("ana", "ana", "Ana Mesa", "agent", "", NOON)
    send(app)
    texter.says("request_agent", "quiero hablar con una persona")
    send(app)
    talk = ConversationId(texter.conversation.conversation_id)
    with app.unit_of_work() as uow:
        uow.desk_people.add(ana)
        uow.commit()
    relay.claim(app, ana, talk)
    relay.send(app, ana, talk, "Su saldo es de 600 euros.", key="1")
    later(app, minutes=31)
    assert [row.response for row in send(app)] == ["utter_answer_waiting"]


def test_what_tells_nothing_goes_out(app: Application, texter: Person) -> None:
    send(app)
    texter.says("stop_contact", "no me escriban por las noches")
    later(app, minutes=45)
    assert [row.response for row in send(app)] == ["utter_hours_never"]


def test_what_counts_as_harmless_names_no_debt(app: Application) -> None:
    words = re.compile(
        r"\b(?:saldo|deuda|debes?|cuotas?|plan|pag\w+|debt|owes?|balance|pay\w*|creditor|acreedor)\b",
        re.IGNORECASE,
    )
    values = {"amount", "total", "creditor", "reference", "product", "name"}
    found = [
        variant
        for name in app.scripts.names
        if held_answers.is_harmless(name)
        for variant in app.scripts.variants(name)
    ]
    assert found
    for variant in found:
        assert not words.search(variant.text), variant.text
        assert not values & variant.placeholders


def test_nothing_written_to_a_stranger_is_withheld(app: Application) -> None:
    person = Person(app, channel="telegram", address="88")
    person.says("greet", "hola")
    assert [row.told_to for row in person.last] == [None] * len(person.last)
    later(app, hours=1)
    assert [row.response for row in send(app)] == [row.response for row in person.last]
