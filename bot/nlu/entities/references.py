"""What identifies and reaches a person: e-mail, phone, account reference, last four characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .model import Entity, Source

_EMAIL = re.compile(r"[a-z\d][a-z\d._%+-]*@[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,}")
_URL = re.compile(r"https?://\S+|www\.\S+")
_PHONE_SHAPE = re.compile(r"(?<![\w@/])(?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w@])")
_MONEY_SHAPE = re.compile(r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?")
_DATE_SHAPE = re.compile(
    r"(?:\d{1,2}[-. ]\d{1,2}[-. ](?:19|20)\d\d(?!\d)|(?:19|20)\d\d-\d\d-\d\d(?!\d)"
    r"|\d{1,2}[-.]\d{1,2}[-.]\d{2}$)"
)
_PHONE_WORDS = re.compile(
    r"\b(?:llama\w*|telefono|tel|tlf\w*|movil|celular|cel|numero|fono|whatsapp|wasap|call|phone"
    r"|mobile|cell|number|text)\b"
)
_REF_CODE = r"(?=[a-z\d/-]*\d)[a-z\d]+(?:[-/][a-z\d]+)*"
_REF_WORDED = re.compile(
    r"(?<![a-z])(?:ref(?:erencia|erence)?|expediente|exp|contrato|contract|credito|cuenta|cta"
    r"|account|acct|acc|caso|case|folio"
    r"|prestamo|loan|file|operacion|obligacion)\b\.?(?:\s*(?:es|is|el|la|my|number|no|num(?:ero)?"
    r"|n[°ºo]|#|:|=)\.?)*\s*"
    rf"({_REF_CODE})(?![a-z\d])"
)
_REF_SHAPE = re.compile(r"(?<![\w@./-])(?=[a-z\d-]*\d{3})[a-z]{1,6}(?:-[a-z\d]{1,12}){1,4}(?![\w@/-])")
_REF_GLUED = re.compile(r"(?<![\w@./-])[a-z]{2,5}\d{4,12}(?![\w@/-])")
_POSTAL_WORDED = re.compile(
    r"\b(?:c\.?p|codigo postal|cod\.? postal|cp|postal|postcode|post code|zip(?: ?code)?|postal code)\b\.?"
    r"(?:\s*(?:es|is|:|#))*\s*(\d{4,7}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})(?![a-z\d])"
)
_POSTCODE_GB = re.compile(r"(?<![a-z\d])[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?![a-z\d])")
_ZIP_PLUS = re.compile(r"(?<![\d-])\d{5}-\d{4}(?![\d-])")
_LAST_FOUR = re.compile(
    r"\b(?:ultim[oa]s? (?:cuatro|4)(?: (?:digitos|numeros|cifras|caracteres))?|terminad[oa]s? en"
    r"|termina en|acabad[oa] en|acaba en"
    r"|last (?:four|4)(?: digits)?|ending(?: in| with)?|ends (?:in|with)|digits)\b"
    r"(?:\s*(?:de mi \w+|of my \w+|del \w+|son|es|are|is|ssn|social|dni|nie|rut|tarjeta|card|:|="
    r"|-))*\s*([a-z\d]{4})(?![a-z\d])"
)
_FOUR = re.compile(r"(?<![\w.,/$€£:-])(?=[a-z\d]{0,3}\d)\d{3}[a-z\d](?![\w/:€£%-])(?![.,]\d)")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-(\d{4})(?![\d-])")
_COMPANY_KINDS = frozenset({"date_of_birth", "postal_code", "account_reference", "document"})
_NEVER_REFS = re.compile(r"^(?:covid|b2b|\d+-\d+|[a-z]+-[a-z]+)")


def read_emails(source: Source) -> Iterator[Entity]:
    """Find e-mail addresses, and claim web addresses so that nothing is read inside them.

    Args:
        source: The message.

    Yields:
        `email` entities in lower case.
    """
    if "@" in source.text:
        for match in source.find(_EMAIL):
            source.take(*match.span())
            found = source.entity("email", "", *match.span())
            yield source.entity("email", found.text.lower(), *match.span())
    for match in source.find(_URL):
        source.take(*match.span())


def _worded_code(source: Source, pattern: re.Pattern[str], kind: str) -> Iterator[Entity]:
    for match in source.find(pattern):
        source.take(*match.span())
        begin, end = match.span(1)
        yield source.entity(kind, match.group(1).upper(), begin, end)


def read_references(source: Source) -> Iterator[Entity]:
    """Find account references: a code after its keyword, or letters and digits with dashes.

    Args:
        source: The message.

    Yields:
        `account_reference` entities in capitals.
    """
    for match in source.find(_REF_WORDED):
        code = match.group(1)
        if len(code) >= 4 or not code.isdigit():
            source.take(*match.span())
            yield source.entity("account_reference", code.upper(), *match.span(1))
    for pattern, confidence in ((_REF_SHAPE, 1.0), (_REF_GLUED, 0.7)):
        for match in source.find(pattern):
            if _NEVER_REFS.match(match.group()) and not any(c.isdigit() for c in match.group()):
                continue
            if _is_month_or_unit(match.group()):
                continue
            source.take(*match.span())
            yield source.entity("account_reference", match.group().upper(), *match.span(), confidence)


def _is_month_or_unit(code: str) -> bool:
    head = re.match(r"[a-z]*", code)
    return head is not None and head.group() in _UNIT_HEADS


_UNIT_HEADS = frozenset(
    [
        "eur",
        "usd",
        "mxn",
        "cop",
        "clp",
        "ars",
        "pen",
        "gbp",
        "us",
        "s",
        "x",
        "de",
        "el",
        "la",
        "a",
        "en",
        "ene",
        "feb",
        "mar",
        "abr",
        "may",
        "jun",
        "jul",
        "ago",
        "sep",
        "sept",
        "oct",
        "nov",
        "dic",
        "jan",
        "apr",
        "aug",
        "dec",
    ]
)


def read_phones(source: Source) -> Iterator[Entity]:
    """Find telephone numbers that exist in the debtor's country or carry a country code.

    Args:
        source: The message.

    Yields:
        `phone` entities in E.164.
    """
    for match in source.find(_PHONE_SHAPE):
        written = match.group()
        digits = sum(c.isdigit() for c in written)
        if digits < 8 or _MONEY_SHAPE.fullmatch(written) or _DATE_SHAPE.match(written):
            continue
        if re.search(r"[$€£]\s*$", source.text[: match.start()]):
            continue
        value = _valid_phone(written, source.country)
        worded = _PHONE_WORDS.search(source.text[: match.start()])
        sure = value is not None and value[0]
        telling = (
            written[0] in "0+("
            or worded is not None
            or (digits >= 9 and bool(re.search(r"\d[ -]\d", written)))
        )
        if not (sure or telling or (digits >= 9 and not written.endswith("000"))):
            continue
        source.take(*match.span())
        if value is not None and (sure or telling):
            yield source.entity("phone", value[1], *match.span(), 1.0 if sure else 0.7)


def _valid_phone(written: str, country: str | None) -> tuple[bool, str] | None:
    import phonenumbers  # at first use: few messages hold a number

    written = "+" + written[2:] if written.startswith("00") else written
    possible: tuple[bool, str] | None = None
    for region in (country or "ES", None):
        try:
            number = phonenumbers.parse(written if region else "+" + written.lstrip("+"), region)
        except phonenumbers.NumberParseException:
            continue
        e164 = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
        if phonenumbers.is_valid_number(number):
            return True, e164
        if region and phonenumbers.is_possible_number(number):
            possible = (False, e164)
    return possible


def read_postal_codes(source: Source) -> Iterator[Entity]:
    """Find postal codes said as such, and shapes that can be nothing else.

    Args:
        source: The message.

    Yields:
        `postal_code` entities.
    """
    yield from _worded_code(source, _POSTAL_WORDED, "postal_code")
    pattern = _POSTCODE_GB if source.country == "GB" else _ZIP_PLUS if source.country == "US" else None
    if pattern is None:
        return
    for match in source.find(pattern):
        source.take(*match.span())
        yield source.entity("postal_code", match.group().upper(), *match.span(), 0.9)


def read_last_four(source: Source) -> Iterator[Entity]:
    """Find the last four characters of a document or card said as such.

    Args:
        source: The message.

    Yields:
        `last_four` entities in capitals.
    """
    yield from _worded_code(source, _SSN, "last_four")
    yield from _worded_code(source, _LAST_FOUR, "last_four")


def read_bare_identity(source: Source, found: list[Entity]) -> Iterator[Entity]:
    """Read a bare four-character token, or a five-digit one, that comes in the company of identity data.

    Args:
        source: The message, with everything else already claimed.
        found: Entities found so far.

    Yields:
        `last_four` and `postal_code` entities of lower confidence.
    """
    kinds = {entity.kind for entity in found}
    if not kinds & _COMPANY_KINDS:
        return
    for match in source.find(_FOUR):
        if "last_four" in kinds:
            break
        source.take(*match.span())
        yield source.entity("last_four", match.group().upper(), *match.span(), 0.7)
        kinds.add("last_four")
    if "postal_code" in kinds:
        return
    for match in source.find(_FIVE):
        source.take(*match.span())
        yield source.entity("postal_code", match.group(), *match.span(), 0.6)
        break


_FIVE = re.compile(r"(?<![\w.,/$€£:-])\d{5}(?![\w/:€£%-])(?![.,]\d)")
