"""Words: what may not be said where, what a notice of rights may say, how hard a text is to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.rulebook import Rulebook
from bot.rulebook.wording.check import FORBIDDEN, sms_parts
from bot.rulebook.wording.lint import lint
from bot.rulebook.wording.readability import readability, syllables
from tests.rulebook.cases import DIRECTORY

RESPONSES = DIRECTORY.parent / "data" / "responses"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.load(DIRECTORY)


def rules_of(
    book: Rulebook, text: str, language: str, place: str, purpose: str = "collection", **more: str
) -> set[str]:
    return {
        f.rule_id
        for f in book.check_wording(text, language, place, purpose, **more)
        if f.severity == FORBIDDEN
    }


@pytest.mark.parametrize(
    ("rule", "language", "text"),
    [
        ("crime", "es", "Si no paga, irá a la CÁRCEL."),
        ("crime", "es", "Vamos a denunciarle a la policía."),
        ("crime", "en", "You could be arrested for this."),
        ("seizure", "es", "Le embargaremos el sueldo."),
        ("seizure", "es", "Puede perder la casa."),
        ("seizure", "en", "We will garnish your wages."),
        ("seizure", "en", "The bailiffs will come."),
        ("court", "es", "Iremos a juicio."),
        ("court", "es", "Le llevaremos a los tribunales."),
        ("court", "es", "Iniciaremos acciones legales."),
        ("court", "es", "Nuestros abogados ya tienen su expediente."),
        ("court", "en", "We will sue you."),
        ("court", "en", "This goes to our legal department."),
        ("authority", "es", "NOTIFICACIÓN OFICIAL"),
        ("authority", "en", "Official notice: you must reply."),
        ("bureau", "es", "Le incluiremos en ASNEF."),
        ("bureau", "es", "Quedará en el buró."),
        ("bureau", "es", "Le reportaremos a DataCrédito."),
        ("bureau", "en", "This will ruin your credit score."),
        ("threat", "es", "Aténgase a las consecuencias."),
        ("threat", "es", "Nos veremos obligados a tomar medidas."),
        ("threat", "en", "Pay, or else."),
        ("threat", "en", "Avoid further action."),
        ("urgency", "es", "ÚLTIMO AVISO antes de cerrar el caso."),
        ("urgency", "es", "Pague ya."),
        ("urgency", "es", "Tiene que contestar inmediatamente."),
        ("urgency", "es", "Le quedan 5 minutos: pague antes de que sea tarde."),
        ("urgency", "en", "Final notice: respond within 24 hours."),
        ("urgency", "en", "This is urgent."),
        ("shame", "es", "Debería darle vergüenza."),
        ("shame", "es", "Usted es un moroso."),
        ("shame", "en", "You should be ashamed of yourself."),
        ("shame", "en", "It is your fault."),
        ("insult", "es", "No sea idiota."),
        ("third_parties", "es", "Llamaremos a su jefe."),
        ("third_parties", "es", "Su familia debería saber esto."),
        ("third_parties", "es", "¿Qué pensarían sus vecinos?"),
        ("third_parties", "en", "We will tell your employer."),
        ("third_parties", "en", "What would your wife think?"),
        ("visit", "es", "Iremos a su casa."),
        ("visit", "es", "Un gestor le visitará: visitaremos su domicilio."),
        ("visit", "en", "We will come to your house."),
        ("borrowing", "es", "Pida dinero prestado a un familiar."),
        ("borrowing", "en", "You could take out a loan."),
        ("human_claim", "es", "Soy una persona, no un robot."),
        ("human_claim", "en", "I am a real person."),
    ],
)
def test_forbidden_words_are_found_in_every_jurisdiction(
    book: Rulebook, rule: str, language: str, text: str
) -> None:
    for place in book.jurisdictions.codes():
        if rule == "human_claim" or rule in rules_of(book, text, language, place):
            continue
        pytest.fail(f"{place}: {rule} is not found in {text!r}")
    assert rule in rules_of(book, text, language, "ES")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Sin embargo, puede cambiar la fecha cuando le venga bien."),
        ("es", "¿Qué cantidad le vendría bien al mes?"),
        ("es", "No es culpa suya. Vamos paso a paso."),
        ("es", "A su juicio, ¿qué fecha es mejor?"),
        ("es", "Si no está de acuerdo, puede acudir a los tribunales o a la OMIC."),
        ("es", "Su abogado puede escribirnos cuando quiera."),
        ("es", "No es urgente: decida con calma."),
        ("es", "No hace falta pedir un préstamo."),
        ("es", "Soy Al Día, un asistente virtual: una IA, no una persona."),
        ("en", "You can complain to the ombudsman or go to court."),
        ("en", "It's not your fault, and there is no rush."),
        ("en", "Your lawyer can write to us at any time."),
        ("en", "You never need to borrow money for this."),
        ("en", "I'm an AI, not a person."),
    ],
)
def test_kind_and_lawful_words_pass_everywhere(book: Rulebook, language: str, text: str) -> None:
    for place in book.jurisdictions.codes():
        assert rules_of(book, text, language, place, "reply") == set(), place


@pytest.mark.parametrize(
    ("place", "language", "text"),
    [
        (
            "US",
            "en",
            "You may dispute the debt. A court judgment or verification will be sent to you. We may sue.",
        ),
        (
            "ES",
            "es",
            "Si la deuda sigue impagada y se cumplen las condiciones legales, podría comunicarse a ASNEF.",
        ),
        (
            "GB",
            "en",
            "You have 30 days to reply. You can take this to court or to the Financial Ombudsman Service.",
        ),
        ("CL", "es", "Este cobro no es un procedimiento judicial ni puede afectar sus bienes por embargo."),
        ("CO", "es", "Su reclamo fue decidido. Puede acudir al juez si no está de acuerdo con la decisión."),
        ("MX", "es", "Puede presentar una demanda o acudir a la CONDUSEF."),
    ],
)
def test_a_notice_of_rights_is_never_blocked(book: Rulebook, place: str, language: str, text: str) -> None:
    assert rules_of(book, text, language, place, "rights_notice") == set()


def test_the_sentence_that_chile_prescribes_passes_in_any_message(book: Rulebook) -> None:
    said = "Esta gestión no es un procedimiento de ejecución de los bienes del deudor."
    assert rules_of(book, said, "es", "CL", "collection") == set()


def test_why_is_asked_nowhere_that_forbids_it(book: Rulebook) -> None:
    for text, language in [("¿Por qué no ha pagado?", "es"), ("¿Cuál es el motivo del atraso?", "es")]:
        assert rules_of(book, text, language, "CO") == {"why"}
        assert rules_of(book, text, language, "EC") == {"why"}
        assert rules_of(book, text, language, "ES") == set()
    assert rules_of(book, "Why haven't you paid?", "en", "CO") == {"why"}


def test_what_a_person_writes_is_stopped_or_advised_against(book: Rulebook) -> None:
    def severity(text: str, place: str, author: str) -> set[str]:
        return {f.severity for f in book.check_wording(text, "es", place, "reply", author=author) if f.says}

    for place in book.jurisdictions.codes():
        assert severity("Le vamos a embargar", place, "person") == {FORBIDDEN}
        assert severity("Se lo diremos a su jefe", place, "person") == {FORBIDDEN}
        assert severity("Está en ASNEF", place, "person") == {"advice"}
        assert severity("Está en ASNEF", place, "assistant") == {FORBIDDEN}
        assert severity("¿Por qué no ha pagado?", place, "person") == {"advice"}
    assert all(set(rule.says) == set(rule.instead) == {"es", "en"} for rule in book.wording.rules)


def test_a_finding_names_the_fact_and_the_place(book: Rulebook) -> None:
    text = "Hola. Mañana vamos a jui\u200bcio."
    (finding,) = book.check_wording(text, "es", "CL", "collection")
    assert finding.fact_id == "CL.conversation_rules.no_court_reference"
    assert text[finding.start : finding.end] == "jui\u200bcio"
    (finding,) = book.check_wording("Le mandaremos al BURÓ", "es", "MX", "collection")
    assert finding.fact_id == "MX.credit_bureau.wording"


def test_a_human_agent_may_say_that_they_are_one(book: Rulebook) -> None:
    assert rules_of(book, "Soy una persona, me llamo Ana.", "es", "ES", "reply", author="person") == set()


def test_a_gap_that_was_not_filled_in_is_never_sent(book: Rulebook) -> None:
    assert rules_of(book, "Hola {name}, [[le|te]] escribo.", "es", "ES", "reply") == {"gap"}
    template = book.check_wording("Hola {nombre}", "es", "ES", "reply", placeholders={"name"})
    assert [(f.rule_id, f.severity) for f in template] == [("gap", FORBIDDEN)]
    assert "allowed: name" in template[0].message


def test_hard_reading_is_advised_against_and_not_forbidden(book: Rulebook) -> None:
    hard = (
        "De conformidad con las estipulaciones contractuales oportunamente suscritas, procederemos a la regularización "
        "administrativa correspondiente, circunstancia cuya materialización comunicaremos fehacientemente "
        "mediante notificación individualizada a la dirección facilitada."
    )
    assert {(f.rule_id, f.severity) for f in book.check_wording(hard, "es", "ES", "reply")} == {
        ("reading_ease", "advice")
    }


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        *[
            ("casa", "es", 2),
            ("país", "es", 2),
            ("cuota", "es", 2),
            ("aéreo", "es", 4),
            ("quiero", "es", 2),
            ("ahí", "es", 2),
        ],
        *[
            ("payment", "en", 2),
            ("late", "en", 1),
            ("agreed", "en", 2),
            ("missed", "en", 1),
            ("months", "en", 1),
        ],
    ],
)
def test_syllables(word: str, language: str, count: int) -> None:
    assert syllables(word, language) == count


def test_plain_sentences_read_easily() -> None:
    plain = "Hoy puedes pagar una parte. El resto lo dejamos en cuotas. Tú eliges el día. Si cambia algo, nos escribes."
    assert readability(plain, "es").score > 75
    english = "You can pay part of it today. We spread the rest over time. You choose the day. If things change, tell us."
    assert readability(english, "en").score > 80


def test_sms_parts() -> None:
    assert (sms_parts("a" * 160), sms_parts("a" * 161), sms_parts("ó" * 70), sms_parts("ó" * 71)) == (
        1,
        2,
        1,
        2,
    )


def test_all_that_we_say_passes_in_every_jurisdiction(book: Rulebook) -> None:
    texts = [*sorted(RESPONSES.glob("*.yml")), DIRECTORY / "countries.yml", DIRECTORY / "payment_methods.yml"]
    texts += [DIRECTORY / "canned_replies.yml"]
    found, problems = lint(texts, book.wording, book.jurisdictions.codes())
    assert problems == []
    assert [str(each) for each in found if each.finding.severity == FORBIDDEN] == []
    # Before filling, these hold what the law wants in writing.
    long = {
        "utter_summary_plan",
        "utter_summary_settlement",
        "utter_summary_full",
        "utter_time_barred",
        "utter_consequences",
    }
    assert {each.name for each in found if each.finding.rule_id == "sms_length"} <= long
    assert [str(each) for each in found if each.finding.rule_id in ("reading_ease", "long_sentence")] == []


def test_files_of_other_kinds_are_read(book: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "replies.yml").write_text(
        "replies:\n  - id: bye\n    es: Iremos a juicio.\n", encoding="utf-8"
    )
    (tmp_path / "note.txt").write_text("You will go to jail for your debt to us.", encoding="utf-8")
    (tmp_path / "broken.yml").write_text("a: [", encoding="utf-8")
    found, problems = lint(sorted(tmp_path.iterdir()), book.wording, ["CL"])
    assert {(each.name, each.language, each.finding.rule_id) for each in found} == {
        ("replies.bye", "es", "court"),
        ("replies.bye", "en", "language"),
        ("note", "en", "crime"),
    }
    assert [problem.file for problem in problems] == ["broken.yml"]
