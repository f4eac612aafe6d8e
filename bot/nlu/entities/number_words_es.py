"""Spanish number words: "veinticinco mil quinientos", "2 mil 500", however they are spelt."""

from __future__ import annotations

from decimal import Decimal

from .text import sound_key

_ONES = ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
_TEENS = [
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciseis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
]
_TENS = {
    20: "veinte",
    30: "treinta",
    40: "cuarenta",
    50: "cincuenta",
    60: "sesenta",
    70: "setenta",
    80: "ochenta",
    90: "noventa",
}
_HUNDREDS = {
    100: "ciento",
    200: "doscientos",
    300: "trescientos",
    400: "cuatrocientos",
    500: "quinientos",
    600: "seiscientos",
    700: "setecientos",
    800: "ochocientos",
    900: "novecientos",
}
_SPELLINGS = {
    "cien": 100,
    "cientos": 100,
    "trecientos": 300,
    "dosientos": 200,
    "docientos": 200,
    "sietecientos": 700,
    "nuevecientos": 900,
    "cincocientos": 500,
    "seicientos": 600,
    "quinentos": 500,
    "quiniento": 500,
    "cuatrociento": 400,
    "sinco": 5,
    "quatro": 4,
    "cuatros": 4,
    "dies": 10,
    "deciseis": 16,
    "venti": 20,
    "vente": 20,
    "trenta": 30,
    "cuarente": 40,
    "sesentas": 60,
    "nobenta": 90,
    "sincuenta": 50,
    "cincuente": 50,
    "quinse": 15,
}
_NOT_NUMBERS = {"siento", "sientos", "ves", "vez", "veses", "quien", "kien", "qien", "quienes"}
_MIL_WORDS = {"mil", "milito", "milecito", "mile", "miletes"}
_MILLION_WORDS = {
    "millon",
    "millones",
    "millone",
    "milion",
    "miliones",
    "milloncito",
    "milloncitos",
    "melon",
    "melones",
    "mill",
}
_DIGIT_UNIT_NOUNS = {
    "cuotas",
    "pagos",
    "meses",
    "plazos",
    "mensualidades",
    "letras",
    "dias",
    "semanas",
    "quincenas",
    "x",
    "por",
    "veces",
    "abonos",
    "partes",
    "cuota",
    "mes",
    "de",
}


def _build() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    units: dict[str, int] = {}
    tens: dict[str, int] = {}
    for n, word in enumerate(_ONES, 1):
        units[sound_key(word)] = n
    for n, word in enumerate(_TEENS, 10):
        tens[sound_key(word)] = n
    ones = [(n, w) for n, w in enumerate(_ONES, 1)] + [(1, "un"), (1, "una")]
    for ten, word in {10: "diez", **_TENS}.items():
        tens[sound_key(word)] = ten
        stems = {word, word.removesuffix("e")} | ({"veint", "vent"} if ten == 20 else set())
        stems |= {"diec", "dies"} if ten == 10 else set()
        for stem in stems:
            for n, one in ones:
                for glue in ("i", "y", "ai", "ei", "") if ten != 10 else ("i", "y"):
                    tens.setdefault(sound_key(stem + glue + one), ten + n)
    hundreds = {}
    for n, word in _HUNDREDS.items():
        hundreds[sound_key(word)] = n
        hundreds[sound_key(word[:-1] + "a" if n == 100 else word[:-2] + "as")] = n
    for word, n in _SPELLINGS.items():
        table = hundreds if n >= 100 else tens if n >= 10 else units
        table.setdefault(sound_key(word), n)
    hundreds.pop(sound_key("cienta"), None)
    return units, tens, hundreds


_UNITS, _TENS_TABLE, _HUNDREDS_TABLE = _build()
_ONE_WORDS = {"un", "una", "uno"}


def _word(tokens: list[str], i: int) -> str:
    return tokens[i] if i < len(tokens) else ""


def _group(tokens: list[str], i: int) -> tuple[int | None, int]:
    """Read a number under a thousand written in words; return it and where it ends."""
    start, value = i, 0
    word = _word(tokens, i)
    if word not in _NOT_NUMBERS and sound_key(word) in _HUNDREDS_TABLE:
        value += _HUNDREDS_TABLE[sound_key(word)]
        i += 1
        word = _word(tokens, i)
        if word == "y" and sound_key(_word(tokens, i + 1)) in _TENS_TABLE and value == 100:
            i += 1
            word = _word(tokens, i)
    key = sound_key(word)
    if word and key in _TENS_TABLE:
        ten = _TENS_TABLE[key]
        value += ten
        i += 1
        glue = _word(tokens, i) in ("y", "i")
        one = _word(tokens, i + glue)
        is_one = sound_key(one) in _UNITS or one in _ONE_WORDS
        if ten % 10 == 0 and is_one and (glue or ten == 20) and one not in _NOT_NUMBERS:
            value += _UNITS.get(sound_key(one), 1)
            i += glue + 1
    elif word and key in _UNITS and word not in _NOT_NUMBERS and (word != "uno" or i > start):
        value += _UNITS[key]
        i += 1
    elif i > start and word in _ONE_WORDS and _word(tokens, i + 1) in _MIL_WORDS:
        value += 1
        i += 1
    return (value, i) if i > start else (None, start)


def _digits(token: str) -> Decimal | None:
    if not token or not token[0].isdecimal():
        return None
    parts = token.replace(",", ".").split(".")
    if len(parts) == 1:
        return Decimal(parts[0])
    if all(len(p) == 3 for p in parts[1:]):
        return Decimal("".join(parts))
    return Decimal(".".join(parts)) if len(parts) == 2 and len(parts[1]) <= 2 else None


def _after_thousand(tokens: list[str], i: int, total: Decimal) -> tuple[Decimal | None, int, bool]:
    """Add what follows "mil": words, digits ("2 mil 500"), or "y medio"."""
    rest, end = _group(tokens, i)
    tail = _digits(_word(tokens, i))
    if rest is not None:
        return total + rest, end, True
    if (
        tail is not None
        and 20 <= tail < 1000
        and tail == int(tail)
        and _word(tokens, i + 1) not in _DIGIT_UNIT_NOUNS
    ):
        return total + tail, i + 1, True
    if _word(tokens, i) == "y" and _word(tokens, i + 1) in ("medio", "media"):
        return total + 500, i + 2, True
    return total, i, True


def _thousands(tokens: list[str], i: int) -> tuple[Decimal | None, int, bool]:
    """Read up to 999,999; the flag tells whether a word (not only digits) took part."""
    first = i
    word = _word(tokens, i)
    digits = _digits(word)
    if digits is not None:
        if _word(tokens, i + 1) not in _MIL_WORDS:
            return digits, i + 1, False
        total, i = digits * 1000, i + 2
    elif word in _ONE_WORDS and _word(tokens, i + 1) in _MIL_WORDS:
        total, i = Decimal(1000), i + 2
    elif word in _MIL_WORDS:
        if _word(tokens, i + 1) in (
            "gracias",
            "disculpas",
            "veces",
            "perdones",
            "cosas",
            "amores",
            "problemas",
            "historias",
        ):
            return None, first, False
        total, i = Decimal(1000), i + 1
    else:
        group, end = _group(tokens, i)
        if group is None:
            return None, first, False
        if _word(tokens, end) not in _MIL_WORDS:
            return Decimal(group), end, True
        total, i = Decimal(group * 1000), end + 1
    return _after_thousand(tokens, i, total)


def _idiom(tokens: list[str], i: int) -> tuple[Decimal, int] | None:
    """Read "millón y medio", "un par de cientos", "medio millón", "una docena"."""
    word, following = _word(tokens, i), _word(tokens, i + 1)
    if word in ("medio", "media") and following in _MILLION_WORDS:
        return Decimal(500_000), i + 2
    before = tokens[i - 1] if i else ""
    if (
        word in _MILLION_WORDS
        and following == "y"
        and _word(tokens, i + 2) == "medio"
        and before not in _ONE_WORDS
    ):
        return Decimal(1_500_000), i + 3
    if word == "par" and following == "de" and _word(tokens, i + 2) in ("cientos", "miles", "mil"):
        return Decimal(200 if _word(tokens, i + 2) == "cientos" else 2000), i + 3
    if word in ("medio", "media") and following == "docena":
        return Decimal(6), i + 2
    if following == "docena" and word in _ONE_WORDS:
        return Decimal(12), i + 2
    return None


def read_number(tokens: list[str], i: int) -> tuple[Decimal, int] | None:
    """Read the longest Spanish number that starts at a token and has a word in it.

    Args:
        tokens: Folded words, digits and signs without spaces.
        i: Where to begin.

    Returns:
        The value and the index after it, or None.
    """
    word, following = _word(tokens, i), _word(tokens, i + 1)
    if word == "ciento" and i and tokens[i - 1] == "por":
        return None  # "el 30 por ciento"
    idiom = _idiom(tokens, i)
    if idiom:
        return idiom
    if word in _ONE_WORDS and following in _MILLION_WORDS:
        value, end, worded = Decimal(1), i + 1, True
    else:
        found = _thousands(tokens, i)
        if found[0] is None:
            return None
        value, end, worded = found[0], found[1], found[2]
    if _word(tokens, end) not in _MILLION_WORDS or (
        _word(tokens, end) in ("melon", "melones", "mill") and value > 999
    ):
        return (value, end) if worded else None
    value, end = value * 1_000_000, end + 1
    if _word(tokens, end) == "y" and _word(tokens, end + 1) == "medio":
        return value + 500_000, end + 2
    skip = 1 if _word(tokens, end) in ("y", "con") else 0
    rest = _thousands(tokens, end + skip)
    if rest[0] is not None and rest[2] and rest[0] >= 1000:
        return value + rest[0], rest[1]
    if rest[0] is not None and 100 <= rest[0] < 1000 and rest[0] % 50 == 0:
        return value + rest[0] * 1000, rest[1]  # "un millón doscientos" is said for 1,200,000
    return value, end
