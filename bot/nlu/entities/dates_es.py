"""Spanish dates: "el segundo martes de abril", "a finales de mes", "de hoy en ocho", "pal 28"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from . import calendar as cal
from .date_rules import (
    MONTHS_ES,
    PREFIX_ES,
    WEEKDAYS_ES,
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

_M = alternation(MONTHS_ES)
_MONTH = alternation(MONTHS_ES, 4)
_WD = alternation(WEEKDAYS_ES)
_NEXT_MONTH = (
    r"(?:(?:el )?(?:mes que (?:viene|entra)|proximo mes|mes (?:proximo|entrante|siguiente)|(?:otro"
    r"|siguiente) mes|mes q (?:viene|entra)))"
)
_THIS_MONTH = (
    r"(?:(?:el )?(?:este mes|presente(?: mes)?|corriente(?: mes)?|cte|mes en curso|mes actual|mismo mes))"
)
_SCOPE = (
    rf"(?:de |del )?(?:(?P<m>{_MONTH})(?: (?:de |del )?(?P<y>20\d\d))?|(?P<nm>{_NEXT_MONTH})"
    rf"|(?P<tm>{_THIS_MONTH}|(?:el )?mes))"
)
_DAY = r"(?P<d>\d{1,2}(?:ero|ro|[oº°])?|primero|uno)"
_ORDINALS = {
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
_ORD = alternation(_ORDINALS)
_LEAD = (
    r"(?:(?:antes de(?:l| el| la)?|a partir de(?:l| la)?|hasta|para|pa|pal|desde|por|a|al|en|del) "
    r")?(?:el |la |los |las )?"
)
_UNIT = r"(?:dias?|horas?|hs|hrs?|h|h|semanas?|semanitas?|diitas|mes|meses|mesecitos?|anos?)"
_COUNT = r"(?P<n>\d{1,3}|un par de|una?|par de)"


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


def _full(match: re.Match[str], context: Context) -> Found | None:
    year = match.group("y")
    return dated(
        _number(match.group("d")),
        MONTHS_ES[match.group("m")],
        full_year(year, context) if year else None,
        context,
    ) or Found(None, weak=True)


def _day_of(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    day = cal.make_date(first.year, first.month, _number(match.group("d")))
    return iso(day)


def _day_interval(match: re.Match[str], context: Context) -> str | None:
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


def _nth_weekday(match: re.Match[str], context: Context) -> str | None:
    nth, what = _ORDINALS[match.group("o")], match.group("w")
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


def _end_of(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    return iso(cal.month_end(first.year, first.month))


def _end_of_month(match: re.Match[str], context: Context) -> date:
    end = cal.month_end(context.today.year, context.today.month)
    return end if end >= context.today else end


def _start_of(match: re.Match[str], context: Context) -> str | None:
    return iso(_within(match, context, _scope(match, context)))


def _middle_of(match: re.Match[str], context: Context) -> str | None:
    return iso(_within(match, context, _scope(match, context).replace(day=15)))


def _half_month(match: re.Match[str], context: Context) -> str | None:
    first = _scope(match, context)
    second = match.group("o") is not None and match.group("o") in ("segunda", "2da", "2ª", "ultima")
    end = cal.month_end(first.year, first.month)
    if context.country == "ES" and match.group("o"):
        return interval(first.replace(day=16) if second else first, end if second else first.replace(day=15))
    return iso(end if second else first.replace(day=15))


def _halves_ahead(match: re.Match[str], context: Context) -> date:
    return cal.next_payday_half(context.today, _count(match.group("n")))


def _ahead(match: re.Match[str], context: Context) -> str | None:
    count = _count(match.group("n"))
    if match.groupdict().get("habil"):
        return iso(cal.add_working_days(context.today, count, context.country))
    return iso(plus_unit(context, count, match.group("u")))


def _ago(match: re.Match[str], context: Context) -> str | None:
    found = plus_unit(context, -_count(match.group("n")), match.group("u"))
    return (
        iso(found)
        if found and (context.today - found).days <= 62 and not match.group("u").startswith("m")
        else None
    )


def _in_eight(match: re.Match[str], context: Context) -> date:
    base = match.group("base")
    ahead = {"8": 7, "15": 14}.get(match.group("n"), int(match.group("n")))
    if base in WEEKDAYS_ES:
        return cal.next_weekday(WEEKDAYS_ES[base], context.today) + timedelta(days=ahead)
    return plus_days(context, ahead + (1 if base.startswith("manana") else 0))


def _weekday(match: re.Match[str], context: Context) -> Found | date | None:
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


def _weekday_number(match: re.Match[str], context: Context) -> date | None:
    return cal.next_day_number(int(match.group("d")), context.today - timedelta(days=1), context.past)


def _relative(match: re.Match[str], context: Context) -> Found:
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


def _week(match: re.Match[str], context: Context) -> Found:
    words = match.group(0)
    step = -7 if "pasada" in words else 0 if "esta semana" in words else 14 if "subsiguiente" in words else 7
    return Found(cal.week_of(plus_days(context, step)), weak=step == 0)


def _weekend(match: re.Match[str], context: Context) -> Found | None:
    words = match.group(0)
    saturday = cal.next_weekday(5, context.today - timedelta(days=1))
    if "pasado" in words:
        saturday -= timedelta(days=7)
    return Found(interval(saturday, saturday + timedelta(days=1)))


def _month_relative(match: re.Match[str], context: Context) -> Found:
    words = match.group(0)
    step = -1 if "pasado" in words else 0 if match.groupdict().get("this") else 1
    return Found(month_value(cal.add_months(context.today.replace(day=1), step)), weak=step == 0)


def _month(match: re.Match[str], context: Context) -> str:
    return month_value(_scope(match, context))


def _month_week(match: re.Match[str], context: Context) -> str | None:
    first, nth = _scope(match, context), _ORDINALS[match.group("o")]
    end = cal.month_end(first.year, first.month)
    start = end - timedelta(days=6) if nth < 0 else first + timedelta(days=7 * (nth - 1))
    return interval(start, start + timedelta(days=6)) if start <= end else None


def _day_number(match: re.Match[str], context: Context) -> str | None:
    return iso(cal.next_day_number(_number(match.group("d")), context.today, context.past))


def _each_month(match: re.Match[str], context: Context) -> Found | None:
    day = cal.next_day_number(_number(match.group("d")), context.today)
    return Found(iso(day), monthly=True) if day else None


def _feast(match: re.Match[str], context: Context) -> str | None:
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


def _unresolved(match: re.Match[str], context: Context) -> Found:
    return Found(None, weak=True)


_WEEK_AFTER = (
    (
        r"(?: de la (?:proxima semana|semana que viene|semana q viene|otra semana|semana proxima|semana "
        r"entrante|semana que entra"
    )
    (
        r"|siguiente semana|semana pasada|semana siguiente)| de esta semana| que viene| q viene| que "
        r"entra| q entra| proximo"
    )
    r"| siguiente| entrante| pasado| mismo)?"
)
_NOT_A_DAY = (
    (
        r"(?!\d)(?!\s*(?:%|€|\$|£|por ciento|euros?|pesos|soles|mil|lucas|cuotas|pagos|meses|dias"
        r"|semanas|anos|plazos|horas|x|k|veces"
    )
    r"|personas|pavos|dolares|varos|de la (?:manana|tarde|noche)|mensual))(?![.,:/'-]\d)"
)
_TIME_TAIL = r"(?! de la (?:manana|tarde|noche|madrugada))"
_PAYDAY = (
    (
        r"cobre|cobremos|me pag(?:uen?|an)|me deposite?n?|me (?:caiga|entre|llegue|ingresen|den|salga"
        r"|consigne?n?|abonen|transfieran|liquiden"
    )
    (
        r"|giren|cancele?n)(?: (?:el|la|mi|un|una|los|las)? ?[a-z]+)?|pueda|tenga(?: (?:plata|dinero"
        r"|trabajo|algo|lana))?|reciba [a-z ]{2,20}"
    )
    r"|encuentre (?:trabajo|curro|pega|chamba|laburo)|empiece a trabajar|venda [a-z ]{2,15}"
)

RULES: tuple[Rule, ...] = (
    rule(rf"{PREFIX_ES}{_DAY} de (?:cada|todos los) mes(?:es)?", _each_month),
    rule(r"(?:cada|todos los) (?:dia )?(?:mes el |meses el |dia |dias )(?P<d>\d{1,2})", _each_month),
    rule(
        (
            rf"(?:del|de|desde el|entre el|entre|el) (?:dia )?(?P<a>\d{{1,2}}) (?:al|a|hasta el|y el|y) "
            rf"(?:dia )?(?P<b>\d{{1,2}}) {_SCOPE}"
        ),
        _day_interval,
    ),
    rule(
        (
            r"(?:del|desde el|entre el|entre los dias|del dia) (?:dia )?(?P<a>\d{1,2}) (?:al|hasta el|y "
            r"el|y) (?:dia )?(?P<b>\d{1,2})"
        )
        + _NOT_A_DAY,
        _day_interval,
    ),
    rule(
        rf"{PREFIX_ES}(?:(?:{_WD}),? )?(?:dia )?{_DAY}(?: de |/|-| del mes de | d | )(?P<m>{_M})\b"
        (
            r"(?:(?:,? (?:de |del )(?:ano )?|[/ -])(?P<y>(?:19|20)\d\d|(?<=del )\d\d|(?<=de )\d\d"
            r"|(?<=[/-])\d\d))?"
        ),
        _full,
    ),
    rule(rf"(?:(?:para|el|hasta|antes de) )?(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?P<y>)" + _NOT_A_DAY, _full),
    *numeric_rules(PREFIX_ES),
    rule(
        rf"{PREFIX_ES}(?:(?:{_WD}) )?{_DAY} (?:de|del) (?:(?P<m>)(?P<nm>{_NEXT_MONTH})|(?P<tm>{_THIS_MONTH}))",
        _day_of,
    ),
    rule(
        rf"{PREFIX_ES}(?P<a>\d{{1,2}}) del (?P<b>\d{{1,2}})(?P<y>)" + _NOT_A_DAY,
        lambda m, c: dated(int(m.group("a")), int(m.group("b")), None, c),
    ),
    rule(
        rf"{_LEAD}(?P<o>{_ORD}) (?P<w>{_WD}|dia habil|dia laborable|dia laboral|dia) {_SCOPE}", _nth_weekday
    ),
    rule(rf"{_LEAD}(?:dia ultimo|ultimo dia|ultimo) (?:de |del ){_SCOPE}", _end_of),
    rule(rf"{_LEAD}dia ultimo", _end_of_month),
    rule(
        rf"(?:antes |para |hasta )?(?:de )?{_LEAD}(?:fin|fines|final|finales|ultimos) (?:de |del ){_SCOPE}",
        _end_of,
    ),
    rule(rf"{_LEAD}(?:fin|fines|finales) de ano", lambda m, c: date(c.today.year, 12, 31)),
    rule(
        (
            rf"(?:despues de )?{_LEAD}(?:primeros|principios?|inicios?|comienzos?|empezar|empezando)(?: "
            rf"dias)? (?:de |del )?{_SCOPE}"
        ),
        _start_of,
    ),
    rule(rf"{_LEAD}(?:mediados?|mitad) (?:de |del ){_SCOPE}", _middle_of),
    rule(
        rf"{_LEAD}(?:(?P<o>primera|segunda|1ra|2da|1ª|2ª|ultima) )?quincena (?:de |del ){_SCOPE}", _half_month
    ),
    rule(rf"(?:en|dentro de|de aqui a|a) {_COUNT} quincenas?", _halves_ahead),
    rule(
        (
            rf"{_LEAD}(?:esta |proxima |siguiente )?quincena(?: que viene| que entra| proxima| entrante| "
            rf"siguiente)?"
        ),
        lambda m, c: cal.next_payday_half(c.today),
    ),
    rule(
        rf"(?:de|del|desde) (?P<base>hoy|manana|{_WD}) en (?P<n>8|15|20|30)"
        + _NOT_A_DAY.replace("|dias", ""),
        _in_eight,
    ),
    rule(rf"(?:el )?(?P<base>manana|{_WD}) en (?P<n>8|15)(?: dias)?", _in_eight),
    rule(
        (
            rf"(?:en menos de|antes de|en|dentro de|de aqui a|de aqui en|de hoy a|de hoy en|d aki a|a) "
            rf"{_COUNT} ?(?P<u>{_UNIT})"
        )
        r"(?P<habil> habiles| laborables?)?",
        _ahead,
    ),
    rule(rf"hace {_COUNT} ?(?P<u>{_UNIT})", _ago),
    rule(rf"(?:(?:otr[oa]s?|unos|unas) )?{_COUNT} ?(?P<u>{_UNIT})(?P<habil> habiles)? mas", _ahead),
    rule(
        rf"(?<!la )(?<!el )otr[oa]s? (?:(?P<n>\d{{1,3}}) )?(?P<u>{_UNIT})",
        lambda m, c: iso(plus_unit(c, int(m.group("n") or 1), m.group("u"))),
    ),
    rule(
        (
            rf"(?:deme|denme|dame|dadme|dejame|me (?:da|das|dan|dais|podeis dar|puede dar|puedes dar"
            rf"|regala|deja)|necesito|ocupo|esper\w+"
        )
        (
            rf"|aguant\w+|quiero|plazo de)(?: me| unos| como| un plazo de| nomas| otros)* "
            rf"(?P<span>{_COUNT} ?(?P<u>{_UNIT}))(?P<habil> habiles)?"
        ),
        _ahead,
    ),
    rule(
        rf"(?:el )?(?:proximo |este )?(?:dia )?(?:{_WD}),? (?:dia )?(?P<d>\d{{1,2}})" + _NOT_A_DAY,
        _weekday_number,
    ),
    rule(
        (
            rf"(?<!cada )(?<!los )(?<!todos )(?:(?:a mas tardar|antes de|antes del|a partir de|a partir "
            rf"del|despues del|hasta|para|pa|pal|desde|por|al|del) )?"
        )
        rf"(?:el |este |ese )?(?:proximo |otro |mismo |siguiente )?(?P<w>{_WD})(?P<after>{_WEEK_AFTER})",
        _weekday,
    ),
    rule(
        (
            r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?P<word>pasado manana|pasao manana"
            r"|pasado ma;ana|pasadomanana)"
        ),
        _relative,
    ),
    rule(r"(?:para|hasta|pa) la (?P<word>noche|tarde)", _relative),
    rule(
        (
            r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?<!la )(?<!las )(?<!esta "
            r")(?P<word>manana|mannana|mnana|mananna|manaan|mannna|mnn|mna)"
        )
        r"(?: mismo| mismito)?",
        _relative,
    ),
    rule(
        (
            r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?P<word>hoy|oy|hoi)(?: mismo| mismito| "
            r"dia)?(?! en dia)"
        ),
        _relative,
    ),
    rule(r"(?P<word>antes de ayer|anteayer|antier|antiayer|ayer|anoche)", _relative),
    rule(
        (
            r"(?P<word>esta (?:misma )?(?:noche|tarde|manana)|(?<!de )(?:en la|por la|a la) (?:noche"
            r"|tarde)(?! siguiente))"
        ),
        _relative,
    ),
    rule(r"(?P<word>ahor(?:it)?a mismo|ahoritita|ahorita|orita|horita|ahora)", _relative),
    rule(rf"{_LEAD}(?P<o>{_ORD}) semana (?:de |del ){_SCOPE}", _month_week),
    rule(
        (
            rf"{_LEAD}(?:semana (?:que|q) (?:viene|entra)|proxima semana|semana proxima|otra semana"
            rf"|semana entrante|siguiente semana"
        )
        r"|semana siguiente|semana pasada|semana subsiguiente)|(?:en )?esta semana",
        _week,
    ),
    rule(
        rf"{_LEAD}(?:este |proximo )?(?:fin de semana|finde)(?: que viene| que entra| proximo| pasado)?",
        _weekend,
    ),
    rule(rf"{_LEAD}(?:{_NEXT_MONTH}|mes pasado)", _month_relative),
    rule(r"(?:en |para |durante )?(?P<this>este (?:mismo )?mes|mes en curso)", _month_relative),
    rule(
        (
            rf"(?:(?:antes de|a partir de|hasta|para|pa|desde|por|en|durante|despues de) )?(?:el mes de "
            rf")?(?P<m>{_MONTH})"
        )
        r"(?: (?:de |del )?(?P<y>20\d\d))?(?: que viene| proximo)?",
        _month,
    ),
    rule(
        (
            r"(?:(?:en|para|antes de|despues de|hasta|por) )?(?:la )?(?P<f>navidad(?:es)?|nochebuena"
            r"|noche ?vieja|ano nuevo)"
        ),
        _feast,
    ),
    rule(
        (
            r"(?:(?:(?:antes|a partir|despues|alrededor|pasado) de(?:l| el)|a mas tardar(?: el)?|(?:para"
            r"|pa|hasta|desde|sobre|hacia|como"
        )
        (
            r"|tipo|por) el|pal|p'al|pa'l|el|al|este)(?: proximo| mero)?(?: dia)? |(?:(?:para|hasta"
            r"|desde|pa|sobre|hacia|el) )?dia )"
        )
        r"(?P<d>\d{1,2}(?:ero|ro|[oº°])?|primero|uno)(?! de los)" + _NOT_A_DAY,
        _day_number,
    ),
    rule(
        (
            rf"(?:hasta que|cuando|en cuanto|apenas|despues de que|una vez que|ni bien|a penas) (?:yo "
            rf")?(?:{_PAYDAY})"
        ),
        _unresolved,
    ),
    rule(
        (
            r"(?:(?:hasta|en|para|antes de|despues de) )?(?:el )?(?:dia de (?:pago|cobro|paga)|cobro de "
            r"la nomina|al cobrar|cuando cobro)"
        ),
        _unresolved,
    ),
    rule(
        (
            r"(?:en|dentro de) (?:un(?:os|as) |pocos |algunos )(?:pocos |cuantos )?(?:dias|semanas|meses"
            r"|diitas)|(?:un(?:os|as)|algunos) (?:dias|diitas) mas"
        ),
        _unresolved,
    ),
)
