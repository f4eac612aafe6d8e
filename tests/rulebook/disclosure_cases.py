"""Worked examples of disclosures: reads the sentences of rulebook/cases/disclosures and asks the core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from bot.debt.disclosures import Code, Due, Given, Moment, Situation, due
from bot.rulebook.jurisdictions import Jurisdictions
from bot.rulebook.reading import read_yaml
from tests.rulebook.cases import DIRECTORY

_NOW = datetime(2026, 3, 11, 11, 0, tzinfo=timezone.utc)
_IDENTIFIED = _NOW - timedelta(minutes=5)
# When a thing was said: in this session, in an earlier one of this conversation, or in another conversation.
_WHEN = {"session": ("C-1", _NOW), "earlier": ("C-1", _NOW - timedelta(days=2)), "elsewhere": ("C-2", _NOW)}


@dataclass(frozen=True)
class DisclosureCase:
    """One worked example as written, with what its file says for all."""

    file: str
    sentence: str
    content: Mapping[str, Any]


def read_disclosure_cases() -> Iterator[DisclosureCase]:
    """Every worked example of disclosures."""
    for path in sorted((DIRECTORY / "cases" / "disclosures").glob("*.yml")):
        content, problem = read_yaml(path)
        assert problem is None, problem
        for node in content["cases"]:
            yield DisclosureCase(path.name, node["case"], {**content["defaults"], **node})


def asked(case: DisclosureCase, jurisdictions: Jurisdictions) -> tuple[Due, ...]:
    """What the core says is due."""
    node = case.content
    situation = Situation(
        frozenset(map(Moment, node["moments"])),
        "C-1",
        "A-1",
        node["language"],
        _IDENTIFIED if node.get("is_identified", True) else None,
    )
    given = [_given(each, node["language"]) for each in node.get("given", ())]
    return due(jurisdictions.disclosures(node["jurisdiction"]), situation, given)


def _given(node: Mapping[str, Any], language: str) -> Given:
    conversation, at = _WHEN[node.get("when", "session")]
    return Given(
        Code(node["code"]), conversation, node.get("account", "A-1"), node.get("language", language), at
    )


def in_words(told: tuple[Due, ...]) -> Any:
    """What is due as cases write it."""
    return {each.code.value: list(each.facts) for each in told} or "nothing"
