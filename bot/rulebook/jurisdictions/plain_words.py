"""A profile in plain words, fact by fact, so that counsel can read it, correct it and sign it."""

from __future__ import annotations

import hashlib
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from bot.rulebook.editions import canonical
from bot.rulebook.jurisdictions.merging import GROUP, ORIGIN
from bot.rulebook.jurisdictions.profile import Fact, Profile
from bot.rulebook.jurisdictions.sentences import sentence

_TITLES = {
    "scope": "Who is bound",
    "contact.timezone": "Whose clock",
    "contact.windows": "Hours: unasked messages go out only within these",
    "contact.closed_days": "Days without contact",
    "contact.exceptions": "Exceptions to hours and days",
    "contact.inbound": "Answers to what the person writes",
    "frequency": "How often",
    "channels": "Channels",
    "disclosures": "What has to be said, and when",
    "ai_disclosure": "Saying that it is an AI",
    "identity": "Identity and third parties",
    "opt_out": "Stopping messages",
    "cease_triggers": "What stops collection",
    "disputes": "Disputes and complaints",
    "hardship": "Hardship and vulnerability",
    "human_agent": "A person",
    "agreements": "Agreements",
    "fees": "Fees and discounts",
    "conversation_rules": "What is said and what is not",
    "prohibited": "Prohibited conduct",
    "records": "Records to keep",
    "data_rights": "Data protection",
    "recording": "Recording",
    "credit_bureau": "Credit bureaus",
    "limitation": "Prescription",
    "crisis": "Help lines",
    "debt_help": "Debt advice",
    "complaints": "Where to complain",
    "pending": "Changes to come",
    "overlays": "Stricter places inside",
}
_EFFECTS = {
    "law": "LAW",
    "regulator_rule": "REGULATOR'S RULE",
    "presumption": "PRESUMPTION",
    "guidance": "GUIDANCE",
    "industry_practice": "INDUSTRY PRACTICE",
    "platform_policy": "PLATFORM POLICY",
    "product_default": "OUR CHOICE",
    "bill": "BILL",
    "repealed": "REPEALED",
    "fact": "FACT",
}
_EVIDENCE = {
    "primary": "text read",
    "secondary": "summary read",
    "memory": "from memory",
}


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


def profile_as_lines(profile: Profile, printed_on: date | None = None) -> Iterator[str]:
    """A profile as text for counsel."""
    content = profile.content
    effects = Counter(_EFFECTS[fact.effect].lower() for fact in profile.facts)
    yield f"{profile.name['en']} ({profile.code}), as of {content['as_of']}"
    yield f"Parents: {', '.join(profile.parents) or 'none'}. Facts: {len(profile.facts)} ({_counted(effects)})."
    yield f"Not confirmed: {len(profile.unverified)}; they are marked ⚠ and listed at the end."
    yield "Where two profiles speak of the same thing, the stricter holds. Not legal advice."
    for path, title in _TITLES.items():
        facts = profile.under(path)
        if facts:
            yield ""
            yield title.upper()
            for fact in facts:
                yield from _fact_lines(fact)
    yield from _closing(profile, printed_on)


def _fact_lines(fact: Fact) -> Iterator[str]:
    mark = "  " if fact.is_verified else "⚠ "
    yield from _wrapped(f"{mark}{_EFFECTS[fact.effect]}: {sentence(fact)}")
    if "conflict" in fact.content:
        yield from _wrapped(f"      Sources disagree: {fact.content['conflict']}")
    read = [_EVIDENCE[fact.content["evidence"]]] if fact.content["evidence"] != "none" else []
    known = ", ".join([*read, *([] if fact.is_verified else ["NOT CONFIRMED"])])
    yield from _wrapped(f"      [{fact.fact_id}] {known}{': ' if known else ''}{fact.content['source']}")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, 110, subsequent_indent="      ", break_long_words=False, break_on_hyphens=False
    )


def _closing(profile: Profile, printed_on: date | None) -> Iterator[str]:
    own = [fact for fact in profile.facts if fact.origin == "deployer"]
    if own or profile.acknowledged:
        yield ""
        yield "SET BY THE DEPLOYER"
        yield from (f"  {fact.path}: {sentence(fact)}" for fact in own)
        for each in profile.acknowledged:
            yield f"  {each['fact']} acknowledged by {each['by']} on {each['dated']}: {each['because']}"
    yield ""
    yield "TO BE CONFIRMED BEFORE ANYONE RELIES ON IT"
    yield from (f"  ⚠ {fact.fact_id}: {fact.content['source']}" for fact in profile.unverified)
    if not profile.unverified:
        yield "  Nothing."
    yield ""
    yield "SIGNATURE"
    yield f"  Profile {digest_of(profile)}{f', printed on {printed_on}' if printed_on is not None else ''}"
    yield f"  I have checked the {len(profile.facts)} facts of {profile.code} against the law in force on: ____________"
    yield "  Corrections: ______________________________________________________________"
    yield "  Name, bar number, signature: ______________________________________________"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items(), key=lambda item: -item[1]))
