"""The print for counsel in Spanish: every fact translated or counted, nothing stale, no English around the facts."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rulebook import Rulebook
from bot.rulebook.check import check
from bot.rulebook.jurisdictions import STRICT, Jurisdictions, load_jurisdictions
from bot.rulebook.jurisdictions.labels import ENGLISH, SPANISH
from bot.rulebook.jurisdictions.plain_words import (
    SPANISH_SPEAKING,
    fact_as_data,
    language_of,
    profile_as_lines,
)
from bot.rulebook.jurisdictions.profile import Fact
from bot.rulebook.jurisdictions.schema import (
    ACTIONS,
    CHANNELS,
    COUNTS,
    EFFECTS,
    EVIDENCE,
    SCOPES,
    STATUSES,
    UNITS,
    WHEN,
    Code,
    HoldKind,
    Moment,
    Often,
    Purpose,
)
from bot.rulebook.jurisdictions.sentences_es import sentence
from bot.rulebook.jurisdictions.translating import FILE, mark_of
from bot.rulebook.jurisdictions.words_es import WORDS
from tests.properties.gates import PROFILES, jurisdictions
from tests.rulebook.cases import DIRECTORY

CATALOGUE: dict[str, Any] = yaml.safe_load((PROFILES / FILE).read_text(encoding="utf-8"))
# Words that only a print in English has; sources keep the language in which they were noted.
ENGLISH_WORDS = (
    *(
        "Facts",
        "Parents",
        "Sources disagree",
        "NOT CONFIRMED",
        "SIGNATURE",
        "Corrections",
        "as of",
        "printed on",
    ),
    *(
        "text read",
        "summary read",
        "every channel",
        "at most",
        "calendar day",
        "Must",
        "May",
        "Hold",
        "until",
        "from",
    ),
    *(
        "We say",
        "business day",
        "once",
        "may be used",
        "the person",
        "the debtor",
        "yes",
        "Free of",
        "Authority",
    ),
    *(title.upper() for title in ENGLISH.titles.values()),
    *(effect for effect in ENGLISH.effects.values()),
)


def printed(found: Jurisdictions, code: str) -> str:
    """The print in Spanish."""
    return "\n".join(profile_as_lines(found.profile(code), spanish=found.spanish))


def of_deployer(tmp_path: Path, catalogue: str, **files: str) -> tuple[Jurisdictions | None, list[str]]:
    """Our profiles with a deployer's files and texts over them."""
    for name, content in files.items():
        (tmp_path / f"{name}.yml").write_text(content, encoding="utf-8")
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(catalogue, encoding="utf-8")
    found, problems = load_jurisdictions(PROFILES, tmp_path)
    return found, [str(problem) for problem in problems]


# -- complete ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*SPANISH_SPEAKING, STRICT])
def test_every_fact_that_counsel_reads_in_spanish_is_translated(code: str) -> None:
    assert jurisdictions().spanish.untranslated(jurisdictions().profile(code)) == []
    assert "(en inglés)" not in printed(jurisdictions(), code)


def test_no_translation_is_of_an_english_that_has_changed_since() -> None:
    assert jurisdictions().spanish.changed == ()
    known = {fact.fact_id: fact for each in jurisdictions().profiles.values() for fact in each.facts}
    for fact_id, entry in CATALOGUE["facts"].items():
        mark = mark_of(known[fact_id]) if fact_id in known else None
        assert mark is None or "of" in entry, f"{fact_id}: of: {mark}"


def test_every_closed_word_has_spanish() -> None:
    for enum in (Code, HoldKind, Purpose):
        assert {each.value for each in enum} <= WORDS.keys()
    assert set(CHANNELS) <= WORDS.keys()
    assert SPANISH.titles.keys() == ENGLISH.titles.keys()
    assert list(SPANISH.titles) == list(ENGLISH.titles)
    assert SPANISH.effects.keys() == ENGLISH.effects.keys() == set(EFFECTS)
    assert SPANISH.evidence.keys() == ENGLISH.evidence.keys() == set(EVIDENCE) - {"none"}


@pytest.mark.parametrize(
    ("path", "key", "words", "rest"),
    [
        ("channels.sms", "status", STATUSES, {}),
        ("disclosures.x", "when", WHEN, {"content": ["x"]}),
        ("cease_triggers.x", "action", ACTIONS, {"holds": [], "until": "x"}),
        ("frequency.x", "counts", COUNTS,
         {"channels": ["all"], "max": 2, "per": {"n": 1, "unit": "week"}, "scope": "debt", "kind": "calendar"}),
        ("frequency.x", "scope", SCOPES,
         {"channels": ["sms"], "max": 1, "per": {"n": 7, "unit": "day"}, "counts": "attempt", "after": "conversation"}),
        ("opt_out.deadline", "duration", [{"n": n, "unit": unit} for unit in UNITS for n in (0, 1, 2)], {}),
        ("identity.x", "discloses", [[{"code": "ai", "moment": each.value, "often": "account"}] for each in Moment], {}),
        ("identity.x", "discloses", [[{"code": "ai", "moment": "offer", "often": each.value}] for each in Often], {}),
    ],
)  # fmt: skip
def test_every_word_that_a_fact_may_hold_has_a_sentence(
    path: str, key: str, words: list[Any], rest: dict[str, Any]
) -> None:
    said = [sentence(Fact(path, {**rest, key: word})) for word in words]
    assert all(said)
    assert not any("_" in each for each in said)


# -- the print -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SPANISH_SPEAKING)
def test_a_print_in_spanish_names_every_fact_and_has_no_english_label(code: str) -> None:
    profile = jurisdictions().profile(code)
    text = printed(jurisdictions(), code)
    assert all(f"[{fact.fact_id}]" in text for fact in profile.facts)
    assert text.count("⚠") == 2 * len(profile.unverified) + 1
    assert jurisdictions().spanish.digest in text
    own = "\n".join(said_by_us(text))
    found = [word for word in ENGLISH_WORDS if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", own)]
    assert found == []


def said_by_us(text: str) -> list[str]:
    """A print without its sources: from the id of a fact to the next fact, and the list of what is not confirmed."""
    lines, is_source = [], False
    for line in text.splitlines():
        if line.startswith("      ["):
            is_source = not re.match(r"      \[Decimos", line)
        elif not line.startswith("      "):
            is_source = line.startswith("  ⚠ ")
        if not is_source:
            lines.append(line)
    return lines


def test_the_language_is_that_of_the_jurisdiction() -> None:
    assert {code for code in jurisdictions().codes() if language_of(code) == "es"} == set(SPANISH_SPEAKING)


def test_a_print_of_another_country_in_spanish_counts_and_marks_what_is_in_english() -> None:
    text = printed(jurisdictions(), "GB")
    missing = jurisdictions().spanish.untranslated(jurisdictions().profile("GB"))
    assert missing
    assert SPANISH.untranslated.format(count=len(missing)) in text
    assert "(en inglés)" in text


def test_machines_get_the_english_of_the_profile() -> None:
    found = jurisdictions()
    without = Jurisdictions(found.profiles, found.digest, found.anywhere)
    for one, other in zip(found.profile("CO").facts, without.profile("CO").facts, strict=True):
        assert fact_as_data(one) == fact_as_data(other)
        assert one.content.get("text") is None or one.content["text"].strip() in fact_as_data(one)["says"]


# -- the file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("catalogue", "said"),
    [
        ("facts: {CO.scope.nobody: {text: x}}", "es.yml (deployer): facts: unknown key 'CO.scope.nobody'"),
        ("facts: {CO.scope.constitutional: {txt: x}}",
         "es.yml (deployer): facts.CO.scope.constitutional: unknown key 'txt' (did you mean text?)"),
        ("facts: {CO.scope.constitutional: {text: [x]}}", "facts.CO.scope.constitutional.text: must have as many texts"),
        ("facts: {CO.disclosures.identify: {content: [x]}}",
         "facts.CO.disclosures.identify.content: must have as many texts as the English: 3"),
        ("facts: {CO.scope.constitutional: {text: ''}}", "facts.CO.scope.constitutional.text: must be a text"),
        ("facts: {CO.scope.constitutional: x}", "facts.CO.scope.constitutional: must be a mapping"),
        ("facts: [x]", "facts: must be a mapping"),
        ("words: [x]", "words: must be a mapping"),
        ("words: {Nobody says this.: x}", "words.Nobody says this.: stands in no fact"),
        ("words: {national: 1}", "words.national: must be a text"),
        ("palabras: {}", "es.yml (deployer): unknown key 'palabras'"),
        ("[]", "es.yml (deployer): must be a mapping"),
        ("a: [", "es.yml"),
    ],
)  # fmt: skip
def test_a_wrong_catalogue_is_refused_with_file_and_key(tmp_path: Path, catalogue: str, said: str) -> None:
    found, problems = of_deployer(tmp_path, catalogue)
    assert found is None
    assert any(said in line for line in problems), problems


def test_a_deployer_brings_texts_of_own_facts_and_better_ones_of_ours(tmp_path: Path) -> None:
    own = """
jurisdiction: ES
frequency: [{id: messages_per_day, max: 2}]
prohibited:
  - {id: misfortune, answers: [complaint]}
  - {id: ours, text: "No jokes.", effect: industry_practice, evidence: none, source: "Our board, 2026"}
"""
    catalogue = """
facts:
  ES.prohibited.ours: {label: Bromas, text: "Sin bromas."}
  ES.prohibited.misfortune: {text: "Nada de aprovechar desgracias."}
"""
    found, problems = of_deployer(tmp_path, catalogue, ES=own)
    assert problems == []
    assert found is not None
    text = printed(found, "ES")
    assert "Sin bromas." in text
    assert "Nada de aprovechar desgracias." in text
    assert found.spanish.untranslated(found.profile("ES")) == []
    assert found.spanish.digest != jurisdictions().spanish.digest
    assert found.spanish.untranslated(found.profile("MX")) == []


def test_a_translation_of_an_english_that_has_changed_is_not_printed(tmp_path: Path) -> None:
    folder = tmp_path / "rulebook"
    shutil.copytree(DIRECTORY, folder)
    profile = folder / "jurisdictions" / "CO.yml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(
        text.replace("The Constitutional Court upheld it.", "The Court upheld most of it."), encoding="utf-8"
    )
    found = Rulebook.load(folder).jurisdictions
    assert "The Court upheld most of it. (en inglés)" in printed(found, "CO")
    assert found.spanish.untranslated(found.profile("CO")) == ["CO.scope.constitutional"]
    fact = found.profile("CO").fact("scope.constitutional")
    assert fact is not None
    lines = check(folder).spanish
    assert lines[0] == "CO: without Spanish: 1 (CO.scope.constitutional)"
    assert f"(of: {mark_of(fact)})" in lines[1]


def test_profiles_without_a_catalogue_are_printed_in_english_with_a_mark(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    shutil.copytree(PROFILES, folder, ignore=shutil.ignore_patterns(FILE.parts[0]))
    found, problems = load_jurisdictions(folder)
    assert problems == []
    assert found is not None
    assert "(en inglés)" in printed(found, "CO")
    assert found.digest == jurisdictions().digest, "words for counsel are no rules: the edition stays"
