"""Identity documents of the countries served, with their check digits verified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from .model import Entity, Source

_END = r"(?![a-z\d@])(?![.,]\d)"
_BEGIN = r"(?<![a-z\d@])(?<!\d[.,-])"
# The digits of AD-ES-12345678 are of an account's reference; those of DNI-12345678Z are not.
_NO_CODE = r"(?:(?<![a-z\d]-)|(?<=dni-)|(?<=nif-))"


@dataclass(frozen=True)
class DocumentPattern:
    """How one kind of document is written.

    Attributes:
        kind: Type given out.
        pattern: Its shape; group 1 is the document itself.
        check: Returns the compact value if it is valid, else None.
        countries: Where the shape alone is enough; elsewhere it needs its keyword. Empty means everywhere.
        confidence: How sure the shape is.
    """

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], str | None]
    countries: frozenset[str] = frozenset()
    confidence: float = 1.0


@lru_cache(maxsize=16)
def _validator(module: str) -> Callable[[str], bool]:
    # python-stdnum is imported at first use: most messages hold no document.
    loaded = import_module(f"stdnum.{module}")
    if module == "mx.rfc":
        return lambda value: bool(loaded.is_valid(value, validate_check_digits=True))
    return lambda value: bool(loaded.is_valid(value))


def compact(written: str) -> str:
    """Drop the separators of a document and write it in capitals.

    Args:
        written: As the debtor wrote it.

    Returns:
        Letters and digits only.
    """
    return re.sub(r"[^0-9A-Z]", "", written.upper())


def _checked(module: str, length: int | None = None) -> Callable[[str], str | None]:
    def check(written: str) -> str | None:
        value = compact(written)
        padded = value.zfill(length) if length else value
        return padded if _validator(module)(padded) else None

    return check


def _rut(written: str) -> str | None:
    value = compact(written)
    return value if _validator("cl.rut")(value) else None


def _digits(low: int, high: int) -> Callable[[str], str | None]:
    def check(written: str) -> str | None:
        value = compact(written)
        if not (value.isdigit() and low <= len(value) <= high) or value.endswith("00000"):
            return None
        return value

    return check


def _keyword(words: str, shape: str) -> re.Pattern[str]:
    filler = r"(?:\s*(?:es|is|el|la|:|#|=|-|n[°ºo]\.?|num(?:ero)?\.?|de|ciudadania|identidad|:))*\s*"
    return re.compile(rf"{_BEGIN}(?:{words})\b\.?{filler}({shape}){_END}")


def _bare(shape: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEGIN}({shape}){_END}")


def _digits_first(shape: str) -> re.Pattern[str]:
    return re.compile(rf"{_NO_CODE}{_BEGIN}({shape}){_END}")


_DOTTED8 = r"\d{1,2}[. ]?\d{3}[. ]?\d{3}"
_PATTERNS = (
    DocumentPattern("CURP", _bare(r"[a-z]{4} ?\d{6} ?[hmx][a-z]{5} ?[a-z\d]\d"), _checked("mx.curp")),
    DocumentPattern("NIE", _bare(r"[xyz][ .-]?\d[. ]?\d{3}[. ]?\d{3}[ .-]?[a-z]"), _checked("es.nie")),
    DocumentPattern("DNI", _digits_first(rf"{_DOTTED8}[ .-]?[a-z]"), _checked("es.dni", 9)),
    DocumentPattern("RUT", _keyword("rut|run|r\\.u\\.t", rf"{_DOTTED8} ?-? ?[\dk]"), _rut),
    DocumentPattern("RUT", _bare(rf"{_DOTTED8}-[\dk]"), _rut),
    DocumentPattern("RUT", _digits_first(rf"{_DOTTED8}[\dk]"), _rut, frozenset({"CL"})),
    DocumentPattern("RFC", _bare(r"[a-zñ&]{3,4}[ -]?\d{6}[ -]?[a-z\d]{3}"), _checked("mx.rfc")),
    DocumentPattern(
        "CUIL", _keyword("cuil", r"\d{2}[ .-]?\d{2}\.?\d{3}\.?\d{3}[ .-]?\d"), _checked("ar.cuit")
    ),
    DocumentPattern(
        "CUIT", _keyword("cuit", r"\d{2}[ .-]?\d{2}\.?\d{3}\.?\d{3}[ .-]?\d"), _checked("ar.cuit")
    ),
    DocumentPattern(
        "CUIT",
        _bare(r"(?:2[0347]|3[034])[ .-]\d{2}\.?\d{3}\.?\d{3}[ .-]\d"),
        _checked("ar.cuit"),
        frozenset(),
        0.9,
    ),
    DocumentPattern(
        "CUIT", _digits_first(r"(?:2[0347]|3[034])\d{9}"), _checked("ar.cuit"), frozenset({"AR"}), 0.9
    ),
    DocumentPattern("NIT", _keyword("nit", r"\d{3}\.?\d{3}\.?\d{3} ?-? ?\d"), _checked("co.nit")),
    DocumentPattern(
        "CC",
        _keyword("c\\.?c|cedula|ced|cedula de ciudadania", r"\d{1,3}(?:[. ]?\d{3}){2,3}|\d{6,10}"),
        _digits(6, 10),
    ),
    DocumentPattern(
        "CE", _keyword("c\\.?e|cedula de extranjeria", r"\d{6,9}"), _digits(6, 9), frozenset({"CO", "PE"})
    ),
    DocumentPattern(
        "DNI",
        _keyword("dni|d\\.n\\.i|documento", r"\d{1,2}[. ]?\d{3}[. ]?\d{3}"),
        _digits(7, 8),
        frozenset({"AR", "PE"}),
    ),
    DocumentPattern("DNI", _digits_first(r"\d{8}"), _digits(8, 8), frozenset({"PE", "AR"}), 0.8),
    DocumentPattern("DNI", _bare(r"[1-9]\d\.\d{3}\.\d{3}"), _digits(8, 8), frozenset({"AR"}), 0.6),
    DocumentPattern("RUC", _digits_first(r"[12][057]\d{9}"), _checked("pe.ruc"), frozenset({"PE"})),
    DocumentPattern(
        "CC", _digits_first(r"1[. ]?[01]\d{2}[. ]?\d{3}[. ]?\d{3}"), _digits(10, 10), frozenset({"CO"}), 0.8
    ),
    DocumentPattern("CC", _digits_first(r"\d{8}"), _digits(8, 8), frozenset({"CO"}), 0.7),
)
_SHAPE_NEEDS = re.compile(r"\d{3}")
_MONEY_NEAR = re.compile(r"[$€£]\s*$|\b(?:s/\.?|usd|cop|ars|mxn)\s*$")
_MONEY_AFTER = re.compile(r"\s*(?:[$€£]|pesos|euros|soles|cop\b|ars\b)")
_FAILED = re.compile(
    rf"(?<![a-z\d@])(?:{_NO_CODE}"
    r"\d{1,2}\.?\d{3}\.?\d{3}[ -]?[a-z]|[xyz][ -]?\d{7}[ -]?[a-z]|\d{7,8}-[\dk]"
    r"|\d{2}-\d{8}-\d|[a-z]{4}\d{6}[a-z\d]{3,8}"
    r"|(?:dni|nie|rut|curp|rfc|cedula|cc|cuil|cuit)\b[\s:]*[\d.-]{6,})(?![a-z\d@])"
)


def _as_digits(source: Source, begin: int, end: int, value: str) -> bool:
    """Tell whether a number was written with digits: one in words is money, not a document."""
    start, stop = source.raw_span(begin, end)
    written = sum(c.isdigit() for c in source.raw[start:stop])
    return written >= sum(c.isdigit() for c in value.lstrip("0"))


def _is_local(document: DocumentPattern, source: Source) -> bool:
    """Tell whether a shape counts here: where no country is known, eight digits in Spanish are a DNI."""
    is_guess = document.kind == "DNI" and not source.is_country_known and source.language == "es"
    return source.country in document.countries or is_guess


def read_documents(source: Source) -> Iterator[Entity]:
    """Find identity documents; one whose check digit fails is claimed but not given out.

    Args:
        source: The message.

    Yields:
        `document` entities.
    """
    if not _SHAPE_NEEDS.search(source.text):
        return
    for document in _PATTERNS:
        if document.countries and not _is_local(document, source):
            continue
        for match in source.find(document.pattern):
            begin, end = match.span(1)
            if _MONEY_NEAR.search(source.text[:begin]) or _MONEY_AFTER.match(source.text, end):
                continue
            value = document.check(match.group(1))
            if value is None or not _as_digits(source, begin, end, value):
                continue
            source.take(match.start(), end)
            yield source.entity(
                "document", {"type": document.kind, "value": value}, begin, end, document.confidence
            )
    for match in source.find(_FAILED):
        source.take(*match.span())
