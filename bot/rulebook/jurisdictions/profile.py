"""A merged profile: its facts by path, with who says each of them and how sure we are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bot.rulebook.jurisdictions.merging import ORIGIN, OUR_CHOICE
from bot.rulebook.jurisdictions.schema import SECTIONS

_HEADER = ("jurisdiction", "parent", "name", "as_of", "currency", "languages")


@dataclass(frozen=True)
class Fact:
    """One fact of a profile. `fact_id` is what records and messages name: CO.contact.windows.saturday."""

    path: str
    content: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """The profile that says it."""
        return str(self.content[ORIGIN])

    @property
    def fact_id(self) -> str:
        """Origin and path."""
        return f"{self.origin}.{self.path}"

    @property
    def effect(self) -> str:
        """law | regulator_rule | … | product_default."""
        return str(self.content["effect"])

    @property
    def is_our_choice(self) -> bool:
        """Whether no law stands behind it."""
        return self.effect == OUR_CHOICE

    @property
    def is_verified(self) -> bool:
        """Whether the source says what is written here; a choice of ours needs no source."""
        return bool(self.content.get("verified", True))


@dataclass(frozen=True)
class Profile:
    """One jurisdiction, merged with its parents and with what the deployer set."""

    code: str
    content: Mapping[str, Any]
    parents: tuple[str, ...]  # from the nearest to base
    acknowledged: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def name(self) -> Mapping[str, str]:
        """Its name in Spanish and English."""
        name: Mapping[str, str] = self.content["name"]
        return name

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact."""
        return tuple(self._walk())

    def fact(self, path: str) -> Fact | None:
        """The fact at a path such as contact.inbound."""
        return next((fact for fact in self.facts if fact.path == path), None)

    def under(self, path: str) -> list[Fact]:
        """The facts at a path and below it."""
        return [fact for fact in self.facts if fact.path == path or fact.path.startswith(f"{path}.")]

    @property
    def unverified(self) -> list[Fact]:
        """Facts that counsel has to confirm before anyone relies on them."""
        return [fact for fact in self.facts if not fact.is_verified]

    def _walk(self) -> Iterator[Fact]:
        for name, node in self.content.items():
            if name in _HEADER:
                continue
            if name in SECTIONS:
                for key, inner in node.items():
                    yield from _facts_of(f"{name}.{key}", inner)
            else:
                yield from _facts_of(name, node)


def _facts_of(path: str, node: Any) -> Iterator[Fact]:
    if isinstance(node, list):
        for fact in node:
            yield Fact(f"{path}.{fact['id']}", fact)
    else:
        yield Fact(path, node)
