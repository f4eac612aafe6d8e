"""English dates: "the last working day of March", "a week on Friday", "before the 20th"."""

from __future__ import annotations

from datetime import date

from . import calendar as cal
from . import resolve_en as resolve
from .date_names import MONTHS_EN, WEEKDAYS_EN, alternation
from .date_rules import (
    PREFIX_EN,
    Rule,
    numeric_rules,
    plus_days,
    rule,
)

_M = alternation(MONTHS_EN)
# "may" and "march" are verbs too: alone they are no month
_MONTH_NOUN = alternation({k: v for k, v in MONTHS_EN.items() if k not in ("may", "march")}, 5)
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


_DAY_END = (
    r"(?![.,:/'-]?\d)(?!\s*(?:%|percent|quid|pounds|dollars|bucks|euros|payments?|instal\w+|months?"
    r"|weeks?|days?|hours?|kids|pm\b|am\b|a month"
    r"|a week|per |each|grand|k\b|party|time|one\b|option|offer|plan|message|text|call|person|letter"
    r"|attempt|agent|quarter|class))"
)
_WORK = r"(?P<work>working |business |bank )?"
_ORDINAL_TAIL = (
    r"(?=\s*(?:$|[?.,!;:)]|(?:of|at|when|if|and|or|then|for|i|i'll|is|it|works?|ok|please|pls|plz|to"
    r"|but|this|next|in|because|cos|cuz|as|"
    r"that|thats|that's|so|my|we|you|u|can|will|after|instead|though|maybe|onwards?|latest|hopefully"
    r"|cause|not|same|with|by|until|till|pay\w*"
    r"|would|should|each|every)\b))"
)
_WHO = r"(?:i|we|he|she|they|my [a-z]+(?: [a-z]+)?|the [a-z]+|our [a-z]+)"

RULES: tuple[Rule, ...] = (
    rule(
        rf"{_LEAD}(?P<f>good friday|easter(?: sunday| monday)?)",
        lambda m, c: cal.easter_day(m.group("f"), c.today),
    ),
    rule(rf"{PREFIX_EN}{_DAY} (?:of )?(?:every|each) month", resolve.each_month),
    rule(
        r"(?:every month on|each month on|monthly on) the (?P<d>\d{1,2})(?:st|nd|rd|th)?", resolve.each_month
    ),
    rule(
        rf"(?:between |from )?(?:the )?(?P<a>\d{{1,2}})(?:st|nd|rd|th)?(?: ?- ?| to | and | until | "
        rf"till )(?:the )?(?P<b>\d{{1,2}})(?:st|nd|rd|th)?"
        rf"(?: of)? (?P<m>{_M})",
        resolve.day_interval,
    ),
    rule(
        rf"(?:between |from )?(?P<m>{_M}) (?P<a>\d{{1,2}})(?:st|nd|rd|th)?(?: ?- ?| to | and "
        rf")(?P<b>\d{{1,2}})(?:st|nd|rd|th)?",
        resolve.day_interval,
    ),
    rule(
        r"(?:between |from )?the (?P<a>\d{1,2})(?:st|nd|rd|th)?(?: to | and | - ?|-| until | till "
        r"| through | thru )(?:the )?(?P<b>\d{1,2})(?:st|nd|rd|th)",
        resolve.day_interval,
    ),
    rule(
        rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?:the )?{_DAY}(?: of |/|-| day of | )(?P<m>{_M})\b(?:(?:,? "
        rf"|[/-])(?P<y>(?:19|20)\d\d|(?<=[/-])\d\d))?",
        resolve.full,
    ),
    rule(
        rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?P<m>{_M})\.?(?: the )?[ -]?{_DAY}(?!\d)(?:(?:,? "
        rf"?)(?P<y>(?:19|20)\d\d))?(?!:| ?[ap]m\b)"
        r"(?!\s*(?:payments|instal|quid|dollars))",
        resolve.full,
    ),
    *numeric_rules(rf"(?:(?:{_WD}),? )?{PREFIX_EN}"),
    rule(rf"{PREFIX_EN}(?:(?:{_WD}),? )?(?:the )?{_DAY} (?:of )?{_SCOPE}", resolve.day_of),
    rule(
        rf"{_LEAD}(?:{_NTH}) (?P<w>{_WD_LONG}|working day|business day|bank working day|weekday|week "
        rf"day|day) (?:of |in ){_SCOPE}",
        resolve.nth_weekday,
    ),
    rule(rf"{_LEAD}(?:end of|close of|back end of) (?:the )?{_SCOPE}", resolve.end_of),
    rule(rf"{_LEAD}month[ -]?end", lambda m, c: cal.month_end(c.today.year, c.today.month)),
    rule(rf"{_LEAD}end of (?:the |this )?year", lambda m, c: date(c.today.year, 12, 31)),
    rule(rf"{_LEAD}(?P<part>end|start|beginning|middle) of (?:the |this |next )?week", resolve.week_part),
    rule(
        r"(?:by |before )?(?:the )?end of (?:the |business |today|day)(?: today)?(?!\w)", lambda m, c: c.today
    ),
    rule(
        rf"{_LEAD}(?P<part>beginning of|start of|early in|early|mid|mid-|middle of|late in|late"
        rf"|first thing)[ -]?(?:the )?(?:in )?{_SCOPE}",
        resolve.part_of,
    ),
    rule(
        rf"(?:on )?a week (?:(?:on|from|after|come) )?(?:this |next )?(?P<base>{_WD_LONG}|today"
        rf"|tomorrow|now)",
        resolve.week_later,
    ),
    rule(rf"(?:on )?(?:this )?(?P<base>{_WD_LONG}|today|tomorrow) week", resolve.week_later),
    rule(r"a week (?P<base>today|tomorrow)", resolve.week_later),
    rule(
        rf"{_COUNT} (?P<u>days?|weeks?|wks?|fortnights?) (?:from|after|on) (?:this |next "
        rf")?(?P<base>{_WD_LONG}|today|tomorrow|tmrw|now)",
        resolve.weeks_from,
    ),
    rule(rf"(?:in )?{_COUNT} (?P<w>(?:{_WD_LONG})s?) (?:from now|time|from today)", resolve.weekdays_ahead),
    rule(
        rf"(?:in under|in|within|inside) (?:the )?(?:next )?(?:about |around |like |another "
        rf")?{_COUNT} {_WORK}{_UNIT}(?: time)?",
        resolve.ahead,
    ),
    rule(rf"{_COUNT} {_WORK}{_UNIT} (?:from now|time|from today|away)", resolve.ahead),
    rule(rf"{_COUNT} (?P<u>days?|weeks?) ago", resolve.ago),
    rule(
        rf"(?:another|an extra|an additional) (?:(?P<n>\d{{1,3}}) |(?P<couple>couple(?: of)? "
        rf"))?{_WORK}{_UNIT}",
        resolve.ahead,
    ),
    rule(rf"(?:{_COUNT}) (?:more|extra|further) {_WORK}{_UNIT}", resolve.ahead),
    rule(
        rf"(?:give me|gimme|allow me|need|want|have|get|grant me|take me|wait|hold off|hold on|push "
        rf"(?:it|this) back) (?:like |about |for |just |maybe |until )*"
        rf"(?P<span>{_COUNT} {_WORK}{_UNIT})(?: (?:more|extra))?(?! (?:ago|pregnant|old|behind|late|plan))",
        resolve.ahead,
    ),
    rule(
        rf"{PREFIX_EN}(?:{_WD}),? (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?" + _DAY_END,
        resolve.weekday_number,
    ),
    rule(
        rf"(?<!every )(?<!each )(?<!every other )(?:(?:on|by|before|until|till|til|from|for|after"
        rf"|come) )?(?P<which>(?:the )?(?:this|next|last|past"
        rf"|coming|following|this coming) )?(?:the )?(?P<w>{_WD_LONG})(?P<after> after next| (?:of "
        rf")?next week| coming)?",
        resolve.weekday,
    ),
    rule(
        rf"(?:on|by|before|until|till|this|next|last|for) (?P<which>)(?P<w>{_WD})(?P<after>)", resolve.weekday
    ),
    rule(
        r"(?:(?:by|before|until|till|on|for) )?(?:the )?(?P<word>day aft(?:er)? (?:tomorrow|tmrw"
        r"|tomorow|tommorow|tmr)|overmorrow)",
        resolve.relative,
    ),
    rule(r"(?P<word>(?:the )?day before yesterday)", lambda m, c: plus_days(c, -2)),
    rule(
        r"(?:(?:by|before|until|till|til|from|for|on) )?(?P<word>tomorrow|tomorow|tommorow|tommorrow"
        r"|tomorro|tomo|tmrw|tmrow|tmr|tmw|tmoz|tomoz|2moro"
        r"|2morrow|2mrw)",
        resolve.relative,
    ),
    rule(
        r"(?:(?:by|before|from|until) )?(?P<word>today|2day|tonight|tonite|2nite|this (?:morning"
        r"|afternoon|evening))",
        resolve.relative,
    ),
    rule(r"(?P<word>yesterday|yest|last night)", resolve.relative),
    rule(r"(?P<word>right now|right away|now)", resolve.relative),
    rule(rf"{_LEAD}(?:{_NTH}) week (?:of|in) {_SCOPE}", resolve.month_week),
    rule(
        r"(?:(?:in|by|until|till|for|during|before) )?(?:the )?(?:week after next|next week"
        r"|following week|coming week|last week|this week|nxt week)",
        resolve.week,
    ),
    rule(
        r"(?:(?:on|by|over|at|this|until|after|before|for) )?(?:the |this |next |last )?(?:coming )?weekend",
        resolve.weekend,
    ),
    rule(
        r"(?:(?:in|by|until|till|for|during|before|from) )?(?:the )?(?:month after next|next month"
        r"|following month|coming month|last month)",
        resolve.month_relative,
    ),
    rule(r"(?:(?:in|by|for|during) )?(?:this month)(?!'?s)", resolve.month_relative),
    rule(
        rf"(?:in|by|before|until|till|til|from|for|during|since|around|after|of|back in) (?:early "
        rf"|late )?(?P<m>{_M})(?:,? (?P<y>20\d\d))?"
        r"(?P<nm>)(?P<tm>)",
        resolve.month,
    ),
    rule(
        rf"(?:next |this )?(?P<m>{_MONTH_NOUN}|april|june|july)"
        r"(?:,? (?P<y>20\d\d))?(?P<nm>)(?P<tm>)",
        resolve.month,
    ),
    rule(r"(?<=^)(?P<m>may|march)(?P<y>)(?P<nm>)(?P<tm>)(?=\W*$)", resolve.month),
    rule(
        r"(?:(?:at|by|before|after|until|on|over) )?"
        r"(?P<f>christmas(?: eve)?|xmas|new year'?s?(?: eve| day)?)",
        resolve.feast,
    ),
    rule(
        r"(?:(?:on or before|no later than|on|by|before|until|till|til|from|for|after|around|about) "
        r")?the (?P<d>\d{1,2})(?:st|nd|rd|th)" + _ORDINAL_TAIL,
        resolve.day_number,
    ),
    rule(
        r"(?:on|by|before|until|till|til|from|for|after|around)? ?(?P<d>\d{1,2})(?:st|nd|rd|th)"
        + _DAY_END
        + _ORDINAL_TAIL,
        resolve.day_number,
    ),
    rule(
        r"(?:on the|by the|before the|until the|till the|from the|on) (?P<d>\d{1,2})" + _DAY_END,
        resolve.day_number,
    ),
    rule(
        rf"(?:when|once|until|till|til|as soon as|after|whenever) {_WHO} (?:get|gets|am|are|is"
        rf"|getting) (?:paid|my (?:wages|pay|check|cheque|benefits?|money|refund|tax refund)"
        r"|a job|money|some money)",
        resolve.unresolved,
    ),
    rule(
        rf"(?:when|once|until|till|as soon as|after) {_WHO} (?:comes?|clears?|lands?|arrives?|hits"
        rf"|goes|come)(?: (?:in|through|out))?",
        resolve.unresolved,
    ),
    rule(
        r"(?<!every )(?<!each )(?:(?:on|by|until|till|til|next|after|before|my|at) )*pay ?(?:day"
        r"|check|cheque)",
        resolve.unresolved,
    ),
    rule(
        rf"(?<=^)\W*(?:about |around |like |maybe |just )*"
        rf"(?P<span>{_COUNT} {_WORK}(?P<u>days?|weeks?|wks?|fortnights?))(?=\W*$)",
        resolve.ahead,
    ),
    rule(r"(?:in )?a few (?:more )?(?:days|weeks|months)", resolve.unresolved),
)
