"""A day named while terms are on the table: the same terms from that day, never a promise of everything, never a yes."""

from __future__ import annotations

from datetime import date

import pytest

from bot.debt.arrangements import Frequency, Offer
from bot.debt.holds import Hold, HoldKind
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from tests.conversations.test_agreement import arrangement
from tests.support.people import Person

REFERENCE = AccountReference("AD-ES-9001")


def shown(person: Person) -> Offer:
    """The terms of the summary that waits for a yes."""
    with person.app.unit_of_work(write=False) as uow:
        offer = uow.offers.get(str(person.conversation.state["summary"]))
    assert offer is not None
    return offer


def promises(person: Person) -> int:
    """How many promises were noted."""
    with person.app.unit_of_work(write=False) as uow:
        return len(uow.promises.of_account(REFERENCE))


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("request_extension", "¿puede ser el 20?"),
        ("change_agreement", "¿se puede cambiar al 20?"),
        ("affirm", "sí, pero el 20"),
        ("deny", "no, mejor el 20 de marzo"),
        ("promise_to_pay", "lo empiezo a pagar el día 20"),
        ("inform", "el 20"),
    ],
)
def test_a_summary_moves_to_the_day(debtor: Person, intent: str, text: str) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    before = shown(debtor).terms
    debtor.says(intent, text)
    after = shown(debtor).terms
    assert "utter_ask_acceptance" in debtor.heard
    assert arrangement(debtor) is None
    assert after.first_due_on == date(2026, 3, 20) != before.first_due_on
    assert [i.amount for i in after.schedule] == [i.amount for i in before.schedule]
    assert promises(debtor) == 0


def test_what_they_can_pay_each_time_stays(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 70 al mes")
    before = [i.amount for i in shown(debtor).terms.schedule]
    debtor.says("request_extension", "¿puede ser el 20?")
    assert [i.amount for i in shown(debtor).terms.schedule] == before
    assert before[-1] < before[0] == Money.of("70.00", "EUR")


def test_a_yes_with_the_day_that_is_written_is_a_yes(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes desde el 20 de marzo")
    debtor.says("affirm", "sí, desde el 20 de marzo")
    agreed = arrangement(debtor)
    assert agreed is not None
    assert agreed.terms.first_due_on == date(2026, 3, 20)


def test_a_day_too_late_is_answered_with_the_latest_one(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    debtor.says("request_extension", "¿puede ser el 20 de mayo?")
    assert debtor.heard == ["utter_counter_too_late_start", "utter_one_offer"]
    assert arrangement(debtor) is None


def test_when_is_the_first_payment_is_answered_before_the_yes(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes desde el 20 de marzo")
    debtor.says("ask_agreement_status", "cuándo es el primer pago")
    assert debtor.heard[0] == "utter_first_payment_would_be"
    assert "20 de marzo" in debtor.texts
    debtor.says("affirm", "sí")
    assert arrangement(debtor) is not None


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("promise_to_pay", "pago el día 20 de cada mes"),
        ("request_extension", "¿puedo empezar el 20?"),
        ("request_installments", "y si pago el 20 de cada mes?"),
    ],
)
def test_a_day_of_every_month_is_a_plan_and_no_promise(debtor: Person, intent: str, text: str) -> None:
    debtor.says(intent, text)
    terms = shown(debtor).terms
    assert (terms.first_due_on, terms.frequency) == (date(2026, 3, 20), Frequency.MONTHLY)
    assert len(terms.schedule) > 1
    assert promises(debtor) == 0


def test_the_amount_named_before_stays(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 60 al mes")
    debtor.says("deny", "todavía no")
    debtor.says("promise_to_pay", "lo pagaría el día 20 de cada mes")
    assert shown(debtor).terms.first_due_on == date(2026, 3, 20)
    assert shown(debtor).terms.schedule[0].amount == Money.of("60.00", "EUR")


def test_asking_about_a_day_promises_nothing(debtor: Person) -> None:
    debtor.says("request_extension", "necesito más tiempo, hasta el 20 de mayo")
    debtor.says("inform", "¿y el 18?")
    assert promises(debtor) == 0
    debtor.says("affirm", "sí")
    assert promises(debtor) == 1


@pytest.mark.parametrize("text", ["sí, pero 25", "vale, pero en 20 cuotas", "sí pero la mitad"])
def test_a_yes_with_other_figures_is_no_yes(debtor: Person, text: str) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    debtor.says("affirm", text)
    assert arrangement(debtor) is None
    assert "utter_agreed" not in debtor.heard


def test_a_yes_with_the_figures_that_are_written_is_a_yes(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    debtor.says("affirm", "sí, acepto los 50 euros")
    assert arrangement(debtor) is not None


def test_other_figures_beside_a_yes_to_several_offers_are_heard(debtor: Person) -> None:
    debtor.says("request_installments", "¿qué opciones tengo?")
    debtor.says("affirm", "sí, pero 50")
    assert "utter_which_offer" not in debtor.heard


def test_a_hold_placed_meanwhile_stops_another_day_too(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    before = shown(debtor).offer_id
    with debtor.app.unit_of_work() as uow:
        uow.holds.place(Hold(HoldKind.DISPUTE, DebtorId("T-1"), None, debtor.app.clock.now()))
        uow.commit()
    debtor.says("request_extension", "¿puede ser el 20?")
    assert debtor.heard == ["utter_under_review"]
    assert shown(debtor).offer_id == before
