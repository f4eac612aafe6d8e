"""Cards say what the text says, figure by figure, in whatever language, and lead where its buttons lead."""

from __future__ import annotations

from typing import Any

import pytest

from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage
from tests.support.people import Known, Person, add

SPANISH = Known()
ENGLISH = Known(
    reference="AD-GB-9001", debtor_id="T-2", country="GB", language="en", currency="GBP",
    document="QQ123456C", postal_code="LE2 1TX",
)  # fmt: skip


def with_cards(person: Person) -> OutboundMessage:
    """The message of the last answer that has cards."""
    return next(one for one in person.last if one.cards)


def offered(app: Application, known: Known) -> Person:
    """Somebody to whom offers were just made."""
    add(app, known)
    person = Person(app, channel="web")
    person.says(
        "ask_balance", "hola" if known.language == "es" else "hello there my friend", language=known.language
    )
    person.identifies(known)
    person.says("request_installments")
    if not any(one.cards for one in person.last):
        person.says("help", "no sé")
    return person


@pytest.mark.parametrize("known", [SPANISH, ENGLISH], ids=["es", "en"])
def test_an_offers_card_stands_for_its_block_and_picks_it(app: Application, known: Known) -> None:
    person = offered(app, known)
    message = with_cards(person)
    for number, card in enumerate(message.cards):
        assert card["stands_for"] in message.text
        assert card["total"] in card["stands_for"]
        assert card["saving"] is None or card["saving"] in card["stands_for"]
        assert card["picks"] == number
        assert card["schedule"][0]["on"] in card["stands_for"]
    assert len(message.cards) <= len(message.buttons)
    person.presses(message.cards[-1]["picks"])
    summary = with_cards(person).cards[0]
    assert [summary[key] for key in ("title", "total", "schedule")] == [
        message.cards[-1][key] for key in ("title", "total", "schedule")
    ]


def test_a_summarys_card_holds_the_schedule_line_by_line(app: Application) -> None:
    person = offered(app, SPANISH)
    person.presses(0)
    message = with_cards(person)
    (card,) = message.cards
    assert card["kind"] == "summary"
    lines = card["stands_for"].split("\n")
    assert len(lines) == len(card["schedule"])
    for line, due in zip(lines, card["schedule"], strict=True):
        assert due["on"] in line
        assert due["amount"] in line
    assert card["stands_for"] in message.text


def test_what_is_left_of_an_agreement_is_a_card(app: Application) -> None:
    person = offered(app, SPANISH)
    person.presses(0)
    person.says("affirm", "acepto")
    person.says("ask_agreement_status")
    cards: list[Any] = [card for one in person.last for card in one.cards]
    assert [card["kind"] for card in cards] == ["agreement"]
    assert cards[0]["picks"] is None
