"""Turns the Spanish words for days into dates: each function takes a rule's match and what the rule knows."""

from __future__ import annotations

import re
from datetime import date, timedelta

from . import calendar as cal
from .date_names import MONTHS_ES, WEEKDAYS_ES
from .date_rules import (
    Context,
    Found,
    dated,
    full_year,
    interval,
    iso,
    month_value,
    plus_days,
    plus_unit,
)

ORDINALS = {
    "primer": 1,
    "primera": 1,
    "primero": 1,
    "1er": 1,
    "1ra": 1,
    "1ª": 1,
    "segundo": 2,
    "segunda": 2,
    "2do": 2,
    "2da": 2,
    "2ª": 2,
    "tercer": 3,
    "tercero": 3,
    "tercera": 3,
    "3er": 3,
    "cuarto": 4,
    "cuarta": 4,
    "quinto": 5,
    "quinta": 5,
    "ultimo": -1,
    "ultima": -1,
    "penultimo": -2,
}


def _count(text: str) -> int:
    return int(text) if text.isdigit() else 2 if "par" in text else 1


def _number(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits.group()) if digits else 1


def _scope(match: re.Match[str], context: Context) -> date:
    """Return the first day of the month a phrase is about."""
    groups = match.groupdict()
    if groups.get("m"):
        if groups.get("y"):
            return date(int(groups["y"]), MONTHS_ES[groups["m"]], 1)
        return cal.next_month(MONTHS_ES[groups["m"]], context.today, context.past)
    first = context.today.replace(day=1)
    return cal.add_months(first, 1) if groups.get("nm") else first


def _within(match: re.Match[str], context: Context, day: date | None) -> date | None:
    """Move "a primeros de mes" to the coming month where this month's is gone."""
    explicit = match.group("m") or match.group("nm")
    if day and not explicit and day <= context.today:
        return cal.add_months(day.replace(day=1), 1).replace(day=day.day)
    return day


def full(match: re.Match[str], context: Context) -> Found | None:
    """Resolve "15 de abril de 2026", "april 15th": a day and month, with or without its year."""
    year = match.group("y")
    return dated(
        _number(match.group("d")),
        MONTHS_ES[match.group("m")],
        full_year(year, context) if year else None,
        context,
    ) or Found(None, weak=True)


def day_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el 15 del mes que viene", "the 15th of next month"."""
    first = _scope(match, context)
    day = cal.make_date(first.year, first.month, _number(match.group("d")))
    return iso(day)


def day_interval(match: re.Match[str], context: Context) -> str | None:
    """Resolve "del 5 al 10 de abril", "april 5-10"."""
    first, last = int(match.group("a")), int(match.group("b"))
    groups = match.groupdict()
    if groups.get("m") or groups.get("nm") or groups.get("tm"):
        month = _scope(match, context)
        return interval(
            cal.make_date(month.year, month.month, first), cal.make_date(month.year, month.month, last)
        )
    start = cal.next_day_number(first, context.today)
    if start is None:
        return None
    return interval(start, cal.next_day_number(last, start)) if last != first else None


def nth_weekday(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el segundo martes de abril", "the last working day of March"."""
    nth, what = ORDINALS[match.group("o")], match.group("w")
    first = _scope(match, context)
    for month in (first, cal.add_months(first, 1)):
        if "habil" in what or "labor" in what:
            found: date | None = cal.nth_working_day(nth, month.year, month.month, context.country)
        elif what.startswith("dia"):
            end = cal.month_end(month.year, month.month)
            found = end + timedelta(days=nth + 1) if nth < 0 else cal.make_date(month.year, month.month, nth)
        else:
            found = cal.nth_weekday(nth, WEEKDAYS_ES[what], month.year, month.month) if nth > -2 else None
        if found is None or found > context.today or match.group("m") or match.group("nm"):
            return iso(found)
    return None


def end_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "fin de mes", "end of april"."""
    first = _scope(match, context)
    return iso(cal.month_end(first.year, first.month))


def end_of_month(match: re.Match[str], context: Context) -> date:
    """Resolve "el día último"."""
    return cal.month_end(context.today.year, context.today.month)


def start_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "a primeros de mayo"."""
    return iso(_within(match, context, _scope(match, context)))


def middle_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "a mediados de mes"."""
    return iso(_within(match, context, _scope(match, context).replace(day=15)))


def half_month(match: re.Match[str], context: Context) -> str | None:
    """Resolve "la segunda quincena de abril"."""
    first = _scope(match, context)
    second = match.group("o") is not None and match.group("o") in ("segunda", "2da", "2ª", "ultima")
    end = cal.month_end(first.year, first.month)
    if context.country == "ES" and match.group("o"):
        return interval(first.replace(day=16) if second else first, end if second else first.replace(day=15))
    return iso(end if second else first.replace(day=15))


def halves_ahead(match: re.Match[str], context: Context) -> date:
    """Resolve "en dos quincenas"."""
    return cal.next_payday_half(context.today, _count(match.group("n")))


def ahead(match: re.Match[str], context: Context) -> str | None:
    """Resolve "en 15 días", "in 2 weeks", "another week"."""
    count = _count(match.group("n"))
    if match.groupdict().get("habil"):
        return iso(cal.add_working_days(context.today, count, context.country))
    return iso(plus_unit(context, count, match.group("u")))


def ago(match: re.Match[str], context: Context) -> str | None:
    """Resolve "hace 3 días", "3 days ago"."""
    found = plus_unit(context, -_count(match.group("n")), match.group("u"))
    return (
        iso(found)
        if found and (context.today - found).days <= 62 and not match.group("u").startswith("m")
        else None
    )


def in_eight(match: re.Match[str], context: Context) -> date:
    """Resolve "de hoy en ocho" is a week ahead, "en quince" two."""
    base = match.group("base")
    ahead = {"8": 7, "15": 14}.get(match.group("n"), int(match.group("n")))
    if base in WEEKDAYS_ES:
        return cal.next_weekday(WEEKDAYS_ES[base], context.today) + timedelta(days=ahead)
    return plus_days(context, ahead + (1 if base.startswith("manana") else 0))


def weekday(match: re.Match[str], context: Context) -> Found | date | None:
    """Resolve "el viernes", "next friday", "last monday"."""
    weekday = WEEKDAYS_ES[match.group("w")]
    after = (match.group("after") or "").strip()
    lead = match.group(0)[: match.start("w") - match.start()]
    if "pasad" in after or (context.past and not after):
        return cal.last_weekday(weekday, context.today)
    coming = cal.next_weekday(weekday, context.today)
    if "semana" in after and "esta" not in after:
        monday = context.today - timedelta(days=context.today.weekday())
        return monday + timedelta(days=7 + weekday)
    if "otro" in lead or "siguiente no" in after or "subsiguiente" in after:
        return coming + timedelta(days=7)
    return coming


def weekday_number(match: re.Match[str], context: Context) -> date | None:
    """Resolve "el viernes 13", "Friday the 20th": the number decides."""
    return cal.next_day_number(int(match.group("d")), context.today - timedelta(days=1), context.past)


def relative(match: re.Match[str], context: Context) -> Found:
    """Resolve "hoy", "pasado mañana", "tonight", "yesterday"."""
    word = match.group("word")
    days = 0
    if word.startswith(("pasado", "pasao")):
        days = 2
    elif word.startswith(("anteayer", "antier", "antes de ayer", "antiayer", "antes d ayer")):
        days = -2
    elif word.startswith(("ayer", "anoche", "aller")):
        days = -1
    elif word.startswith(("man", "mna", "mnn", "mann", "mni")):
        days = 1
    weak = word.startswith(("ahor", "horita", "aora", "orita", "en la", "por la", "a la"))
    return Found(plus_days(context, days).isoformat(), weak=weak)


def week(match: re.Match[str], context: Context) -> Found:
    """Resolve "la semana que viene", "the week after next"."""
    words = match.group(0)
    step = -7 if "pasada" in words else 0 if "esta semana" in words else 14 if "subsiguiente" in words else 7
    return Found(cal.week_of(plus_days(context, step)), weak=step == 0)


def weekend(match: re.Match[str], context: Context) -> Found | None:
    """Resolve "este finde", "next weekend"."""
    words = match.group(0)
    saturday = cal.next_weekday(5, context.today - timedelta(days=1))
    if "pasado" in words:
        saturday -= timedelta(days=7)
    return Found(interval(saturday, saturday + timedelta(days=1)))


def month_relative(match: re.Match[str], context: Context) -> Found:
    """Resolve "el mes que viene", "next month"."""
    words = match.group(0)
    step = -1 if "pasado" in words else 0 if match.groupdict().get("this") else 1
    return Found(month_value(cal.add_months(context.today.replace(day=1), step)), weak=step == 0)


def month(match: re.Match[str], context: Context) -> str:
    """Resolve "en mayo", "in may"."""
    return month_value(_scope(match, context))


def month_week(match: re.Match[str], context: Context) -> str | None:
    """Resolve "la primera semana de abril"."""
    first, nth = _scope(match, context), ORDINALS[match.group("o")]
    end = cal.month_end(first.year, first.month)
    start = end - timedelta(days=6) if nth < 0 else first + timedelta(days=7 * (nth - 1))
    return interval(start, start + timedelta(days=6)) if start <= end else None


def day_number(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el 28", "the 28th"."""
    return iso(cal.next_day_number(_number(match.group("d")), context.today, context.past))


def each_month(match: re.Match[str], context: Context) -> Found | None:
    """Resolve "el 5 de cada mes": the next one, each month."""
    day = cal.next_day_number(_number(match.group("d")), context.today)
    return Found(iso(day), monthly=True) if day else None


def feast(match: re.Match[str], context: Context) -> str | None:
    """Resolve "en navidad", "before christmas"."""
    words = match.group("f")
    day, month = (
        (24, 12)
        if "buena" in words
        else (31, 12)
        if "vieja" in words
        else (25, 12)
        if "navi" in words
        else ((1, 1) if "nuevo" in words else (6, 1))
    )
    return iso(cal.next_month_day(day, month, context.today, context.past))


def easter_week(context: Context) -> str | None:
    """Resolve "en semana santa": Palm Sunday to Easter Sunday."""
    from dateutil.easter import easter

    sunday = easter(context.today.year)
    if sunday < context.today:
        sunday = easter(context.today.year + 1)
    return interval(sunday - timedelta(days=7), sunday)


def unresolved(match: re.Match[str], context: Context) -> Found:
    """Words of time that give no date ("cuando cobre"): the bot has to ask."""
    return Found(None, weak=True)
