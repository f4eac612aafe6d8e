"""The rules of wording.yml: patterns of words, with the facts that forbid them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.debt.contact_gate import Purpose
from bot.rulebook.errors import Problem, Problems, describe
from bot.rulebook.reading import read_yaml
from bot.rulebook.schema import LANGUAGES

FILE = "wording.yml"
_REQUIRED = ("id", "says", "instead", "by_people", "facts", *LANGUAGES)
_OPTIONAL = ("not_in", "unless", "only_by", "everywhere_by")
STOPS, ADVISES = "stops", "advises"
_AUTHORS = ("assistant", "person")


@dataclass(frozen=True)
class WordRule:
    """Words that must not be used, and where.

    Attributes:
        says, instead: what is wrong and what to write instead, by language.
        by_people: "stops" a message that a person writes, or "advises" its writer.
        facts: paths of facts; the rule holds in a jurisdiction that has one of them.
        not_in: purposes for which the words are fine.
        only_by: who must not use them: the assistant, a person, or both.
        everywhere_by: for whom it holds also where no fact asks for it.
    """

    rule_id: str
    says: Mapping[str, str]
    instead: Mapping[str, str]
    by_people: str
    facts: tuple[str, ...]
    not_in: frozenset[str]
    only_by: frozenset[str]
    everywhere_by: frozenset[str]
    patterns: dict[str, re.Pattern[str]]
    unless: re.Pattern[str] | None


def load_wording(path: Path) -> tuple[tuple[WordRule, ...], Any, list[Problem]]:
    """Every rule of a wording file, its content, and what is wrong with it."""
    content, problem = read_yaml(path)
    if problem is not None:
        return (), None, [problem]
    out, rules = Problems(FILE), []
    if out.keys("", content, ["rules"]):
        for number, node in enumerate(content["rules"] or ()):
            rule = _rule(f"rules[{number}]", node, out)
            rules += [rule] if rule is not None else []
    return tuple(rules), content, out.found


def _rule(key: str, node: Any, out: Problems) -> WordRule | None:
    before = len(out.found)
    if not out.keys(key, node, _REQUIRED, _OPTIONAL):
        return None
    for name in ("facts", *LANGUAGES, *_OPTIONAL):
        value = node.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            out.add(f"{key}.{name}", f"must be a list of texts, not {describe(value)}")
    for name in ("says", "instead"):
        out.keys(f"{key}.{name}", node[name], LANGUAGES)
    if node["by_people"] not in (STOPS, ADVISES):
        out.add(f"{key}.by_people", f"is {describe(node['by_people'])}", (STOPS, ADVISES))
    if len(out.found) > before:
        return None
    purposes = [each.value for each in Purpose]
    for name, allowed in (("not_in", purposes), ("only_by", _AUTHORS), ("everywhere_by", _AUTHORS)):
        for value in node.get(name, ()):
            if value not in allowed:
                out.add(f"{key}.{name}", f"is {describe(value)}", allowed)
    patterns = {language: _pattern(f"{key}.{language}", node[language], out) for language in LANGUAGES}
    unless = _pattern(f"{key}.unless", node["unless"], out) if node.get("unless") else None
    if len(out.found) > before:
        return None
    return WordRule(
        node["id"],
        dict(node["says"]),
        dict(node["instead"]),
        node["by_people"],
        tuple(node["facts"]),
        frozenset(node.get("not_in", ())),
        frozenset(node.get("only_by", _AUTHORS)),
        frozenset(node.get("everywhere_by", ())),
        {language: pattern for language, pattern in patterns.items() if pattern is not None},
        unless,
    )


def _pattern(key: str, alternatives: list[str], out: Problems) -> re.Pattern[str] | None:
    for number, alternative in enumerate(alternatives):
        try:
            _compiled(alternative)
        except re.error as error:
            out.add(f"{key}[{number}]", f"is no regular expression: {error}")
            return None
    return _compiled("|".join(f"(?:{alternative})" for alternative in alternatives)) if alternatives else None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
