"""Sums of money: formats, slang, number words, and which of several sums is the operative one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.entities.numbers import parse_number, prepare

from .reading import TODAY, read


def money(amount: float | list[float], currency: str | None = None, **more: Any) -> dict[str, Any]:
    key = "amounts" if isinstance(amount, list) else "amount"
    return {key: amount, **({"currency": currency} if currency else {}), **more}


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "1.375,25 €", money(1375.25, "EUR")),
        ("es-ES", "€35", money(35, "EUR")),
        ("es-ES", "55 pavos", money(55, "EUR")),
        ("es-ES", "veinte euritos", money(20, "EUR")),
        ("es-ES", "setenta y cinco con cincuenta", money(75.5)),
        ("es-ES", "kinientos euros", money(500, "EUR")),
        ("es-ES", "un par de cientos", money(200)),
        ("es-MX", "$1,500.00 MXN", money(1500, "MXN")),
        ("es-MX", "350 varos", money(350, "MXN")),
        ("es-MX", "3 mil quinientos", money(3500)),
        ("es-MX", "$900", money(900, "MXN")),
        ("es-CO", "$3'750.000", money(3750000, "COP")),
        ("es-CO", "50 lucas", money(50000, "COP")),
        ("es-CO", "un millón doscientos", money(1200000)),
        ("es-CO", "dos millones y medio", money(2500000)),
        ("es-CL", "$45.000", money(45000, "CLP")),
        ("es-CL", "2 lucas y media", money(2500, "CLP")),
        ("es-CL", "una luca", money(1000, "CLP")),
        ("es-AR", "medio palo", money(500000, "ARS")),
        ("es-AR", "500 mangos", money(500, "ARS")),
        ("es-AR", "300 dólares", money(300, "USD")),
        ("es-PE", "S/.200", money(200, "PEN")),
        ("es-PE", "30 lucas pe", money(30, "PEN")),
        ("en-GB", "£1,375.50", money(1375.5, "GBP")),
        ("en-GB", "two tenners", money(20, "GBP")),
        ("en-GB", "a monkey", money(500)),
        ("en-GB", "50p", money(0.5, "GBP")),
        ("en-GB", "tenner", money(10, "GBP")),
        ("en-US", "fifty bucks", money(50, "USD")),
        ("en-US", "two and a half grand", money(2500)),
        ("en-US", "fifteen hundred", money(1500)),
        ("en-US", "one twenty", money(120)),
        ("en-US", "twenty-five fifty", money(25.5)),
        ("en-US", "a c-note", money(100, "USD")),
        ("en-US", "2.5k", money(2500)),
    ],
)
def test_one_sum(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text) == expected


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "debo 1500 pero solo puedo dar 65", money(65)),
        ("es-ES", "en lugar de 100, 50", money(50)),
        ("es-ES", "130 no, 75", money(75)),
        ("es-ES", "100 es mucho, 50", money(50)),
        ("es-ES", "100, no 200", money(100)),
        ("es-ES", "máximo 50 al mes, no 100", money(50, frequency="monthly")),
        ("es-ES", "os ofrezco 400 de los 1200", money(400)),
        ("es-ES", "cobro 800 y pago 500 de alquiler, puedo dar 30", money(30)),
        ("es-ES", "600 en 6 cuotas de 100", money(100, installments=6)),
        ("es-ES", "subirlo de 50 a 80", money(80)),
        ("es-ES", "no puedo pagar 120", {}),
        ("en-US", "i make 1900 a month, can only spare 40", money(40)),
        ("en-US", "lower my payment from 130 to 65", money(65)),
        ("en-US", "i can do 80, not 150", money(80)),
        ("en-GB", "you say I owe £640 but I can only offer £200", money(200, "GBP")),
        ("en-US", "my rent is 900", {}),
    ],
)
def test_the_offered_sum_counts(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text) == expected


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "entre 45 y 55", money([45, 55])),
        ("es-ES", "45-55", money([45, 55])),
        ("es-ES", "de 50 a 60 euros", money([50, 60], "EUR")),
        ("es-MX", "700 de enganche y 200 al mes", money([700, 200], frequency="monthly")),
        ("es-CL", "pie de 50 lucas y 6 cuotas de 20 lucas", money([50000, 20000], "CLP", installments=6)),
        ("en-US", "$40 to $50", money([40, 50], "USD")),
        ("en-US", "200 down, then 50 a month", money([200, 50], frequency="monthly")),
    ],
)
def test_a_range_or_a_first_payment_gives_a_list(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text) == expected


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("es-ES", "tengo 45 años"),
        ("es-ES", "vivo con 3 niños"),
        ("es-ES", "desde 2022"),
        ("es-ES", "el contrato de 2018"),
        ("es-ES", "mi teléfono es 600112233"),
        ("es-ES", "vivo en la calle mayor 25"),
        ("es-ES", "lo siento mucho, mil gracias"),
        ("es-MX", "quién me escribe"),
        ("es-CL", "kien es"),
        ("es-ES", "ref 88213"),
        ("es-ES", "12345678A"),
        ("en-US", "i'm 45 years old"),
        ("en-US", "i live at 123 main street"),
        ("en-GB", "07700 900123"),
        ("en-US", "i have 3 kids"),
    ],
)
def test_not_money(locale: str, text: str) -> None:
    assert read(locale, text) == {}


_SPANISH_ONES = [
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
]
_SPANISH_HUNDREDS = {
    1: "ciento",
    2: "doscientos",
    3: "trescientos",
    5: "quinientos",
    7: "setecientos",
    9: "novecientos",
}
_SPANISH_TENS = {
    3: "treinta",
    4: "cuarenta",
    5: "cincuenta",
    6: "sesenta",
    7: "setenta",
    8: "ochenta",
    9: "noventa",
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(_SPANISH_HUNDREDS)),
    st.sampled_from(sorted(_SPANISH_TENS)),
    st.integers(2, 9),
    st.integers(2, 15),
)
def test_spanish_number_words_round_trip(hundred: int, ten: int, one: int, thousand: int) -> None:
    rest = f"{_SPANISH_HUNDREDS[hundred]} {_SPANISH_TENS[ten]} y {_SPANISH_ONES[one - 1]}"
    words = f"{_SPANISH_ONES[thousand - 1]} mil {rest}"
    assert prepare(words, "es", None, TODAY).text == str(thousand * 1000 + hundred * 100 + ten * 10 + one)


_ENGLISH_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_ENGLISH_TENS = {
    2: "twenty",
    3: "thirty",
    4: "forty",
    5: "fifty",
    6: "sixty",
    7: "seventy",
    8: "eighty",
    9: "ninety",
}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9),
    st.sampled_from(sorted(_ENGLISH_TENS)),
    st.integers(1, 9),
    st.sampled_from((" and ", " ")),
)
def test_english_number_words_round_trip(hundred: int, ten: int, one: int, glue: str) -> None:
    words = f"{_ENGLISH_ONES[hundred - 1]} hundred{glue}{_ENGLISH_TENS[ten]}-{_ENGLISH_ONES[one - 1]}"
    assert prepare(words, "en", None, TODAY).text == str(hundred * 100 + ten * 10 + one)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 99_999_999), st.integers(0, 99), st.sampled_from((",.", ".,", "',", "'.")))
def test_written_money_round_trips(whole: int, cents: int, signs: str) -> None:
    written = f"{whole:,}".replace(",", signs[0]) + f"{signs[1]}{cents:02d}"
    assert parse_number(written) == Decimal(f"{whole}.{cents:02d}")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(("es-ES", "es-CO", "en-GB", "en-US", "es")))
def test_any_text_is_read_without_failing(text: str, locale: str) -> None:
    read(locale, text)
