"""From balance to agreement: haggling, the written summary, the explicit yes, and changes afterwards."""

from __future__ import annotations

from datetime import timedelta

from bot.debt.arrangements import Arrangement
from bot.debt.money import Money
from bot.debt.party import AccountReference
from tests.support.people import Known, Person, add


def arrangement(person: Person, reference: str = "AD-ES-9001") -> Arrangement | None:
    with person.app.unit_of_work(write=False) as uow:
        return uow.arrangements.open_for(AccountReference(reference))


def test_plan_by_counter_offer(debtor: Person) -> None:
    debtor.says("counter_offer", "puedo pagar 50 al mes")
    assert "utter_ask_acceptance" in debtor.heard, debtor.texts
    assert arrangement(debtor) is None
    debtor.says("affirm", "sí, acepto")
    agreed = arrangement(debtor)
    assert agreed is not None
    assert agreed.terms.total + agreed.terms.saving == Money.of("600.00", "EUR")
    assert {i.amount for i in agreed.terms.schedule} == {Money.of("50.00", "EUR")}
    assert "utter_how_to_pay" in debtor.heard


def test_offers_then_choice_by_number(debtor: Person) -> None:
    debtor.says("request_installments", "puedo pagarlo a plazos?")
    if "utter_ask_affordability" in debtor.heard:
        debtor.says("inform", "unos 60 euros")
    assert "utter_offers" in debtor.heard, debtor.texts
    debtor.says("inform", "la primera")
    assert "utter_ask_acceptance" in debtor.heard
    debtor.presses(0)
    assert arrangement(debtor) is not None


def test_settlement_haggling_never_gets_worse(debtor: Person) -> None:
    debtor.says("request_discount", "que descuento me haceis")
    totals = []
    for bid in ("100", "200", "300", "400"):
        debtor.says("counter_offer", f"te doy {bid} y lo cerramos")
        with debtor.app.unit_of_work(write=False) as uow:
            table = uow.offers.on_table(AccountReference("AD-ES-9001"), debtor.app.clock.today())
        totals.append(min(o.terms.total.minor for o in table if o.terms.kind.value == "settlement"))
        if "utter_ask_acceptance" in debtor.heard or debtor.conversation.owner.value != "bot":
            break
    assert totals == sorted(totals, reverse=True)


def test_one_unit_settlement_never_passes(debtor: Person) -> None:
    debtor.says("counter_offer", "te doy 1 euro y lo cerramos")
    assert "utter_ask_acceptance" not in debtor.heard
    debtor.says("affirm", "sí")
    agreed = arrangement(debtor)
    assert agreed is None or agreed.terms.total > Money.of("100", "EUR")


def test_more_than_owed_is_corrected(debtor: Person) -> None:
    debtor.says("counter_offer", "te doy 5000 y lo cerramos")
    assert "utter_correct_more_than_owed" in debtor.heard, debtor.texts


def test_no_at_the_summary_goes_back_to_the_table(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("deny", "mejor no")
    assert arrangement(debtor) is None
    debtor.says("counter_offer", "mejor 60 al mes")
    assert "utter_ask_acceptance" in debtor.heard


def test_yes_after_a_digression_still_agrees(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("ask_bot", "eres un robot?")
    assert debtor.heard == ["utter_ask_bot", "utter_again_summary"]
    debtor.says("affirm", "vale acepto")
    assert arrangement(debtor) is not None


def test_balance_changed_makes_the_offer_stale(debtor: Person, known: Known) -> None:
    debtor.says("counter_offer", "50 al mes")
    add(debtor.app, Known(principal="300.00"))
    debtor.says("affirm", "si")
    assert arrangement(debtor) is None
    assert "utter_offer_stale" in debtor.heard


def test_offer_expires(debtor: Person, known: Known) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.app.clock.at += timedelta(days=60)
    debtor.says("affirm", "si")
    assert arrangement(debtor) is None


def test_withdraw_the_same_day(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "si")
    debtor.says("change_agreement", "me arrepiento, quiero anular el plan")
    assert debtor.heard == ["utter_withdrawn"]
    assert arrangement(debtor) is None


def test_date_moves_once(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "si")
    first = arrangement(debtor).terms.schedule[0].due_on
    debtor.says("change_agreement", f"puedo cambiar la fecha al {first + timedelta(days=3):%d/%m/%Y}?")
    assert "utter_date_changed" in debtor.heard, debtor.texts
    assert arrangement(debtor).terms.schedule[0].due_on == first + timedelta(days=3)


def test_status_and_summary_again(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "si")
    debtor.says("ask_agreement_status", "cuántas me quedan?")
    assert "utter_agreement_status" in debtor.heard


def test_insisting_leads_to_a_person_with_the_proposal(debtor: Person) -> None:
    for _ in range(5):
        debtor.says("counter_offer", "3 euros al mes")
        if debtor.conversation.owner.value == "waiting":
            break
    assert debtor.conversation.owner.value == "waiting"
    with debtor.app.unit_of_work(write=False) as uow:
        case = uow.handoffs.waiting_in(debtor.conversation.conversation_id)
    assert case is not None
    assert case.reason == "out_of_rules"
    assert case.details["proposal"]["amount"] == "3.00"


def test_same_circumstances_same_offers(debtor: Person) -> None:
    add(
        debtor.app, Known(reference="AD-ES-9005", debtor_id="T-5", document="11111111H", phone="+34600000005")
    )
    other = Person(debtor.app, "+34600000005", "sms")
    other.says("inform", "12/03/1985 28013")
    for someone in (debtor, other):
        someone.says("request_discount", "descuento?")
        if "utter_ask_affordability" in someone.heard:
            someone.says("deny", "no sé")

    def table(reference: str) -> list[tuple[str, int]]:
        with debtor.app.unit_of_work(write=False) as uow:
            offers = uow.offers.on_table(AccountReference(reference), debtor.app.clock.today())
        return [(o.terms.kind.value, o.terms.total.minor) for o in offers]

    assert table("AD-ES-9001") == table("AD-ES-9005")
    assert table("AD-ES-9001")


def test_promise_with_date_and_amount(debtor: Person) -> None:
    debtor.says("promise_to_pay", "el viernes pago 100")
    assert "utter_promise_noted" in debtor.heard, debtor.texts
    with debtor.app.unit_of_work(write=False) as uow:
        made = uow.promises.of_account(AccountReference("AD-ES-9001"))
    assert [(str(p.amount), p.due_on.isoformat()) for p in made] == [("100.00 EUR", "2026-03-13")]


def test_promise_without_a_date_is_asked(debtor: Person) -> None:
    debtor.says("promise_to_pay", "pago cuando cobre")
    assert debtor.heard == ["utter_ask_promise_date"]
    debtor.says("inform", "el 20")
    assert "utter_promise_noted" in debtor.heard, debtor.texts


def test_extension_is_confirmed(debtor: Person) -> None:
    debtor.says("request_extension", "me dais hasta el viernes?")
    assert "utter_propose_promise" in debtor.heard, debtor.texts
    debtor.says("affirm", "vale")
    assert "utter_promise_noted" in debtor.heard
