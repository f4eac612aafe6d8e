"""Dates in both languages, each family of expression with a case of its own."""

from __future__ import annotations

import pytest

from bot.nlu.entities import extract

from .reading import TODAY, read

SPANISH = [
    ("el viernes que viene", "2026-03-13"),
    ("el jueves de la próxima semana", "2026-03-19"),
    ("la otra semana", "2026-W12"),
    ("este finde", "2026-03-14/2026-03-15"),
    ("a finales de mayo", "2026-05-31"),
    ("a mediados de mes", "2026-03-15"),
    ("a principios de mes", "2026-04-01"),
    ("el último día hábil del mes", "2026-03-31"),
    ("el primer lunes de mayo", "2026-05-04"),
    ("de hoy en quince", "2026-03-25"),
    ("el lunes en ocho", "2026-03-23"),
    ("en un par de semanas", "2026-03-25"),
    ("dentro de quince días", "2026-03-26"),
    ("pasado mañana", "2026-03-13"),
    ("antes del viernes", "2026-03-13"),
    ("el 5 del mes que viene", "2026-04-05"),
    ("el viernes 13", "2026-03-13"),
    ("del 15 al 20 de mayo", "2026-05-15/2026-05-20"),
    ("2026-04-15", "2026-04-15"),
    ("abril 15", "2026-04-15"),
    ("1º de mayo", "2026-05-01"),
    ("pa'l 15", "2026-03-15"),
    ("a más tardar el viernes", "2026-03-13"),
    ("en 72h", "2026-03-14"),
    ("ayer", "2026-03-10"),
    ("el lunes pasado", "2026-03-09"),
    ("el once", "2026-04-11"),
    ("para abril", "2026-04"),
    ("el biernes", "2026-03-13"),
    ("hoy", "2026-03-11"),
    ("el fin de semana que viene", "2026-03-14/2026-03-15"),
    ("viernes 20/03", "2026-03-20"),
    ("15 días", "2026-03-26"),
    ("en semana santa", "2026-03-29/2026-04-05"),
]
ENGLISH = [
    ("en-GB", "a week on friday", "2026-03-20"),
    ("en-GB", "friday week", "2026-03-20"),
    ("en-US", "next week", "2026-W12"),
    ("en-GB", "at the end of the month", "2026-03-31"),
    ("en-US", "by the end of next month", "2026-04-30"),
    ("en-GB", "mid april", "2026-04-15"),
    ("en-US", "the 15th of next month", "2026-04-15"),
    ("en-US", "04/05", "2026-04-05"),
    ("en-GB", "04/05", "2026-05-04"),
    ("en-GB", "in a fortnight", "2026-03-25"),
    ("en-US", "in 72 hours", "2026-03-14"),
    ("en-US", "three mondays from now", "2026-03-30"),
    ("en-US", "two weeks from friday", "2026-03-27"),
    ("en-US", "the third friday in may", "2026-05-15"),
    ("en-GB", "first working day of april", "2026-04-01"),
    ("en-US", "this weekend", "2026-03-14/2026-03-15"),
    ("en-US", "tmrw", "2026-03-12"),
    ("en-GB", "til the 28th", "2026-03-28"),
    ("en-US", "between the 5th and the 10th", "2026-04-05/2026-04-10"),
    ("en-GB", "week after next", "2026-W13"),
    ("en-US", "in three business days", "2026-03-16"),
    ("en-US", "a month from now", "2026-04-11"),
    ("en-GB", "a week Saturday", "2026-03-21"),
    ("en-US", "the 5th through the 10th", "2026-04-05/2026-04-10"),
    ("en-GB", "Mon 16th", "2026-03-16"),
]


@pytest.mark.parametrize(("text", "day"), SPANISH)
def test_spanish_date(text: str, day: str) -> None:
    assert read("es-ES", text) == {"date": day, "date_text": text}


@pytest.mark.parametrize(("locale", "text", "day"), ENGLISH)
def test_english_date(locale: str, text: str, day: str) -> None:
    assert read(locale, text) == {"date": day, "date_text": text}


@pytest.mark.parametrize(
    ("locale", "text", "words", "day"),
    [
        ("es-ES", "mañana por la tarde", "mañana", "2026-03-12"),
        ("es-ES", "no el 15, el 20", "el 20", "2026-03-20"),
        ("es-ES", "el viernes no, el lunes", "el lunes", "2026-03-16"),
        ("es-ES", "ya pagué el lunes", "el lunes", "2026-03-09"),
        ("es-ES", "dame 15 días más", "15 días más", "2026-03-26"),
        ("en-US", "i paid on monday", "on monday", "2026-03-09"),
        ("en-US", "not this friday, next friday", "next friday", "2026-03-20"),
        ("en-US", "i can't do friday, monday works", "monday", "2026-03-16"),
        ("en-US", "give me 2 weeks", "2 weeks", "2026-03-25"),
        ("en-US", "sometime in april", "in april", "2026-04"),
    ],
)
def test_the_operative_date(locale: str, text: str, words: str, day: str) -> None:
    assert read(locale, text) == {"date": day, "date_text": words}


@pytest.mark.parametrize("text", ["el 30 de febrero", "el 31 de abril", "cuando cobre", "cuando me paguen"])
def test_what_gives_no_day_keeps_its_words(text: str) -> None:
    assert read("es-ES", text) == {"date_text": text}


@pytest.mark.parametrize("text", ["feb 30", "when i get paid", "on payday"])
def test_what_gives_no_day_keeps_its_words_in_english(text: str) -> None:
    assert read("en-GB", text) == {"date_text": text}


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("es-ES", "voy apurada este mes"),
        ("es-ES", "ahora mismo no puedo"),
        ("es-ES", "de lunes a viernes"),
        ("en-US", "i lost my job in december"),
        ("en-GB", "i may be able to"),
    ],
)
def test_no_date(locale: str, text: str) -> None:
    assert read(locale, text) == {}


def test_an_ambiguous_date_keeps_its_other_reading() -> None:
    (found,) = [e for e in extract("07/08", country="US", language="en", today=TODAY) if e.kind == "date"]
    assert (found.value, found.alternatives) == ("2026-07-08", ("2026-08-07",))


@pytest.mark.parametrize(
    ("locale", "text", "born"),
    [
        ("es-ES", "nací el 3 de mayo del 81", "1981-05-03"),
        ("es-ES", "12/03/1985", "1985-03-12"),
        ("es-ES", "12-3-85", "1985-03-12"),
        ("es-ES", "12 de marzo de 1985", "1985-03-12"),
        ("en-US", "March 12 1985", "1985-03-12"),
        ("en-US", "03/12/1985", "1985-03-12"),
        ("en-GB", "03/12/1985", "1985-12-03"),
    ],
)
def test_date_of_birth_is_no_payment_date(locale: str, text: str, born: str) -> None:
    assert read(locale, text, "date_of_birth", "date", "amount") == {"date_of_birth": born}


def test_offsets_lead_to_the_words_as_written() -> None:
    text = "¡Ándale! le deposito DOS MIL QUINIENTOS pesos el veintitrés de abríl"
    found = extract(text, country="MX", language="es", today=TODAY)
    assert {(e.kind, e.text) for e in found} >= {
        ("amount", "DOS MIL QUINIENTOS pesos"),
        ("date", "el veintitrés de abríl"),
    }
    assert all(text[e.start : e.end] == e.text for e in found)
