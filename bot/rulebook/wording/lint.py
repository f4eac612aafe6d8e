"""Checking whole files of texts: Rasa responses, rulebook texts in two languages, canned replies, plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.debt.contact_gate import Purpose
from bot.rulebook.errors import Problem
from bot.rulebook.reading import read_yaml
from bot.rulebook.schema import LANGUAGES
from bot.rulebook.wording.check import FORBIDDEN, Finding, Wording

_ALTERNATION = re.compile(r"\[\[([^\[\]]*)\]\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FORMS = 3
# Prefixes of names that say what a text is for; everything else answers what the person wrote.
_PURPOSES = {
    "utter_distress": Purpose.CRISIS,
    "utter_time_barred": Purpose.RIGHTS_NOTICE,  # that a debt can no longer be claimed in court
    "notice_": Purpose.RIGHTS_NOTICE,
    "utter_notice_": Purpose.RIGHTS_NOTICE,
}


@dataclass(frozen=True)
class Text:
    """One text of a file."""

    file: str
    name: str
    language: str
    text: str
    purpose: Purpose
    channel: str | None = None


@dataclass(frozen=True)
class LintFinding:
    """What is wrong with a text, and where it holds: every jurisdiction when the law has nothing to do with it."""

    file: str
    name: str
    language: str
    finding: Finding
    jurisdictions: tuple[str, ...]

    def __str__(self) -> str:
        where = f" [{', '.join(self.jurisdictions)}]" if self.jurisdictions else ""
        return f"{self.file}: {self.name} ({self.language}): {self.finding.severity}: {self.finding.message}{where}"


def lint(
    paths: Iterable[Path], wording: Wording, jurisdictions: Sequence[str]
) -> tuple[list[LintFinding], list[Problem]]:
    """Check every text of some files for some jurisdictions.

    Returns:
        What is wrong with the texts, and with the files themselves.
    """
    found: list[LintFinding] = []
    problems: list[Problem] = []
    for path in paths:
        texts, problem = read_texts(path)
        problems += [problem] if problem is not None else []
        found += _missing_languages(texts)
        for text in texts:
            found += _findings(text, wording, jurisdictions)
    return found, problems


def _findings(text: Text, wording: Wording, jurisdictions: Sequence[str]) -> list[LintFinding]:
    """Findings of one text in every form of address, each once, with the jurisdictions where it holds."""
    where: dict[tuple[str, str], tuple[Finding, list[str]]] = {}
    for code in jurisdictions:
        for form in _forms(text.text):
            names = frozenset(_PLACEHOLDER.findall(form))
            for finding in wording.check(
                form, text.language, code, text.purpose, channel=text.channel, placeholders=names
            ):
                _, codes = where.setdefault((finding.rule_id, finding.message), (finding, []))
                if finding.fact_id is not None and code not in codes:
                    codes.append(code)
    return [
        LintFinding(text.file, text.name, text.language, finding, tuple(codes))
        for finding, codes in where.values()
    ]


def _forms(text: str) -> list[str]:
    """The text in each form of address."""

    def form(number: int) -> str:
        def choose(match: re.Match[str]) -> str:
            options = match.group(1).split("|")
            return options[min(number, len(options) - 1)]

        return _ALTERNATION.sub(choose, text)

    return list(dict.fromkeys(form(number) for number in range(_FORMS)))


def _missing_languages(texts: Sequence[Text]) -> list[LintFinding]:
    spoken: dict[tuple[str, str], set[str]] = {}
    for text in texts:
        spoken.setdefault((text.file, text.name), set()).add(text.language)
    return [
        LintFinding(
            file, name, language, Finding("language", FORBIDDEN, "there is no text in this language"), ()
        )
        for (file, name), languages in spoken.items()
        for language in LANGUAGES
        if language not in languages and not file.endswith(".txt")
    ]


def read_texts(path: Path) -> tuple[list[Text], Problem | None]:
    """Every text of a file: Rasa's `responses:`, any mapping with `es` and `en`, or a whole .txt file."""
    if path.suffix == ".txt":
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            return [], Problem(path.name, "", f"cannot be read as UTF-8 text: {error}")
        return [Text(path.name, path.stem, _guess(text), text, _purpose(path.stem))], None
    content, problem = read_yaml(path)
    if problem is not None:
        return [], problem
    if isinstance(content, Mapping) and isinstance(content.get("responses"), Mapping):
        return list(_responses(path.name, content["responses"])), None
    return list(_pairs(path.name, "", content)), None


def _responses(file: str, responses: Mapping[str, Any]) -> Iterator[Text]:
    for name, entries in responses.items():
        for entry in entries or ():
            conditions = {each["name"]: each["value"] for each in entry.get("condition", ())}
            for language in [conditions["language"]] if "language" in conditions else LANGUAGES:
                yield Text(file, name, language, entry["text"], _purpose(name), entry.get("channel"))


def _pairs(file: str, key: str, node: Any) -> Iterator[Text]:
    if isinstance(node, Mapping):
        texts = {language: node[language] for language in LANGUAGES if isinstance(node.get(language), str)}
        for language, text in texts.items():
            yield Text(file, key, language, text, _purpose(key.rpartition(".")[2]))
        for name, value in node.items():
            if name not in texts:
                yield from _pairs(file, f"{key}.{name}" if key else str(name), value)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            name = value.get("id", number) if isinstance(value, Mapping) else number
            yield from _pairs(file, f"{key}.{name}", value)


def _purpose(name: str) -> Purpose:
    return next((purpose for start, purpose in _PURPOSES.items() if name.startswith(start)), Purpose.REPLY)


def _guess(text: str) -> str:
    """The language of a loose text, by its commonest words."""
    words = re.findall(r"\w+", text.lower())
    spanish = sum(
        word in ("de", "la", "el", "que", "en", "su", "por", "para", "con", "los") for word in words
    )
    english = sum(
        word in ("the", "of", "to", "and", "your", "you", "in", "for", "is", "we") for word in words
    )
    return "en" if english > spanish else "es"
