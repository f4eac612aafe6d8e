"""What a date rule is, and the rules both languages share: 15/04/2026, 2026-04-15."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from . import calendar as cal


@dataclass(frozen=True)
class Context:
    """What a rule needs to resolve words into a day.

    Attributes:
        today: Reference date.
        country: ISO code, for public holidays and local custom.
        past: The sentence speaks of something that already happened.
        month_first: 04/05 is the fifth of April.
        birth: The sentence speaks of a birth.
    """

    today: date
    country: str | None
    past: bool = False
    month_first: bool = False
    birth: bool = False


@dataclass(frozen=True)
class Found:
    """What a rule resolved.

    Attributes:
        value: Normalised date, or None when the words cannot be resolved.
        alternatives: Other readings.
        weak: Only counts where no better date is said ("ahora").
        is_birth: The date is a date of birth.
        monthly: The date repeats each month ("el 5 de cada mes").
    """

    value: str | None
    alternatives: tuple[str, ...] = ()
    weak: bool = False
    is_birth: bool = False
    monthly: bool = False


Resolver = Callable[["re.Match[str]", Context], "Found | date | str | None"]


@dataclass(frozen=True)
class Rule:
    """A family of expressions; the group `span`, if any, is what counts as the words of the date."""

    pattern: re.Pattern[str]
    resolve: Resolver


def rule(pattern: str, resolve: Resolver) -> Rule:
    """Build a rule whose words stand alone.

    Args:
        pattern: Regular expression over folded text.
        resolve: Turns a match into a date.

    Returns:
        The rule.
    """
    return Rule(re.compile(rf"(?<![\w@])(?:{pattern})(?![\w@])"), resolve)


def iso(day: date | None) -> str | None:
    """Write a day, if there is one.

    Args:
        day: A day or None.

    Returns:
        ISO text or None.
    """
    return day.isoformat() if day else None


def interval(first: date | None, last: date | None) -> str | None:
    """Write an interval, if both ends exist.

    Args:
        first: First day.
        last: Last day.

    Returns:
        "A/B" or None.
    """
    return f"{first.isoformat()}/{last.isoformat()}" if first and last else None


def month_value(first: date) -> str:
    """Write a month.

    Args:
        first: Any day of it.

    Returns:
        "YYYY-MM".
    """
    return f"{first.year}-{first.month:02d}"


def full_year(written: str, context: Context) -> int:
    """Read a year of two or four digits.

    Args:
        written: Digits.
        context: Tells whether a birth is spoken of.

    Returns:
        The year of four digits.
    """
    year = int(written)
    if len(written) > 2:
        return year
    ahead = -16 if context.birth else 6
    return 2000 + year if year <= context.today.year % 100 + ahead else 1900 + year


def dated(day: int, month: int, year: int | None, context: Context) -> Found | None:
    """Resolve a day and month, with a year or without, into a date or a date of birth.

    Args:
        day: Day of the month.
        month: 1 to 12.
        year: Of four digits, or None for the next occurrence.
        context: Reference date and tense.

    Returns:
        What was found; None if there is no such day.
    """
    if year is None:
        found = cal.next_month_day(day, month, context.today, context.past)
        return Found(iso(found)) if found else None
    exact = cal.make_date(year, month, day)
    if exact is None or not 1900 <= year <= context.today.year + 30:
        return None
    age = (context.today - exact).days / 365.25
    return Found(exact.isoformat(), is_birth=age >= 16 or (context.birth and age > 0))


def both_orders(first: int, second: int, year: int | None, context: Context) -> Found | None:
    """Resolve two numbers that may be day/month or month/day, keeping the other reading.

    Args:
        first: First number.
        second: Second number.
        year: Of four digits, or None.
        context: Tells which order is usual.

    Returns:
        The usual reading, with the other one in the alternatives.
    """
    day_first, month_first = dated(first, second, year, context), dated(second, first, year, context)
    main, other = (month_first, day_first) if context.month_first else (day_first, month_first)
    if main is None:
        main, other = other, None
    if main is None:
        return None
    if other and other.value and other.value != main.value:
        return Found(main.value, (other.value,), is_birth=main.is_birth)
    return main


def _numeric(match: re.Match[str], context: Context) -> Found | None:
    year = match.group("y")
    first, second = int(match.group("a")), int(match.group("b"))
    return both_orders(first, second, full_year(year, context) if year else None, context)


def _iso(match: re.Match[str], context: Context) -> Found | None:
    year, month, day = (int(match.group(g)) for g in ("y", "m", "d"))
    return dated(day, month, year, context)


PREFIX_ES = (
    r"(?:(?:antes|a partir|despues|alrededor|a contar|pasado) de(?:l| el)? (?:dia )?|a mas tardar "
    r"(?:el )?(?:dia )?"
    r"|(?:para|pa|p'|hasta|desde|sobre|hacia) ?(?:el )?(?:dia |proximo )?|(?:pal|p'al|pa'l|el|al"
    r"|este) (?:proximo |mero )?(?:dia )?|dia )?"
)
PREFIX_EN = (
    r"(?:(?:on or before|no later than|on|by|before|until|till|til|'til|from|for|after|around|about|as "
    r"of) )?(?:the )?"
)


def numeric_rules(prefix: str) -> tuple[Rule, ...]:
    """Build the rules for dates written with figures alone.

    Args:
        prefix: Words that may come before, as a regular expression.

    Returns:
        Rules, surest first.
    """
    tail = r"(?!\d)(?![/.-]\d)"
    return (
        rule(rf"{prefix}(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){tail}", _iso),
        rule(
            rf"{prefix}(?P<a>\d{{1,2}})(?P<s>[/.-]| [/-] )(?P<b>\d{{1,2}})(?P=s)(?P<y>\d{{4}}|\d{{2}}){tail}",
            _numeric,
        ),
        rule(rf"{prefix}(?P<a>\d{{1,2}}) (?P<b>\d{{1,2}}) (?P<y>(?:19|20)\d\d){tail}", _numeric),
        rule(rf"{prefix}(?!24/7|1/2\b|50/50)(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?P<y>){tail}", _numeric),
        rule(rf"{prefix}(?P<a>\d{{1,2}})-(?P<b>\d{{1,2}})(?P<y>){tail}", _numeric_dash),
    )


def _numeric_dash(match: re.Match[str], context: Context) -> Found | None:
    # "5-10" alone is a range of money or of days: a dash needs words that announce a date
    return _numeric(match, context) if not match.group()[0].isdigit() else None


def plus_days(context: Context, days: int) -> date:
    """Move the reference date.

    Args:
        context: Holds the reference date.
        days: How many; may be negative.

    Returns:
        The day.
    """
    return context.today + timedelta(days=days)


def plus_unit(context: Context, amount: int, unit: str) -> date | None:
    """Move the reference date by days, hours, weeks, fortnights, months or years said in either language.

    Args:
        context: Holds the reference date.
        amount: How many; may be negative.
        unit: The unit's word.

    Returns:
        The day; None beyond two years, where it is no due date.
    """
    if unit.startswith("h"):
        days = amount // 24
    elif unit.startswith(("dia", "da")):
        days = amount
    elif unit.startswith(("sem", "wee", "wk")):
        days = 7 * amount
    elif unit.startswith("fort"):
        days = 14 * amount
    else:
        months = amount * (12 if unit.startswith(("a", "y")) else 1)
        return cal.add_months(context.today, months) if abs(months) <= 24 else None
    return plus_days(context, days) if abs(days) <= 730 else None
