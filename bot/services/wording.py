"""Money, dates and schedules as people of a country and language write them (CLDR data by Babel)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from bot.debt.arrangements import Instalment, Terms
from bot.debt.money import Money

# Amounts and days of the conversations under way; of those that are over they would only take up memory.
_REMEMBERED = 512


@lru_cache(maxsize=64)
def locale_of(language: str, country: str) -> Locale:
    """The Babel locale for a language as written in a country, falling back to the language alone.

    English is written as in the United States there, and the British way everywhere else.
    """
    if language == "en":
        country = "US" if country == "US" else "GB"
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


@lru_cache(maxsize=_REMEMBERED)
def money(amount: Money, locale: Locale) -> str:
    """An amount with its currency; whole amounts of currencies that people use without cents lose ",00"."""
    has_cents = amount.decimal != amount.decimal.to_integral_value()
    whole = amount.currency in ("COP", "CLP", "ARS") and not has_cents
    text = format_currency(
        amount.decimal,
        amount.currency,
        locale=locale,
        currency_digits=not whole,
        format=_whole(locale) if whole else None,
    )
    return str(text)


@lru_cache(maxsize=64)
def _whole(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern).replace(".00", "")


@lru_cache(maxsize=_REMEMBERED)
def day(value: date, locale: Locale, *, with_year: bool = True) -> str:
    """A date in words: "5 de marzo de 2027", "5 March 2027", "March 5, 2027"."""
    if locale.language == "es":
        return str(format_date(value, "d 'de' MMMM 'de' y" if with_year else "d 'de' MMMM", locale=locale))
    if locale.territory == "US":
        return str(format_date(value, "MMMM d, y" if with_year else "MMMM d", locale=locale))
    return str(format_date(value, "d MMMM y" if with_year else "d MMMM", locale=locale))


def schedule(instalments: Sequence[Instalment], locale: Locale) -> str:
    """One line an instalment: number, day and amount."""
    return "\n".join(
        f"{number}. {day(i.due_on, locale)}: {money(i.amount, locale)}"
        for number, i in enumerate(instalments, 1)
    )


def values_as_text(values: Mapping[str, Any], locale: Locale) -> dict[str, str]:
    """Turn typed values into texts: money, days, instants, schedules, numbers; texts stay."""
    return {name: as_text(value, locale) for name, value in values.items()}


def as_text(value: Any, locale: Locale) -> str:
    """One value as a text; see `values_as_text`."""
    if isinstance(value, Money):
        return money(value, locale)
    if isinstance(value, datetime):
        return f"{day(value.date(), locale)}, {value:%H:%M}"
    if isinstance(value, date):
        return day(value, locale)
    if isinstance(value, Terms):
        return schedule(value.schedule, locale)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, tuple) and value and isinstance(value[0], Instalment):
        return schedule(value, locale)
    return str(value)
