"""Somebody for whom a sum is too high: no is not all that they say."""

from __future__ import annotations

import pytest

from bot.debt.conversations import Owner
from bot.services.hardship import is_too_much
from tests.conversations.test_agreement import arrangement
from tests.support.people import Person

SAID = [
    "es mucho para mí",
    "es demasiado",
    "no puedo pagar tanto",
    "yo no puedo pagar eso",
    "uy no, muy alta la cuota",
    "es mucha plata para mí",
    "no me da para tanto",
    "no llego a tanto",
    "está muy alto",
    "me queda alto",
    "no puedo con esa cuota",
    "es un montón",
    "that's too much for me",
    "i cant swing that",
    "can't stretch to that",
    "more than I can manage",
    "way too steep",
    "I can't pay that much",
]


@pytest.mark.parametrize("text", SAID)
def test_it_is_known_by_its_words(text: str) -> None:
    assert is_too_much(text)


@pytest.mark.parametrize(
    "text", ["no", "no, gracias", "ninguna", "de momento no", "no thanks", "nah", "nope, not now"]
)
def test_a_plain_no_is_a_plain_no(debtor: Person, text: str) -> None:
    assert not is_too_much(text)
    assert debtor.says("deny", text) == ["utter_all_right"]


def test_of_the_balance_it_opens_what_they_could_manage(debtor: Person) -> None:
    """It was met with "All right. I'm here if you need anything"."""
    debtor.says("ask_balance", "¿cuánto debo?")
    assert debtor.says("deny", "yo no puedo pagar eso")[-1] == "utter_ask_affordability"


def test_of_an_offer_it_asks_for_theirs(debtor: Person) -> None:
    debtor.says("request_installments", "a plazos")
    debtor.says("inform", "60 al mes")
    assert debtor.says("deny", "es mucho para mí") == ["utter_what_would_suit"]


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("deny", "es mucho para mí"),
        ("request_discount", "¿me lo podéis bajar?"),
        ("counter_offer", "20 al mes"),
        ("request_installments", "quiero pagar menos cada mes"),
    ],
)
def test_of_an_agreement_it_is_told_what_can_be_done(debtor: Person, intent: str, text: str) -> None:
    """They heard that there is an agreement, and no way on."""
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "sí")
    before = arrangement(debtor)
    answer = debtor.says(intent, text)
    assert answer[-1] == "utter_agreement_too_much"
    assert arrangement(debtor) == before
    if intent == "deny":
        assert debtor.presses(0)[-1] == "utter_ask_new_date"
    else:
        debtor.presses(1)
        assert debtor.conversation.owner is Owner.WAITING


def test_before_identification_it_says_nothing_of_a_debt(person: Person) -> None:
    assert person.says("deny", "es mucho para mí") == ["utter_introduction", "utter_all_right"]
