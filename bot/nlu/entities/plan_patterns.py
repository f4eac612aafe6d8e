"""How counts of payments and rhythms are written in both languages."""

from __future__ import annotations

import re

from .date_names import WEEKDAYS_EN, WEEKDAYS_ES, alternation
from .numbers import NUMBER


def standing_alone(pattern: str) -> re.Pattern[str]:
    """Compile a pattern whose words stand alone.

    Args:
        pattern: Regular expression over folded text.

    Returns:
        The compiled pattern.
    """
    return re.compile(rf"(?<![\w@])(?:{pattern})(?![\w@])")


WD_ES, _WD_EN = alternation(WEEKDAYS_ES, 4), alternation(WEEKDAYS_EN, 3)
OTHER = "other"
FREQUENCY: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "es": (
        (
            OTHER,
            standing_alone(
                r"(?:cada (?:2|3|4|6|12) meses|bimestral\w*|bimensual\w*|trimestral\w*|semestral\w*"
                r"|anual\w*|cada dos meses|al ano|por ano|al dia|diari[oa]s?|cada dia)(?! siguiente)"
            ),
        ),
        (
            "biweekly",
            standing_alone(
                r"cada (?:15|14|quince|2 semanas|dos semanas|14 dias)(?: dias)?|cada (?:15|14)"
                r"|quinsenalment\w*|una semana si y (?:otra|una) no|bisemanal\w*"
            ),
        ),
        (
            "semimonthly",
            standing_alone(
                r"quin[cs]enal(?:es|mente)?|(?:por|cada|a la|x|todas las) quin[cs]enas?(?! que| de )"
                r"|(?:2|dos) veces (?:al|por) mes|c/ ?quincena"
            ),
        ),
        (
            "weekly",
            standing_alone(
                rf"(?:a la|por|x|/|cada|todas las|c/) ?semanas?(?! (?:que|pasada|santa|proxima"
                rf"|siguiente))|semanal(?:es|mente)?|cada (?:{WD_ES})"
                rf"|(?:todos )?los (?:{WD_ES})|cada (?:7|8|ocho) dias|una vez (?:a|por) (?:la )?semana"
            ),
        ),
        (
            "monthly",
            standing_alone(
                r"(?:al|por|x|cada|a) mes(?! que| prox| sig| entr| pasa)|mensual(?:es|mente)?|todos "
                r"los meses|mes a mes|mensualidad(?:es)?|una vez al mes|cada 30 dias|c/ ?mes"
                r"|mensuale?s"
            ),
        ),
        ("weekly", re.compile(r"(?<=[\d€$a-z]) ?/ ?sem(?:ana)?(?!\w)")),
        ("semimonthly", re.compile(r"(?<=[\d€$a-z]) ?/ ?quincena(?!\w)")),
        ("monthly", re.compile(r"(?<=\d) ?/ ?mes(?!\w)|(?<=[€$a-z]) ?/ ?mes(?!\w)|(?<=\d)/m(?!\w)")),
    ),
    "en": (
        (
            OTHER,
            standing_alone(
                r"(?:bi-?monthly|every (?:2|3|4|6|other|two|three) months?|quarterly|annually|a year"
                r"|per year|yearly|daily|a day|per day|every day|every quarter)"
            ),
        ),
        (
            "biweekly",
            standing_alone(
                rf"(?<!in )(?<!for )(?:bi-?weekly|fortnightly|(?:a|per|every|each) fortnight"
                rf"|(?:every|each) (?:other|2nd|second|2|two|14|fourteen) (?:weeks?|days?|wks?"
                rf"|{_WD_EN})"
                r"|every 14 days|once a fortnight|every couple (?:of )?weeks|/ ?fortnight)"
            ),
        ),
        (
            "semimonthly",
            standing_alone(
                r"(?:twice (?:a|per|each) month|twice monthly|semi-?monthly|2 ?x a month|(?:2|two) "
                r"times (?:a|per) month|on the 1st and (?:the )?15th|1st and 15th)"
            ),
        ),
        (
            "weekly",
            standing_alone(
                rf"(?:(?:per|every|each) (?:week|wk)|weekly|wkly|once a week|pw|p/w|every "
                rf"(?:{_WD_EN})s?|(?<!\d )(?:on )?(?:mondays|tuesdays|wednesdays|thursdays|fridays"
                rf"|saturdays|sundays)(?! from now| time))"
            ),
        ),
        (
            "weekly",
            re.compile(r"(?<=\d) ?(?:pw|p/w|/ ?w(?:ee)?k|/w)(?!\w)|(?<=[\da-z€$£]) ?/ ?(?:week|wk)(?!\w)"),
        ),
        (
            "weekly",
            re.compile(
                r"(?:(?<=\d)|(?<=quid)|(?<=pounds)|(?<=pound)|(?<=dollars)|(?<=bucks)|(?<=fiver)|(?<=tenner)"
                r"|(?<=each)|(?<=euros)|(?<=ton)|(?<=grand)|(?<=score)|(?<=pony)|(?<=max)|(?<=ish)) "
                r"an? (?:week|wk)(?!\w)(?! from (?:now|today|monday|friday)| on | later)"
            ),
        ),
        (
            "monthly",
            standing_alone(
                r"(?<!in )(?<!for )(?:(?:a|per|every|each|ever|evry|by the) (?:calendar )?(?:month"
                r"|mo|mth|mnth)(?!\w)(?! from (?:now|today|then)| later| on the)|monthly|montly"
                r"|monthy|pcm|p/m|once a month|every 30 days|a mo|each and every month)(?!s)"
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
NOUNS_ES = (
    r"cuot(?:as|itas)|quotas|pag(?:os|itos)|plazos|mensualidades|letras|abonos|abonitos|parcialidades"
    r"|exhibiciones|armadas|entregas|partes|veces|trozos|vencimientos|partidas"
)
NOUNS_EN = (
    r"payments?|paymets|paymnts|pymts|installments?|instalments?|instal\w+|parts|chunks|goes|portions"
    r"|equal parts"
)
ADJ_ES = r"(?: (?:iguales|fijas|fijos|mensuales|semanales|quincenales|comodas|comodos|chiquitas|chiquitos))*"
ADJ_EN = (
    r"(?:(?:equal|easy|small|smaller|affordable|monthly|weekly|biweekly|fortnightly|bi-weekly|separate"
    r"|little|more|month|week) )*"
)
COUNTED: dict[str, tuple[tuple[str | None, re.Pattern[str]], ...]] = {
    "es": (
        (None, standing_alone(rf"(?P<n>\d{{1,3}}) (?:mensuales |comodas |comodos |cómodas )?(?:{NOUNS_ES})")),
        (
            None,
            standing_alone(
                r"(?:part|div[id]|fracc|repart|difer|dife|financ|trocea|separ|refin|cuote|repact"
                r"|desglos)\w*(?: \w+){0,5}? (?:en|a) (?P<n>\d{1,2})(?!\d| ?[/.%:]| (?:de )?(?:dias"
                r"|semanas|horas|meses))"
            ),
        ),
        ("monthly", standing_alone(r"(?:\d+|euros|pesos|soles|lucas|mil|€) en (?P<n>[2-9]|\d\d) meses")),
        (None, standing_alone(r"(?P<n>\d{1,2}) (?:cuotita|cuota|pagito)s?")),
        (
            None,
            standing_alone(
                rf"(?:{NOUNS_ES})[^\d]{{0,30}}\b(?:mejor|sino|ponme|prefiero|que sean)(?: en| de)? "
                rf"(?P<n>\d{{1,2}})(?=\W*$)"
            ),
        ),
        ("monthly", standing_alone(rf"(?P<n>\d{{1,2}}) meses(?= (?:de|por|a|x) (?:[$€] ?)?(?:{NUMBER}))")),
        ("monthly", standing_alone(r"(?:a|por|durante|x|plazo de) (?P<n>\d{1,2}) meses")),
        (
            "monthly",
            standing_alone(
                r"(?:part|div[id]|fracc|repart|difer|financ|plan|plazo|cuotas?|pag[ao]r?|pagando"
                r"|pagarlo|pagarla|liquidar|cubrir|mensual\w*|al mes)\w*(?: \w+){0,4}? (?:en|a|de) "
                r"(?P<n>[3-9]|\d\d) meses"
            ),
        ),
    ),
    "en": (
        (None, standing_alone(rf"(?P<n>\d{{1,3}}) {ADJ_EN}(?:{NOUNS_EN})")),
        (
            "weekly",
            standing_alone(
                r"(?:over|across|for|spread (?:it |this )?over|into) (?:the next )?(?P<n>\d{1,2}) "
                r"(?:weeks|wks)"
            ),
        ),
        (
            "monthly",
            standing_alone(
                r"(?:over|across|for|spread (?:it |this |them )?over|into|spread across|split (?:it "
                r"|this )?(?:in|over)) (?:the next |like |about )?(?P<n>\d{1,2}) (?:months|mths|mos)"
            ),
        ),
        (
            "monthly",
            standing_alone(
                r"(?P<n>\d{1,2})[- ]month (?:plan|arrangement|agreement|payment plan|installment plan)"
            ),
        ),
        (
            None,
            standing_alone(
                r"(?:split|splitting|divide|break|spread|chop|cut)\w*(?: \w+){0,4}? (?:in|into|over"
                r"|across|between|by) (?P<n>\d{1,2})(?! ?[/.%:]| (?:days|weeks|months))"
            ),
        ),
        (
            "monthly",
            standing_alone(
                r"(?:pay|clear|settle)\w*(?: \w+){0,4}? (?:in|over|within) (?P<n>[3-9]|\d\d) "
                r"(?:months|mths)(?! time)"
            ),
        ),
        (None, standing_alone(r"(?P<n>\d{1,2}) (?:lots|payments|instal\w+) of")),
    ),
}
ONE: dict[str, re.Pattern[str]] = {
    "es": standing_alone(
        r"(?:(?:en |de )?(?:un|1) (?:solo|unico) pago|pago unico|(?:en |de )?una? sola? "
        r"(?:exhibicion|cuota|vez|pago|entrega|parte)|en (?:una|1) exhibicion|en (?:un|1) pago|en "
        r"(?:una|1) cuota)"
    ),
    "en": standing_alone(
        r"(?:(?:a |one |1 |in one |as a |in a )?lump[ -]?sum|(?:in )?(?:one|a|1) (?:single|full"
        r"|one-?off|one off) payment|single payment|in (?:one|1|a) (?:go|payment|hit|shot)|(?:a "
        r")?one[- ]off(?: payment)?"
        r"|(?:just|as|with) one payment)"
    ),
}
YEAR = {
    "es": standing_alone(r"(?:a|durante) (?P<n>\d|un) anos?"),
    "en": standing_alone(
        r"(?:over|across|spread over|for) (?:the next )?(?:(?P<n>\d) years|a year|one year|1 year)"
    ),
}
BARE_MONTHS = re.compile(
    r"^\W*(?:en |a |por |de |over |for |maybe |mejor |unos |like |quiero |prefiero |son "
    r")*(?P<n>\d{1,2}) ?(?:meses|months|mths|mths?)\W*$"
)
TIMES = re.compile(
    rf"(?<![\w/.,-])(?P<n>\d{{1,2}})(?: ?(?:x|×|@|\*) ?| (?:por|of|de|at|times|lots of|a) "
    rf")(?=(?:[$€£]|s/\.?|us\$)? ?(?:{NUMBER})(?![\w/]|[.:]\d| ?(?:am|pm)\b))"
)
TIMES_AFTER = re.compile(r"(?<=[\d€$£]) ?x ?(?P<n>\d{1,2})(?![\d.,/])")
NOT_A_PLAN = re.compile(
    r"(?:faltan|quedan|quedaban|debo|deben|falta|atrasad\w+|llevo|vencid\w+|pague|pagado|pagadas|van"
    r"|llam\w+|escrit\w+|called|calls?|texted|rang"
    r"|phoned|emailed|missed|miss|behind|paid|made|owe|left|remaining|already|late on|me saltado|salte|ya hice)"
    r"(?: \w+){0,2} $"
)
NOT_A_PLAN_AFTER = re.compile(
    r"^ (?:atrasad|pendient|vencid|behind|late|left|remaining|ago|que (?:debo|me faltan|me quedan)"
    r"|me faltan|ya pagad|pagad)"
)
COMPARED = re.compile(
    rf"(?<!\w)(?:{NOUNS_ES}|{NOUNS_EN}) (?:en vez de|en lugar de|y no|instead of|not|rather than) "
    rf"(?:las |los |the )?(?P<n>\d{{1,2}})(?![\d.,]|\w)"
)
