"""Turns the English words for days into dates: each function takes a rule's match and what the rule knows."""

from __future__ import annotations

import re
from datetime import date, timedelta

from . import calendar as cal
from .date_names import MONTHS_EN, WEEKDAYS_EN
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


def _count(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return int(groups["n"]) if groups.get("n") else 2 if groups.get("couple") else 1


def _scope(match: re.Match[str], context: Context) -> date:
    """Return the first day of the month a phrase is about."""
    if match.group("m"):
        if match.group("y"):
            return date(int(match.group("y")), MONTHS_EN[match.group("m")], 1)
        return cal.next_month(MONTHS_EN[match.group("m")], context.today, context.past)
    first = context.today.replace(day=1)
    return cal.add_months(first, 1) if match.group("nm") else first


def _coming(match: re.Match[str], context: Context, day: date) -> date:
    """Move "the 1st of the month" to the coming month where this month's is gone."""
    vague = match.group("tm") and "this" not in match.group("tm")
    return cal.add_months(day, 1) if vague and day <= context.today else day


def full(match: re.Match[str], context: Context) -> Found | None:
    """Resolve "15 de abril de 2026", "april 15th": a day and month, with or without its year."""
    year = match.group("y")
    return dated(
        int(match.group("d")),
        MONTHS_EN[match.group("m")],
        full_year(year, context) if year else None,
        context,
    ) or Found(None, weak=True)


def day_interval(match: re.Match[str], context: Context) -> str | None:
    """Resolve "del 5 al 10 de abril", "april 5-10"."""
    first, last = int(match.group("a")), int(match.group("b"))
    month = match.groupdict().get("m")
    if month:
        start = dated(first, MONTHS_EN[month], None, context)
        end = dated(last, MONTHS_EN[month], None, context)
        return f"{start.value}/{end.value}" if start and end else None
    begin = cal.next_day_number(first, context.today)
    return interval(begin, cal.next_day_number(last, begin)) if begin and first != last else None


def day_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el 15 del mes que viene", "the 15th of next month"."""
    first = _scope(match, context)
    day = cal.make_date(first.year, first.month, int(match.group("d")))
    return iso(_coming(match, context, day)) if day else None


def each_month(match: re.Match[str], context: Context) -> Found | None:
    """Resolve "el 5 de cada mes": the next one, each month."""
    day = cal.next_day_number(int(match.group("d")), context.today)
    return Found(iso(day), monthly=True) if day else None


def nth_weekday(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el segundo martes de abril", "the last working day of March"."""
    nth = -1 if match.group("last") else int(match.group("o"))
    what, first = match.group("w"), _scope(match, context)
    for month in (first, cal.add_months(first, 1)):
        if "ing" in what or "business" in what or "bank" in what or "week day" in what or "weekday" in what:
            found: date | None = cal.nth_working_day(nth, month.year, month.month, context.country)
        elif what == "day":
            found = (
                cal.month_end(month.year, month.month)
                if nth < 0
                else cal.make_date(month.year, month.month, nth)
            )
        else:
            found = cal.nth_weekday(nth, WEEKDAYS_EN[what], month.year, month.month)
        if found is None or found > context.today or match.group("m") or match.group("nm"):
            return iso(found)
    return None


def end_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "fin de mes", "end of april"."""
    first = _scope(match, context)
    return iso(cal.month_end(first.year, first.month))


def part_of(match: re.Match[str], context: Context) -> str | None:
    """Resolve "early may", "mid april", "late march"."""
    part, first = match.group("part"), _scope(match, context)
    if part.startswith("late"):
        return iso(cal.month_end(first.year, first.month))
    day = first.replace(day=15) if part.startswith("mid") else first
    return iso(_coming(match, context, day))


def ahead(match: re.Match[str], context: Context) -> str | None:
    """Resolve "en 15 días", "in 2 weeks", "another week"."""
    if match.groupdict().get("work"):
        return iso(cal.add_working_days(context.today, _count(match), context.country))
    return iso(plus_unit(context, _count(match), match.group("u")))


def ago(match: re.Match[str], context: Context) -> str | None:
    """Resolve "hace 3 días", "3 days ago"."""
    found = plus_unit(context, -_count(match), match.group("u"))
    return (
        iso(found)
        if found and (context.today - found).days <= 62 and not match.group("u").startswith("m")
        else None
    )


def _base(word: str, context: Context) -> date:
    if word in WEEKDAYS_EN:
        return cal.next_weekday(WEEKDAYS_EN[word], context.today)
    return plus_days(context, 1 if word.startswith(("tom", "tmr", "tmw")) else 0)


def weeks_from(match: re.Match[str], context: Context) -> date:
    """Resolve "two weeks from friday"."""
    unit = match.group("u")
    days = _count(match) * (14 if unit.startswith("fort") else 7 if unit.startswith("w") else 1)
    return _base(match.group("base"), context) + timedelta(days=days)


def week_later(match: re.Match[str], context: Context) -> date:
    """Resolve "a week on friday", "friday week"."""
    return _base(match.group("base"), context) + timedelta(days=7)


def weekdays_ahead(match: re.Match[str], context: Context) -> date:
    """Resolve "two fridays from now"."""
    return cal.next_weekday(WEEKDAYS_EN[match.group("w").rstrip("s")], context.today) + timedelta(
        days=7 * (_count(match) - 1)
    )


def weekday(match: re.Match[str], context: Context) -> Found | date:
    """Resolve "el viernes", "next friday", "last monday"."""
    weekday = WEEKDAYS_EN[match.group("w")]
    which, after = match.group("which") or "", match.group("after") or ""
    if "last" in which or "past" in which or (context.past and not which and not after):
        return cal.last_weekday(weekday, context.today)
    coming = cal.next_weekday(weekday, context.today)
    if "after next" in after or "following" in which and "the" not in which:
        return coming + timedelta(days=7)
    if "next week" in after:
        monday = context.today - timedelta(days=context.today.weekday())
        return monday + timedelta(days=7 + weekday)
    if "next" in which:
        # For some "next Friday" skips the coming one: keep that reading
        return Found(coming.isoformat(), ((coming + timedelta(days=7)).isoformat(),))
    return coming


def weekday_number(match: re.Match[str], context: Context) -> date | None:
    """Resolve "el viernes 13", "Friday the 20th": the number decides."""
    return cal.next_day_number(int(match.group("d")), context.today - timedelta(days=1), context.past)


def relative(match: re.Match[str], context: Context) -> Found:
    """Resolve "hoy", "pasado mañana", "tonight", "yesterday"."""
    word = match.group("word")
    days = 0
    if word.startswith(("day after", "day aft", "overmorrow")):
        days = 2
    elif word.startswith("day before"):
        days = -2
    elif word.startswith(("yest", "last night")):
        days = -1
    elif word.startswith(("tom", "tmr", "tmw", "tmoz", "2m", "2-m")):
        days = 1
    return Found(plus_days(context, days).isoformat(), weak=word.startswith(("now", "right")))


def week(match: re.Match[str], context: Context) -> Found:
    """Resolve "la semana que viene", "the week after next"."""
    words = match.group(0)
    step = 14 if "after next" in words else -7 if "last" in words else 0 if "this" in words else 7
    return Found(cal.week_of(plus_days(context, step)), weak=step == 0)


def week_part(match: re.Match[str], context: Context) -> str:
    """Resolve "the end of next week"."""
    monday = context.today - timedelta(days=context.today.weekday())
    if "next" in match.group(0):
        monday += timedelta(days=7)
    day = monday + timedelta(
        days=4 if "end" in match.group("part") else 2 if "mid" in match.group("part") else 0
    )
    return day.isoformat()


def weekend(match: re.Match[str], context: Context) -> Found:
    """Resolve "este finde", "next weekend"."""
    words = match.group(0)
    saturday = cal.next_weekday(5, context.today - timedelta(days=1))
    if "last" in words:
        saturday -= timedelta(days=7)
    other = saturday + timedelta(days=7)
    alternatives = (f"{saturday}/{saturday + timedelta(days=1)}",) if "next" in words else ()
    chosen = other if "next" in words else saturday
    return Found(interval(chosen, chosen + timedelta(days=1)), alternatives)


def month_relative(match: re.Match[str], context: Context) -> Found:
    """Resolve "el mes que viene", "next month"."""
    words = match.group(0)
    step = 2 if "after next" in words else -1 if "last" in words else 0 if "this" in words else 1
    return Found(month_value(cal.add_months(context.today.replace(day=1), step)), weak=step == 0)


def month(match: re.Match[str], context: Context) -> str:
    """Resolve "en mayo", "in may"."""
    return month_value(_scope(match, context))


def month_week(match: re.Match[str], context: Context) -> str | None:
    """Resolve "la primera semana de abril"."""
    first = _scope(match, context)
    end = cal.month_end(first.year, first.month)
    start = (
        end - timedelta(days=6)
        if match.group("last")
        else first + timedelta(days=7 * (int(match.group("o")) - 1))
    )
    return interval(start, start + timedelta(days=6)) if start <= end else None


def day_number(match: re.Match[str], context: Context) -> str | None:
    """Resolve "el 28", "the 28th"."""
    return iso(cal.next_day_number(int(match.group("d")), context.today, context.past))


def feast(match: re.Match[str], context: Context) -> str | None:
    """Resolve "en navidad", "before christmas"."""
    words = match.group("f")
    day, month = (
        (1, 1)
        if "new" in words and "eve" not in words
        else (31, 12)
        if "new" in words
        else (24, 12)
        if "eve" in words
        else (25, 12)
    )
    return iso(cal.next_month_day(day, month, context.today, context.past))


def unresolved(match: re.Match[str], context: Context) -> Found:
    """Words of time that give no date ("cuando cobre"): the bot has to ask."""
    return Found(None, weak=True)
