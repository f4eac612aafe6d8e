"""Runs the readers over one message in the order that lets the surest claim its words first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from . import picks, references
from .contact_wishes import read_contact_wishes
from .dates import date_entities, find_dates
from .documents import read_documents
from .installments import Plan, find_frequency, find_installments
from .locales import guess_country
from .model import Entity, Source
from .numbers import prepare
from .operative import read_amounts
from .text import fold

_LONGEST = 2000
_EACH_MONTH_DAY = re.compile(
    r"\b(?:de cada mes|de todos los meses|(?:every|each) month|(?:cada|todos los) (?:mes|meses|dia"
    r"|dias) (?:el )?\d)"
)
_THEIRS = re.compile(
    r"(?:propuesta|oferta|offer|proposal|instead of|rather than|en vez de|en lugar de|\bno|\bnot"
    r"|proponeis|ofreceis|ofrecen)(?: (?:de|of|the|las|los|in|en|a|me))* ?$"
)


def _plan_entities(source: Source, plans: list[Plan]) -> Iterator[Entity]:
    counts = [p for p in plans if p.kind == "installments"]
    own = [p for p in counts if not _THEIRS.search(source.text[: p.start])] or counts
    rhythms = [p for p in plans if p.kind == "frequency"]
    for plan in own[-1:] + rhythms[:1]:
        yield source.entity(plan.kind, plan.value, plan.start, plan.end, plan.confidence)


def _identity(source: Source) -> list[Entity]:
    found = list(references.read_emails(source))
    found += references.read_last_four(source)
    found += references.read_postal_codes(source)
    found += read_documents(source)
    if any(c.isdigit() for c in source.text):
        found += references.read_references(source)
        found += references.read_phones(source)
    return found


def extract(text: str, *, country: str | None, language: str, today: date) -> list[Entity]:
    """Read the entities of one message.

    Args:
        text: The message as received.
        country: ISO code of the debtor's country; None to go by the words.
        language: "es" or "en"; anything else is read by the country.
        today: Reference date for "mañana" and its kin.

    Returns:
        Entities in order of mention.
    """
    text = text[:_LONGEST]
    if language not in ("es", "en"):
        language = "en" if country in ("US", "GB", "IE", "AU", "CA", "NZ") else "es"
    is_known = country is not None
    if country is None:
        country, is_known = guess_country(fold(text), language)
    source = prepare(text, language, country, today)
    source.is_country_known = is_known
    found = _identity(source)
    found += read_contact_wishes(source)
    found += picks.read_times(source)
    found += picks.read_fractions(source)
    found += picks.read_bare_ordinal(source)
    # "el 5 de cada mes" is a date and a rhythm: the date must see its words before the rhythm claims them
    hits = find_dates(source) if _EACH_MONTH_DAY.search(source.text) else []
    plans = find_frequency(source) + find_installments(source)
    hits += find_dates(source)
    found += date_entities(source, hits)
    found += picks.read_choices(source)
    found += references.read_bare_identity(source, found)
    amounts, plans = read_amounts(source, plans)
    found += amounts
    found += _plan_entities(source, plans)
    return _unique(found)


def _unique(found: list[Entity]) -> list[Entity]:
    """Drop repeats such as a rhythm said twice."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for entity in sorted(found, key=lambda e: (e.start, e.end)):
        key = (entity.kind, repr(entity.value))
        if key not in seen:
            seen.add(key)
            kept.append(entity)
    return kept
