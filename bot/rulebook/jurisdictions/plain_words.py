"""A profile in plain words, fact by fact, so that counsel can read it, correct it and sign it."""

from __future__ import annotations

import hashlib
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.rulebook.editions import canonical
from bot.rulebook.jurisdictions.labels import ENGLISH, SPANISH, Labels
from bot.rulebook.jurisdictions.merging import GROUP, ORIGIN
from bot.rulebook.jurisdictions.profile import Fact, Profile
from bot.rulebook.jurisdictions.sentences import sentence
from bot.rulebook.jurisdictions.sentences_es import sentence as in_spanish
from bot.rulebook.jurisdictions.translating import Catalogue

SPANISH_SPEAKING = ("ES", "MX", "CO", "CL", "PE", "AR")


def language_of(code: str) -> str:
    """The language in which counsel of a jurisdiction reads: Spanish where it is the country's, else English."""
    return "es" if code.partition("-")[0] in SPANISH_SPEAKING else "en"


def fact_as_data(fact: Fact) -> dict[str, Any]:
    """A fact as a JSON document: what it says in words, its values, and where it comes from."""
    plain = ("text", "effect", "evidence", "verified", "conflict", "source", ORIGIN, GROUP)
    return {
        "fact_id": fact.fact_id,
        "says": sentence(fact),
        "effect": fact.effect,
        "evidence": fact.content["evidence"],
        "verified": fact.is_verified,
        "conflict": fact.content.get("conflict"),
        "source": fact.content["source"],
        "values": {key: value for key, value in fact.content.items() if key not in plain},
    }


def digest_of(profile: Profile) -> str:
    """A hash over everything that a merged profile says: what was signed is what is in force while it is the same."""
    return hashlib.sha256(
        canonical([profile.code, profile.content, profile.acknowledged]).encode()
    ).hexdigest()


def profile_as_lines(
    profile: Profile, printed_on: date | None = None, spanish: Catalogue | None = None
) -> Iterator[str]:
    """A profile as text for counsel.

    Args:
        printed_on: the day of the print.
        spanish: the texts of the facts, when it is to be in Spanish; in English without.
    """
    said = ENGLISH if spanish is None else SPANISH
    content = profile.content
    effects = Counter(said.effects[fact.effect].lower() for fact in profile.facts)
    yield said.head.format(name=profile.name[said.language], code=profile.code, as_of=content["as_of"])
    parents = ", ".join(profile.parents) or said.none
    yield said.counted.format(parents=parents, facts=len(profile.facts), effects=_counted(effects))
    yield said.not_confirmed.format(count=len(profile.unverified))
    if spanish is not None:
        yield from _untranslated(profile, spanish, said)
    yield said.stricter
    for path, title in said.titles.items():
        facts = profile.under(path)
        if facts:
            yield ""
            yield title.upper()
            for fact in facts:
                yield from _fact_lines(fact, said, spanish)
    yield from _closing(profile, printed_on, said, spanish)


def _untranslated(profile: Profile, spanish: Catalogue, said: Labels) -> Iterator[str]:
    missing = spanish.untranslated(profile)
    if missing:
        yield said.untranslated.format(count=len(missing))


def _sentence(fact: Fact, spanish: Catalogue | None) -> str:
    return sentence(fact) if spanish is None else in_spanish(spanish.fact(fact))


def _source(fact: Fact, spanish: Catalogue | None) -> str:
    return str((fact if spanish is None else spanish.fact(fact)).content["source"])


def _fact_lines(fact: Fact, said: Labels, spanish: Catalogue | None) -> Iterator[str]:
    mark = "  " if fact.is_verified else "⚠ "
    yield from _wrapped(f"{mark}{said.effects[fact.effect]}: {_sentence(fact, spanish)}")
    if "conflict" in fact.content:
        conflict = (fact if spanish is None else spanish.fact(fact)).content["conflict"]
        yield from _wrapped(f"      {said.conflict}: {conflict}")
    read = [said.evidence[fact.content["evidence"]]] if fact.content["evidence"] != "none" else []
    known = ", ".join([*read, *([] if fact.is_verified else [said.unconfirmed])])
    yield from _wrapped(f"      [{fact.fact_id}] {known}{': ' if known else ''}{_source(fact, spanish)}")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, 110, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def _closing(
    profile: Profile, printed_on: date | None, said: Labels, spanish: Catalogue | None
) -> Iterator[str]:
    own = [fact for fact in profile.facts if fact.origin == "deployer"]
    if own or profile.acknowledged:
        yield ""
        yield said.by_deployer
        yield from (f"  {fact.path}: {_sentence(fact, spanish)}" for fact in own)
        for each in profile.acknowledged:
            yield said.acknowledged.format(**each)
    yield ""
    yield said.to_be_confirmed
    yield from (f"  ⚠ {fact.fact_id}: {_source(fact, spanish)}" for fact in profile.unverified)
    if not profile.unverified:
        yield said.nothing
    yield ""
    yield said.signature
    printed = "" if printed_on is None else said.printed.format(day=printed_on)
    yield said.digest.format(digest=digest_of(profile), printed=printed)
    if spanish is not None:
        yield said.translation.format(digest=spanish.digest)
    yield said.checked.format(count=len(profile.facts), code=profile.code)
    yield said.corrections
    yield said.signed


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda item: -item[1]))
