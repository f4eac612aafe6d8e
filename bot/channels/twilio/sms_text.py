"""What a text costs as SMS, and how a long one is cut: encodings, segments, typographic characters, parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from gsm0338 import Codec

# 3GPP TS 23.038: 140 bytes are 160 septets or 70 UTF-16 units; a part of several gives 6 bytes to its header.
_SINGLE = {"GSM-7": 160, "UCS-2": 70}
_OF_SEVERAL = {"GSM-7": 153, "UCS-2": 67}
# Only what a reader does not miss. Letters stay: "años" is not "anos".
_PLAIN = str.maketrans(
    {
        "…": "...",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‘": "'", "’": "'", "‚": "'", "´": "'", "`": "'",
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "•": "-",
        "\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u2009": " ",
        "\u200b": "", "\u2060": "", "\ufeff": "", "\u00ad": "", "\t": " ",
    }
)  # fmt: skip
# A paragraph, a line, a sentence, a word: each is tried before the next smaller one.
_BREAKS = (r"\n{2,}", r"\n", r"(?<=[.!?…:;])\s+", r"\s+")
_GSM = Codec()


@lru_cache(maxsize=4096)
def _septets(character: str) -> int | None:
    """How many septets a character takes (2 with its escape), None if it is not in the alphabet."""
    try:
        return len(_GSM.encode(character)[0])
    except UnicodeError:
        return None


def encoding(text: str) -> str:
    """GSM-7 if every character is in its alphabet or extension, else UCS-2."""
    return "GSM-7" if all(_septets(c) for c in text) else "UCS-2"


def segments(text: str) -> int:
    """How many SMS a text is. A character of two units is never cut in two, as the networks do not."""
    kind = encoding(text)
    sizes = [_septets(c) or 0 for c in text] if kind == "GSM-7" else [1 + (ord(c) > 0xFFFF) for c in text]
    if sum(sizes) <= _SINGLE[kind]:
        return 1
    count, room = 1, _OF_SEVERAL[kind]
    for size in sizes:
        if size > room:
            count, room = count + 1, _OF_SEVERAL[kind]
        room -= size
    return count


def plain(text: str) -> str:
    """The text with typographic characters made plain, where that alone brings it into the cheaper encoding."""
    simple = text.translate(_PLAIN)
    return simple if encoding(simple) == "GSM-7" else text


def in_parts(text: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
    """Cut a text into parts that fit, at ends of paragraphs, lines, sentences or, if it must be, words.

    Several parts are numbered "(1/3) …", so that they can be read in order whatever order they come in.

    Args:
        text: the whole text.
        fits: whether a part, with its number, is short enough.
    """
    if fits(text):
        return (text,)
    parts = list(_cut(text.strip(), lambda part: fits(f"(99/99) {part}"), _BREAKS))
    return tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, 1))


def _cut(text: str, fits: Callable[[str], bool], breaks: tuple[str, ...]) -> Iterator[str]:
    if fits(text):
        yield text
        return
    part = ""
    for piece in _pieces(text, breaks[0]) if breaks else text:
        if fits((part + piece).rstrip()):
            part += piece
            continue
        if part.strip():
            yield part.strip()
        part = piece
        if not fits(piece.rstrip()):
            *whole, part = _cut(piece.strip(), fits, breaks[1:]) if breaks else (piece,)
            yield from whole
            part += piece[len(piece.rstrip()) :]
    if part.strip():
        yield part.strip()


def _pieces(text: str, pattern: str) -> Iterator[str]:
    """The text between breaks, each piece with the break that ends it."""
    start = 0
    for found in re.finditer(pattern, text):
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]
