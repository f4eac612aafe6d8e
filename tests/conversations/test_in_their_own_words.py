"""How people say who they are, what they can pay and which debt they mean, seen in talks with the running assistant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from bot.debt.arrangements import Frequency, Offer
from bot.debt.conversations import Owner, Pending
from bot.debt.dispositions import Disposition
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.services.application import Application
from bot.services.identity_words import births_in
from tests.conversations.test_agreement import arrangement
from tests.conversations.test_another_day import promises, shown
from tests.support.people import Known, Person, add


def is_identified(person: Person) -> bool:
    return person.conversation.verified_at is not None


# -- who they are -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "buenas, AD-ES-9001 12 de marzo de 1985 28013",  # without a comma the year and the postal code look like a phone
        "AD-ES-9001 12 march 1985 28013",
        "AD-ES-9001 12 marzo 85 28013",
        "AD-ES-9001, march 12 85, zip 28013",
        "AD-ES-9001 12-mar-85 cp 28013",
    ],
)
def test_births_as_people_write_them(person: Person, known: Known, text: str) -> None:
    person.says("inform", text)
    assert is_identified(person), person.texts


def test_a_postal_code_with_letters_needs_no_word(app: Application) -> None:
    add(app, Known(reference="AD-AR-9001", country="AR", currency="ARS", postal_code="C1425"))
    person = Person(app)
    person.says("inform", "dale, AD-AR-9001 12/3/85 c1425")
    assert is_identified(person), person.texts


@pytest.mark.parametrize("text", ["el 12 de marzo 85 euros", "15 de enero 50 pesos", "31 febrero 1985"])
def test_sums_and_wrong_days_are_no_births(text: str) -> None:
    assert births_in(text, date(2026, 11, 26)) == []


def test_numbers_alone_are_answered_in_the_language_of_the_file(app: Application) -> None:
    add(app, Known(reference="AD-US-9001", country="US", currency="USD", language="en", postal_code="30303"))
    person = Person(app)
    person.says("inform", "AD-US-9001 12/03/1985 30303")
    assert is_identified(person)
    assert "That's confirmed" in person.texts
    assert "virtual assistant" in person.texts


def test_who_wrote_spanish_is_answered_in_spanish(app: Application) -> None:
    add(app, Known(reference="AD-US-9001", country="US", currency="USD", language="en", postal_code="30303"))
    person = Person(app)
    person.says("greet", "hola buenos días", language="es")
    person.says("inform", "AD-US-9001 12/03/1985 30303")
    assert "Comprobado" in person.texts


def test_nobody_is_thanked_for_nothing(person: Person, known: Known) -> None:
    person.says("inform", "AD-ES-9001 28013")
    assert person.heard[-1] == "utter_ask_date_of_birth"
    person.says("ask_balance", "cuánto debo")
    assert person.heard[-1] == "utter_ask_one_more"
    person.says("inform", "12/03/1985")
    assert is_identified(person)


def test_who_is_this_is_not_left_with_an_introduction_alone(person: Person) -> None:
    person.says("ask_bot", "who is this", language="en")
    assert person.heard == ["utter_introduction", "utter_greet"]


def test_a_stranger_without_the_reference_is_left_in_peace(person: Person, known: Known) -> None:
    person.says("wrong_person", "no soy esa persona")
    assert person.heard[-1] == "utter_ask_reference_to_stop"
    person.says("ask_bot", "pero quién es?")
    assert person.heard == ["utter_ask_bot"]
    person.says("wrong_person", "ni idea de referencias, no soy yo")
    assert person.heard == ["utter_noted_without_reference"]


# -- what they can pay ------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(debtor: Person) -> Person:
    """The debtor, asked how much they could pay a month."""
    debtor.says("report_hardship", "no tengo trabajo")
    assert debtor.conversation.pending is Pending.AFFORDABILITY
    return debtor


def test_a_rhythm_of_their_own_is_kept(asked: Person) -> None:
    asked.says("counter_offer", "puedo dar 40 quincenales")
    terms = shown(asked).terms
    assert terms.frequency in (Frequency.SEMIMONTHLY, Frequency.BIWEEKLY)
    assert terms.schedule[0].amount == Money.of("40.00", "EUR")
    assert sum(i.amount.minor for i in terms.schedule) == 60000


def test_a_day_beside_the_sum_is_kept(asked: Person) -> None:
    asked.says("counter_offer", "puedo pagar 50 al mes, pero desde el 1 de abril")
    assert shown(asked).terms.first_due_on == date(2026, 4, 1)


def test_a_sum_that_closes_it_is_no_sum_a_month(asked: Person) -> None:
    asked.says("counter_offer", "y si pago 200 y lo cerramos")
    assert "utter_one_offer" in asked.heard, asked.heard
    with asked.app.unit_of_work(write=False) as uow:
        table = uow.offers.on_table(AccountReference("AD-ES-9001"), asked.app.clock.today())
    assert {offer.terms.kind.value for offer in table} == {"settlement"}


def test_payday_promises_nothing(asked: Person) -> None:
    asked.says("promise_to_pay", "cobro el 28")
    assert asked.heard == ["utter_ask_affordability_from"]
    assert promises(asked) == 0
    asked.says("counter_offer", "unos 50")
    terms = shown(asked).terms
    assert terms.first_due_on == date(2026, 3, 28)
    assert terms.schedule[0].amount == Money.of("50.00", "EUR")


def test_payday_out_of_the_blue_is_confirmed_first(debtor: Person) -> None:
    debtor.says("promise_to_pay", "payday is the 28th", language="en")
    assert "utter_promise_noted" not in debtor.heard
    assert promises(debtor) == 0


def test_the_same_question_is_not_put_twice(asked: Person) -> None:
    asked.says("request_discount", "qué descuento me podéis hacer?")
    assert "utter_ask_affordability" not in asked.heard
    assert "utter_offers" in asked.heard


def test_hard_times_said_twice_are_not_answered_in_the_same_words(asked: Person) -> None:
    asked.says("report_hardship", "me he quedado sin trabajo, de verdad")
    assert asked.heard == ["utter_hardship_heard", "utter_ask_affordability"]


def test_some_now_and_the_rest_later_is_two_payments(debtor: Person) -> None:
    debtor.says("counter_offer", "300 hoy y lo demás el 11 de abril")
    amounts = [i.amount.minor for i in shown(debtor).terms.schedule]
    assert amounts == [30000, 30000]


def _reduced(offers: Sequence[Offer]) -> Offer:
    return next(o for o in offers if o.terms.kind.value == "settlement")


def test_the_same_answer_to_a_better_bid_says_that_it_is_the_same(debtor: Person) -> None:
    debtor.says("request_discount", "descuento?")
    if "utter_ask_affordability" in debtor.heard:
        debtor.says("deny", "no sé")
    debtor.says("counter_offer", "te doy 100 y lo cerramos")
    heard = [debtor.heard[0]]
    for bid in ("101", "102"):
        debtor.says("counter_offer", f"te doy {bid} y lo cerramos")
        heard.append(debtor.heard[0])
    assert heard[0] == "utter_counter_too_low"
    assert "utter_counter_still" in heard[1:] or debtor.conversation.owner.value == "waiting"


def test_how_much_is_saved_is_answered(debtor: Person) -> None:
    debtor.says("counter_offer", "te doy 100 y lo cerramos")
    debtor.says("ask_balance", "cuánto me ahorro?")
    with debtor.app.unit_of_work(write=False) as uow:
        offer = _reduced(uow.offers.on_table(AccountReference("AD-ES-9001"), debtor.app.clock.today()))
    assert debtor.heard == ["utter_saving_is"]
    assert offer.terms.total + offer.terms.saving == Money.of("600.00", "EUR")
    assert str(int(offer.terms.saving.decimal)) in debtor.texts


def test_when_is_it_due_after_an_agreement_is_the_next_payment(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "sí")
    debtor.says("ask_debt_details", "cuándo vence?")
    assert debtor.heard == ["utter_debt_details", "utter_next_instalment"]
    debtor.says("affirm", "ok")
    assert debtor.heard == ["utter_next_instalment"]


def test_what_is_proposed_during_a_dispute_reaches_who_looks_into_it(debtor: Person) -> None:
    debtor.says("dispute_debt", "yo solo pedí 300")
    debtor.says("counter_offer", "vale, puedo pagar 50 al mes")
    assert "utter_under_review_noted" in debtor.heard
    assert arrangement(debtor) is None
    with debtor.app.unit_of_work(write=False) as uow:
        cases = [
            case
            for case in uow.rights_cases.open_in(debtor.conversation.conversation_id)
            if case.right == "dispute"
        ]
    assert cases[0].details["more"] == ["vale, puedo pagar 50 al mes"]


def test_an_improved_bid_earns_its_step_in_the_answer_to_it(debtor: Person) -> None:
    def lowest() -> int:
        with debtor.app.unit_of_work(write=False) as uow:
            table = uow.offers.on_table(AccountReference("AD-ES-9001"), debtor.app.clock.today())
        return min(offer.terms.total.minor for offer in table if offer.terms.kind.value == "settlement")

    debtor.says("counter_offer", "te doy 100 y lo cerramos")
    first = lowest()
    debtor.says("counter_offer", "te doy 250 y lo cerramos")
    assert lowest() < first
    second = lowest()
    debtor.says("counter_offer", "te doy 251 y lo cerramos")  # a coin more moves nothing
    assert lowest() == second


@pytest.mark.parametrize(
    "text", ["no sé cómo voy a pagar esto", "no puedo pagar nada", "i can't afford any of it"]
)
def test_who_cannot_pay_is_not_noted_as_refusing(debtor: Person, text: str) -> None:
    debtor.says("refuse_to_pay", text)
    assert "utter_hardship" in debtor.heard
    assert debtor.conversation.disposition is Disposition.HARDSHIP
    debtor.says("refuse_to_pay", "de verdad, no tengo nada")
    assert debtor.heard == ["utter_hardship_heard", "utter_hardship_person"]
    debtor.says("affirm", "sí")
    assert debtor.conversation.owner is Owner.WAITING


def test_who_will_not_pay_is_left_with_ways_open(debtor: Person) -> None:
    debtor.says("refuse_to_pay", "no pienso pagar")
    assert debtor.heard == ["utter_refusal"]


@pytest.mark.parametrize(
    ("text", "amount"), [("¿puedo pagarlo todo ya?", "600,00"), ("quiero pagar ya", "50,00")]
)
def test_paying_all_of_an_agreement_at_once(debtor: Person, text: str, amount: str) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("affirm", "sí")
    debtor.says("pay_now", text)
    assert debtor.heard[-1] == "utter_how_to_pay"
    assert f" {amount}" in debtor.texts


def test_a_yes_to_which_of_two_is_neither(debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says(
        "report_hardship", "mmm", confidence=0.3, ranking=[("report_hardship", 0.3), ("promise_to_pay", 0.25)]
    )
    assert "utter_clarify" in debtor.heard
    debtor.says("affirm", "sí")
    assert debtor.heard == ["utter_offer_person"]
    assert arrangement(debtor) is None
    with debtor.app.unit_of_work(write=False) as uow:
        assert not uow.holds.in_force(DebtorId("T-1"), None)


def test_when_will_i_know_says_that_it_is_looked_into(debtor: Person) -> None:
    debtor.says("report_payment", "ya pagué ayer 100 por transferencia")
    debtor.says("ask_agreement_status", "cuándo lo sabré")
    assert debtor.heard == ["utter_no_agreement", "utter_under_review"]


# -- which debt -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(app: Application) -> Person:
    """A debtor with a card and an electricity bill, identified by document, asked which."""
    add(app, Known())
    add(
        app,
        Known(
            reference="AD-ES-9010",
            creditor="Luz del Duero Energía",
            principal="90.00",
            interest="0.00",
            fees="10.00",
        ),
    )
    person = Person(app)
    person.says("ask_balance", "cuánto debo")
    person.says("inform", "dni 12345678Z, nací el 12/03/1985 y mi cp es 28013")
    assert "utter_which_account" in person.heard
    return person


@pytest.mark.parametrize(
    ("intent", "text", "confidence"),
    [("ask_debt_details", "la de la luz", 0.36), ("inform", "la energia", 0.9), ("affirm", "energy", 0.3)],
)
def test_a_word_of_its_name_chooses(two: Person, intent: str, text: str, confidence: float) -> None:
    two.says(intent, text, confidence=confidence)
    assert two.conversation.account == "AD-ES-9010"


def test_the_choice_with_what_they_want_does_both(two: Person) -> None:
    two.says("promise_to_pay", "puedo pagar la luz el viernes")
    assert two.conversation.account == "AD-ES-9010"
    assert "utter_promise_noted" in two.heard
    with two.app.unit_of_work(write=False) as uow:
        made = uow.promises.of_account(AccountReference("AD-ES-9010"))
    assert [(p.amount.decimal, p.due_on) for p in made] == [(Decimal("100.00"), date(2026, 3, 13))]


def test_both_are_taken_one_after_the_other(two: Person) -> None:
    two.says("inform", "las dos")
    assert "utter_one_after_the_other" in two.heard
    first = two.conversation.account
    two.says("out_of_scope", "y la otra")
    assert two.conversation.account not in (None, first)
    assert two.heard[-2:] == ["utter_balance", "utter_how_to_settle"]


def test_the_other_of_the_offers_is_no_other_debt(two: Person) -> None:
    two.says("inform", "AD-ES-9001")
    two.says("request_installments", "¿qué opciones tengo?")
    if "utter_ask_affordability" in two.heard:
        two.says("inform", "unos 50")
    two.says("out_of_scope", "prefiero la otra")
    assert two.conversation.account == "AD-ES-9001"
    two.says("ask_balance", "¿y la otra deuda?")
    assert two.conversation.account == "AD-ES-9010"


def test_another_debt_by_its_reference(two: Person) -> None:
    two.says("inform", "AD-ES-9001")
    two.says("ask_balance", "y AD-ES-9010?")
    assert two.conversation.account == "AD-ES-9010"


def test_hard_times_are_heard_before_which_debt_is_asked(two: Person) -> None:
    two.says("report_hardship", "no tengo ni para comer")
    assert two.heard == ["utter_hardship_heard", "utter_which_account"]
