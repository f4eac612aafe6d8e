"""What has to be said is said at its moment and recorded with the message, in every country; and who asks gets proof."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.debt.disclosures import BEFORE_IDENTITY, Code
from bot.debt.party import DebtorId
from bot.services import proof
from bot.services.application import Application
from bot.services.disclosures import given_to
from bot.services.disclosures_port import Disclosed
from tests.support.people import Known, Person, add
from tests.unit.test_responses import _DEBT_WORD


@dataclass(frozen=True)
class Country:
    """A debtor of one country, and what they are told: at identification, with an offer, an agreement, a dispute."""

    known: Known
    at_first: tuple[str, ...]
    at_offer: tuple[str, ...] = ("offer_parameters",)
    at_dispute: tuple[str, ...] = ()
    in_next_session: tuple[str, ...] = ()


def _known(country: str, language: str, creditor: str, currency: str, postal_code: str) -> Known:
    big = currency in ("COP", "CLP", "ARS", "MXN")
    amounts = {"principal": "400000", "interest": "120000", "fees": "80000"} if big else {}
    return Known(
        f"AD-{country}-9001",
        f"T-{country}",
        country,
        language,
        creditor,
        currency,
        postal_code=postal_code,
        **amounts,
    )


COUNTRIES = {
    "ES": Country(_known("ES", "es", "Financiera Ribera", "EUR", "28013"), ("privacy",)),
    "MX": Country(
        _known("MX", "es", "Crédito Jacaranda", "MXN", "06700"),
        ("identification",),
        at_dispute=("complaint_bodies",),
    ),
    "CO": Country(
        _known("CO", "es", "Finanzas Guayacán", "COP", "050021"),
        ("identification",),
        in_next_session=("identification_short",),
    ),
    "CL": Country(
        _known("CL", "es", "Créditos Copihue", "CLP", "7500000"),
        ("identification",),
        at_dispute=("complaint_bodies",),
        in_next_session=("identification",),
    ),
    "PE": Country(_known("PE", "es", "Caja Cantuta", "PEN", "15046"), ("identification",)),
    "AR": Country(_known("AR", "es", "Préstamos Ceibo", "ARS", "1425"), ("identification",), at_offer=()),
    "US": Country(
        _known("US", "en", "Bluebonnet Lending", "USD", "78704"),
        ("mini_miranda", "validation"),
        at_offer=(),
        at_dispute=("verification",),
        in_next_session=("debt_collector",),
    ),
    "GB": Country(_known("GB", "en", "Harbourside Credit", "GBP", "LE2 1TX"), ("identification",)),
}


def told(person: Person) -> list[str]:
    """Codes of everything recorded for the conversation, in order."""
    with person.app.unit_of_work(write=False) as uow:
        return [row.code.value for row in uow.disclosures.given(person.conversation.conversation_id, None)]


def new(person: Person, before: list[str]) -> tuple[str, ...]:
    """What was recorded since."""
    return tuple(told(person)[len(before) :])


@pytest.fixture(params=sorted(COUNTRIES))
def country(request: pytest.FixtureRequest) -> Country:
    """Each country."""
    return COUNTRIES[request.param]


@pytest.fixture
def talker(app: Application, country: Country) -> Person:
    """Their debtor, who has said hello."""
    add(app, country.known)
    person = Person(app)
    person.says("greet", "hello there, good morning" if country.known.language == "en" else "hola, buenos días",
                language=country.known.language)  # fmt: skip
    return person


def test_each_country_says_what_its_facts_ask_for_in_order(talker: Person, country: Country) -> None:
    assert told(talker) == ["ai", "human"]
    before = told(talker)
    talker.identifies(country.known)
    assert new(talker, before) == country.at_first
    before = told(talker)
    talker.says("ask_balance", "x")
    assert new(talker, before) == ()
    talker.says("counter_offer", "3 cuotas", entities=[{"entity": "installments", "value": 3}])
    assert new(talker, before) == country.at_offer
    before = told(talker)
    talker.says("dispute_debt", "x")
    assert new(talker, before) == country.at_dispute


def test_nothing_of_a_debt_is_said_or_recorded_before_identification(
    talker: Person, country: Country
) -> None:
    for intent in (
        "ask_balance",
        "ask_legitimacy",
        "complain",
        "request_agent",
        "report_hardship",
        "dispute_debt",
    ):
        talker.says(intent, "x")
        assert not _DEBT_WORD.search(talker.texts), talker.texts
    with talker.app.unit_of_work(write=False) as uow:
        rows = uow.disclosures.given(talker.conversation.conversation_id, None)
    assert {row.code for row in rows} <= BEFORE_IDENTITY
    assert Code.COMPLAINT_BODIES in {row.code for row in rows}
    assert all(row.debtor_id is None and row.account is None for row in rows)


def test_what_comes_once_does_not_come_again_after_a_silence(talker: Person, country: Country) -> None:
    talker.identifies(country.known)
    talker.app.clock.at += timedelta(hours=2)  # type: ignore[attr-defined]
    talker.says("ask_balance", "x")
    before = told(talker)
    talker.identifies(country.known)
    assert "utter_balance" in talker.heard
    assert new(talker, before) == country.in_next_session


def test_a_disclosure_comes_before_the_first_word_about_the_debt(talker: Person, country: Country) -> None:
    talker.identifies(country.known)
    first = next(n for n, name in enumerate(talker.heard) if name.startswith("utter_notice_"))
    assert talker.heard[:first] == ["utter_identified"]
    assert first < talker.heard.index("utter_balance")


def test_the_record_says_what_when_in_which_wording_and_why(talker: Person, country: Country) -> None:
    talker.identifies(country.known)
    rows = given_to(talker.app, DebtorId(country.known.debtor_id))
    assert [row.code.value for row in rows] == ["ai", "human", *country.at_first]
    facts = {fact.fact_id for fact in talker.app.rulebook.jurisdictions.profile(country.known.country).facts}
    sent = {message.message_id: message for message in talker.last}
    for row in rows[2:]:
        assert row.account == country.known.reference
        assert set(row.facts) <= facts
        assert sent[row.message_id].response == row.response
        assert re.fullmatch("[0-9a-f]{16}", row.text_version)
    assert _entries(talker, rows) == [row.code.value for row in rows]


def _entries(person: Person, rows: list[Disclosed]) -> list[str]:
    with person.app.unit_of_work(write=False) as uow:
        found = uow.audit.of_chain(
            f"conversation:{person.conversation.conversation_id}", ["DISCLOSURE_GIVEN"]
        )
    payloads = [entry["payload"] for entry in found]
    assert [payload["outbox_id"] for payload in payloads] == [row.message_id for row in rows]
    return [payload["disclosure"] for payload in payloads]


def test_the_mini_miranda_is_repeated_in_the_language_that_is_used(app: Application) -> None:
    known = add(app, COUNTRIES["US"].known)
    person = Person(app)
    person.says("greet", "hello there, good morning", language="en")
    person.identifies(known)
    before = told(person)
    person.says("change_language", "en español por favor", language="es")
    assert person.heard[:2] == ["utter_language_changed", "utter_notice_mini_miranda"]
    assert new(person, before) == ("mini_miranda",)
    person.says("ask_balance", "cuánto debo en total", language="es")
    assert new(person, before) == ("mini_miranda",)


def test_by_sms_in_the_united_states_every_answer_ends_with_how_to_stop(app: Application) -> None:
    known = add(app, Known(reference="AD-US-9001", country="US", language="en", currency="USD", postal_code="78704",
                           creditor="Bluebonnet Lending", phone="+15125550101"))  # fmt: skip
    person = Person(app, "+15125550101", "sms")
    for intent, text in (("greet", "hello"), ("inform", "03/12/1985 78704"), ("ask_balance", "how much")):
        person.says(intent, text, language="en")
        assert [message.text.endswith("reply STOP.") for message in person.last][-1], person.texts
        assert sum("reply STOP." in message.text for message in person.last) == 1
    assert known.debtor_id == person.conversation.debtor_id
    person.says("none", "STOP")
    assert person.heard == ["utter_contact_stopped"]
    assert "reply STOP" not in person.texts


def test_nothing_stands_beside_care_or_the_confirmation_of_a_stop(debtor: Person) -> None:
    other = Person(debtor.app, "someone else")
    other.says("distress", "no puedo más")
    assert other.heard == ["utter_distress"]
    other = Person(debtor.app, "a third")
    other.says("stop_contact", "no me escriban más")
    assert not {name for name in other.heard if name.startswith(("utter_notice", "utter_intro"))}
    other.says("greet", "hola")
    assert other.heard[0] == "utter_introduction", "the AI is named as soon as there is room for it"


def test_a_settled_account_needs_no_word_of_collection(app: Application) -> None:
    known = add(app, Known(reference="AD-US-9001", country="US", currency="USD", postal_code="78704",
                           principal="0", interest="0", fees="0"))  # fmt: skip
    person = Person(app)
    person.identifies(known)
    assert "utter_balance_zero" in person.heard
    assert told(person) == ["ai", "human"]


# -- who are you? ------------------------------------------------------------------------------------------------


def code_in(person: Person) -> str:
    """The code in the last answer."""
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", person.texts)
    assert found is not None, person.texts
    return found.group()


def test_who_asks_gets_a_code_that_we_know_for_a_day(person: Person) -> None:
    app = person.app
    person.says("ask_legitimacy", "¿cómo sé que son ustedes?")
    assert "utter_legitimacy" in person.heard
    code = code_in(person)
    assert f"{app.settings.public_url}/webhooks/web/verify" in person.texts
    for typed in (code, code.lower().replace("-", " "), code.replace("0", "o").replace("1", "l")):
        found = proof.look_up(app, typed)
        assert found is not None
        assert (found.channel, found.conversation_id) == ("rest", person.conversation.conversation_id)
    assert proof.look_up(app, code[:-1] + ("2" if code[-1] != "2" else "3")) is None
    assert proof.look_up(app, "") is None
    app.clock.at += timedelta(hours=24)  # type: ignore[attr-defined]
    assert proof.look_up(app, code) is None


def test_each_question_gets_a_code_of_its_own_and_both_hold(person: Person) -> None:
    person.says("ask_legitimacy", "x")
    first = code_in(person)
    person.says("ask_legitimacy", "x")
    assert code_in(person) != first
    assert proof.look_up(person.app, first) is not None


def test_who_is_identified_also_hears_for_whom_we_write(debtor: Person) -> None:
    debtor.says("ask_legitimacy", "¿quiénes son ustedes?")
    assert "utter_legitimacy_known" in debtor.heard
    assert "Financiera Ribera" in debtor.texts
    assert proof.look_up(debtor.app, code_in(debtor)) is not None


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_validation_notice_names_where_letters_are_read(app: Application, language: str) -> None:
    known = COUNTRIES["US"].known
    person = Person(app)
    add(app, replace(known, language=language))
    person.says("inform", known.facts(), language=language)
    notice = next(row.text for row in person.last if row.response == "utter_notice_validation")
    assert "P.O. Box 100, Austin, TX 78701" in notice


@pytest.mark.parametrize(
    ("writes", "is_first_party", "is_collector"),
    [
        ("Al Día Services", False, True),
        # A creditor that uses another name is a debt collector: 15 USC 1692a(6), 12 CFR 1006.2(i).
        ("Al Día Services", True, True),
        ("Bluebonnet Lending", False, True),
        ("Bluebonnet Lending", True, False),
    ],
)
def test_a_creditor_in_its_own_name_does_not_call_itself_a_debt_collector(
    app: Application, writes: str, is_first_party: bool, is_collector: bool
) -> None:
    known, names = COUNTRIES["US"].known, app.rulebook.who_writes
    own = replace(
        names,
        writers={**names.writers, "US": replace(names.writer("US"), name=writes)},
        creditors={
            **names.creditors,
            "bluebonnet lending": replace(names.creditor(known.creditor), is_first_party=is_first_party),
        },
    )
    person = Person(
        replace(app, rulebook=replace(app.rulebook, who_writes=own)), channel="telegram", address="1"
    )
    add(app, known)
    person.says("inform", known.facts(), language="en")
    given = told(person)
    for code in ("mini_miranda", "validation"):
        assert (code in given) is is_collector
    assert ("debt collector" in person.texts) is is_collector
    # What is true of everybody is said all the same.
    assert "opt_out" in given
