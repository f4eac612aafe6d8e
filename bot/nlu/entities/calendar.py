"""Calendar arithmetic: next occurrences, month ends, weeks, working days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache


def month_end(year: int, month: int) -> date:
    """Return the last day of a month.

    Args:
        year: Year.
        month: 1 to 12.

    Returns:
        The day.
    """
    return date(year, month, monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """Move a day by months, to the month's end where the day does not exist.

    Args:
        day: Where to begin.
        months: How many; may be negative.

    Returns:
        The moved day.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def make_date(year: int, month: int, day: int) -> date | None:
    """Build a date if it exists.

    Args:
        year: Year.
        month: Month, checked.
        day: Day, checked.

    Returns:
        The date, or None ("30 de febrero").
    """
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day_number(day: int, today: date, past: bool = False) -> date | None:
    """Return the next (or last) day of a month with this number.

    Args:
        day: 1 to 31.
        today: Reference date; itself not counted when looking ahead.
        past: Look back instead.

    Returns:
        The date, or None for an impossible number.
    """
    if not 1 <= day <= 31:
        return None
    for step in range(13):
        first = add_months(today.replace(day=1), -step if past else step)
        found = make_date(first.year, first.month, day)
        if found and (found <= today if past else found > today):
            return found
    return None


def next_month_day(day: int, month: int, today: date, past: bool = False) -> date | None:
    """Return the next (or last) occurrence of a day and month, today included.

    Args:
        day: Day of the month.
        month: 1 to 12.
        today: Reference date.
        past: Look back instead.

    Returns:
        The date, or None if it cannot exist this year or next.
    """
    years = (today.year, today.year - 1) if past else (today.year, today.year + 1)
    for year in years:
        found = make_date(year, month, day)
        if found and (found <= today if past else found >= today):
            return found
    return None


def next_month(month: int, today: date, past: bool = False) -> date:
    """Return the first day of the next (or last) month of this name, the present month included.

    Args:
        month: 1 to 12.
        today: Reference date.
        past: Look back instead.

    Returns:
        First day of the month.
    """
    year = today.year
    if past and month > today.month:
        year -= 1
    elif not past and month < today.month:
        year += 1
    return date(year, month, 1)


def next_weekday(weekday: int, today: date) -> date:
    """Return the next such weekday after today.

    Args:
        weekday: 0 is Monday.
        today: Reference date.

    Returns:
        A day 1 to 7 days ahead.
    """
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def last_weekday(weekday: int, today: date) -> date:
    """Return the latest such weekday before today.

    Args:
        weekday: 0 is Monday.
        today: Reference date.

    Returns:
        A day 1 to 7 days back.
    """
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def nth_weekday(nth: int, weekday: int, year: int, month: int) -> date | None:
    """Return the nth weekday of a month; -1 is the last.

    Args:
        nth: 1 to 5, or -1.
        weekday: 0 is Monday.
        year: Year.
        month: 1 to 12.

    Returns:
        The day, or None if the month has no fifth.
    """
    if nth == -1:
        end = month_end(year, month)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return found if found.month == month else None


def week_of(day: date) -> str:
    """Write the ISO week of a day.

    Args:
        day: Any day.

    Returns:
        For example "2026-W12".
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def next_payday_half(today: date, steps: int = 1) -> date:
    """Return the coming "quincena": the 15th or the last day of the month.

    Args:
        today: Reference date.
        steps: Which one; 1 is the next.

    Returns:
        The day.
    """
    day = today
    for _ in range(steps):
        end = month_end(day.year, day.month)
        if day.day < 15:
            day = day.replace(day=15)
        elif day < end:
            day = end
        else:
            day = add_months(day.replace(day=1), 1).replace(day=15)
    return day


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # at first use: it takes a second to load and few messages speak of working days

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def nth_working_day(nth: int, year: int, month: int, country: str | None) -> date:
    """Return the nth working day of a month; -1 is the last.

    Args:
        nth: 1 upwards, or -1.
        year: Year.
        month: 1 to 12.
        country: Whose public holidays; None for none.

    Returns:
        The day.
    """
    closed = _holidays(country, year) if country else frozenset()
    day = month_end(year, month) if nth == -1 else date(year, month, 1)
    step = timedelta(days=-1 if nth == -1 else 1)
    left = abs(nth)
    while True:
        if day.weekday() < 5 and day not in closed:
            left -= 1
            if left == 0:
                return day
        day += step


def add_working_days(today: date, days: int, country: str | None) -> date:
    """Count working days from today.

    Args:
        today: Reference date, not counted.
        days: How many.
        country: Whose public holidays; None for none.

    Returns:
        The day.
    """
    day = today
    while days > 0:
        day += timedelta(days=1)
        closed = _holidays(country, day.year) if country else frozenset()
        if day.weekday() < 5 and day not in closed:
            days -= 1
    return day


def easter_day(name: str, today: date) -> date:
    """Return the next of a feast that moves with Easter.

    Args:
        name: Its folded name in either language; what is not told apart is Easter Sunday.
        today: Reference date.

    Returns:
        The day.
    """
    from dateutil.easter import easter

    words = set(name.split())
    days = -3 if "jueves" in words else -2 if words & {"viernes", "friday"} else 0
    days = 1 if words & {"lunes", "monday"} else days
    this, following = (easter(year) + timedelta(days=days) for year in (today.year, today.year + 1))
    return date.fromisoformat((this if this >= today else following).isoformat())
