"""Several processes, several channels, one debtor, the same moment: one of each thing comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.debt.holds import HoldKind
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.payments_in import import_payments
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.faults.books import faults_of, imported, tags
from tests.support.people import Person

ACCOUNT = AccountReference("AD-ES-9001")
HEADER = "account_reference,amount,currency,paid_on,payment_reference"


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run them in threads that start at the same moment; an error in one is the test's error."""
    barrier, results, errors = threading.Barrier(len(calls)), [], []

    def run(call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results.append(call())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    return results


def balance(app: Application) -> Money:
    with app.unit_of_work(write=False) as uow:
        account = uow.accounts.get(ACCOUNT)
        assert account is not None
        return account.balance.total


def test_three_channels_accept_different_offers(both: Application) -> None:
    known = imported(both)
    people = [Person(both, f"chat-{channel}", channel) for channel in ("web", "telegram", "sms")]
    for person, wish in zip(people, ("50 al mes", "te doy 500 y lo cerramos", "75 al mes"), strict=True):
        person.identifies(known)
        person.says("counter_offer", wish)
    assert all("utter_ask_acceptance" in person.heard for person in people[:1])
    at_once([lambda person=person: person.says("affirm", "acepto") for person in people])
    agreed = [person for person in people if "utter_agreed" in person.heard]
    assert len(agreed) == 1
    assert all(person.heard for person in people)
    assert tags(both, "OFFER_ACCEPTED") == ["OFFER_ACCEPTED"]
    with both.unit_of_work(write=False) as uow:
        arrangement = uow.arrangements.open_for(ACCOUNT)
        assert arrangement is not None
        assert arrangement.terms.total + arrangement.terms.saving == Money.of("600.00", "EUR")
        assert not uow.offers.on_table(ACCOUNT, both.clock.today())
    assert faults_of(both) == []


def test_one_payment_reported_twice_at_once_is_posted_once(both: Application) -> None:
    imported(both)
    row = f"{ACCOUNT},100.00,EUR,2026-03-11,P-1"
    reports = at_once([lambda: import_payments([HEADER, row], both.unit_of_work, both.clock)] * 4)
    assert sorted((r.posted, r.already_posted) for r in reports) == [(0, 1)] * 3 + [(1, 0)]
    assert balance(both) == Money.of("500.00", "EUR")
    assert tags(both, "PAYMENT_POSTED") == ["PAYMENT_POSTED"]
    assert faults_of(both) == []


def test_two_payments_at_once_both_count(both: Application) -> None:
    imported(both)
    rows = [
        f"{ACCOUNT},{amount},EUR,2026-03-11,P-{n}" for n, amount in enumerate(("100.00", "50.25", "0.75"))
    ]
    at_once([lambda row=row: import_payments([HEADER, row], both.unit_of_work, both.clock) for row in rows])
    assert balance(both) == Money.of("449.00", "EUR")
    assert faults_of(both) == []


def test_a_dispute_on_one_channel_and_a_yes_on_another(both: Application) -> None:
    """Whichever comes first: with the hold in force first there is no arrangement; else it stands and collection stops."""
    known = imported(both)
    web, chat = Person(both, "a", "web"), Person(both, "b", "telegram")
    for person in (web, chat):
        person.identifies(known)
    web.says("counter_offer", "50 al mes")
    at_once(
        [
            lambda: web.says("affirm", "acepto"),
            lambda: chat.says("dispute_debt", "esa deuda no es mía"),
        ]
    )
    accepted = tags(both, "OFFER_ACCEPTED")
    with both.unit_of_work(write=False) as uow:
        assert HoldKind.DISPUTE in {hold.kind for hold in uow.holds.in_force(DebtorId("T-1"), ACCOUNT)}
        agreed = uow.arrangements.open_for(ACCOUNT) is not None
    assert agreed == ("utter_agreed" in web.heard) == bool(accepted)
    assert faults_of(both) == []


def test_the_same_right_invoked_on_three_channels_is_one_hold(both: Application) -> None:
    known = imported(both)
    people = [Person(both, f"chat-{channel}", channel) for channel in ("web", "telegram", "sms")]
    for person in people:
        person.identifies(known)
    at_once([lambda p=person: p.says("dispute_debt", "esa deuda no es mía") for person in people])
    with both.unit_of_work(write=False) as uow:
        kinds = [hold.kind for hold in uow.holds.in_force(DebtorId("T-1"))]
    assert kinds.count(HoldKind.DISPUTE) == 1
    assert faults_of(both) == []


@pytest.mark.parametrize("copies", [6])
def test_one_delivery_many_times_at_once_is_one_turn(both: Application, copies: int) -> None:
    known = imported(both)
    person = Person(both, "someone", "sms")
    person.identifies(known)
    person.says("counter_offer", "50 al mes")

    def deliver() -> str:
        received = reception.receive(both, Incoming("sms", "someone", "SM-1", "acepto"))
        if received.verdict != "run":
            return received.verdict
        dialogue.take_turn(both, received.message_id, Heard("affirm", 0.99, text="acepto"))
        reception.conclude(both, received.message_id)
        return "run"

    assert sorted(at_once([deliver] * copies)) == ["duplicate"] * (copies - 1) + ["run"]
    with both.unit_of_work(write=False) as uow:
        message = uow.inbox.by_provider_id("sms", "SM-1")
        assert message is not None
        rows = uow.outbox.of_cause(message.message_id)
        assert [row.response for row in rows].count("utter_agreed") == 1
    assert tags(both, "OFFER_ACCEPTED") == ["OFFER_ACCEPTED"]
    assert faults_of(both) == []


def test_a_turn_decided_by_two_processes_at_once_is_decided_once(both: Application) -> None:
    """A lease that ended too early lets a second process begin the same turn."""
    known = imported(both)
    person = Person(both, "someone", "sms")
    person.identifies(known)
    person.says("counter_offer", "50 al mes")
    received = reception.receive(both, Incoming("sms", "someone", "SM-2", "acepto"))
    heard = Heard("affirm", 0.99, text="acepto")
    at_once([lambda: dialogue.take_turn(both, received.message_id, heard)] * 3)
    rows = reception.conclude(both, received.message_id)
    assert [row.response for row in rows].count("utter_agreed") == 1
    assert tags(both, "OFFER_ACCEPTED") == ["OFFER_ACCEPTED"]
    assert faults_of(both) == []
