"""Checking one text: forbidden words for a jurisdiction and purpose, reading ease, gaps not filled in, length as SMS."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import gsm0338

from bot.debt.contact_gate import Purpose
from bot.rulebook.jurisdictions import Jurisdictions
from bot.rulebook.wording.readability import LONGEST_SENTENCE, readability
from bot.rulebook.wording.rules import ADVISES, WordRule

FORBIDDEN, ADVICE = "forbidden", "advice"
_GAP = re.compile(r"\{(\w*)\}|\[\[.*?\]\]|\bNone\b|\bundefined\b")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ALTERNATION = re.compile(r"\[\[([^\[\]|]*)[^\[\]]*\]\]")
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
# An SMS longer than this many parts costs more than it tells.
_MOST_PARTS = 3
_GSM = gsm0338.Codec()


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a text.

    Attributes:
        rule_id: which rule, such as court, reading_ease or gap.
        severity: "forbidden" must not be sent; "advice" could be better.
        message: what is wrong and what to do instead.
        start, end: where in the text; both 0 when the whole text is meant.
        fact_id: the fact of the jurisdiction that forbids it, if one does.
        says: what is wrong, by language, where a rule of wording.yml says so.
    """

    rule_id: str
    severity: str
    message: str
    start: int = 0
    end: int = 0
    fact_id: str | None = None
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """Checks texts by the rules of wording.yml and the facts of the jurisdictions."""

    rules: tuple[WordRule, ...]
    jurisdictions: Jurisdictions
    _facts: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)

    def check(
        self,
        text: str,
        language: str,
        jurisdiction: str,
        purpose: Purpose | str,
        *,
        channel: str | None = None,
        author: str = "assistant",
        placeholders: Collection[str] | None = None,
    ) -> list[Finding]:
        """Everything that is wrong with a text, what is forbidden first.

        Args:
            text: as it would be sent, or with placeholders.
            language: "es" or "en".
            jurisdiction: a country, or part of one; unknown ones are strict.
            purpose: why it is written; a notice of rights may speak of courts.
            channel: where it goes; "sms" has its length checked.
            author: "assistant", or "person" for what a human agent writes.
            placeholders: names that a template may hold, because they are filled in later; None for a final text.
        """
        found = self._forbidden(text, language, jurisdiction, Purpose(purpose), author)
        found += _gaps(text, placeholders)
        found += _reading(text, language)
        found += _sms(text) if channel == "sms" else []
        return sorted(found, key=lambda finding: (finding.severity != FORBIDDEN, finding.start))

    def _forbidden(
        self, text: str, language: str, jurisdiction: str, purpose: Purpose, author: str
    ) -> list[Finding]:
        plain, places = _plain(_filled(text))
        facts = self._facts_of(jurisdiction)
        found = []
        for rule in self.rules:
            fact = next((facts[path] for path in rule.facts if path in facts), None)
            holds = fact is not None or author in rule.everywhere_by
            if not holds or purpose.value in rule.not_in or author not in rule.only_by:
                continue
            severity = ADVICE if author == "person" and rule.by_people == ADVISES else FORBIDDEN
            # Blanked, not cut out: places stay where they are.
            searched = rule.unless.sub(lambda m: " " * len(m.group()), plain) if rule.unless else plain
            pattern = rule.patterns.get(language)
            for match in pattern.finditer(searched) if pattern is not None else ():
                message = f"{rule.says['en']}: “{match.group().strip()}”. {rule.instead['en']}"
                start, end = places[match.start()], places[match.end() - 1] + 1
                found.append(Finding(rule.rule_id, severity, message, start, end, fact, rule.says))
        return found

    def _facts_of(self, jurisdiction: str) -> dict[str, str]:
        if jurisdiction not in self._facts:
            profile = self.jurisdictions.profile(jurisdiction)
            self._facts[jurisdiction] = {fact.path: fact.fact_id for fact in profile.facts}
        return self._facts[jurisdiction]


def _filled(text: str) -> str:
    """A template as it may be read, every character in its place."""

    def first(match: re.Match[str]) -> str:
        inner = match.group(1)
        return f"  {inner}".ljust(len(match.group()))

    text = _ALTERNATION.sub(first, text)
    return _PLACEHOLDER.sub(lambda match: "x" * len(match.group()), text)


def _plain(text: str) -> tuple[str, list[int]]:
    """Small letters without accents or invisible characters, and where each of them stands in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        for letter in unicodedata.normalize("NFKD", character).lower():
            if unicodedata.combining(letter):
                continue
            letters.append({"’": "'", "‘": "'", "\t": " ", "\u00a0": " "}.get(letter, letter))
            places.append(place)
    return "".join(letters), places


def _gaps(text: str, placeholders: Collection[str] | None) -> list[Finding]:
    found = []
    for match in _GAP.finditer(text):
        name = match.group(1)
        if placeholders is not None and (name in placeholders or match.group().startswith("[[")):
            continue
        message = f"{match.group()} is not filled in"
        if placeholders is not None:
            message = f"{match.group()} is unknown; allowed: {', '.join(sorted(placeholders))}"
        found.append(Finding("gap", FORBIDDEN, message, match.start(), match.end()))
    return found


def _reading(text: str, language: str) -> list[Finding]:
    sample = _PLACEHOLDER.sub("Ana", _ALTERNATION.sub(lambda match: match.group(1), text))
    measured = readability(sample, language)
    found = []
    if not measured.is_easy(language):
        message = f"hard to read ({measured.score} of 100): use shorter sentences and commoner words"
        found.append(Finding("reading_ease", ADVICE, message))
    if measured.longest_sentence > LONGEST_SENTENCE[language]:
        message = f"a sentence of {measured.longest_sentence} words: make two of it"
        found.append(Finding("long_sentence", ADVICE, message))
    return found


def _sms(text: str) -> list[Finding]:
    parts = sms_parts(text)
    if parts <= _MOST_PARTS:
        return []
    return [Finding("sms_length", ADVICE, f"{parts} SMS parts; up to {_MOST_PARTS} are fine: say less")]


@lru_cache(maxsize=1024)
def sms_parts(text: str) -> int:
    """How many parts an SMS has: 160 characters of the GSM alphabet, or 70 of any other; fewer when there are several."""
    try:
        length, one, several = len(_GSM.encode(text)[0]), 160, 153
    except UnicodeError:
        length, one, several = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // several)
