"""Reads the dates of a message: tries each rule, settles the tense, and keeps the date that is operative."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from .date_rules import Context, Found, Rule
from .model import Entity, Source

_WORTH_A_LOOK = {
    "es": re.compile(
        r"\d|uno|primer|mn|man|hoy|oy\b|pasado|ayer|antier|ahor|orita|noche|tarde|semana|finde"
        r"|quincena|mes\b|mes |ultimo|lun|mar|mi[er]|jue|bier|vi[er]|sab|sav|dom"
        r"|ene|feb|abr|avr|may|mallo|jun|jul|ago|s[ei]|oct|otu|no[vb]|di[acs]|ano|cobr|pag|cuando"
        r"|hasta|navi|hora"
    ),
    "en": re.compile(
        r"\d|day|tom|tmr|tmw|tmoz|now|week|month|end|weekend|night|nite|mon|tue|teu|tus|wed|wen|thu"
        r"|thr|fri|fry|fir|sat|sun|jan|feb|mar|apr|may|jun|jul"
        r"|aug|se|oct|nov|dec|yest|year|xmas|christ|paid|get|morning|evening|comes|ago|couple"
        r"|another|fortnight|right|wk|more|once"
    ),
}
_PAST_ES = re.compile(
    r"\b(?:ya (?:\w+ ){0,2}(?:pague|abone|deposite|transferi|mande|envie|hice|cancele|liquide|pago"
    r"|consigne)|pagu?e el|(?:lo|la|les|os|le) (?:pague|hice|abone)"
    r"|deposite|transferi|consigne|hice|hicimos|he (?:pagado|hecho|abonado|mandado|enviado"
    r"|transferido)|pagado|me (?:quede|echaron|despidieron|cobraron"
    r"|cobrasteis|llamaron|corrieron)|fallecio|murio|perdi|vencio|llego|cobraron|quedo|paso|fue|era"
    r"|llevo|cerraron|llamasteis|escribieron|di|mande|envie|cancele|pagamos)\b(?! a pagar)"
)
_PAST_RAW = re.compile(
    r"\b(?:pagué|aboné|deposité|transferí|mandé|envié|cancelé|liquidé|perdí|falleció|murió|salió"
    r"|consigné|giré)\b",
    re.IGNORECASE,
)
_PAST_AFTER = re.compile(
    r"\s*,?\s*(?:(?:ya|yo|os|les?|la|lo|te|se|me|i|you|already) )*"
    r"(?:hice|hicimos|transferi|deposite|consigne|mande|envie|llamasteis|llamaron|paid|sent|made|called)\b"
)
_PAST_EN = re.compile(
    r"\b(?:(?<!get )(?<!gets )(?<!be )(?<!getting )(?<!i'm )(?<!im )(?<!am )(?<!is )paid|sent"
    r"|cleared|transferred|lost|died|passed|went through|already|was|were"
    r"|did|called|texted|rang|phoned|emailed|back in|made (?:a|the) payment|has gone|came out|left my|laid off|took)\b"
)
_LIFE_ES = re.compile(
    r"\b(?:fallecio|murio|perdi|me (?:quede|echaron|despidieron|corrieron)|llevo|sin \w+ desde|ando"
    r"|desde hace|estoy)\b[^.;]*$"
)
_LIFE_EN = re.compile(
    r"\b(?:died|lost|passed away|laid off|fired|been|out of work|unemployed|haven't|off sick)\b[^.;]*$"
)
_CLAUSE = re.compile(
    r"[.;:!?]|\b(?:pero|but|y (?:os|te|les|le|lo|ahora)|and i(?:'ll)?|asi que|asi q|so i|entonces|then)\b"
)
_BIRTH = re.compile(r"\b(?:naci|nacid[oa]|nacimiento|nac|f\.?n|cumple\w*|born|birth\w*|d\.?o\.?b|bday)\b")
_SHORTAGE = re.compile(
    r"\b(?:ando|estoy|voy|sin|cuota|corto|corta|llego|apurad[oa]|no (?:puedo|tengo|me alcanza|llego"
    r"|hay)|short|skint|broke|tight|struggling|can't|cant|payment"
    r"|missed?|afford|pausa|dificil|fatal|mal|saldo|debo|deuda)\b"
)
_INTENT_TO_PAY = re.compile(
    r"\d|\b(?:pag\w+|cancel\w+|abon\w+|liquid\w+|deposit\w+|transf\w+|doy|mando|envio|pay\w*|settle"
    r"|send|clear|give)\b"
)
_NOT = re.compile(
    r"(?:\bno|\bnot|\bni|en vez d?el?|en lugar de|instead of|rather than|\bdel|\bfrom|can'?t do"
    r"|can'?t make|cannot do|no puedo|no me va|no me viene bien|no podre)\s*,?$"
)
_NOT_AFTER = re.compile(
    r"^\s*,?\s*(?:no(?=,)|no (?:puedo|llego|me va|me viene|podre|alcanzo|cobro)|i (?:can't|cant)"
    r"|doesn't work|no good|is too (?:soon|early))"
)
_SCHEDULE = re.compile(
    r"\b(?:de )?lunes a (?:viernes|sabado|domingo)\b|\bmon(?:day)? ?(?:to|-|through) ?(?:fri|sat"
    r"|sun)(?:day|urday)?\b"
)
_NOW = re.compile(r"ahor|aora|h?orita|now|right")


@dataclass(frozen=True)
class Hit:
    """A date found in the folded text."""

    start: int
    end: int
    found: Found


@lru_cache(maxsize=2)
def _rules(language: str) -> tuple[Rule, ...]:
    if language == "en":
        from .dates_en import RULES as rules
    else:
        from .dates_es import RULES as rules
    return rules


def _clause_before(source: Source, start: int) -> str:
    before = source.text[max(0, start - 70) : start]
    breaks = [m.end() for m in _CLAUSE.finditer(before)]
    return before[breaks[-1] :] if breaks else before


def _clause_after(source: Source, end: int) -> str:
    after = source.text[end : end + 30]
    stop = _CLAUSE.search(after)
    return after[: stop.start()] if stop else after


def _is_past(source: Source, start: int, end: int) -> bool:
    before = _clause_before(source, start)
    if _PAST_AFTER.match(source.text[end : end + 40]):
        return True
    if source.language == "en":
        return bool(_PAST_EN.search(before)) and not re.search(
            r"\b(?:will|i'll|ill|going to|gonna|can)\b", before
        )
    raw_start, raw_end = source.raw_span(start, end)
    if _PAST_ES.search(before) or _PAST_RAW.search(
        source.raw[max(0, raw_start - len(before) - 5) : raw_start]
    ):
        return not re.search(r"\b(?:voy a|puedo|cuando|hasta que|pagare)\b", before)
    return bool(_PAST_RAW.match(source.raw[raw_end:].lstrip()))


def _resolve(source: Source, rule: Rule, match: re.Match[str]) -> Hit | None:
    begin, end = match.span("span") if "span" in rule.pattern.groupindex else match.span()
    while begin < end and source.text[begin] == " ":
        begin += 1
    context = Context(
        today=source.today,
        country=source.country,
        past=_is_past(source, begin, end),
        month_first=source.language == "en" and source.country != "GB",
        birth=bool(_BIRTH.search(source.text[:begin])),
    )
    found = rule.resolve(match, context)
    if found is None:
        return None
    if isinstance(found, date):
        found = Found(found.isoformat())
    elif isinstance(found, str):
        found = Found(found)
    return Hit(begin, end, found)


def find_dates(source: Source) -> list[Hit]:
    """Find every date of a message and claim its words.

    Args:
        source: The message.

    Returns:
        Dates in order of mention, operative or not.
    """
    if not _WORTH_A_LOOK[source.language].search(source.text):
        return []
    for match in source.find(_SCHEDULE):
        source.take(*match.span())
    hits: list[Hit] = []
    for rule in _rules(source.language):
        for match in source.find(rule.pattern):
            hit = _resolve(source, rule, match)
            if hit is not None:
                source.take(hit.start, hit.end)
                hits.append(hit)
    return sorted(hits, key=lambda hit: hit.start)


def _is_rejected(source: Source, hit: Hit) -> bool:
    words = source.text[hit.start : hit.end]
    if _NOT.search(source.text[: hit.start]) or _NOT_AFTER.match(source.text[hit.end :]):
        return True
    return (
        words.startswith(("del ", "from "))
        and re.match(r"\s*(?:al|to|a)\b", source.text[hit.end :]) is not None
    )


def _is_state(source: Source, hit: Hit) -> bool:
    """Tell whether the date belongs to a misfortune ("perdí el trabajo en enero"), not to a payment."""
    before = _clause_before(source, hit.start)
    life = _LIFE_EN if source.language == "en" else _LIFE_ES
    since = source.text[hit.start : hit.end].startswith(("desde", "since"))
    return bool(life.search(before)) and (
        since or not hit.found.value or hit.found.value <= source.today.isoformat()
    )


def _other_reading(hit: Hit, refused: set[str | None]) -> Hit:
    """Read "not this friday, next friday" as the friday after."""
    if hit.found.value in refused and hit.found.alternatives:
        return replace(hit, found=replace(hit.found, value=hit.found.alternatives[0], alternatives=()))
    return hit


def _operative(source: Source, hits: list[Hit]) -> list[Hit]:
    strong = [h for h in hits if not h.found.weak and h.found.value]
    if not strong:
        said = bool(_INTENT_TO_PAY.search(source.text)) or len(source.text.split()) <= 3
        weak = [
            h for h in hits if h.found.weak and h.found.value and said and not _SHORTAGE.search(source.text)
        ]
        # "ahorita en la noche": the part of the day says more than the "now" before it
        weak.sort(key=lambda h: _NOW.match(source.text, h.start) is not None)
        return weak[:1] or [h for h in hits if h.found.value is None][:1]
    refused = {h.found.value for h in strong if _is_rejected(source, h)}
    kept = [_other_reading(h, refused) for h in strong if not _is_rejected(source, h)] or strong
    today = source.today.isoformat()
    future = [h for h in kept if (h.found.value or "") >= today[: len((h.found.value or "").split("/")[0])]]
    return future or kept


def date_entities(source: Source, hits: list[Hit]) -> Iterator[Entity]:
    """Turn the operative dates into entities.

    Args:
        source: The message.
        hits: From `find_dates`.

    Yields:
        `date_of_birth`; `date` and `date_text`; `frequency` where the date repeats each month.
    """
    for hit in hits:
        if hit.found.is_birth:
            yield source.entity(
                "date_of_birth", hit.found.value, hit.start, hit.end, 1.0, hit.found.alternatives
            )
    rest = [h for h in hits if not h.found.is_birth and not _is_state(source, h)]
    for hit in _operative(source, rest):
        words = source.entity("date_text", "", hit.start, hit.end).text
        yield source.entity("date_text", words, hit.start, hit.end)
        if hit.found.value is None:
            continue
        confidence = 0.7 if hit.found.alternatives else 1.0
        yield source.entity("date", hit.found.value, hit.start, hit.end, confidence, hit.found.alternatives)
        if hit.found.monthly:
            yield source.entity("frequency", "monthly", hit.start, hit.end)
