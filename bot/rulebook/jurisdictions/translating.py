"""The facts' own texts in another language: read from `texts/LANGUAGE.yml`, checked, put in place of the English."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.rulebook.editions import canonical
from bot.rulebook.errors import Problem, Problems
from bot.rulebook.jurisdictions.merging import ORIGIN
from bot.rulebook.jurisdictions.profile import Fact, Profile
from bot.rulebook.reading import read_yaml

# A folder, because es.yml next to ES.yml would be one file where names differ by more than case only.
FILE = Path("texts") / "es.yml"
LABEL = "label"
# What people read of a fact. Names, hours and sources are printed as they are unless a translation is given.
_TEXTS = ("text", "content", "until", "what", "from", "conflict", "area", "value")
_NAMES = ("name", "hours")
_SOURCE = "source"
# Facts that are introduced by a name, which English makes of their id.
_LABELLED = (
    *("scope", "identity", "opt_out", "disputes", "hardship", "human_agent", "agreements", "fees"),
    *("prohibited", "recording", "credit_bureau", "limitation", "data_rights.deadlines", "data_rights.notes"),
)
_UNLABELLED = ("opt_out.keywords", "opt_out.deadline")
_MARK = "of"
_ANY = ""
_Key = tuple[str, str, str, str]  # profile or any, path, key, English


@dataclass(frozen=True)
class Catalogue:
    """Texts of facts in Spanish. Build it with `read_catalogue`."""

    words: Mapping[str, str]
    texts: Mapping[_Key, str]
    changed: tuple[str, ...] = ()  # what was translated from an English that has changed since

    @property
    def digest(self) -> str:
        """A hash over every translation: counsel signs these words too."""
        said = sorted([*key, text] for key, text in self.texts.items())
        return hashlib.sha256(canonical([dict(self.words), said]).encode()).hexdigest()

    def fact(self, fact: Fact) -> Fact:
        """A fact with its texts in Spanish; what has no translation stays English and says so."""
        content = dict(fact.content)
        for key in (*_TEXTS, *_NAMES, _SOURCE):
            value = content.get(key)
            if isinstance(value, list) and key == "content":
                content[key] = [self._said(fact, key, each) for each in value]
            elif isinstance(value, str):
                content[key] = self._said(fact, key, value)
        label = self._found(fact, LABEL, "")
        if label is None and needs_label(fact):
            label = f"{fact.path.rpartition('.')[2].replace('_', ' ').capitalize()} (en inglés)"
        return Fact(fact.path, content if label is None else {**content, LABEL: label})

    def missing(self, fact: Fact) -> list[str]:
        """The keys of a fact that have no translation."""
        keys = [key for key, english in _texts(fact) if self._found(fact, key, english) is None]
        if needs_label(fact) and self._found(fact, LABEL, "") is None:
            keys.append(LABEL)
        return sorted(set(keys))

    def untranslated(self, profile: Profile) -> list[str]:
        """The facts of a profile that are not wholly in Spanish."""
        return [fact.fact_id for fact in profile.facts if self.missing(fact)]

    def _said(self, fact: Fact, key: str, english: str) -> str:
        found = self._found(fact, key, english)
        if found is not None:
            return found
        return english if key in (*_NAMES, _SOURCE) else f"{english.strip()} (en inglés)"

    def _found(self, fact: Fact, key: str, english: str) -> str | None:
        origin = str(fact.content.get(ORIGIN, ""))
        found = self.texts.get((origin, fact.path, key, english))
        if found is None and (key != LABEL or origin == "deployer"):
            # A fact that was merged or that a deployer changed may still have the words that were translated.
            found = self.texts.get((_ANY, fact.path, key, english))
        return self.words.get(english) if found is None and key != LABEL else found


NONE = Catalogue({}, {})


def needs_label(fact: Fact) -> bool:
    """Whether a fact would be unclear without a name before its value or instead of a text."""
    content, path = fact.content, fact.path
    if path in _UNLABELLED or not any(path == each or path.startswith(f"{each}.") for each in _LABELLED):
        return False
    return "value" in content or "duration" in content or "text" not in content


def mark_of(fact: Fact) -> str | None:
    """A short hash over the English of a fact: a translation names it, and is not printed once it differs.

    None where a fact holds no English text.
    """
    english = [list(each) for each in _texts(fact, (*_TEXTS, *_NAMES))]
    return hashlib.sha256(canonical(english).encode()).hexdigest()[:8] if english else None


def read_catalogue(
    directory: Path, own: Path | None, raw: Mapping[str, Any], changes: Mapping[str, Any]
) -> tuple[Catalogue, list[Problem]]:
    """Our texts, and the deployer's over them. A fact or key that does not exist is a problem.

    Args:
        directory: with our profiles.
        own: with the deployer's files.
        raw: our profiles as read.
        changes: the deployer's files as read.
    """
    words: dict[str, str] = {}
    texts: dict[_Key, str] = {}
    changed: list[str] = []
    problems: list[Problem] = []
    known = _by_id(raw)
    theirs = _by_id(changes)
    both = known | {
        name: Fact(fact.path, {**(known[name].content if name in known else {}), **fact.content})
        for name, fact in theirs.items()
    }
    for folder, facts, name in ((directory, known, FILE.name), (own, both, f"{FILE.name} (deployer)")):
        if folder is None or not (folder / FILE).is_file():
            continue
        content, problem = read_yaml(folder / FILE)
        if problem is not None:
            problems.append(problem)
            continue
        out = Problems(name)
        if out.keys("", content, (), ("words", "facts")):
            words |= _read_words(content.get("words") or {}, facts, out)
            changed += _read_facts(content.get("facts") or {}, facts, texts, out)
        problems += out.found
    return Catalogue(words, texts, tuple(changed)), problems


def _by_id(profiles: Mapping[str, Any]) -> dict[str, Fact]:
    """Every fact of profiles as read, by file and path."""
    found: dict[str, Fact] = {}
    for code, node in profiles.items():
        content = {name: inner for name, inner in node.items() if name != "acknowledged"}
        found |= {f"{code}.{fact.path}": fact for fact in Profile(code, content, ()).facts}
    return found


def _texts(fact: Fact, keys: tuple[str, ...] = _TEXTS) -> Iterator[tuple[str, str]]:
    """What is written in English in a fact, text by text."""
    for key in keys:
        value = fact.content.get(key)
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, list) and key == "content":
            yield from ((key, each) for each in value)


def _read_words(node: Any, facts: Mapping[str, Fact], out: Problems) -> dict[str, str]:
    if not isinstance(node, dict):
        out.add("words", "must be a mapping of English to Spanish")
        return {}
    used = {text for fact in facts.values() for _, text in _texts(fact, (*_TEXTS, *_NAMES, _SOURCE))}
    for english, spanish in node.items():
        if english not in used:
            out.add(f"words.{english}", "stands in no fact")
        if not isinstance(spanish, str) or not spanish.strip():
            out.add(f"words.{english}", "must be a text")
    return node


def _read_facts(node: Any, facts: Mapping[str, Fact], texts: dict[_Key, str], out: Problems) -> list[str]:
    """Put the translations of facts into `texts`; give back which of them are of an English that has changed."""
    changed = []
    if not isinstance(node, dict):
        out.add("facts", "must be a mapping of facts")
        return []
    for fact_id, entry in node.items():
        fact = facts.get(fact_id)
        if fact is None:
            out.unknown("facts", fact_id, facts)
            continue
        english = {key: fact.content[key] for key in (*_TEXTS, *_NAMES) if _is_text(fact, key)}
        if not out.keys(f"facts.{fact_id}", entry, (), (*english, LABEL, _MARK)):
            continue
        code = fact_id.partition(".")[0]
        if entry.get(_MARK, mark_of(fact)) != mark_of(fact):
            changed.append(f"{fact_id} (of: {mark_of(fact) or 'nothing'})")
            continue
        for key, said in entry.items():
            if key == _MARK:
                continue
            for original, spanish in _pairs(f"facts.{fact_id}.{key}", english.get(key, ""), said, out):
                texts[(code, fact.path, key, original)] = spanish
                texts[(_ANY, fact.path, key, original)] = spanish
    return changed


def _is_text(fact: Fact, key: str) -> bool:
    return isinstance(fact.content.get(key), str) or (key == "content" and key in fact.content)


def _pairs(key: str, english: Any, spanish: Any, out: Problems) -> list[tuple[str, str]]:
    ours = english if isinstance(english, list) else [english]
    theirs = spanish if isinstance(spanish, list) else [spanish]
    if isinstance(english, list) != isinstance(spanish, list) or len(ours) != len(theirs):
        out.add(key, f"must have as many texts as the English: {len(ours)}")
        return []
    if not all(isinstance(each, str) and each.strip() for each in theirs):
        out.add(key, "must be a text")
        return []
    return list(zip(ours, theirs, strict=True))
