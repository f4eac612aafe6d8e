"""The training lines with locale and place, straight from data/nlu: for measuring, not for training."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.normalise import strip_accents

_INTENT = re.compile(r"^- intent: (\S+)")
_LOCALE = re.compile(r"^  metadata: \{locale: ([\w-]+)\}")
_EXAMPLE = re.compile(r"^    - (.+)$")
_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class TrainingLine:
    """One line of data/nlu."""

    text: str
    intent: str
    locale: str
    file: str
    number: int


def read_lines(folder: Path) -> list[TrainingLine]:
    """All training lines, in the order of files and lines."""
    lines = []
    for path in sorted(folder.glob("*.yml")):
        intent = locale = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := _INTENT.match(line):
                intent = match[1]
            elif match := _LOCALE.match(line):
                locale = match[1]
            elif match := _EXAMPLE.match(line):
                lines.append(TrainingLine(match[1].strip(), intent, locale, path.name, number))
    return lines


def bare(text: str) -> str:
    """A text without case, accents, punctuation and signs: two that agree in it are the same line."""
    return _NO_WORD.sub(" ", strip_accents(text.lower())).strip() or text.strip()
