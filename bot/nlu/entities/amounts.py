"""Finds every figure that may be money, and leaves out ages, years, counts of things and house numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from . import currency
from .model import Source
from .numbers import NUMBER, parse_number


@dataclass(frozen=True)
class Figure:
    """A sum of money found in the folded text.

    Attributes:
        start: First character in the folded text.
        end: One past the last.
        value: The sum.
        currency: ISO code if a word or sign says it.
        marked: A word or sign of money stands beside the figure.
    """

    start: int
    end: int
    value: Decimal
    currency: str | None
    marked: bool


_BEFORE = r"us\$|u\$s|mx\$|col\$|cop\$|clp\$|ar\$|s/\.?|\$|€|£|usd|mxn|cop|clp|ars|pen|eur|gbp"
_GLUED_ONLY = {"m", "p", "g", "bs", "pe", "ps", "mm", "e"}
_HALF = r"(?: (?:y|and a|n a) (?P<half>medi[oa]|half|pico))?"
_COUNTED_THINGS = re.compile(
    r"\s*-?(?:anos|anitos|ninos|ninas|nenes|nenas|chicos|crios|hijos|hijas|nietos|personas|dias?"
    r"|semanas?|meses|horas?|minutos|veces|recibos?|facturas?|creditos?|deudas?|llamadas?|mensajes?"
    r"|cuotas?|cartas?|correos?|tarjetas?|letras|bocas|hermanos|trabajos|empleados|clientes|kilos|km"
    r"|kms|metros|grados|pisos?|cuadras|lineas|cuentas?|contratos?|numeros?|digitos|opciones"
    r"|empresas?|companias|telefonos?|celulares|noches|mananas|tardes|am\b|pm\b|hrs?\b|hs\b|h\b|o'?clock"
    r"|years?|yrs?|kids?|children|days?|weeks?|months?|times?|people|bills?|texts?|calls?|messages?"
    r"|hours?|mins?|minutes?|cards?|loans?|letters?|emails?|accounts?|debts?|missed|jobs?|mouths"
    r"|miles|percent|instal\w+|payments?|different|separate|of (?:them|you|us)|digits|pounds? of "
    r"weight|stone\b)(?![a-z])"
)
_SAFE_NEXT = re.compile(
    r"\s*(?:$|[^\sa-z\d%°º/:]|(?:y|o|u|e|a|al|el|la|los|las|en|de|del|por|para|pa|pero|que|q|no|si"
    r"|ya|hoy|ayer|manana|como|maximo|minimo|cada|todos|mas|menos|nomas|nada|solo|ahora|ahorita|hasta|con"
    r"|sin|es|son"
    r"|me|te|os|le|les|lo|se|mi|yo|porfa|por|favor|gracias|vale|ok|esta|este|cuando|porque|pq|xq"
    r"|mensual\w*|semanal\w*|quincenal\w*|desde|luego|despues|seria|serian|estaria|puede|puedo"
    r"|podria|pesos|punto|maximo|justos|aprox\w*"
    r"|algo|pico|redondos?|tope|entrada|inicial|enganche|anticipo|total|cuotas?|pues|señor\w*"
    r"|senor\w*|joven|po|pe|che|causa|amigo|bro|tio|mira|i|a|an|and|or|to|the|is|on|at|in|for|by"
    r"|from|over|but|if|per|each|every|max|min|maximum|minimum"
    r"|tops|please|pls|plz|ok|this|that|next|last|yesterday|now|today|tomorrow|down|up|upfront|monthly|weekly"
    r"|fortnightly|only|until|till|then|when|because|cos|instead|off|right|straight|with|starting"
    r"|start|not|no|would|will|can|could|my|you|u|it|it's|its"
    r"|just|maybe|ish|odd|so|of|as|more|or|mate|love|hun|sir|thanks|cheers|tonight|should|toward"
    r"|towards|right|and|friday|monday|thats|that's|do|work|works|total|all|after|before|i'll|ill"
    r"|i'm|im|biweekly|once|out|lump|flat(?=\W*$))(?![a-z]))"
)
_PLACE_BEFORE = re.compile(
    r"(?<!\w)(?:(?:vivo|vive|vivimos|domicilio|direccion)(?: en| es|:)?(?: [a-z.]+){1,3},?"
    r"|\d ?[a-z]? ?#|calle|c/|avenida|av\.?|avda|numero|num|nº|piso|puerta|apto|apartamento|articulo|art\.?|ley"
    r"|decreto|opcion|page|option|street|flat|apt|room|floor|unit|section|nivel|linea|version|dia"
    r"|day|plan|paso|step|cuota|"
    r"hace|son las|a las|age|aged|i'm|im|i am|tengo los|cumpli|cumplo|iphone|top|extension|ext"
    r"|numero de|grupo|clase|regulation|reg|chapter|since|desde el|canal|talla|bus|ruta|linea|sector"
    r"|manzana|lote|interior|depto|(?:calle|avenida|avda|av\.?|carrera|cra|jiron|jr|pasaje|plaza"
    r"|street|road)(?: [a-z.]+){1,4},?)\s*[#:]?\s*$"
)
_YEAR_BEFORE = re.compile(
    r"(?:\ben|\bin|\bsince|\bdesde|\bdel|\bano|\byear|\bfrom|\bel|\bof|\bde|\bhasta|\buntil|\blast"
    r"|\bback in|\bfinales de|\baround|\d{1,2}|[a-z]{3,}(?:ber|ary|il|ust|ero|io|bre|zo|yo))\s+(?:el "
    r")?(?:ano )?$"
)


@lru_cache(maxsize=2)
def _patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    glued = "|".join(re.escape(w) for w in currency.words(language) if w in _GLUED_ONLY)
    free = "|".join(re.escape(w) for w in currency.words(language) if w not in _GLUED_ONLY)
    unit = rf"(?:(?:{glued})(?![\w/]| ?\d)|\s?(?:{free})(?![a-z\d]))"
    figure = re.compile(
        rf"(?:(?<![\w,/:#@+-])"
        rf"|(?<=\d[x-]))(?<!\d\.)(?:(?P<cur>{_BEFORE})\s{{0,2}})?(?P<num>{NUMBER})(?P<neg>,-"
        rf"|\.-)?(?:(?P<unit>{unit})(?: de)?(?P<unit2>{unit})?)?{_HALF}"
        rf"(?:(?<=[a-z€£]) (?:y|con|and) (?P<cents>\d{{1,2}})(?: ?(?:centimos|centavos|cents|p|pence"
        rf"|cents?))(?![a-z])| con (?P<con>\d{{2}})(?![\d.,%]| "
        rf"?(?:{free})(?![a-z])))?(?:(?=p/?[mw]\b|pcm\b|x\d|ish\b)|(?![a-z\d@]| ?%))(?!(?:[.,:/])\d"
        rf"|-\d{1, 3}-)"
    )
    alone = "|".join(currency.ALONE[language])
    quantity = r"(?P<q>half an?|half|an?|one|the|a couple of|couple of|medi[oa]|una?|un par de|par de)"
    slang = re.compile(
        rf"(?<!\w)(?<!\d )(?:{quantity} )?(?P<unit>(?:{alone})s?)(?! of (?!it|that))(?:(?<=[a-z]) "
        rf"(?:y|and a) (?P<half>medi[oa]|half))?(?![a-z])"
    )
    return figure, slang


def _from_match(match: re.Match[str], source: Source) -> Figure | None:
    value = parse_number(match.group("num"))
    if value is None:
        return None
    code: str | None = None
    last = Decimal(1)
    marks = [
        m.strip().removeprefix("de ")
        for m in (match.group("cur"), match.group("unit"), match.group("unit2"))
        if m and m.strip()
    ]
    for mark in marks:
        multiplier, said = currency.resolve(mark, source.language, source.country)
        value, code = value * multiplier, said or code
        last = max(last, multiplier)
    if match.group("half") in ("medio", "media", "half"):
        value += last / 2
    cents = match.group("cents") or match.group("con")
    if cents:
        value += Decimal(cents) / 100
    return Figure(match.start(), match.end(), value, code, bool(marks))


def _slang(match: re.Match[str], source: Source) -> Figure | None:
    quantity = match.group("q")
    is_alone = match.group("unit") in ("fiver", "tenner") and not re.search(
        r"[a-z]", source.text.replace(match.group(), "")
    )
    if quantity is None and not match.group("half") and not is_alone:
        return None
    unit = match.group("unit")
    try:
        multiplier, code = currency.resolve(unit, source.language, source.country)
    except KeyError:
        multiplier, code = currency.resolve(unit.rstrip("s"), source.language, source.country)
    times = (
        Decimal("0.5")
        if quantity and quantity.startswith(("half", "medi"))
        else Decimal(2 if quantity and "par" in quantity or quantity and "couple" in quantity else 1)
    )
    if match.group("half"):
        times += Decimal("0.5")
    return Figure(match.start(), match.end(), multiplier * times, code, True)


def _is_year(figure: Figure, source: Source) -> bool:
    written = source.text[figure.start : figure.end]
    return (
        len(written) == 4
        and 1950 <= figure.value <= 2040
        and bool(_YEAR_BEFORE.search(source.text[: figure.start]))
    )


def _is_money(figure: Figure, source: Source, has_offer: bool, has_rhythm: bool) -> bool:
    """Tell whether a bare figure is money from what stands beside it."""
    if figure.marked:
        return figure.value > 0
    before, after = source.text[: figure.start], source.text[figure.end :]
    if (
        figure.value <= 0
        or _COUNTED_THINGS.match(after)
        or _PLACE_BEFORE.search(before)
        or re.match(r"\s*%", after)
    ):
        return False
    if _is_year(figure, source) and not has_rhythm:
        return False
    if has_rhythm or has_offer:
        return True
    if figure.value <= 12 and "." not in source.text[figure.start : figure.end]:
        return False
    return bool(_SAFE_NEXT.match(after))


def find_figures(source: Source, offers: list[int], rhythms: list[int], linked: list[int]) -> list[Figure]:
    """Find the sums of money of a message and claim them.

    Args:
        source: The message, with dates, phones and documents already claimed.
        offers: Where phrases such as "puedo pagar" end.
        rhythms: Where "al mes" and its kin begin.
        linked: Where a count of payments ends ("4 x", "seis pagos de").

    Returns:
        Sums in order of mention.
    """
    figure_pattern, slang_pattern = _patterns(source.language)
    found: list[Figure] = []
    for match in source.find(slang_pattern):
        figure = _slang(match, source)
        if figure:
            source.take(figure.start, figure.end)
            found.append(figure)
    for match in source.find(figure_pattern):
        figure = _from_match(match, source)
        if figure is None:
            continue
        before = figure.start
        has_offer = any(
            0 < before - end <= 2 or _only_hedges(source.text[end:before]) for end in offers if end < before
        )
        has_rhythm = any(0 <= start - figure.end <= 1 for start in rhythms)
        is_linked = any(0 <= before - end <= 8 for end in linked)
        if not _is_money(figure, source, has_offer, has_rhythm or is_linked):
            continue
        source.take(figure.start, figure.end)
        found.append(figure)
    return _share_units(sorted(found, key=lambda f: f.start), source)


_HEDGES = re.compile(
    r"\s*(?:(?:like|about|around|maybe|roughly|only|just|unos|unas|como|solo|mas o menos|alrededor "
    r"de|aprox\w*|tipo|hasta|maximo|a|at|up to|the|los|las|de|con|por|you|te|os|le|en|que|que sean"
    r"|nomas|another|otros|,|:)\s*)*\s*"
)


def _only_hedges(between: str) -> bool:
    return len(between) <= 24 and _HEDGES.fullmatch(between) is not None


def _share_units(figures: list[Figure], source: Source) -> list[Figure]:
    """Give "50 o 60 lucas" and "2 or 3 grand" their unit twice."""
    shared = list(figures)
    for i in range(len(shared) - 2, -1, -1):
        first, second = shared[i], shared[i + 1]
        between = source.text[first.end : second.start].strip()
        if between not in ("o", "u", "a", "-", "y", "or", "to", "and") or first.marked or not second.marked:
            continue
        unit = source.text[second.start : second.end].lstrip("0123456789.,' ").split(" y ")[0].strip()
        multiplier = (
            currency.resolve(unit, source.language, source.country)[0]
            if unit in currency.words(source.language)
            else Decimal(1)
        )
        shared[i] = replace(first, value=first.value * multiplier, currency=second.currency, marked=True)
    return shared
