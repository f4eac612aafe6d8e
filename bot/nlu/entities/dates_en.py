"""English dates: "the last working day of March", "two fridays from now", "a week on Friday", "before the 20th"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from . import calendar as cal
from .date_rules import (
    MONTHS_EN,
    PREFIX_EN,
    WEEKDAYS_EN,
    Context,
    Found,
    Rule,
    alternation,
    dated,
    full_year,
    interval,
    iso,
    month_value,
    numeric_rules,
    plus_days,
    plus_unit,
    rule,
)

_M = alternation(MONTHS_EN)
_WD = alternation(WEEKDAYS_EN)
_WD_LONG = alternation(WEEKDAYS_EN, 4)
_NEXT_MONTH = r"(?:the )?(?:next|following|coming) month"
_THIS_MONTH = r"(?:this month|the month|each month|month)"
_SCOPE = rf"(?:(?P<m>{_M})(?:,? (?P<y>20\d\d))?|(?P<nm>{_NEXT_MONTH})|(?P<tm>{_THIS_MONTH}))\b"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_NTH = r"(?P<o>\d)(?:st|nd|rd|th)|(?P<last>last)"
_LEAD = r"(?:(?:on|by|before|until|till|til|from|for|after|in|at|around|towards?) )?(?:the )?(?:very )?"
_UNIT = r"(?P<u>days?|hours?|hrs?|weeks?|wks?|wk|fortnights?|months?|mths?|years?)(?:'s|s')?"
_COUNT = r"(?:(?P<n>\d{1,3})|(?P<couple>a couple(?: of)?|couple(?: of)?)|an?|one)"


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


def _full(match: re.Match[str], context: Context) -> Found | None:
    year = match.group("y")
    return dated(
        int(match.group("d")),
        MONTHS_EN[match.group("m")],
        full_year(year, context) if year else None,
        context,
    ) or Found(None, weak=True)


def _day_interval(match: re.Match[str], context: Context) -> str | None:
    first, last = int(match.group("a")), int(match.group("b"))
    month = match.groupdict().get("m")
    if month:
        start = dated(first, MONTHS_EN[month], None, context)
        end = dated(last, MONTHS_EN[month], None, context)
        return f"{start.value}/{end.value}" if start and end else None
    begin = cal.next_day_number(first, context.today)
    return interval(begin, cal.next_day_number(last, begin)) if begin and first != last else None


def _day_of(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    day = cal.make_date(first.year, first.month, int(match.group("d")))
    return iso(_coming(match, context, day)) if day else None


def _each_month(match: re.Match[str], context: Context) -> Found | None:
    day = cal.next_day_number(int(match.group("d")), context.today)
    return Found(iso(day), monthly=True) if day else None


def _nth_weekday(match: re.Match[str], context: Context) -> str | None:
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


def _end_of(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    return iso(cal.month_end(first.year, first.month))


def _part_of(match: re.Match[str], context: Context) -> str | None:
    part, first = match.group("part"), _scope(match, context)
    if part.startswith("late"):
        return iso(cal.month_end(first.year, first.month))
    day = first.replace(day=15) if part.startswith("mid") else first
    return iso(_coming(match, context, day))


def _ahead(match: re.Match[str], context: Context) -> str | None:
    if match.groupdict().get("work"):
        return iso(cal.add_working_days(context.today, _count(match), context.country))
    return iso(plus_unit(context, _count(match), match.group("u")))


def _ago(match: re.Match[str], context: Context) -> str | None:
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


def _weeks_from(match: re.Match[str], context: Context) -> date:
    unit = match.group("u")
    days = _count(match) * (14 if unit.startswith("fort") else 7 if unit.startswith("w") else 1)
    return _base(match.group("base"), context) + timedelta(days=days)


def _week_later(match: re.Match[str], context: Context) -> date:
    return _base(match.group("base"), context) + timedelta(days=7)


def _weekdays_ahead(match: re.Match[str], context: Context) -> date:
    return cal.next_weekday(WEEKDAYS_EN[match.group("w").rstrip("s")], context.today) + timedelta(
        days=7 * (_count(match) - 1)
    )


def _weekday(match: re.Match[str], context: Context) -> Found | date:
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


def _weekday_number(match: re.Match[str], context: Context) -> date | None:
    return cal.next_day_number(int(match.group("d")), context.today - timedelta(days=1), context.past)


def _relative(match: re.Match[str], context: Context) -> Found:
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


def _week(match: re.Match[str], context: Context) -> Found:
    words = match.group(0)
    step = 14 if "after next" in words else -7 if "last" in words else 0 if "this" in words else 7
    return Found(cal.week_of(plus_days(context, step)), weak=step == 0)


def _week_part(match: re.Match[str], context: Context) -> str:
    monday = context.today - timedelta(days=context.today.weekday())
    if "next" in match.group(0):
        monday += timedelta(days=7)
    day = monday + timedelta(
        days=4 if "end" in match.group("part") else 2 if "mid" in match.group("part") else 0
    )
    return day.isoformat()


def _weekend(match: re.Match[str], context: Context) -> Found:
    words = match.group(0)
    saturday = cal.next_weekday(5, context.today - timedelta(days=1))
    if "last" in words:
        saturday -= timedelta(days=7)
    other = saturday + timedelta(days=7)
    alternatives = (f"{saturday}/{saturday + timedelta(days=1)}",) if "next" in words else ()
    chosen = other if "next" in words else saturday
    return Found(interval(chosen, chosen + timedelta(days=1)), alternatives)


def _month_relative(match: re.Match[str], context: Context) -> Found:
    words = match.group(0)
    step = 2 if "after next" in words else -1 if "last" in words else 0 if "this" in words else 1
    return Found(month_value(cal.add_months(context.today.replace(day=1), step)), weak=step == 0)


def _month(match: re.Match[str], context: Context) -> str:
    return month_value(_scope(match, context))


def _month_week(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    end = cal.month_end(first.year, first.month)
    start = (
        end - timedelta(days=6)
        if match.group("last")
        else first + timedelta(days=7 * (int(match.group("o")) - 1))
    )
    return interval(start, start + timedelta(days=6)) if start <= end else None


def _day_number(match: re.Match[str], context: Context) -> str | None:
    return iso(cal.next_day_number(int(match.group("d")), context.today, context.past))


def _feast(match: re.Match[str], context: Context) -> str | None:
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


def _unresolved(match: re.Match[str], context: Context) -> Found:
    return Found(None, weak=True)


_DAY_END = (
    (
        r"(?![.,:/'-]?\d)(?!\s*(?:%|percent|quid|pounds|dollars|bucks|euros|payments?|instal\w+|months?"
        r"|weeks?|days?|hours?|kids|pm\b|am\b|a month"
    )
    (
        r"|a week|per |each|grand|k\b|party|time|one\b|option|offer|plan|message|text|call|person|letter"
        r"|attempt|agent|quarter|class))"
    )
)
_WORK = r"(?P<work>working |business |bank )?"
_ORDINAL_TAIL = (
    (
        r"(?=\s*(?:$|[?.,!;:)]|(?:of|at|when|if|and|or|then|for|i|i'll|is|it|works?|ok|please|pls|plz|to"
        r"|but|this|next|in|because|cos|cuz|as|"
    )
    (
        r"that|thats|that's|so|my|we|you|u|can|will|after|instead|though|maybe|onwards?|latest|hopefully"
        r"|cause|not|same|with|by|until|till|pay\w*"
    )
    r"|would|should|each|every)\b))"
)
_WHO = r"(?:i|we|he|she|they|my [a-z]+(?: [a-z]+)?|the [a-z]+|our [a-z]+)"

RULES: tuple[Rule, ...] = (
    rule(rf"{PREFIX_EN}{_DAY} (?:of )?(?:every|each) month", _each_month),
    rule(r"(?:every month on|each month on|monthly on) the (?P<d>\d{1,2})(?:st|nd|rd|th)?", _each_month),
    rule(
        (
            rf"(?:between |from )?(?:the )?(?P<a>\d{{1,2}})(?:st|nd|rd|th)?(?: ?- ?| to | and | until | "
            rf"till )(?:the )?(?P<b>\d{{1,2}})(?:st|nd|rd|th)?"
        )
        rf"(?: of)? (?P<m>{_M})",
        _day_interval,
    ),
    rule(
        (
            rf"(?:between |from )?(?P<m>{_M}) (?P<a>\d{{1,2}})(?:st|nd|rd|th)?(?: ?- ?| to | and "
            rf")(?P<b>\d{{1,2}})(?:st|nd|rd|th)?"
        ),
        _day_interval,
    ),
    rule(
        (
            r"(?:between |from )?the (?P<a>\d{1,2})(?:st|nd|rd|th)?(?: to | and | - ?|-| until | till "
            r")(?:the )?(?P<b>\d{1,2})(?:st|nd|rd|th)"
        ),
        _day_interval,
    ),
    rule(
        (
            rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?:the )?{_DAY}(?: of |/|-| day of | )(?P<m>{_M})\b(?:(?:,? "
            rf"|[/-])(?P<y>(?:19|20)\d\d|(?<=[/-])\d\d))?"
        ),
        _full,
    ),
    rule(
        (
            rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?P<m>{_M})\.?(?: the )?[ -]?{_DAY}(?!\d)(?:(?:,? "
            rf"?)(?P<y>(?:19|20)\d\d))?(?!:| ?[ap]m\b)"
        )
        r"(?!\s*(?:payments|instal|quid|dollars))",
        _full,
    ),
    *numeric_rules(PREFIX_EN),
    rule(rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?:the )?{_DAY} (?:of )?{_SCOPE}", _day_of),
    rule(
        (
            rf"{_LEAD}(?:{_NTH}) (?P<w>{_WD_LONG}|working day|business day|bank working day|weekday|week "
            rf"day|day) (?:of |in ){_SCOPE}"
        ),
        _nth_weekday,
    ),
    rule(rf"{_LEAD}(?:end of|close of|back end of) (?:the )?{_SCOPE}", _end_of),
    rule(rf"{_LEAD}month[ -]?end", lambda m, c: cal.month_end(c.today.year, c.today.month)),
    rule(rf"{_LEAD}end of (?:the |this )?year", lambda m, c: date(c.today.year, 12, 31)),
    rule(rf"{_LEAD}(?P<part>end|start|beginning|middle) of (?:the |this |next )?week", _week_part),
    rule(
        r"(?:by |before )?(?:the )?end of (?:the |business |today|day)(?: today)?(?!\w)", lambda m, c: c.today
    ),
    rule(
        (
            rf"{_LEAD}(?P<part>beginning of|start of|early in|early|mid|mid-|middle of|late in|late"
            rf"|first thing)[ -]?(?:the )?(?:in )?{_SCOPE}"
        ),
        _part_of,
    ),
    rule(
        (
            rf"(?:on )?(?:a )?week (?:on|this|from|after|come) (?:this |next )?(?P<base>{_WD_LONG}|today"
            rf"|tomorrow|now)"
        ),
        _week_later,
    ),
    rule(rf"(?:on )?(?:this )?(?P<base>{_WD_LONG}|today|tomorrow) week", _week_later),
    rule(r"a week (?P<base>today|tomorrow)", _week_later),
    rule(
        (
            rf"{_COUNT} (?P<u>days?|weeks?|wks?|fortnights?) (?:from|after|on) (?:this |next "
            rf")?(?P<base>{_WD_LONG}|today|tomorrow|tmrw|now)"
        ),
        _weeks_from,
    ),
    rule(rf"(?:in )?{_COUNT} (?P<w>(?:{_WD_LONG})s?) (?:from now|time|from today)", _weekdays_ahead),
    rule(
        (
            rf"(?:in under|in|within|inside) (?:the )?(?:next )?(?:about |around |like |another "
            rf")?{_COUNT} {_WORK}{_UNIT}(?: time)?"
        ),
        _ahead,
    ),
    rule(rf"{_COUNT} {_WORK}{_UNIT} (?:from now|time|from today|away)", _ahead),
    rule(rf"{_COUNT} (?P<u>days?|weeks?) ago", _ago),
    rule(
        (
            rf"(?:another|an extra|an additional) (?:(?P<n>\d{{1,3}}) |(?P<couple>couple(?: of)? "
            rf"))?{_WORK}{_UNIT}"
        ),
        _ahead,
    ),
    rule(rf"(?:{_COUNT}) (?:more|extra|further) {_WORK}{_UNIT}", _ahead),
    rule(
        (
            rf"(?:give me|gimme|allow me|need|want|have|get|grant me|take me|wait|hold off|hold on|push "
            rf"(?:it|this) back) (?:like |about |for |just |maybe |until )*"
        )
        rf"(?P<span>{_COUNT} {_WORK}{_UNIT})(?: (?:more|extra))?(?! (?:ago|pregnant|old|behind|late|plan))",
        _ahead,
    ),
    rule(
        rf"{PREFIX_EN}(?:{_WD_LONG}),? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?" + _DAY_END, _weekday_number
    ),
    rule(
        (
            rf"(?<!every )(?<!each )(?<!every other )(?:(?:on|by|before|until|till|til|from|for|after"
            rf"|come) )?(?P<which>(?:the )?(?:this|next|last|past"
        )
        (
            rf"|coming|following|this coming) )?(?:the )?(?P<w>{_WD_LONG})(?P<after> after next| (?:of "
            rf")?next week| coming)?"
        ),
        _weekday,
    ),
    rule(rf"(?:on|by|before|until|till|this|next|last|for) (?P<which>)(?P<w>{_WD})(?P<after>)", _weekday),
    rule(
        (
            r"(?:(?:by|before|until|till|on|for) )?(?:the )?(?P<word>day aft(?:er)? (?:tomorrow|tmrw"
            r"|tomorow|tommorow|tmr)|overmorrow)"
        ),
        _relative,
    ),
    rule(r"(?P<word>(?:the )?day before yesterday)", lambda m, c: plus_days(c, -2)),
    rule(
        (
            r"(?:(?:by|before|until|till|til|from|for|on) )?(?P<word>tomorrow|tomorow|tommorow|tommorrow"
            r"|tomorro|tomo|tmrw|tmrow|tmr|tmw|tmoz|tomoz|2moro"
        )
        r"|2morrow|2mrw)",
        _relative,
    ),
    rule(
        (
            r"(?:(?:by|before|from|until) )?(?P<word>today|2day|tonight|tonite|2nite|this (?:morning"
            r"|afternoon|evening))"
        ),
        _relative,
    ),
    rule(r"(?P<word>yesterday|yest|last night)", _relative),
    rule(r"(?P<word>right now|right away|now)", _relative),
    rule(rf"{_LEAD}(?:{_NTH}) week (?:of|in) {_SCOPE}", _month_week),
    rule(
        (
            r"(?:(?:in|by|until|till|for|during|before) )?(?:the )?(?:week after next|next week"
            r"|following week|coming week|last week|this week|nxt week)"
        ),
        _week,
    ),
    rule(
        r"(?:(?:on|by|over|at|this|until|after|before|for) )?(?:the |this |next |last )?(?:coming )?weekend",
        _weekend,
    ),
    rule(
        (
            r"(?:(?:in|by|until|till|for|during|before|from) )?(?:the )?(?:month after next|next month"
            r"|following month|coming month|last month)"
        ),
        _month_relative,
    ),
    rule(r"(?:(?:in|by|for|during) )?(?:this month)(?!'?s)", _month_relative),
    rule(
        (
            rf"(?:in|by|before|until|till|til|from|for|during|since|around|after|of|back in) (?:early "
            rf"|late )?(?P<m>{_M})(?:,? (?P<y>20\d\d))?"
        )
        r"(?P<nm>)(?P<tm>)",
        _month,
    ),
    rule(
        (
            rf"(?:next |this "
            rf")?(?P<m>{alternation({k: v for k, v in MONTHS_EN.items() if k not in ('may', 'march', 'mar')},"
            rf" 5)}|april|june|july)"
        )
        r"(?:,? (?P<y>20\d\d))?(?P<nm>)(?P<tm>)",
        _month,
    ),
    rule(r"(?<=^)(?P<m>may|march)(?P<y>)(?P<nm>)(?P<tm>)(?=\W*$)", _month),
    rule(
        r"(?:(?:at|by|before|after|until|on|over) )?(?P<f>christmas(?: eve)?|xmas|new year'?s?(?: eve| day)?)",
        _feast,
    ),
    rule(
        (
            r"(?:(?:on or before|no later than|on|by|before|until|till|til|from|for|after|around|about) "
            r")?the (?P<d>\d{1,2})(?:st|nd|rd|th)"
        )
        + _ORDINAL_TAIL,
        _day_number,
    ),
    rule(
        r"(?:on|by|before|until|till|til|from|for|after|around)? ?(?P<d>\d{1,2})(?:st|nd|rd|th)"
        + _DAY_END
        + _ORDINAL_TAIL,
        _day_number,
    ),
    rule(
        r"(?:on the|by the|before the|until the|till the|from the|on) (?P<d>\d{1,2})" + _DAY_END, _day_number
    ),
    rule(
        (
            rf"(?:when|once|until|till|til|as soon as|after|whenever) {_WHO} (?:get|gets|am|are|is"
            rf"|getting) (?:paid|my (?:wages|pay|check|cheque|benefits?|money|refund|tax refund)"
        )
        r"|a job|money|some money)",
        _unresolved,
    ),
    rule(
        (
            rf"(?:when|once|until|till|as soon as|after) {_WHO} (?:comes?|clears?|lands?|arrives?|hits"
            rf"|goes|come)(?: (?:in|through|out))?"
        ),
        _unresolved,
    ),
    rule(
        (
            r"(?<!every )(?<!each )(?:(?:on|by|until|till|til|next|after|before|my|at) )*pay ?(?:day"
            r"|check|cheque)"
        ),
        _unresolved,
    ),
    rule(r"(?:in )?a few (?:more )?(?:days|weeks|months)", _unresolved),
)
