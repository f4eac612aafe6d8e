"""Several debts: which one is asked, chosen by number, creditor or reference; and two channels at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.debt.party import AccountReference
from bot.services.application import Application
from tests.support.people import Known, Person, add


@pytest.fixture
def two(app: Application) -> Person:
    """A debtor with two accounts, identified by document."""
    add(app, Known())
    add(
        app,
        Known(
            reference="AD-ES-9010", creditor="Luz del Norte", principal="90.00", interest="0.00", fees="10.00"
        ),
    )
    person = Person(app)
    person.says("ask_balance", "cuánto debo")
    person.says("inform", "dni 12345678Z, nací el 12/03/1985 y mi cp es 28013")
    return person


@pytest.mark.parametrize("text", ["la segunda", "2", "luz del norte", "AD-ES-9010", "la de luz del norte"])
def test_which_account(two: Person, text: str) -> None:
    assert "utter_which_account" in two.heard, two.texts
    two.says("inform", text)
    assert "utter_balance" in two.heard, two.heard
    assert two.conversation.account == "AD-ES-9010"


def test_what_was_wanted_goes_on_after_the_choice(two: Person) -> None:
    two.says("inform", "la primera")
    two.says("counter_offer", "50 al mes")
    two.says("affirm", "acepto")
    with two.app.unit_of_work(write=False) as uow:
        assert uow.arrangements.open_for(AccountReference("AD-ES-9001")) is not None
        assert uow.arrangements.open_for(AccountReference("AD-ES-9010")) is None


def test_one_debtor_on_two_chats_agrees_once(app: Application) -> None:
    known = add(app, Known())
    people = [Person(app, f"chat-{n}") for n in range(3)]
    for number, person in enumerate(people):
        person.identifies(known)
        person.says("counter_offer", f"{50 + 10 * number} al mes")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda person: person.says("affirm", "acepto"), people))
    agreed = [person for person in people if "utter_agreed" in person.heard]
    assert len(agreed) == 1
    assert sum("utter_already_agreed" in p.heard or "utter_offer_stale" in p.heard for p in people) == 2
