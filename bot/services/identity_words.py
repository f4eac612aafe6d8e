"""What of a message can be identity data: references, births as people write them, number-like words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

# A message may hold several readings of one datum (04/05, two numbers); more than this is guessing.
_MAX_READINGS = 3
_REFERENCE = re.compile(r"\b(?=[\w-]*\d)[A-Z]{1,5}-[A-Z0-9-]{2,20}\b", re.IGNORECASE)
_TOKENS = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_GB_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE)
_AR_POSTCODE = re.compile(r"[A-Za-z]\d{4}(?:[A-Za-z]{3})?")
_MONTHS = {
    "ene": 1, "jan": 1, "feb": 2, "mar": 3, "abr": 4, "apr": 4, "may": 5, "jun": 6, "jul": 7, "ago": 8, "aug": 8,
    "sep": 9, "set": 9, "oct": 10, "nov": 11, "dic": 12, "dec": 12,
}  # fmt: skip
_MONTH = rf"(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"\b(?P<d>\d{1,2})(?:st|nd|rd|th|[oº])?"
_YEAR = (
    r"'?(?P<y>(?:19|20)\d\d|\d\d)(?!\d|[.,:/]\d|%|\s*(?:€|\$|£|euros?|pesos|eur\b|usd\b|dollars|pounds|quid))"
)
_BIRTHS = (
    re.compile(
        rf"{_DAY}[\s./-]*(?:de |of )?{_MONTH}[\s.,/-]*(?:de |del )?(?:a[nñ]o )?{_YEAR}", re.IGNORECASE
    ),
    re.compile(rf"\b{_MONTH}[\s./-]*(?:the )?{_DAY[2:]}[\s.,/-]+{_YEAR}", re.IGNORECASE),
)
# Nobody younger owes anything: 09 is 2009 only when that makes them of age.
_OF_AGE = 16


def references_in(text: str) -> list[str]:
    """Account references by their form alone."""
    return [match.upper() for match in _REFERENCE.findall(text)]


def births_in(text: str, today: date) -> list[str]:
    """Days of birth with the month in words, in either language and with two digits for the year, in ISO form."""
    found = []
    for pattern in _BIRTHS:
        for match in pattern.finditer(text):
            year = int(match["y"])
            if year < 100:
                year += 2000 if 2000 + year <= today.year - _OF_AGE else 1900
            try:
                found.append(date(year, _MONTHS[match["m"].lower()], int(match["d"])).isoformat())
            except ValueError:
                continue
    return [day for day in found if day < today.isoformat()]


def is_document(reference: str, documents: Iterable[str]) -> bool:
    """Whether what looks like a reference is one of the documents found."""
    plain = _plain(reference)
    return any(one and (one in plain or plain in one) for one in map(_plain, documents))


def few(readings: list[str]) -> list[str]:
    """Readings of one datum without repeats, and no more than a person gives."""
    return list(dict.fromkeys(readings))[:_MAX_READINGS]


def spare_tokens(text: str, birth: Iterable[str]) -> list[str]:
    """Number-like words of a message that are not part of a date or reference."""
    for match in _REFERENCE.findall(text):
        text = text.replace(match, " ")
    if any(birth):
        text = re.sub(r"\b\d{1,2}([/.\- ])\d{1,2}\1\d{2,4}\b|\b(19|20)\d\d-\d\d-\d\d\b", " ", text)
        years = {b[:4] for b in birth}
        text = " ".join(word for word in text.split() if word.strip(".,;:") not in years)
    return _TOKENS.findall(text)


def postal_codes_in(text: str, spare: Iterable[str]) -> list[str]:
    """Postal codes by their form: digits alone, or letters and digits as in Argentina and the United Kingdom."""
    bare = [t for t in spare if re.fullmatch(r"\d{4,8}", t) or _AR_POSTCODE.fullmatch(t)]
    return bare + _GB_POSTCODE.findall(text)


def _plain(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())
