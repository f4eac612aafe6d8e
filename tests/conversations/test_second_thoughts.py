"""Second thoughts: "can I back out?", "I don't want it any more", "let me think about it"."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.debt.conversations import Owner
from bot.services import pondering
from tests.conversations.test_agreement import arrangement
from tests.support.people import Known, Person, add


@pytest.fixture
def agreed(debtor: Person) -> Person:
    """The debtor, with an agreement made a moment ago."""
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "sí")
    assert arrangement(debtor) is not None
    return debtor


ASKED = [
    ("help", 0.42, "¿me puedo echar atrás?"),
    ("report_hardship", 0.41, "me puedo echar para atras?"),
    ("ask_consequences", 0.37, "¿puedo cancelarlo?"),
    ("request_extension", 0.31, "¿puedo anularlo?"),
    ("change_agreement", 0.77, "puedo cancelar el plan?"),
    ("help", 0.31, "can i back out?"),
    ("ask_consequences", 0.41, "me puedo arrepentir?"),
    ("ask_consequences", 0.64, "can i cancel it"),
    ("distress", 0.41, "is it too late to change my mind"),
    ("complain", 0.69, "me arrepiento"),
    ("affirm", 0.18, "che, me arrepentí"),
]


@pytest.mark.parametrize(("intent", "confidence", "text"), ASKED)
def test_a_question_is_answered_and_changes_nothing(
    agreed: Person, intent: str, confidence: float, text: str
) -> None:
    ranking = [(intent, confidence), ("pay_now", 0.15)]
    agreed.says(intent, text, confidence=confidence, ranking=ranking)
    assert agreed.heard == ["utter_agreement_in_short", "utter_can_withdraw"]
    assert "600,00" in agreed.texts
    assert "12 de marzo de 2026, 12:00" in agreed.texts  # a day later, by the clock in Spain
    assert arrangement(agreed) is not None
    agreed.presses(0)
    assert agreed.heard == ["utter_withdrawn"]
    assert arrangement(agreed) is None


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("deny", "ya no quiero el acuerdo"),
        ("change_agreement", "cancel my plan"),
        ("refuse_to_pay", "no quiero ese plan"),
    ],
)
def test_said_plainly_it_is_undone_at_once(agreed: Person, intent: str, text: str) -> None:
    agreed.says(intent, text)
    assert agreed.heard == ["utter_withdrawn"]
    assert arrangement(agreed) is None


def test_after_a_day_a_person_changes_it(agreed: Person) -> None:
    agreed.app.clock.at += timedelta(hours=25)
    agreed.says("inform", "AD-ES-9001, nací el 12/03/1985 y mi código postal es 28013")
    agreed.says("help", "¿me puedo echar atrás?", confidence=0.42)
    assert agreed.heard == ["utter_agreement_in_short", "utter_person_can_change"]
    agreed.says("change_agreement", "cancelad mi acuerdo")
    assert agreed.heard == ["utter_change_to_person"]
    assert agreed.conversation.owner is Owner.WAITING
    assert arrangement(agreed) is not None


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("pay_now", "quiero cancelar la deuda"),
        ("deny", "ya no quiero recibir mensajes por la noche, gracias"),
        ("data_rights", "quiero anular mi consentimiento"),
        ("distress", "me arrepiento de haber nacido"),
        ("out_of_scope", "quiero anular la tarjeta del banco"),
    ],
)
def test_other_regrets_leave_the_agreement(agreed: Person, intent: str, text: str) -> None:
    agreed.says(intent, text)
    assert arrangement(agreed) is not None
    assert "utter_can_withdraw" not in agreed.heard


def test_another_day_is_no_withdrawal(agreed: Person) -> None:
    first = arrangement(agreed).terms.schedule[0].due_on
    agreed.says("change_agreement", f"changed my mind, can it be the {first + timedelta(days=3):%d/%m/%Y}?")
    assert "utter_date_changed" in agreed.heard
    assert arrangement(agreed) is not None


def test_without_an_agreement_that_is_what_is_said(debtor: Person) -> None:
    debtor.says("change_agreement", "cancel my plan")
    assert debtor.heard[0] == "utter_no_agreement"


def test_before_the_yes_it_is_told_what_a_yes_leaves_open(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says(
        "help", "¿me puedo echar atrás?", confidence=0.42, ranking=[("help", 0.42), ("distress", 0.1)]
    )
    assert debtor.heard == ["utter_nothing_agreed_yet", "utter_again_summary"]
    debtor.says("affirm", "sí, acepto")
    assert arrangement(debtor) is not None


def test_the_agreement_of_another_debt_is_meant_where_it_is_the_only_one(agreed: Person) -> None:
    add(agreed.app, Known(reference="AD-ES-9010", creditor="Luz del Duero"))
    agreed.says("ask_balance", "y AD-ES-9010?")
    agreed.says("dispute_debt", "me he equivocado, lo quiero anular", confidence=0.43)
    assert agreed.heard == ["utter_agreement_in_short", "utter_can_withdraw"]
    assert agreed.conversation.account == "AD-ES-9001"


THINKING = [
    "let me think about it", "i need to think about it", "can i think about it first", "ill talk to my wife first",
    "déjame pensarlo", "dejá que lo piense", "me lo pienso y os digo", "tengo que pensarlo", "lo voy a pensar, gracias",
        "tengo q pensarlo",
    "tengo que consultarlo con mi mujer", "lo hablo con mi marido y te digo", "luego te digo", "I'll get back to you",
]  # fmt: skip


@pytest.mark.parametrize("text", THINKING)
def test_thinking_it_over_is_no_alarm(debtor: Person, text: str) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("distress", text, confidence=0.93)
    assert debtor.heard == ["utter_take_your_time"]
    assert debtor.conversation.owner is Owner.BOT
    debtor.says("affirm", "sí, acepto")
    assert arrangement(debtor) is not None


def test_thinking_over_what_was_only_told_is_no_goodbye(debtor: Person) -> None:
    debtor.says("goodbye", "let me think about it")
    assert debtor.heard == ["utter_no_hurry"]


@pytest.mark.parametrize(
    "text",
    [
        "lo voy a pensar, no puedo más con mi vida", "estoy pensando en acabar con todo",
        "let me think about killing myself",
        "i think about it every night, ending it", "tengo que pensarlo o me tiro", "let me die",
    ],
)  # fmt: skip
def test_despair_is_not_taken_for_thinking_it_over(text: str) -> None:
    assert not pondering.is_said(text)
