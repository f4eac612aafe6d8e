"""Folding one character for one, so that offsets survive; and a key by sound for typos."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPECIAL = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "−": "-",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\t": " ",
    "\n": " ",
    "\r": " ",
}


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char in "ºª":
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def fold(text: str) -> str:
    """Lower the case and drop the accents of a text, keeping its length.

    Args:
        text: Any text.

    Returns:
        Text of the same length.
    """
    if text.isascii():
        return text.lower().translate(_ASCII_SPACES).replace("`", "'")
    return "".join(map(_fold_char, text))


_ASCII_SPACES = {9: " ", 10: " ", 13: " "}
_SOUND = (
    (re.compile(r"qu(?=[ei])|k"), "c"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"h"), ""),
    (re.compile(r"y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
)


@lru_cache(maxsize=8192)
def sound_key(word: str) -> str:
    """Spell a Spanish word by its sound, so that "kinientos", "sincuenta" and "beinte" find their number.

    Args:
        word: Folded word.

    Returns:
        Key under which words that sound alike meet.
    """
    for pattern, replacement in _SOUND:
        word = pattern.sub(replacement, word)
    return word
