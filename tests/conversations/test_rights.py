"""Rights and protections: each places its hold at once, stops collection, and says what happens next."""

from __future__ import annotations

import pytest

from bot.debt.party import AccountReference
from tests.support.people import Known, Person, add

OFFERING = {
    "utter_offers",
    "utter_one_offer",
    "utter_ask_acceptance",
    "utter_ask_affordability",
    "utter_how_to_settle",
}


def holds(person: Person, debtor_id: str = "T-1") -> set[str]:
    with person.app.unit_of_work(write=False) as uow:
        return {h.kind.value for h in uow.holds.in_force(debtor_id, None)}


@pytest.mark.parametrize(
    ("intent", "text", "hold"),
    [
        ("dispute_debt", "esa deuda no es mía", "dispute"),
        ("report_payment", "ya lo pagué", "payment_claimed"),
        ("wrong_person", "no soy esa persona", "wrong_party"),
        ("report_death", "ha fallecido", "deceased"),
        ("legal_representation", "hable con mi abogado", "represented"),
        ("stop_contact", "no me escriban más", "cease_contact"),
        ("distress", "no quiero seguir viviendo", "distress"),
        ("report_hardship", "me quedé sin trabajo", "hardship"),
    ],
)
def test_hold_at_once(debtor: Person, intent: str, text: str, hold: str) -> None:
    debtor.says(intent, text)
    assert hold in holds(debtor)
    if hold not in ("hardship",):
        assert not OFFERING & set(debtor.heard)


@pytest.mark.parametrize(
    ("intent", "text"),
    [("dispute_debt", "no es mía"), ("report_payment", "ya la pagué ayer"), ("distress", "no puedo más")],
)
def test_no_offer_while_the_hold_lasts(debtor: Person, intent: str, text: str) -> None:
    debtor.says(intent, text)
    for other in (
        "request_installments",
        "request_discount",
        "counter_offer",
        "pay_now",
        "promise_to_pay",
        "affirm",
    ):
        debtor.says(other, "50 al mes" if other == "counter_offer" else "")
        assert not OFFERING & set(debtor.heard), (other, debtor.heard)
    with debtor.app.unit_of_work(write=False) as uow:
        assert uow.arrangements.open_for(AccountReference("AD-ES-9001")) is None


def test_agreement_is_not_made_once_disputed(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("dispute_debt", "un momento, esto no es mío")
    debtor.says("affirm", "sí")
    debtor.says("affirm", "acepto")
    with debtor.app.unit_of_work(write=False) as uow:
        assert uow.arrangements.open_for(AccountReference("AD-ES-9001")) is None


def test_distress_says_no_debt_word_and_gives_the_line(debtor: Person) -> None:
    debtor.says("distress", "no quiero vivir")
    assert debtor.heard == ["utter_distress"]
    assert "024" in debtor.texts
    assert not any(word in debtor.texts.lower() for word in ("deuda", "pago", "pagar", "saldo", "€"))
    assert debtor.conversation.owner.value == "waiting"


def test_distress_before_identification_on_an_unknown_address(person: Person) -> None:
    person.says("distress", "quiero morirme")
    assert person.heard == ["utter_distress"]


def test_distress_second_in_the_ranking_is_treated_as_said(debtor: Person) -> None:
    debtor.says("report_hardship", "ya no aguanto", confidence=0.5,
                ranking=[("report_hardship", 0.5), ("distress", 0.45)])  # fmt: skip
    assert holds(debtor) & {"distress", "hardship"}


@pytest.mark.parametrize("word", ["STOP", "baja", "Alto.", "unsubscribe", "PARAR"])
def test_stop_words_need_no_model(person: Person, word: str) -> None:
    from bot.services import reception
    from bot.services.reception import Incoming

    received = reception.receive(person.app, Incoming("rest", "x", None, word))
    assert received.verdict == "answered"
    assert [r.response for r in received.replies] == ["utter_contact_stopped", "utter_ask_reference_to_stop"]


def test_bare_cancelar_is_asked_about(debtor: Person) -> None:
    debtor.says("none", "cancelar")
    assert debtor.heard == ["utter_ask_cancel_meaning"]
    debtor.presses(1)
    assert "cease_contact" in holds(debtor)


def test_stop_then_start(debtor: Person) -> None:
    debtor.says("none", "STOP")
    assert "cease_contact" in holds(debtor)
    debtor.says("none", "ALTA")
    assert "cease_contact" not in holds(debtor)


def test_after_stop_a_request_to_pay_is_still_served(debtor: Person) -> None:
    debtor.says("stop_contact", "no me escriban más")
    debtor.says("counter_offer", "50 al mes")
    assert "utter_ask_acceptance" in debtor.heard


def test_dispute_before_identification_goes_on_after_it(person: Person, known: Known) -> None:
    person.says("dispute_debt", "esto no es mío, nunca firmé nada")
    assert not any(name.startswith("utter_dispute") for name in person.heard)
    person.says("inform", known.facts())
    assert "dispute" in holds(person)


def test_complaint_gets_a_number(debtor: Person) -> None:
    debtor.says("complain", "me tratan fatal")
    assert "Q-" in debtor.texts


def test_waiting_for_a_person_then_never_mind(debtor: Person) -> None:
    debtor.says("request_agent", "quiero hablar con una persona")
    assert debtor.conversation.owner.value == "waiting"
    debtor.says("ask_balance", "cuanto debo")
    assert debtor.heard == ["utter_still_waiting"]
    debtor.says("deny", "da igual, sigo contigo")
    assert debtor.conversation.owner.value == "bot"
    debtor.says("ask_balance", "cuanto debo")
    assert "utter_balance" in debtor.heard


def test_us_refusal_is_silence(person: Person) -> None:
    known = add(
        person.app,
        Known(reference="AD-US-9001", country="US", language="en", currency="USD", document="6789"),
    )
    person.says("inform", f"{known.reference}, born 03/12/1985, zip {known.postal_code}", language="en")
    assert person.conversation.verified_at is not None, person.texts
    person.says("refuse_to_pay", "i'm not paying", language="en")
    assert "cease_contact" in holds(person)


def test_misunderstood_grave_word_can_be_undone(debtor: Person) -> None:
    debtor.says(
        "distress", "me muero de risa", confidence=0.4, ranking=[("distress", 0.4), ("out_of_scope", 0.3)]
    )
    assert "distress" in holds(debtor)
    assert "utter_if_misunderstood" in debtor.heard
    debtor.presses(0)
    assert debtor.heard == ["utter_undone"]
    assert "distress" not in holds(debtor)
    assert debtor.conversation.owner.value == "bot"
