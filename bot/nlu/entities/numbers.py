"""Numbers as people write them: words rewritten as digits, and money separators of every country read."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from . import number_words_en, number_words_es
from .model import Source
from .text import fold

_TOKEN = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*|[^\sa-z\d]")
# One number as money is written: 1.250,50 / 1,250.50 / 2'500.000 / 2 500 / 80
NUMBER = r"\d{1,3}(?:[.,'] ?\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"


def format_number(value: Decimal) -> str:
    """Write a number with plain digits and a point.

    Args:
        value: Any number.

    Returns:
        For example "2500" or "89.99".
    """
    if value == value.to_integral_value():
        return str(int(value))
    return format(value.normalize(), "f")


def parse_number(written: str) -> Decimal | None:
    """Read a number with any country's separators.

    Money never has three decimals, so a group of three digits is always thousands: 150.000 and 1,250 need
    no
    country.

    Args:
        written: Digits with points, commas, apostrophes or spaces.

    Returns:
        The number, or None if the separators make no sense.
    """
    text = written.strip().replace(" ", "").replace("'", ".")
    parts = re.split(r"[.,]", text)
    if not all(p.isdigit() for p in parts):
        return None
    if len(parts) == 1:
        return Decimal(parts[0])
    last_is_cents = len(parts[-1]) <= 2
    whole = parts[:-1] if last_is_cents else parts
    if any(len(p) != 3 for p in whole[1:]) or (len(whole) > 1 and len(whole[0]) > 3):
        return None
    if not last_is_cents and whole[0] == "0":
        return Decimal("0." + "".join(whole[1:]))
    return Decimal("".join(whole) + ("." + parts[-1] if last_is_cents else ""))


def as_json(value: Decimal) -> int | float:
    """Turn a decimal into a JSON number.

    Args:
        value: Amount with at most a few decimals.

    Returns:
        An int where it is whole, else a float.
    """
    return int(value) if value == value.to_integral_value() else float(round(value, 2))


def ordinal_suffix(number: int) -> str:
    """Write an English ordinal with digits.

    Args:
        number: Position or day.

    Returns:
        For example "1st" or "22nd".
    """
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _read(tokens: list[str], i: int, language: str) -> tuple[str, int] | None:
    if language == "en":
        ordinal = number_words_en.read_ordinal(tokens, i)
        if ordinal:
            return ordinal_suffix(ordinal[0]), ordinal[1]
        found = number_words_en.read_number(tokens, i)
    else:
        found = number_words_es.read_number(tokens, i)
    return (format_number(found[0]), found[1]) if found else None


def prepare(raw: str, language: str, country: str | None, today: date) -> Source:
    """Fold a message and write its number words as digits, remembering where each character came from.

    Args:
        raw: Message as received.
        language: "es" or "en": whose number words.
        country: ISO code of the debtor's country, if known.
        today: Reference date.

    Returns:
        The message ready for the readers.
    """
    folded = fold(raw)
    matches = list(_TOKEN.finditer(folded))
    tokens = [m.group() for m in matches]
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = i = 0
    while i < len(tokens):
        found = _read(tokens, i, language)
        if found is None:
            i += 1
            continue
        begin, stop = matches[i].start(), matches[found[1] - 1].end()
        out.append(folded[position:begin])
        starts.extend(range(position, begin))
        ends.extend(range(position + 1, begin + 1))
        out.append(found[0])
        starts.extend([begin] * len(found[0]))
        ends.extend([stop] * len(found[0]))
        position, i = stop, found[1]
    out.append(folded[position:])
    starts.extend(range(position, len(folded)))
    ends.extend(range(position + 1, len(folded) + 1))
    return Source(raw, "".join(out), starts, ends, language, country, today)
