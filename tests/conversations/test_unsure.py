"""When the NLU is unsure: ask between two, act on care, never on a faint death, never in a loop."""

from __future__ import annotations

import pytest

from bot.debt.conversations import Owner
from bot.debt.party import DebtorId
from tests.support.people import Known, Person


def test_between_two_meanings_asks_which(debtor: Person) -> None:
    debtor.says(
        "ask_balance", "eso", confidence=0.4, ranking=[("ask_balance", 0.4), ("ask_debt_details", 0.35)]
    )
    assert debtor.heard == ["utter_clarify"]
    debtor.presses(1)
    assert "utter_debt_details" in debtor.heard


def test_asked_once_then_the_likeliest(debtor: Person) -> None:
    for _ in range(2):
        debtor.says(
            "ask_balance", "eso", confidence=0.4, ranking=[("ask_balance", 0.4), ("ask_debt_details", 0.35)]
        )
    assert "utter_balance" in debtor.heard


def test_nothing_fits_three_times_leads_to_a_person(debtor: Person) -> None:
    for _ in range(3):
        debtor.says("goodbye", "xyz", confidence=0.1, ranking=[("goodbye", 0.1), ("greet", 0.09)])
    assert debtor.heard == ["utter_offer_person"]


def test_a_faint_death_is_asked_about(debtor: Person) -> None:
    debtor.says("report_death", "olvídalo", confidence=0.3, ranking=[("report_death", 0.3), ("deny", 0.2)])
    assert debtor.heard == ["utter_clarify"]
    assert debtor.conversation.verified_at is not None


def test_a_faint_lawyer_without_a_word_of_one_closes_no_chat(person: Person, known: Known) -> None:
    faint = {"confidence": 0.39, "ranking": [("legal_representation", 0.39), ("ask_debt_details", 0.33)]}
    heard = person.says("legal_representation", "hi i got a msg abuot a debt??", **faint)  # type: ignore[arg-type]
    assert heard == ["utter_introduction", "utter_ask_identity"]
    assert "utter_debt_details" in person.identifies(known)


def test_a_faint_lawyer_with_a_word_of_one_is_acted_on(debtor: Person) -> None:
    faint = {"confidence": 0.39, "ranking": [("legal_representation", 0.39), ("ask_debt_details", 0.33)]}
    heard = debtor.says("legal_representation", "mi avogado jurista lo be", **faint)  # type: ignore[arg-type]
    assert heard[0] == "utter_represented"
    assert "utter_if_misunderstood" in heard


def test_a_faint_despair_is_acted_on_and_can_be_undone(debtor: Person) -> None:
    debtor.says("report_hardship", "x", confidence=0.4, ranking=[("report_hardship", 0.3), ("distress", 0.2)])
    assert debtor.heard == ["utter_distress", "utter_if_misunderstood"]


def test_a_faint_stop_asks_for_nothing_and_what_follows_goes_on(person: Person, known: Known) -> None:
    heard = person.says(
        "greet", "k onda q es esto", confidence=0.2, ranking=[("greet", 0.2), ("stop_contact", 0.18)]
    )
    assert heard == ["utter_contact_stopped", "utter_if_misunderstood"]
    assert "utter_balance" in person.identifies(known)


def test_a_faint_stop_is_undone_but_an_earlier_one_stays(debtor: Person) -> None:
    faint = {"confidence": 0.2, "ranking": [("greet", 0.2), ("stop_contact", 0.18)]}
    debtor.says("greet", "q es esto", **faint)  # type: ignore[arg-type]
    assert debtor.conversation.state["stopped"]
    assert debtor.presses(0) == ["utter_undone"]
    assert not debtor.conversation.state.get("stopped")
    debtor.says("stop_contact", "no me escriban más")
    debtor.says("greet", "q es esto", **faint)  # type: ignore[arg-type]
    debtor.presses(0)
    assert debtor.conversation.state["stopped"]


@pytest.mark.parametrize(
    "text", ["no era eso lo que quería decir", "wait no i didn't mean that", "me has entendido mal"]
)
def test_a_guess_is_undone_in_words_too(debtor: Person, text: str) -> None:
    debtor.says("greet", "q es esto", confidence=0.2, ranking=[("greet", 0.2), ("distress", 0.18)])
    assert debtor.heard == ["utter_distress", "utter_if_misunderstood"]
    assert debtor.says("deny", text) == ["utter_undone"]
    assert debtor.conversation.owner is Owner.BOT
    with debtor.app.unit_of_work(write=False) as uow:
        assert not uow.holds.in_force(DebtorId("T-1"), None)


def test_what_was_sure_is_not_undone_by_words(debtor: Person) -> None:
    debtor.says("distress", "no puedo más con mi vida")
    assert debtor.says("ask_balance", "¿cuánto debo?") == ["utter_distress_again"]
    # It is heard; a person looks all the same, and nothing is said of the debt.
    for text in ("no era eso", "estoy bien, era una forma de hablar", "i'm fine, just a figure of speech"):
        assert debtor.says("deny", text) == ["utter_distress_all_well"]
    for text in (
        "no estoy bien",
        "estoy bien jodido",
        "estoy mejor muerto",
        "i'm fine with dying",
        "no estoy nada bien",
    ):
        assert debtor.says("out_of_scope", text) == ["utter_distress_again"], text
    assert debtor.conversation.owner is Owner.WAITING


def test_one_word_does_not_change_the_language(debtor: Person) -> None:
    debtor.says("affirm", "ok", language="en")
    assert debtor.conversation.language == "es"
    debtor.says("ask_balance", "how much do I owe", language="en")
    assert debtor.conversation.language == "en"
