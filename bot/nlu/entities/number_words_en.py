"""English number words: "two hundred and fifty", "fifteen hundred", "half a grand"."""

from __future__ import annotations

from decimal import Decimal

_UNITS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "fiv": 5,
    "eigth": 8,
    "thre": 3,
    "sevn": 7,
}
_TEENS = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    "twelv": 12,
    "fiveteen": 15,
    "fourten": 14,
    "eightteen": 18,
    "ninteen": 19,
}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "fourty": 40,
    "fivty": 50,
    "fity": 50,
    "twenny": 20,
    "eigthy": 80,
    "eighy": 80,
    "ninty": 90,
    "thirdy": 30,
    "twnty": 20,
    "sixy": 60,
    "thirtie": 30,
}
_HUNDRED = {
    "hundred",
    "hundreds",
    "hunderd",
    "hundered",
    "hundrd",
    "hunnid",
    "hunned",
    "hundo",
    "hundy",
    "hun",
}
_THOUSAND = {
    "thousand",
    "thousands",
    "thousend",
    "thou",
    "grand",
    "gs",
    "racks",
    "rack",
    "stacks",
    "stack",
    "k",
}
_MILLION = {"million", "mil", "mill"}
_SCALES = {
    **dict.fromkeys(_HUNDRED, 100),
    **dict.fromkeys(_THOUSAND, 1000),
    **dict.fromkeys(_MILLION, 1000000),
}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "twelth": 12,
    "thirteenth": 13,
    "fourteenth": 14,
    "fifteenth": 15,
    "sixteenth": 16,
    "seventeenth": 17,
    "eighteenth": 18,
    "nineteenth": 19,
    "twentieth": 20,
    "thirtieth": 30,
}
_AND = {"and", "n", "&"}


def _word(tokens: list[str], i: int) -> str:
    return tokens[i] if 0 <= i < len(tokens) else ""


def _skip_hyphen(tokens: list[str], i: int) -> int:
    return i + 1 if _word(tokens, i) == "-" else i


def _pair(tokens: list[str], i: int) -> tuple[int | None, int]:
    """Read one number under a hundred."""
    word = _word(tokens, i)
    if word in _TENS:
        after = _skip_hyphen(tokens, i + 1)
        if _word(tokens, after) in _UNITS:
            return _TENS[word] + _UNITS[_word(tokens, after)], after + 1
        return _TENS[word], i + 1
    small = _TEENS.get(word) or _UNITS.get(word)
    return (small, i + 1) if small else (None, i)


def _group(tokens: list[str], i: int) -> tuple[Decimal | None, int]:
    """Read a number under ten thousand: "two hundred and fifty", "fifteen hundred", "a hundred"."""
    first, end = _pair(tokens, i)
    if first is None and _word(tokens, i) == "a" and _word(tokens, i + 1) in _HUNDRED:
        first, end = 1, i + 1
    if first is None and _word(tokens, i) in ("hundred", "hunderd", "hundered", "hunnid"):
        first, end = 1, i
    if first is None:
        return None, i
    end = _skip_hyphen(tokens, end) if _word(tokens, _skip_hyphen(tokens, end)) in _HUNDRED else end
    if _word(tokens, end) not in _HUNDRED:
        return Decimal(first), end
    value, end = first * 100, end + 1
    after = end + 1 if _word(tokens, end) in _AND else _skip_hyphen(tokens, end)
    if after > end and _word(tokens, after) in ("a", "half"):
        return Decimal(value), end
    rest, rest_end = _pair(tokens, after)
    return (Decimal(value + rest), rest_end) if rest is not None else (Decimal(value), end)


def _spoken_pair(tokens: list[str], i: int) -> tuple[Decimal, int] | None:
    """Read how prices are said: "one fifty" is 150, "eighty-nine ninety-nine" is 89.99."""
    first, end = _pair(tokens, i)
    if first is None:
        return None
    after = _skip_hyphen(tokens, end)
    second, second_end = _pair(tokens, after)
    if second is None or second < 10 or _word(tokens, second_end) in _SCALES:
        return None
    if first < 10:
        return Decimal(first * 100 + second), second_end
    return Decimal(first) + Decimal(second) / 100, second_end


def _vague(tokens: list[str], i: int) -> tuple[Decimal, int] | None:
    """Read "half a grand", "a couple hundred", "a grand and a half", "half a dozen", "a ton"."""
    words = [_word(tokens, i + k) for k in range(4)]
    if words[0] == "half" and words[1] in ("a", "the") and (words[2] in _SCALES or words[2] == "dozen"):
        return Decimal(_SCALES.get(words[2], 12)) / 2, i + 3
    if words[0] == "a" and words[1] == "dozen":
        return Decimal(12), i + 2
    if words[0] == "a" and words[1] == "couple":
        k = 3 if words[2] == "of" else 2
        if _word(tokens, i + k) in _SCALES:
            return Decimal(2 * _SCALES[_word(tokens, i + k)]), i + k + 1
    return None


def _half_after(tokens: list[str], i: int) -> int:
    """Return where "and a half" ends if it begins here, else the same index."""
    return (
        i + 3
        if _word(tokens, i) in _AND and _word(tokens, i + 1) == "a" and _word(tokens, i + 2) == "half"
        else i
    )


def _scaled(tokens: list[str], value: Decimal, end: int) -> tuple[Decimal, int]:
    """Multiply by the thousand or million that follows, and add the rest."""
    half = _half_after(tokens, end)
    if half > end and _word(tokens, half) in _SCALES:
        value, end = value + Decimal("0.5"), half
    scale = _SCALES.get(_word(tokens, end), 1)
    if scale == 1:
        return (value + Decimal("0.5"), half) if half > end else (value, end)
    value, end = value * scale, end + 1
    half = _half_after(tokens, end)
    if half > end:
        return value + Decimal(scale) / 2, half
    rest, rest_end = _group(tokens, end + (1 if _word(tokens, end) in _AND else 0))
    if rest is not None and rest < scale and _word(tokens, end) != "-":
        if _word(tokens, rest_end) in _SCALES and scale > 1000:
            return value + rest * _SCALES[_word(tokens, rest_end)], rest_end + 1
        joined = _word(tokens, end) in _AND or rest >= 20
        if joined:
            return value + rest, rest_end
    return value, end


def read_number(tokens: list[str], i: int) -> tuple[Decimal, int] | None:
    """Read the longest English number that starts at a token and has a word in it.

    Args:
        tokens: Folded words, digits and signs without spaces.
        i: Where to begin.

    Returns:
        The value and the index after it, or None.
    """
    word = _word(tokens, i)
    if word and word[0].isdecimal():
        if _word(tokens, i + 1) in _SCALES or _half_after(tokens, i + 1) > i + 1:
            try:
                value, end = _scaled(tokens, Decimal(word.replace(",", "")), i + 1)
            except ArithmeticError:
                return None
            return value, end
        return None
    vague = _vague(tokens, i)
    if vague:
        return vague
    spoken = _spoken_pair(tokens, i)
    if spoken:
        return spoken
    group, end = _group(tokens, i)
    if group is None:
        if word == "a" and _word(tokens, i + 1) in _SCALES:
            return _scaled(tokens, Decimal(1), i + 1)
        return None
    value, end = _scaled(tokens, group, end)
    if value == 1 and end == i + 1:
        return None
    return value, end


def read_ordinal(tokens: list[str], i: int) -> tuple[int, int] | None:
    """Read an ordinal day or position in words: "first", "twenty-first".

    Args:
        tokens: Folded words.
        i: Where to begin.

    Returns:
        The number and the index after it, or None.
    """
    word = _word(tokens, i)
    if word in _ORDINALS:
        return _ORDINALS[word], i + 1
    if word in _TENS:
        after = _skip_hyphen(tokens, i + 1)
        if _ORDINALS.get(_word(tokens, after), 99) < 10:
            return _TENS[word] + _ORDINALS[_word(tokens, after)], after + 1
    return None
