"""Choices ("la segunda"), times of day ("a las 5") and fractions ("la mitad")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Entity, Source

_ORDINALS_ES = {
    "primera": 1,
    "primero": 1,
    "primer": 1,
    "segunda": 2,
    "segundo": 2,
    "tercera": 3,
    "tercero": 3,
    "cuarta": 4,
    "cuarto": 4,
    "quinta": 5,
    "quinto": 5,
    "ultima": -1,
    "ultimo": -1,
}
_CHOICE = {
    "es": re.compile(
        r"(?<!\w)(?:(?:la |el )?(?:opcion|alternativa|oferta|plan|propuesta|numero|opc)(?: numero| "
        r"n[º°]?)? ?(?:la |el )?(?P<n>[1-9])(?![\d.,/%]|\w)"
        r"|(?:la|el|me quedo con la|prefiero la|elijo la|escojo la) (?P<o>primera|segunda|tercera"
        r"|cuarta|quinta|ultima|primero|segundo|tercero)"
        r"(?: opcion| alternativa| oferta| propuesta)?(?= *(?:$|[.,!?;)]|(?:por|porfa|mejor|me|que"
        r"|esta|si|es|de las|opcion|pues|gracias)\b))"
        r"|(?P<f>primera|segunda|tercera|cuarta) opcion|^\W*(?:la|el) (?P<d>[1-9])(?=\W*$))"
    ),
    "en": re.compile(
        r"(?<!\w)(?:(?:the )?(?:option|choice|plan|offer|number|no\.?|opt) ?#?(?P<n>[1-9])(?![\d.,/%]|\w)"
        r"|(?:the |your |go with |take )?(?P<o>[1-9])(?:st|nd|rd|th) (?:one|option|choice|offer|plan"
        r"|proposal)"
        r"|^\W*(?:the )?(?P<f>[1-5])(?:st|nd|rd|th)(?: please| pls| thanks)?(?=\W*$)|the "
        r"(?P<last>last) (?:one|option|offer))"
    ),
}
_BARE = re.compile(r"^\W*(?P<n>\d{1,2})\W*$")
_BARE_ONE = re.compile(r"^\W*(?P<w>uno|una|one)\W*$")
_BARE_ORDINAL = re.compile(r"^\W*(?:the )?(?P<n>[1-5])(?:st|nd|rd|th)\W*$")
_TIME = {
    "es": re.compile(
        r"(?<!\w)(?:(?:a|a partir de|sobre|hacia|despues de|antes de|tipo|desde|hasta|como a|para) "
        r"las? (?P<h>\d{1,2}|una)(?:(?:[:.h] ?(?P<m>\d{2}))|(?: y (?P<q>media|cuarto|\d{1,2}))|(?: "
        r"(?P<less>menos cuarto)))?"
        r"|(?<![\d/.,])(?P<h2>\d{1,2}):(?P<m2>\d{2})|(?<![\d/.,$€])(?P<h3>\d{1,2}) ?(?P<ap3>am|pm"
        r"|a\.m\.|p\.m\.|hs|hrs|h)(?![a-z])(?<!en \d\dh)(?<!en \d\dhs))"
        r"(?: ?(?P<ap>am|pm|a\.m\.?|p\.m\.?|hs|hrs|horas|h)(?![a-z]))?(?: de la (?P<part>manana"
        r"|tarde|noche))?"
    ),
    "en": re.compile(
        r"(?<!\w)(?:(?:at|around|about|after|before|by|from|till|until) "
        r"(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?(?: ?(?P<ap>am|pm|a\.m\.?|p\.m\.?))?(?: ?o'?clock)?(?! "
        r"?(?:st|nd|rd|th|%|/|weeks?|days?|months?|hours?|quid|pounds|dollars|a month|each"
        r"|per)(?![a-z]))"
        r"(?![\d.,/%])|(?<![\d/.,])(?P<h2>\d{1,2}):(?P<m2>\d{2})(?: ?(?P<ap2>am|pm))?"
        r"|(?<![\d/.,£$€])(?P<h3>\d{1,2})(?:[.:](?P<m3>\d{2}))? ?(?P<ap3>am|pm|a\.m\.?|p\.m\.?"
        r"|o'?clock)"
        r"|(?P<half>half|quarter) (?P<to>past|to) (?P<h4>\d{1,2}))(?! ?%)(?: in the (?P<part>morning"
        r"|afternoon|evening))?(?![a-z\d])"
    ),
}
_NOON = re.compile(r"(?<!\w)(?:al? medio ?dia|at noon|at midday|noon)(?!\w)")
_FRACTIONS = {
    "es": (
        (
            "0.5",
            re.compile(
                r"(?<!\w)(?:la mitad|mitad y mitad|mitad|50 ?%|el 50 por ciento|1/2|un "
                r"medio)(?!\w)(?! de (?:mes|ano|la semana))"
            ),
        ),
        ("0.6667", re.compile(r"(?<!\w)(?:2 tercios|las? dos terceras? partes?|2/3 partes)(?!\w)")),
        ("0.3333", re.compile(r"(?<!\w)(?:un tercio|la tercera parte|una tercera parte|1/3 parte)(?!\w)")),
        ("0.75", re.compile(r"(?<!\w)(?:3 cuartos|tres cuartas partes|3 cuartas partes|3/4 partes)(?!\w)")),
        ("0.25", re.compile(r"(?<!\w)(?:un cuarto(?! de hora)|la cuarta parte|una cuarta parte)(?!\w)")),
    ),
    "en": (
        ("0.6667", re.compile(r"(?<!\w)(?:2 (?:thirds|3rds)|2/3 of)(?!\w)")),
        (
            "0.3333",
            re.compile(
                r"(?<!\w)(?:a (?:3rd|third) (?=of|now|today|$|upfront|off)|(?:one|1) (?:third|3rd)|a "
                r"3rd(?! (?:party|time|option))|1/3 of)(?!\w)"
            ),
        ),
        ("0.75", re.compile(r"(?<!\w)(?:(?:3|three)[ -]quarters|3/4 of)(?!\w)")),
        ("0.25", re.compile(r"(?<!\w)(?:a quarter|one quarter|1/4 of)(?!\w)(?! (?:to|past))")),
        (
            "0.5",
            re.compile(
                r"(?<!\w)(?<!and a )(?:half|1/2|50 ?%|50 percent|50/50)(?!\w)(?! (?:a|an|past|hour"
                r"|an hour|day|\d)\b)"
            ),
        ),
    ),
}
_PERCENT = re.compile(
    r"(?<![\d.,])(?:el |un |a )?(?P<n>\d{1,3}(?:[.,]\d{1,2})?) ?(?:%|por ?ciento|percent|per cent"
    r"|pct)(?![a-z])"
)
_EVENING = {"tarde": 12, "noche": 12, "afternoon": 12, "evening": 12}


def read_bare_ordinal(source: Source) -> Iterator[Entity]:
    """Read "the second" in words, alone, as a pick; "the 2nd" in figures is a day.

    Args:
        source: The message.

    Yields:
        `choice` entities.
    """
    match = _BARE_ORDINAL.match(source.text)
    if match and not any(c.isdigit() for c in source.raw):
        source.take(*match.span())
        yield source.entity("choice", int(match.group("n")), *match.span("n"), 0.7)


def read_choices(source: Source) -> Iterator[Entity]:
    """Find which of the offered options is picked.

    Args:
        source: The message.

    Yields:
        `choice` entities; -1 is the last. A bare small number is also `installments`.
    """
    for match in source.find(_CHOICE[source.language]):
        groups = {k: v for k, v in match.groupdict().items() if v}
        word = next(iter(groups.values()))
        value = -1 if word == "last" else _ORDINALS_ES.get(word) or int(word)
        source.take(*match.span())
        yield source.entity("choice", value, *match.span(), 0.9)
        return
    bare = _BARE.match(source.text)
    one = _BARE_ONE.match(source.text)
    if one and source.is_free(*one.span("w")):
        yield source.entity("choice", 1, *one.span("w"), 0.5)
    elif bare and source.is_free(*bare.span("n")) and 1 <= int(bare.group("n")) <= 12:
        value = int(bare.group("n"))
        source.take(*bare.span("n"))
        yield source.entity("installments", value, *bare.span("n"), 0.6)
        if value <= 9:
            yield source.entity("choice", value, *bare.span("n"), 0.4)


def _clock(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    hour_text = groups.get("h") or groups.get("h2") or groups.get("h3") or groups.get("h4")
    if not hour_text:
        return None
    hour = 1 if hour_text == "una" else int(hour_text)
    minute_text = groups.get("m") or groups.get("m2") or groups.get("m3") or groups.get("q") or "0"
    minute = {"media": 30, "cuarto": 15}.get(minute_text) if not minute_text.isdigit() else int(minute_text)
    if groups.get("less") or groups.get("to") == "to":
        hour, minute = hour - 1, 30 if groups.get("half") == "half" else 45
    elif groups.get("half"):
        minute = 30 if groups["half"] == "half" else 15
    marker = (groups.get("ap") or groups.get("ap2") or groups.get("ap3") or "").replace(".", "")
    part = groups.get("part") or ""
    if marker == "pm" or part in _EVENING:
        hour = hour + 12 if hour < 12 else hour
    elif marker == "am" and hour == 12:
        hour = 0
    elif (
        marker not in ("am", "hs", "hrs", "h", "horas")
        and part not in ("manana", "morning")
        and 1 <= hour <= 7
    ):
        # Calls are answered by day: "a las 5" is five in the afternoon
        hour += 12
    if minute is None or not (0 <= hour <= 23 and 0 <= minute <= 59):
        return None
    return f"{hour:02d}:{minute:02d}"


def read_times(source: Source) -> Iterator[Entity]:
    """Find times of day and claim them.

    Args:
        source: The message.

    Yields:
        `time_of_day` entities as HH:MM.
    """
    for match in source.find(_TIME[source.language]):
        value = _clock(match)
        if value:
            source.take(*match.span())
            yield source.entity("time_of_day", value, *match.span())
    for match in source.find(_NOON):
        source.take(*match.span())
        yield source.entity("time_of_day", "12:00", *match.span())


def read_fractions(source: Source) -> Iterator[Entity]:
    """Find parts of the debt and claim them.

    Args:
        source: The message.

    Yields:
        `fraction` entities as decimal text.
    """
    for value, pattern in _FRACTIONS[source.language]:
        for match in source.find(pattern):
            source.take(*match.span())
            yield source.entity("fraction", value, *match.span())
    for match in source.find(_PERCENT):
        source.take(*match.span())
        share = float(match.group("n").replace(",", ".")) / 100
        if 0 < share <= 1:
            yield source.entity("fraction", f"{share:g}", *match.span())
