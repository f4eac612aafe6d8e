"""How many payments and how often: "a doce meses", "4 x 75", "cada 15 días", "a dozen monthly payments"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .date_rules import WEEKDAYS_EN, WEEKDAYS_ES, alternation
from .model import Source
from .numbers import NUMBER


@dataclass(frozen=True)
class Plan:
    """A count of payments or a rhythm found in the folded text; `link` is where its amount would begin."""

    kind: str
    value: int | str
    start: int
    end: int
    confidence: float = 1.0


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@])(?:{pattern})(?![\w@])")


_WD_ES, _WD_EN = alternation(WEEKDAYS_ES, 4), alternation(WEEKDAYS_EN, 3)
_OTHER = "other"
_FREQUENCY: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "es": (
        (
            _OTHER,
            _word(
                (
                    r"(?:cada (?:2|3|4|6|12) meses|bimestral\w*|bimensual\w*|trimestral\w*|semestral\w*"
                    r"|anual\w*|cada dos meses|al ano|por ano|al dia|diari[oa]s?|cada dia)(?! siguiente)"
                )
            ),
        ),
        (
            "biweekly",
            _word(
                (
                    r"cada (?:15|14|quince|2 semanas|dos semanas|14 dias)(?: dias)?|cada (?:15|14)"
                    r"|quinsenalment\w*|una semana si y (?:otra|una) no|bisemanal\w*"
                )
            ),
        ),
        (
            "semimonthly",
            _word(
                (
                    r"quin[cs]enal(?:es|mente)?|(?:por|cada|a la|x|todas las) quin[cs]enas?(?! que| de )"
                    r"|(?:2|dos) veces (?:al|por) mes|c/ ?quincena"
                )
            ),
        ),
        (
            "weekly",
            _word(
                (
                    rf"(?:a la|por|x|/|cada|todas las|c/) ?semanas?(?! (?:que|pasada|santa|proxima"
                    rf"|siguiente))|semanal(?:es|mente)?|cada (?:{_WD_ES})"
                )
                rf"|(?:todos )?los (?:{_WD_ES})|cada (?:7|8|ocho) dias|una vez (?:a|por) (?:la )?semana"
            ),
        ),
        (
            "monthly",
            _word(
                (
                    r"(?:al|por|x|cada|a) mes(?! que| prox| sig| entr| pasa)|mensual(?:es|mente)?|todos "
                    r"los meses|mes a mes|mensualidad(?:es)?|una vez al mes|cada 30 dias|c/ ?mes"
                    r"|mensuale?s"
                )
            ),
        ),
        ("monthly", re.compile(r"(?<=\d) ?/ ?mes(?!\w)|(?<=[€$a-z]) ?/ ?mes(?!\w)|(?<=\d)/m(?!\w)")),
    ),
    "en": (
        (
            _OTHER,
            _word(
                (
                    r"(?:bi-?monthly|every (?:2|3|4|6|other|two|three) months?|quarterly|annually|a year"
                    r"|per year|yearly|daily|a day|per day|every day|every quarter)"
                )
            ),
        ),
        (
            "biweekly",
            _word(
                (
                    rf"(?<!in )(?<!for )(?:bi-?weekly|fortnightly|(?:a|per|every|each) fortnight"
                    rf"|(?:every|each) (?:other|2nd|second|2|two|14|fourteen) (?:weeks?|days?|wks?"
                    rf"|{_WD_EN})"
                )
                r"|every 14 days|once a fortnight|every couple (?:of )?weeks|/ ?fortnight)"
            ),
        ),
        (
            "semimonthly",
            _word(
                (
                    r"(?:twice (?:a|per|each) month|twice monthly|semi-?monthly|2 ?x a month|(?:2|two) "
                    r"times (?:a|per) month|on the 1st and (?:the )?15th|1st and 15th)"
                )
            ),
        ),
        (
            "weekly",
            _word(
                (
                    rf"(?:(?:per|every|each) (?:week|wk)|weekly|wkly|once a week|pw|p/w|every "
                    rf"(?:{_WD_EN})s?|(?<!\d )(?:on )?(?:mondays|tuesdays|wednesdays|thursdays|fridays"
                    rf"|saturdays|sundays)(?! from now| time))"
                )
            ),
        ),
        (
            "weekly",
            re.compile(r"(?<=\d) ?(?:pw|p/w|/ ?w(?:ee)?k|/w)(?!\w)|(?<=[\da-z€$£]) ?/ ?(?:week|wk)(?!\w)"),
        ),
        (
            "weekly",
            re.compile(
                (
                    r"(?:(?<=\d)|(?<=quid)|(?<=pounds)|(?<=dollars)|(?<=bucks)|(?<=fiver)|(?<=tenner)"
                    r"|(?<=each)|(?<=euros)|(?<=ton)|(?<=grand)|(?<=score)|(?<=pony)|(?<=max)|(?<=ish)) "
                    r"an? (?:week|wk)(?!\w)(?! from (?:now|today|monday|friday)| on | later)"
                )
            ),
        ),
        (
            "monthly",
            _word(
                (
                    r"(?<!in )(?<!for )(?:(?:a|per|every|each|ever|evry|by the) (?:calendar )?(?:month"
                    r"|mo|mth|mnth)(?!\w)(?! from (?:now|today|then)| later| on the)|monthly|montly"
                    r"|monthy|pcm|p/m|once a month|every 30 days|a mo|each and every month)(?!s)"
                )
            ),
        ),
        (
            "monthly",
            re.compile(
                r"(?<=\d) ?(?:pcm|pm|p/m|p\.m\b(?!\.\d))(?!\w)|(?<=[\da-z€$£]) ?/ ?(?:month|mo|mth|m)(?!\w)"
            ),
        ),
    ),
}
_NOUNS_ES = (
    r"cuot(?:as|itas)|quotas|pag(?:os|itos)|plazos|mensualidades|letras|abonos|abonitos|parcialidades"
    r"|exhibiciones|armadas|entregas|partes|veces|trozos|vencimientos|partidas"
)
_NOUNS_EN = (
    r"payments?|paymets|paymnts|pymts|installments?|instalments?|instal\w+|parts|chunks|goes|portions"
    r"|equal parts"
)
_ADJ_ES = r"(?: (?:iguales|fijas|fijos|mensuales|semanales|quincenales|comodas|comodos|chiquitas|chiquitos))*"
_ADJ_EN = (
    r"(?:(?:equal|easy|small|smaller|affordable|monthly|weekly|biweekly|fortnightly|bi-weekly|separate"
    r"|little|more|month|week) )*"
)
_COUNTED: dict[str, tuple[tuple[str | None, re.Pattern[str]], ...]] = {
    "es": (
        (None, _word(rf"(?P<n>\d{{1,3}}) (?:mensuales |comodas |comodos |cómodas )?(?:{_NOUNS_ES})")),
        (
            None,
            _word(
                (
                    r"(?:part|div[id]|fracc|repart|difer|dife|financ|trocea|separ|refin|cuote|repact"
                    r"|desglos)\w*(?: \w+){0,5}? (?:en|a) (?P<n>\d{1,2})(?!\d| ?[/.%:]| (?:de )?(?:dias"
                    r"|semanas|horas|meses))"
                )
            ),
        ),
        (None, _word(r"(?P<n>\d{1,2}) (?:cuotita|cuota|pagito)s?")),
        (
            None,
            _word(
                (
                    rf"(?:{_NOUNS_ES})[^\d]{{0,30}}\b(?:mejor|sino|ponme|prefiero|que sean)(?: en| de)? "
                    rf"(?P<n>\d{{1,2}})(?=\W*$)"
                )
            ),
        ),
        ("monthly", _word(rf"(?P<n>\d{{1,2}}) meses(?= (?:de|por|a|x) (?:[$€] ?)?(?:{NUMBER}))")),
        ("monthly", _word(r"(?:a|por|durante|x|plazo de) (?P<n>\d{1,2}) meses")),
        (
            "monthly",
            _word(
                (
                    r"(?:part|div[id]|fracc|repart|difer|financ|plan|plazo|cuotas?|pag[ao]r?|pagando"
                    r"|pagarlo|pagarla|liquidar|cubrir|mensual\w*|al mes)\w*(?: \w+){0,4}? (?:en|a|de) "
                    r"(?P<n>[3-9]|\d\d) meses"
                )
            ),
        ),
    ),
    "en": (
        (None, _word(rf"(?P<n>\d{{1,3}}) {_ADJ_EN}(?:{_NOUNS_EN})")),
        (
            "weekly",
            _word(
                (
                    r"(?:over|across|for|spread (?:it |this )?over|into) (?:the next )?(?P<n>\d{1,2}) "
                    r"(?:weeks|wks)"
                )
            ),
        ),
        (
            "monthly",
            _word(
                (
                    r"(?:over|across|for|spread (?:it |this |them )?over|into|spread across|split (?:it "
                    r"|this )?(?:in|over)) (?:the next |like |about )?(?P<n>\d{1,2}) (?:months|mths|mos)"
                )
            ),
        ),
        (
            "monthly",
            _word(r"(?P<n>\d{1,2})[- ]month (?:plan|arrangement|agreement|payment plan|installment plan)"),
        ),
        (
            None,
            _word(
                (
                    r"(?:split|splitting|divide|break|spread|chop|cut)\w*(?: \w+){0,4}? (?:in|into|over"
                    r"|across|between|by) (?P<n>\d{1,2})(?! ?[/.%:]| (?:days|weeks|months))"
                )
            ),
        ),
        (
            "monthly",
            _word(
                (
                    r"(?:pay|clear|settle)\w*(?: \w+){0,4}? (?:in|over|within) (?P<n>[3-9]|\d\d) "
                    r"(?:months|mths)(?! time)"
                )
            ),
        ),
        (None, _word(r"(?P<n>\d{1,2}) (?:lots|payments|instal\w+) of")),
    ),
}
_ONE: dict[str, re.Pattern[str]] = {
    "es": _word(
        (
            r"(?:(?:en |de )?(?:un|1) (?:solo|unico) pago|pago unico|(?:en |de )?una? sola? "
            r"(?:exhibicion|cuota|vez|pago|entrega|parte)|en (?:una|1) exhibicion|en (?:un|1) pago|en "
            r"(?:una|1) cuota)"
        )
    ),
    "en": _word(
        (
            r"(?:(?:a |one |1 |in one |as a |in a )?lump[ -]?sum|(?:in )?(?:one|a|1) (?:single|full"
            r"|one-?off|one off) payment|single payment|in (?:one|1|a) (?:go|payment|hit|shot)|(?:a "
            r")?one[- ]off(?: payment)?"
        )
        r"|(?:just|as|with) one payment)"
    ),
}
_YEAR = {
    "es": _word(r"(?:a|durante) (?P<n>\d|un) anos?"),
    "en": _word(r"(?:over|across|spread over|for) (?:the next )?(?:(?P<n>\d) years|a year|one year|1 year)"),
}
_BARE_MONTHS = re.compile(
    (
        r"^\W*(?:en |a |por |de |over |for |maybe |mejor |unos |like |quiero |prefiero |son "
        r")*(?P<n>\d{1,2}) ?(?:meses|months|mths|mths?)\W*$"
    )
)
_TIMES = re.compile(
    (
        rf"(?<![\w/.,-])(?P<n>\d{{1,2}})(?: ?(?:x|×|@|\*) ?| (?:por|of|de|at|times|lots of|a) "
        rf")(?=(?:[$€£]|s/\.?|us\$)? ?(?:{NUMBER})(?![\w/]|[.:]\d| ?(?:am|pm)\b))"
    )
)
_TIMES_AFTER = re.compile(r"(?<=[\d€$£]) ?x ?(?P<n>\d{1,2})(?![\d.,/])")
_NOT_A_PLAN = re.compile(
    (
        r"(?:faltan|quedan|quedaban|debo|deben|falta|atrasad\w+|llevo|vencid\w+|pague|pagado|pagadas|van"
        r"|missed|miss|behind|paid|made|owe|left|remaining|already|late on|me saltado|salte|ya hice)"
    )
    r"(?: \w+){0,2} $"
)
_NOT_A_PLAN_AFTER = re.compile(
    (
        r"^ (?:atrasad|pendient|vencid|behind|late|left|remaining|ago|que (?:debo|me faltan|me quedan)"
        r"|me faltan|ya pagad|pagad)"
    )
)


def find_frequency(source: Source) -> list[Plan]:
    """Find how often something is paid and claim the words.

    Args:
        source: The message.

    Returns:
        Rhythms in order of mention; unsupported ones (each quarter) are claimed and left out.
    """
    found: list[Plan] = []
    for value, pattern in _FREQUENCY[source.language]:
        for match in source.find(pattern):
            if value == "monthly" and match.group().strip() == "pm" and not _is_rate(source, match):
                continue
            source.take(*match.span())
            if value != _OTHER:
                found.append(Plan("frequency", value, *match.span()))
    return sorted(found, key=lambda plan: plan.start)


def _is_rate(source: Source, match: re.Match[str]) -> bool:
    """Tell "£45pm" (a month) from "3pm" (a time)."""
    before = source.text[max(0, match.start() - 12) : match.start()]
    figure = re.search(
        r"(?P<sign>[£$€] ?)?(?P<at>\bat |\bby |\bafter |\bbefore |\baround |:)?(?P<n>\d+)(?:[.,]\d+)?$",
        before,
    )
    if not figure:
        return False
    return bool(figure.group("sign")) or (int(figure.group("n")) > 12 and not figure.group("at"))


_COMPARED = re.compile(
    (
        rf"(?<!\w)(?:{_NOUNS_ES}|{_NOUNS_EN}) (?:en vez de|en lugar de|y no|instead of|not|rather than) "
        rf"(?:las |los |the )?(?P<n>\d{{1,2}})(?![\d.,]|\w)"
    )
)


def _accept(source: Source, match: re.Match[str], low: int = 2) -> bool:
    if not low <= int(match.group("n")) <= 120:
        return False
    return not _NOT_A_PLAN.search(source.text[: match.start()]) and not _NOT_A_PLAN_AFTER.match(
        source.text[match.end() :]
    )


def _counted(source: Source) -> list[Plan]:
    found: list[Plan] = []
    for rhythm, pattern in _COUNTED[source.language]:
        for match in pattern.finditer(source.text):
            if not source.is_free(*match.span("n")):
                continue
            if source.text[match.start() : match.end()].startswith(
                ("for ", "durante ", "llevo")
            ) and re.search(r"(?:been|llevo|estado|out of work|sin \w+) $", source.text[: match.start()]):
                continue
            begin, end = match.start("n"), match.end()
            if not _accept(source, match):
                if int(match.group("n")) > 1:
                    source.take(begin, end)
                continue
            source.take(begin, end)
            found.append(Plan("installments", int(match.group("n")), begin, end))
            if rhythm:
                found.append(Plan("frequency", rhythm, begin, end))
    return found


def _months_and_years(source: Source) -> list[Plan]:
    found: list[Plan] = []
    bare = _BARE_MONTHS.match(source.text)
    # "en 6 meses" alone is a day six months ahead; "6 meses" alone is a plan
    if bare and source.is_free(*bare.span("n")) and not re.match(r"\W*(?:en|in) ", source.text):
        source.take(bare.start("n"), bare.end())
        found += [
            Plan("installments", int(bare.group("n")), *bare.span("n"), 0.8),
            Plan("frequency", "monthly", *bare.span("n"), 0.8),
        ]
    for match in source.find(_YEAR[source.language]):
        count = match.group("n")
        source.take(*match.span())
        months = 12 * (int(count) if count and count.isdigit() else 1)
        found += [
            Plan("installments", months, *match.span(), 0.8),
            Plan("frequency", "monthly", *match.span(), 0.8),
        ]
    return found


def find_installments(source: Source) -> list[Plan]:
    """Find how many payments are spoken of and claim the words.

    Args:
        source: The message.

    Returns:
        Counts, with the rhythm that some of them imply, in order of mention.
    """
    found = _counted(source) + _months_and_years(source)
    for match in _COMPARED.finditer(source.text):
        source.take(*match.span("n"))
    for match in source.find(_ONE[source.language]):
        source.take(*match.span())
        found.append(Plan("installments", 1, *match.span()))
    for match in source.find(_TIMES):
        if (
            _accept(source, match, low=1)
            and not re.match(r"\d+ a ", match.group())
            and _is_plausible(source, match)
        ):
            source.take(*match.span())
            found.append(Plan("installments", int(match.group("n")), *match.span("n")))
    for match in source.find(_TIMES_AFTER):
        source.take(*match.span())
        found.append(Plan("installments", int(match.group("n")), *match.span()))
    return sorted(found, key=lambda plan: plan.start)


def _is_plausible(source: Source, match: re.Match[str]) -> bool:
    """Keep "18 de 70", leave "1 de 3" and "2 of 2" (which of how many)."""
    figure = re.match(rf"(?P<sign>\D{{0,3}})(?P<n>{NUMBER})", source.text[match.end() :])
    if figure is None:
        return False
    digits = re.sub(r"\D.*", "", figure.group("n"))
    if not re.search(r" (?:de|of|por|at) $", match.group()):
        # "75 x 4" is four of 75
        return bool(figure.group("sign").strip()) or int(digits) >= int(match.group("n"))
    return (
        bool(figure.group("sign").strip()) or int(digits or 0) > int(match.group("n")) and int(digits) >= 10
    )
