"""The entity a message yields, and the message prepared for reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from re import Match, Pattern
from typing import Any


@dataclass(frozen=True)
class Entity:
    """One normalised piece of information and where it was said.

    Attributes:
        kind: Entity name, as in the contract (amount, date, document, ...).
        value: JSON-able normalised value.
        start: First character in the message as received.
        end: One past the last character.
        text: The words as written.
        confidence: Between 0 and 1.
        alternatives: Other defensible values, best first.
    """

    kind: str
    value: Any
    start: int
    end: int
    text: str
    confidence: float = 1.0
    alternatives: tuple[Any, ...] = ()


@dataclass
class Source:
    """A message being read.

    `text` is folded (lower case, no accents) and has number words written as digits, so that one grammar
    reads both
    "veinte" and "20"; `starts` and `ends` lead each of its characters back to `raw`.
    """

    raw: str
    text: str
    starts: list[int]
    ends: list[int]
    language: str
    country: str | None
    today: date
    is_country_known: bool = True
    taken: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.taken = bytearray(len(self.text))

    def is_free(self, start: int, end: int) -> bool:
        """Tell whether no reader has claimed any character of the span.

        Args:
            start: First character in `text`.
            end: One past the last.

        Returns:
            True if the span may be claimed.
        """
        return not any(self.taken[start:end])

    def take(self, start: int, end: int) -> None:
        """Claim a span, so that later readers do not read it as something else.

        Args:
            start: First character in `text`.
            end: One past the last.
        """
        self.taken[start:end] = b"\x01" * (end - start)

    def find(self, pattern: Pattern[str]) -> Iterator[Match[str]]:
        """Yield the matches of a pattern that nobody has claimed.

        Args:
            pattern: Compiled against the folded text.

        Yields:
            Matches, left to right.
        """
        for match in pattern.finditer(self.text):
            if self.is_free(match.start(), match.end()):
                yield match

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Lead a span of `text` back to the message as received.

        Args:
            start: First character in `text`.
            end: One past the last; greater than start.

        Returns:
            Start and end in `raw`.
        """
        return self.starts[start], self.ends[end - 1]

    def entity(
        self,
        kind: str,
        value: Any,
        start: int,
        end: int,
        confidence: float = 1.0,
        alternatives: tuple[Any, ...] = (),
    ) -> Entity:
        """Build an entity from a span of `text`.

        Args:
            kind: Entity name.
            value: Normalised value.
            start: First character in `text`.
            end: One past the last.
            confidence: Between 0 and 1.
            alternatives: Other defensible values.

        Returns:
            The entity, with offsets in the message as received.
        """
        raw_start, raw_end = self.raw_span(start, end)
        return Entity(kind, value, raw_start, raw_end, self.raw[raw_start:raw_end], confidence, alternatives)
