"""Training lines that a program can make from the written ones: two requests in one message, keyboard slips.

Both are chosen and made by hashes of the lines' own text, so that the same lines always give the same ones, and
adding a line changes few of the others (their sentence vectors ship with the code).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.nlu.language import detect
from bot.nlu.normalise import strip_accents
from bot.nlu.thresholds import CRITICAL_INTENTS, PRECEDENCE

_COMPOSED_WEIGHT = 0.3
"""How much a composed line counts: chosen on held-out lines; more costs accuracy on single requests."""
_TWO_IN = 5  # one of so many lines with a critical intent is joined to another request
_SLIPS_IN = 8  # one of so many of them is also learnt with slips of the keyboard
_SLIP_EVERY = 18  # letters between slips, about
_WORDS = range(3, 19)
# They say something only alone, or nothing beside another request
_ALONE = frozenset(
    [
        "affirm",
        "ask_bot",
        "change_language",
        "deny",
        "goodbye",
        "greet",
        "help",
        "inform",
        "insult",
        "out_of_scope",
    ]
    + ["thank"]
)
_KEPT_APART = {"report_hardship": frozenset({"counter_offer", "change_agreement"})}
_JOINTS = {"es": (", ", ". ", " y ", " ", " pero "), "en": (", ", ". ", " and ", " ", " but ")}
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT_KEY = {a: b for row in _KEYS for a, b in zip(row, row[1:] + row[-2], strict=True)}


@dataclass(frozen=True)
class Line:
    """A line to learn, and how much it counts; 1 is a written one."""

    text: str
    intent: str
    weight: float = 1.0


def with_made_lines(lines: Iterable[tuple[str, str]]) -> list[Line]:
    """The written lines, followed by those made from them.

    Args:
        lines: text and intent of each.
    """
    written = sorted({Line(text, intent) for text, intent in lines}, key=lambda line: _hash(line.text))
    slipped = [
        line for line in written if line.intent in CRITICAL_INTENTS and not _hash(line.text, 7) % _SLIPS_IN
    ]
    return [
        *written,
        *_two_requests(written),
        *(Line(slip(line.text), line.intent) for line in slipped if len(line.text) >= _SLIP_EVERY),
    ]


def _hash(text: str, salt: int = 0) -> int:
    return crc32(text.encode(), salt)


def _rank(intent: str) -> int:
    return PRECEDENCE.get(intent, len(PRECEDENCE))


def _two_requests(written: Sequence[Line]) -> list[Line]:
    usable = [line for line in written if line.intent not in _ALONE and len(line.text.split()) in _WORDS]
    made = []
    for language, joints in _JOINTS.items():
        own = [line for line in usable if detect(line.text) == language]
        for place, line in enumerate(own):
            chance = _hash(line.text, 3)
            if line.intent not in CRITICAL_INTENTS or chance % _TWO_IN:
                continue
            other = own[(place + 1 + chance // _TWO_IN % 50) % len(own)]
            if _rank(other.intent) <= _rank(line.intent) or other.intent in _KEPT_APART.get(line.intent, ()):
                continue
            first, second = (line, other) if chance & 64 else (other, line)
            joint = joints[chance // 128 % len(joints)]
            text = f"{first.text.rstrip('.')}{joint}{second.text[0].lower()}{second.text[1:]}"
            made.append(Line(text, line.intent, _COMPOSED_WEIGHT))
    return made


def slip(text: str) -> str:
    """The text as it comes out in a hurry: no accents, and now and then a letter lost, doubled, swapped or missed."""
    letters, chance = list(strip_accents(text.lower())), _hash(text, 11)
    place = chance % _SLIP_EVERY
    while place < len(letters) - 1:
        chance = _hash(text, place)
        here, following = letters[place], letters[place + 1]
        if here.isalpha() and following.isalpha():
            letters[place : place + 2] = (
                [following, here],
                [following],
                [here, here, following],
                [_NEXT_KEY.get(here, here), following],
            )[chance % 4]
        place += _SLIP_EVERY // 2 + chance // 4 % _SLIP_EVERY
    return "".join(letters)
