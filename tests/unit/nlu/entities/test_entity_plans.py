"""Counts of payments, rhythms, choices, times and fractions."""

from __future__ import annotations

from typing import Any

import pytest

from .reading import read


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "seis plazos de 50 euros", {"installments": 6, "amount": 50, "currency": "EUR"}),
        ("es-MX", "a 18 meses sin intereses", {"installments": 18, "frequency": "monthly"}),
        ("es-ES", "3x50", {"installments": 3, "amount": 50}),
        ("es-ES", "10 de 25", {"installments": 10, "amount": 25}),
        (
            "es-ES",
            "24 meses de 25 euros",
            {"installments": 24, "frequency": "monthly", "amount": 25, "currency": "EUR"},
        ),
        ("es-ES", "no puedo 3 cuotas, mejor 6", {"installments": 6}),
        ("es-ES", "6 cuotas en vez de 3", {"installments": 6}),
        ("es-MX", "en una sola exhibición", {"installments": 1}),
        ("es-ES", "debo 3 cuotas", {}),
        ("es-ES", "cada viernes", {"frequency": "weekly"}),
        ("es-MX", "cada quincena", {"frequency": "semimonthly"}),
        ("es-ES", "cada 15 días", {"frequency": "biweekly"}),
        ("es-ES", "30€/mes", {"amount": 30, "currency": "EUR", "frequency": "monthly"}),
        ("es-ES", "cada dos meses 100", {"amount": 100}),
        (
            "es-ES",
            "50 el 5 de cada mes",
            {"amount": 50, "date": "2026-04-05", "date_text": "el 5 de cada mes", "frequency": "monthly"},
        ),
        ("en-US", "over the next six months", {"installments": 6, "frequency": "monthly"}),
        ("en-US", "split it over 4 months", {"installments": 4, "frequency": "monthly"}),
        ("en-US", "75 x 4", {"installments": 4, "amount": 75}),
        ("en-US", "i missed two payments", {}),
        ("en-US", "if i miss one payment", {}),
        ("en-US", "twice a month", {"frequency": "semimonthly"}),
        ("en-US", "every other friday", {"frequency": "biweekly"}),
        ("en-GB", "£30pcm", {"amount": 30, "currency": "GBP", "frequency": "monthly"}),
        ("en-GB", "25 pw", {"amount": 25, "frequency": "weekly"}),
    ],
)
def test_plan(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text) == expected


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("es-ES", "la segunda", {"choice": 2}),
        ("es-ES", "opción 3", {"choice": 3}),
        ("en-US", "the first one", {"choice": 1}),
        ("en-US", "the second", {"choice": 2}),
        ("es-ES", "2", {"choice": 2}),
        ("es-ES", "llámame a las 5", {"time_of_day": "17:00"}),
        ("es-ES", "a las cinco y media", {"time_of_day": "17:30"}),
        ("en-US", "tomorrow at 3pm", {"time_of_day": "15:00"}),
        ("en-US", "quarter past 5", {"time_of_day": "17:15"}),
        ("es-ES", "la mitad", {"fraction": "0.5"}),
        ("es-ES", "un tercio", {"fraction": "0.3333"}),
        ("en-US", "two thirds", {"fraction": "0.6667"}),
        ("en-US", "25%", {"fraction": "0.25"}),
    ],
)
def test_pick(locale: str, text: str, expected: dict[str, Any]) -> None:
    assert read(locale, text, "choice", "time_of_day", "fraction") == expected


def test_half_now_and_half_in_april() -> None:
    found = read("es-ES", "la mitad ahora y la otra en abril", "fraction", "date", "date_text")
    assert found == {"fraction": "0.5", "date": "2026-04", "date_text": "en abril"}
