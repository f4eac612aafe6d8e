"""Whoever acts for a debtor: told nothing, asked for their authority; a person decides on it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from bot.audit.tags import Tag
from bot.debt.party import ConversationId, DebtorId
from bot.services import authorities, cases, relay, representatives
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from tests.support.people import NOON, Known, Person, add

DEBT_WORDS = re.compile(
    r"\b(?:saldo|deuda|debe|importe|financiera|ribera|debt|owes?|balance|amount)\b|[€£$]", re.IGNORECASE
)
AGENT = User("ana", "ana", "Ana Mesa", "agent", "", NOON)


def held(app: Application, debtor_id: str = "T-1") -> set[str]:
    with app.unit_of_work(write=False) as uow:
        return {hold.kind.value for hold in uow.holds.in_force(DebtorId(debtor_id), None)}


def case(app: Application) -> Any:
    with app.unit_of_work(write=False) as uow:
        (found,) = [one for one in uow.rights_cases.listed(closed_too=True) if one.right == "representation"]
    return found


def silent(person: Person) -> None:
    assert not DEBT_WORDS.search(person.texts), person.texts


@pytest.mark.parametrize(
    "text",
    [
        "soy el abogado de Lucía Prueba",
        "represento a la titular, tengo poder notarial",
        "escribo en nombre de mi madre",
        "soy su asesora de deudas",
        "soy la cuidadora de doña Lucía",
        "I'm her solicitor",
        "I am writing on behalf of my client",
        "I'm a debt adviser acting for Ms Prueba",
        "I hold a power of attorney for my mother",
        "I'm his carer and I act for him",
    ],
)
def test_who_acts_for_another_is_known_by_their_words(text: str) -> None:
    assert representatives.is_third_party(text)


@pytest.mark.parametrize(
    "text",
    [
        "hable con mi abogado",
        "tengo abogada, diríjanse a ella",
        "estoy en concurso de acreedores",
        "mi asesor de deudas actúa en mi nombre",
        "talk to my lawyer",
        "I have a solicitor acting for me",
        "my debt adviser represents me",
    ],
)
def test_the_debtor_who_names_a_lawyer_is_the_debtor(text: str) -> None:
    assert not representatives.is_third_party(text)


def test_the_whole_flow(app: Application, known: Known, person: Person) -> None:
    person.says("legal_representation", "soy la abogada de Lucía Prueba")
    assert person.heard[-2:] == ["utter_representative_welcome", "utter_ask_representative_name"]
    silent(person)
    person.says("inform", "Marta Ruiz")
    assert person.heard == ["utter_ask_representative_reach"]
    person.says("inform", "marta@despacho.example")
    assert person.heard == ["utter_ask_authority", "utter_ask_reference_to_stop"]
    silent(person)
    person.says("inform", "el expediente es AD-ES-9001")
    assert person.heard == ["utter_protected"]
    assert held(app) == {"represented"}
    found = case(app)
    assert (found.details["name"], found.details["quality"], found.details["reach"]) == (
        "Marta Ruiz",
        "lawyer",
        "marta@despacho.example",
    )
    assert found.rule_id == "retention.representative_answer"
    assert found.due_on == NOON.date() + timedelta(days=5)
    assert person.conversation.owner.value == "waiting"


def test_the_quality_is_asked_when_it_was_not_said(app: Application, person: Person) -> None:
    person.says("legal_representation", "escribo en nombre de una persona a la que le escriben")
    person.says("inform", "me llamo Juan Soto")
    assert person.heard == ["utter_ask_representative_quality"]
    person.presses(3)
    assert person.heard == ["utter_ask_representative_reach"]
    assert case(app).details["quality"] == "carer"


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_impostor_learns_nothing_whatever_they_know(
    app: Application, known: Known, person: Person, language: str
) -> None:
    person.says(
        "legal_representation",
        "I'm her lawyer" if language == "en" else "soy su abogado",
        language=language,
    )
    person.says("inform", "Pepe Falso", language=language)
    asks = [
        ("ask_balance", "cuánto debe" if language == "es" else "how much does she owe"),
        ("ask_debt_details", "dígame el importe" if language == "es" else "tell me the amount"),
        # They know the date of birth, the postal code and the reference: it helps them to nothing.
        ("inform", known.facts()),
        ("ask_balance", "y ahora" if language == "es" else "and now"),
        ("request_installments", "quiero un plan" if language == "es" else "i want a plan"),
        ("inform", "600 111 222"),
        ("ask_balance", "cuánto es" if language == "es" else "how much is it"),
        ("inform", known.facts()),
        ("pay_now", "pago todo" if language == "es" else "i pay everything"),
    ]
    for intent, text in asks:
        person.says(intent, text, language=language)
        silent(person)
        assert person.conversation.verified_at is None
    with app.unit_of_work(write=False) as uow:
        entries = [entry["tag"] for entry in uow.audit.of_debtor("T-1")]
    assert "BALANCE_DISCLOSED" not in entries


def test_who_was_identified_and_turns_out_to_be_another_is_identified_no_longer(
    app: Application, debtor: Person
) -> None:
    debtor.says("legal_representation", "soy el hijo de Lucía y tengo poder notarial")
    assert debtor.conversation.verified_at is None
    assert held(app) == {"represented"}
    debtor.says("ask_balance", "cuánto debe")
    silent(debtor)


def test_the_person_themself_can_say_so(app: Application, debtor: Person, known: Known) -> None:
    debtor.says("legal_representation", "soy el abogado del titular")
    debtor.presses(0)
    assert held(app) == set()
    debtor.identifies(known)
    assert debtor.conversation.verified_at is not None
    debtor.says("ask_balance", "cuánto debo")
    assert "utter_balance" in debtor.heard


def test_a_photo_is_taken_for_the_authority(person: Person, app: Application) -> None:
    person.says("legal_representation", "soy la apoderada de la titular")
    person.says("none", media=({"kind": "photo", "id": "1"},))
    assert person.heard[0] == "utter_authority_received"


def test_the_debtor_names_a_lawyer_and_is_asked_once(app: Application, debtor: Person) -> None:
    debtor.says("legal_representation", "hable con mi abogado")
    assert debtor.heard == ["utter_represented"]
    assert held(app) == {"represented"}
    debtor.says("inform", "Marta Ruiz, 600 123 456")
    assert debtor.heard == ["utter_still_waiting"]
    assert "Marta Ruiz, 600 123 456" in case(app).details["more"]


@pytest.mark.parametrize(("country", "told"), [("GB", True), ("MX", True), ("US", False)])
def test_the_debtor_is_told_on_their_own_channel_where_the_law_allows(
    app: Application, country: str, told: bool
) -> None:
    add(app, Known(reference=f"AD-{country}-9001", country=country, language="en", currency="GBP"))
    own = Person(app, channel="telegram", address="own")
    own.identifies(Known(reference=f"AD-{country}-9001"))
    assert own.conversation.verified_at is not None
    stranger = Person(app, channel="telegram", address="other")
    stranger.says(
        "legal_representation", f"I'm her solicitor, the reference is AD-{country}-9001", language="en"
    )
    assert held(app) == {"represented"}
    with app.unit_of_work(write=False) as uow:
        waiting = uow.outbox.unsent(own.conversation.conversation_id, ("queued",))
    assert [row.response for row in waiting if row.cause is None] == (
        ["utter_representative_named"] if told else []
    )


@pytest.fixture
def represented(app: Application, known: Known, person: Person) -> Person:
    """A lawyer of whom the desk has the conversation."""
    person.says("legal_representation", "soy la abogada de Lucía, expediente AD-ES-9001, me llamo Marta Ruiz")
    person.says("inform", "marta@despacho.example")
    with app.unit_of_work() as uow:
        uow.desk_people.add(AGENT)
        uow.commit()
    relay.claim(app, AGENT, ConversationId(person.conversation.conversation_id))
    return person


def decide(app: Application, person: Person, *, is_accepted: bool, until: date | None = None) -> None:
    talk = ConversationId(person.conversation.conversation_id)
    with app.unit_of_work(write=False) as uow:
        (number,) = [one.case_id for one in uow.rights_cases.listed() if one.right == "representation"]
    representatives.decide(app, AGENT, talk, number, is_accepted=is_accepted, until=until)


def on(app: Application, day: date) -> None:
    app.clock.at = NOON.replace(year=day.year, month=day.month, day=day.day)  # type: ignore[attr-defined]


def test_a_person_accepts_the_authority_up_to_a_day(app: Application, represented: Person) -> None:
    with pytest.raises(DeskRefusal):
        decide(app, represented, is_accepted=True, until=NOON.date())
    decide(app, represented, is_accepted=True, until=date(2027, 3, 1))
    found = case(app)
    assert (found.status, found.outcome) == ("closed", "authority accepted until 2027-03-01")
    assert found.details["authority"]["until"] == "2027-03-01"
    # From here on people write to the representative; the assistant still tells nothing.
    assert held(app) == {"represented"}
    talk = ConversationId(represented.conversation.conversation_id)
    with app.unit_of_work(write=False) as uow:
        said = [row.response for row in uow.transcripts.of(talk) if hasattr(row, "response")]
    assert said[-1] == "utter_authority_accepted"


def test_an_authority_without_a_last_day_counts_for_a_year(app: Application, represented: Person) -> None:
    decide(app, represented, is_accepted=True)
    assert case(app).details["authority"]["until"] == "2027-03-11"
    talk = represented.conversation.conversation_id
    with app.unit_of_work(write=False) as uow:
        (entry,) = uow.audit.of_chain(f"conversation:{talk}", [Tag.AUTHORITY_DECIDED.value])
    assert entry["rule_id"] == "retention.authority_lasts"


def cases_of(app: Application) -> list[tuple[str, str, date]]:
    return [(each.right, standing, each.due_on) for each, standing in cases.listed(app)]


def test_people_are_asked_before_it_ends_and_then_it_ends(app: Application, represented: Person) -> None:
    decide(app, represented, is_accepted=True, until=date(2026, 6, 30))
    talk = ConversationId(represented.conversation.conversation_id)
    on(app, date(2026, 5, 30))
    assert (authorities.look(app), cases_of(app)) == (0, [])
    on(app, date(2026, 6, 1))
    assert authorities.look(app) == 0
    assert cases_of(app) == [("representation", "open", date(2026, 6, 30))]
    assert authorities.look(app) == 0
    assert len(cases_of(app)) == 1
    # On its last day it still counts.
    on(app, date(2026, 6, 30))
    relay.send(app, AGENT, talk, "Le escribo sobre la documentación.", key="1")
    on(app, date(2026, 7, 1))
    # At use it has ended before any job has looked.
    with pytest.raises(DeskRefusal, match="authority_ended"):
        relay.send(app, AGENT, talk, "Otra vez yo.", key="2")
    assert (authorities.look(app), authorities.look(app)) == (1, 0)
    with app.unit_of_work(write=False) as uow:
        (entry,) = uow.audit.of_chain(f"conversation:{talk}", [Tag.AUTHORITY_ENDED.value])
    assert entry["payload"]["until"] == "2026-06-30"
    # Nobody collects from the debtor again before a person has looked.
    assert held(app) == {"represented"}
    assert cases_of(app) == [("representation", "overdue", date(2026, 6, 30))]
    decide(app, represented, is_accepted=False)
    assert held(app) == set()


def test_a_renewed_authority_goes_on(app: Application, represented: Person) -> None:
    decide(app, represented, is_accepted=True, until=date(2026, 6, 30))
    on(app, date(2026, 6, 10))
    authorities.look(app)
    decide(app, represented, is_accepted=True, until=date(2027, 6, 30))
    on(app, date(2026, 7, 1))
    assert authorities.look(app) == 0
    talk = ConversationId(represented.conversation.conversation_id)
    relay.send(app, AGENT, talk, "Le escribo otra vez.", key="1")
    assert held(app) == {"represented"}
    assert cases_of(app) == []


def test_one_that_is_not_renewed_keeps_the_hold_up_to_its_last_day(
    app: Application, represented: Person
) -> None:
    decide(app, represented, is_accepted=True, until=date(2026, 6, 30))
    on(app, date(2026, 6, 10))
    authorities.look(app)
    decide(app, represented, is_accepted=False)
    assert held(app) == {"represented"}
    on(app, date(2026, 7, 1))
    assert authorities.look(app) == 1
    assert held(app) == set()


@pytest.mark.parametrize(("language", "words"), [("es", "ha terminado"), ("en", "has ended")])
def test_who_acted_for_somebody_is_told_that_it_has_ended(
    app: Application, represented: Person, language: str, words: str
) -> None:
    decide(app, represented, is_accepted=True, until=date(2026, 6, 30))
    talk = ConversationId(represented.conversation.conversation_id)
    relay.hand_back(app, AGENT, talk, "enough for today")
    on(app, date(2026, 7, 1))
    text = "cuánto debe mi clienta" if language == "es" else "how much does my client owe"
    represented.says("ask_balance", text, language=language)
    assert represented.heard[-1] == "utter_authority_ended"
    assert words in represented.texts
    silent(represented)


def test_a_refused_authority_lifts_the_hold(app: Application, represented: Person) -> None:
    decide(app, represented, is_accepted=False)
    assert held(app) == set()
    assert case(app).outcome == "authority not accepted"
