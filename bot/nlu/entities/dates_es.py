"""Spanish dates: "el segundo martes de abril", "a finales de mes", "de hoy en ocho", "pal 28"."""

from __future__ import annotations

from datetime import date

from . import calendar as cal
from . import resolve_es as resolve
from .date_names import MONTHS_ES, WEEKDAYS_ES, alternation
from .date_rules import (
    PREFIX_ES,
    Rule,
    dated,
    iso,
    numeric_rules,
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
_ORD = alternation(resolve.ORDINALS)
_LEAD = (
    r"(?:(?:antes de(?:l| el| la)?|a partir de(?:l| la)?|hasta|para|pa|pal|desde|por|a|al|en|del) "
    r")?(?:el |la |los |las )?"
)
_UNIT = r"(?:dias?|horas?|hs|hrs?|h|semanas?|semanitas?|diitas|mes|meses|mesecitos?|anos?)"
_COUNT = r"(?P<n>\d{1,3}|un par de|una?|par de)"


_WEEK_AFTER = (
    r"(?: de la (?:proxima semana|semana que viene|semana q viene|otra semana|semana proxima|semana "
    r"entrante|semana que entra"
    r"|siguiente semana|semana pasada|semana siguiente)| de esta semana| que viene| q viene| que "
    r"entra| q entra| proximo"
    r"| siguiente| entrante| pasado| mismo)?"
)
_NOT_A_DAY = (
    r"(?!\d)(?!\s*(?:%|€|\$|£|por ciento|euros?|pesos|soles|mil|lucas|cuotas|pagos|meses|dias"
    r"|semanas|anos|plazos|horas|x|k|veces"
    r"|personas|pavos|dolares|varos|de la (?:manana|tarde|noche)|mensual))(?![.,:/'-]\d)"
)
_TIME_TAIL = r"(?! de la (?:manana|tarde|noche|madrugada))"
_PAYDAY = (
    r"cobre|cobremos|me pag(?:uen?|an)|me deposite?n?|me (?:caiga|entre|llegue|ingresen|den|salga"
    r"|consigne?n?|abonen|transfieran|liquiden"
    r"|giren|cancele?n)(?: (?:el|la|mi|un|una|los|las)? ?[a-z]+)?|pueda|tenga(?: (?:plata|dinero"
    r"|trabajo|algo|lana))?|reciba [a-z ]{2,20}"
    r"|encuentre (?:trabajo|curro|pega|chamba|laburo)|empiece a trabajar|venda [a-z ]{2,15}"
)

RULES: tuple[Rule, ...] = (
    rule(
        rf"{_LEAD}(?P<f>(?:jueves|viernes) santo|lunes de pascua)",
        lambda m, c: cal.easter_day(m.group("f"), c.today),
    ),
    rule(rf"{PREFIX_ES}{_DAY} de (?:cada|todos los) mes(?:es)?", resolve.each_month),
    rule(r"(?:cada|todos los) (?:dia )?(?:mes el |meses el |dia |dias )(?P<d>\d{1,2})", resolve.each_month),
    rule(
        rf"(?:del|de|desde el|entre el|entre|el) (?:dia )?(?P<a>\d{{1,2}}) (?:al|a|hasta el|y el|y) "
        rf"(?:dia )?(?P<b>\d{{1,2}}) {_SCOPE}",
        resolve.day_interval,
    ),
    rule(
        r"(?:del|desde el|entre el|entre los dias|del dia) (?:dia )?(?P<a>\d{1,2}) (?:al|hasta el|y "
        r"el|y) (?:dia )?(?P<b>\d{1,2})" + _NOT_A_DAY,
        resolve.day_interval,
    ),
    rule(
        rf"{PREFIX_ES}(?:(?:{_WD}),? )?(?:dia )?{_DAY}(?: de |/|-| del mes de | d | )(?P<m>{_M})\b"
        r"(?:(?:,? (?:de |del )(?:ano )?|[/ -])(?P<y>(?:19|20)\d\d|(?<=del )\d\d|(?<=de )\d\d"
        r"|(?<=[/-])\d\d))?",
        resolve.full,
    ),
    rule(
        rf"(?:(?:para|el|hasta|antes de) )?(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?P<y>)" + _NOT_A_DAY, resolve.full
    ),
    *numeric_rules(rf"(?:(?:el |este |para el )?(?:{_WD}),? )?{PREFIX_ES}"),
    rule(
        rf"{PREFIX_ES}(?:(?:{_WD}) )?{_DAY} (?:de|del) "
        rf"(?:(?P<m>)(?P<nm>{_NEXT_MONTH})|(?P<tm>{_THIS_MONTH}))",
        resolve.day_of,
    ),
    rule(
        rf"{PREFIX_ES}(?P<a>\d{{1,2}}) del (?P<b>\d{{1,2}})(?P<y>)" + _NOT_A_DAY,
        lambda m, c: dated(int(m.group("a")), int(m.group("b")), None, c),
    ),
    rule(
        rf"{_LEAD}(?P<o>{_ORD}) (?P<w>{_WD}|dia habil|dia laborable|dia laboral|dia) {_SCOPE}",
        resolve.nth_weekday,
    ),
    rule(rf"{_LEAD}(?:dia ultimo|ultimo dia|ultimo) (?:de |del ){_SCOPE}", resolve.end_of),
    rule(rf"{_LEAD}dia ultimo", resolve.end_of_month),
    rule(
        rf"(?:antes |para |hasta )?(?:de )?{_LEAD}(?:fin|fines|final|finales|ultimos) (?:de |del ){_SCOPE}",
        resolve.end_of,
    ),
    rule(rf"{_LEAD}(?:fin|fines|finales) de ano", lambda m, c: date(c.today.year, 12, 31)),
    rule(
        rf"(?:despues de )?{_LEAD}(?:primeros|principios?|inicios?|comienzos?|empezar|empezando)(?: "
        rf"dias)? (?:de |del )?{_SCOPE}",
        resolve.start_of,
    ),
    rule(rf"{_LEAD}(?:mediados?|mitad) (?:de |del ){_SCOPE}", resolve.middle_of),
    rule(
        rf"{_LEAD}(?:(?P<o>primera|segunda|1ra|2da|1ª|2ª|ultima) )?quincena (?:de |del ){_SCOPE}",
        resolve.half_month,
    ),
    rule(rf"(?:en|dentro de|de aqui a|a) {_COUNT} quincenas?", resolve.halves_ahead),
    rule(
        rf"{_LEAD}(?:esta |proxima |siguiente )?quincena(?: que viene| que entra| proxima| entrante| "
        rf"siguiente)?",
        lambda m, c: cal.next_payday_half(c.today),
    ),
    rule(
        rf"(?:de|del|desde) (?P<base>hoy|manana|{_WD}) en (?P<n>8|15|20|30)"
        + _NOT_A_DAY.replace("|dias", ""),
        resolve.in_eight,
    ),
    rule(rf"(?:el )?(?P<base>manana|{_WD}) en (?P<n>8|15)(?: dias)?", resolve.in_eight),
    rule(
        rf"(?:en menos de|antes de|en|dentro de|de aqui a|de aqui en|de hoy a|de hoy en|d aki a|a) "
        rf"{_COUNT} ?(?P<u>{_UNIT})"
        r"(?P<habil> habiles| laborables?)?",
        resolve.ahead,
    ),
    rule(rf"hace {_COUNT} ?(?P<u>{_UNIT})", resolve.ago),
    rule(rf"(?:(?:otr[oa]s?|unos|unas) )?{_COUNT} ?(?P<u>{_UNIT})(?P<habil> habiles)? mas", resolve.ahead),
    rule(
        rf"(?<!la )(?<!el )otr[oa]s? (?:(?P<n>\d{{1,3}}) )?(?P<u>{_UNIT})",
        lambda m, c: iso(plus_unit(c, int(m.group("n") or 1), m.group("u"))),
    ),
    rule(
        rf"(?:deme|denme|dame|dadme|dejame|me (?:da|das|dan|dais|podeis dar|puede dar|puedes dar"
        rf"|regala|deja)|necesito|ocupo|esper\w+"
        rf"|aguant\w+|quiero|plazo de)(?: me| unos| como| un plazo de| nomas| otros)* "
        rf"(?P<span>{_COUNT} ?(?P<u>{_UNIT}))(?P<habil> habiles)?",
        resolve.ahead,
    ),
    rule(
        rf"(?:el )?(?:proximo |este )?(?:dia )?(?:{_WD}),? (?:dia )?(?P<d>\d{{1,2}})" + _NOT_A_DAY,
        resolve.weekday_number,
    ),
    rule(
        rf"(?<!cada )(?<!los )(?<!todos )(?:(?:a mas tardar|antes de|antes del|a partir de|a partir "
        rf"del|despues del|hasta|para|pa|pal|desde|por|al|del) )?"
        rf"(?:el |este |ese )?(?:proximo |otro |mismo |siguiente )?(?P<w>{_WD})(?P<after>{_WEEK_AFTER})",
        resolve.weekday,
    ),
    rule(
        r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?P<word>pasado manana|pasao manana"
        r"|pasado ma;ana|pasadomanana)",
        resolve.relative,
    ),
    rule(r"(?:para|hasta|pa) la (?P<word>noche|tarde)", resolve.relative),
    rule(
        r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?<!la )(?<!las )(?<!esta "
        r")(?P<word>manana|mannana|mnana|mananna|manaan|mannna|mnn|mna)"
        r"(?: mismo| mismito)?",
        resolve.relative,
    ),
    rule(
        r"(?:(?:para|hasta|antes de|a partir de|desde|pa) )?(?P<word>hoy|oy|hoi)(?: mismo| mismito| "
        r"dia)?(?! en dia)",
        resolve.relative,
    ),
    rule(r"(?P<word>antes de ayer|anteayer|antier|antiayer|ayer|anoche)", resolve.relative),
    rule(
        r"(?P<word>esta (?:misma )?(?:noche|tarde|manana)|(?<!de )(?:en la|por la|a la) (?:noche"
        r"|tarde)(?! siguiente))",
        resolve.relative,
    ),
    rule(r"(?P<word>ahor(?:it)?a mismo|ahoritita|ahorita|orita|horita|ahora)", resolve.relative),
    rule(rf"{_LEAD}(?P<o>{_ORD}) semana (?:de |del ){_SCOPE}", resolve.month_week),
    rule(
        rf"{_LEAD}(?<!fin de )(?:semana (?:que|q) (?:viene|entra)|proxima semana|semana proxima|otra semana"
        rf"|semana entrante|siguiente semana"
        r"|semana siguiente|semana pasada|semana subsiguiente)|(?:en )?esta semana",
        resolve.week,
    ),
    rule(
        rf"{_LEAD}(?:este |proximo )?(?:fin de semana|finde)(?: que viene| que entra| proximo| pasado)?",
        resolve.weekend,
    ),
    rule(rf"{_LEAD}(?:{_NEXT_MONTH}|mes pasado)", resolve.month_relative),
    rule(r"(?:en |para |durante )?(?P<this>este (?:mismo )?mes|mes en curso)", resolve.month_relative),
    rule(
        rf"(?:(?:antes de|a partir de|hasta|para|pa|desde|por|en|durante|despues de) )?(?:el mes de "
        rf")?(?P<m>{_MONTH})"
        r"(?: (?:de |del )?(?P<y>20\d\d))?(?: que viene| proximo)?",
        resolve.month,
    ),
    rule(
        r"(?:(?:en|para|antes de|despues de|hasta|por) )?(?:la )?(?P<f>navidad(?:es)?|nochebuena"
        r"|noche ?vieja|ano nuevo)",
        resolve.feast,
    ),
    rule(
        r"(?:(?:en|para|antes de|despues de|hasta|por|pasada) )?(?:la )?semana santa",
        lambda m, c: resolve.easter_week(c),
    ),
    rule(
        r"(?<=^)\W*(?:unos |unas |como |en cosa de |en unos |en unas )?"
        r"(?P<span>(?P<n>\d{1,3}|una|un par de) ?"
        r"(?P<u>dias?|diitas|semanas?|semanitas?|hs|horas))(?=\W*$)",
        resolve.ahead,
    ),
    rule(r"el dia (?:que|q) (?:cobre|cobro|me paguen|me pagan|me depositen)", resolve.unresolved),
    rule(
        r"(?:(?:(?:antes|a partir|despues|alrededor|pasado) de(?:l| el)|a mas tardar(?: el)?|(?:para"
        r"|pa|hasta|desde|sobre|hacia|como"
        r"|tipo|por) el|pal|p'al|pa'l|el|al|este)(?: proximo| mero)?(?: dia)? |(?:(?:para|hasta"
        r"|desde|pa|sobre|hacia|el) )?dia )"
        r"(?P<d>\d{1,2}(?:ero|ro|[oº°])?|primero|uno)(?! de los)" + _NOT_A_DAY,
        resolve.day_number,
    ),
    rule(
        rf"(?:hasta que|cuando|en cuanto|apenas|despues de que|una vez que|ni bien|a penas) (?:yo "
        rf")?(?:{_PAYDAY})",
        resolve.unresolved,
    ),
    rule(
        r"(?:(?:hasta|en|para|antes de|despues de) )?(?:el )?(?:dia de (?:pago|cobro|paga)|cobro de "
        r"la nomina|al cobrar|cuando cobro)",
        resolve.unresolved,
    ),
    rule(
        r"(?:en|dentro de) (?:un(?:os|as) |pocos |algunos )(?:pocos |cuantos )?(?:dias|semanas|meses"
        r"|diitas)|(?:un(?:os|as)|algunos) (?:dias|diitas) mas",
        resolve.unresolved,
    ),
)
