"""What is wrong with a rulebook: every problem at once, each with file, key and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One mistake, where it stands and what would be right."""

    file: str
    key: str
    message: str
    allowed: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}: " if self.key else f"{self.file}: "
        allowed = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        return f"{place}{self.message}{allowed}"


class RulebookError(Exception):
    """The rulebook cannot be used. `problems` lists every mistake that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"the rulebook has {count} problem{'s' if count != 1 else ''}:"
        super().__init__("\n  ".join([head, *map(str, self.problems)]))


class Problems:
    """Collects mistakes while one file is read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, key: str, message: str, allowed: Iterable[object] = ()) -> None:
        """Note a mistake at a key path."""
        self.found.append(Problem(self.file, key, message, tuple(str(a) for a in allowed)))

    def unknown(self, key: str, name: object, allowed: Iterable[str]) -> None:
        """Note a key that does not exist, with the one that was probably meant."""
        options = sorted(allowed)
        close = get_close_matches(str(name), options, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        self.add(key, f"unknown key {name!r}{hint}", options)

    def keys(self, key: str, value: object, required: Iterable[str], optional: Iterable[str] = ()) -> bool:
        """Check that a value is a mapping with these keys; note what is missing or unknown."""
        if not isinstance(value, dict):
            self.add(key, f"must be a mapping, not {describe(value)}")
            return False
        allowed = {*required, *optional}
        for name in value:
            if name not in allowed:
                self.unknown(key, name, allowed)
        missing = [name for name in required if name not in value]
        if missing:
            self.add(key, f"is missing {', '.join(missing)}", sorted(allowed))
        return not missing


def describe(value: object) -> str:
    """A value as a business person would recognise it in the file."""
    if value is None:
        return "empty"
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    return repr(value) if isinstance(value, str) else str(value)
