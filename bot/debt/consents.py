"""Consents: who authorised which channel, when and how; the newest word on a channel is the one that holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.debt.party import DebtorId


class How(str, Enum):
    """How a consent came to us. Stored words: never rename one."""

    PORTFOLIO = "portfolio"  # the creditor's file says so
    SAID = "said"  # in the conversation; `by` is the message
    DESK = "desk"  # a person entered it; `by` is who
    WRITTEN = "written"  # a letter or a form; `by` is who entered it


class Use(str, Enum):
    """What a consent is for. Stored words: never rename one."""

    CONTACT = "contact"  # to be written to there about the debt
    AGREEMENT = "agreement"  # only about the payments of an agreement in force


@dataclass(frozen=True)
class Consent:
    """One authorisation, or the end of one. Rows are only ever added.

    Attributes:
        creditor: for whom; None means every creditor.
        at: when the person gave it or took it back.
        recorded_at: when we learned of it.
        by: the message in which it was said, or who entered it.
        proof: where the proof is kept: a form's number, a recording, the text that was answered.
        text_version: which text the person agreed to.
    """

    consent_id: str
    debtor_id: DebtorId
    creditor: str | None
    channel: str
    use: Use
    is_given: bool
    at: datetime
    recorded_at: datetime
    how: How
    by: str | None = None
    proof: str | None = None
    text_version: str | None = None


@dataclass(frozen=True)
class Standing:
    """What holds now.

    Attributes:
        contact: channels authorised for everything.
        agreement: channels authorised for messages about an agreement in force.
        stopped: channels that the person took back: not used unasked, whether a law asks for consent or not.
    """

    contact: frozenset[str]
    agreement: frozenset[str]
    stopped: frozenset[str]


def standing(consents: Iterable[Consent], creditor: str | None, preferred: str | None) -> Standing:
    """What a person's consents come to.

    Args:
        consents: all of the person's, in any order.
        creditor: for whom we write. None: not known, and then no creditor's consent may have been taken back.
        preferred: the channel that the portfolio names as preferred. It counts as authorised as long as neither the
            creditor's file nor the person has said anything about consents.
    """
    known = sorted(_without_old_files(consents), key=_order)
    stated_by_file = any(each.how is How.PORTFOLIO for each in known)
    found: dict[Use, set[str]] = {use: set() for use in Use}
    stopped = set()
    for use in Use:
        for channel in {each.channel for each in known if each.use is use}:
            last = _last_words([c for c in known if c.channel == channel and c.use is use], creditor)
            if last and all(each.is_given for each in last):
                found[use].add(channel)
            elif use is Use.CONTACT and any(not c.is_given and c.how is not How.PORTFOLIO for c in last):
                stopped.add(channel)
    is_silent = not any(c.channel == preferred and c.use is Use.CONTACT for c in known)
    if preferred is not None and is_silent and not stated_by_file:
        found[Use.CONTACT].add(preferred)
    return Standing(
        frozenset(found[Use.CONTACT]), frozenset(found[Use.AGREEMENT] - stopped), frozenset(stopped)
    )


def _without_old_files(consents: Iterable[Consent]) -> list[Consent]:
    """Of what a creditor's files say only the newest counts, whatever day it names."""
    newest: dict[tuple[str | None, str, Use], Consent] = {}
    others = []
    for each in sorted(consents, key=lambda consent: (consent.recorded_at, consent.consent_id)):
        if each.how is How.PORTFOLIO:
            newest[each.creditor, each.channel, each.use] = each
        else:
            others.append(each)
    return [*newest.values(), *others]


def _last_words(known: Sequence[Consent], creditor: str | None) -> list[Consent]:
    """The newest word for a creditor, or for each of them when it is not known for whom; oldest first given."""
    if creditor is not None:
        known = [each for each in known if each.creditor in (None, creditor)]
        return list(known[-1:])
    newest: dict[str | None, Consent] = {}
    for each in known:
        if each.creditor is None:
            newest = {}
        newest[each.creditor] = each
    return list(newest.values())


def _order(consent: Consent) -> tuple[datetime, datetime, bool, str]:
    # Of two words of one instant the one that takes back comes last, and holds.
    return consent.at, consent.recorded_at, not consent.is_given, consent.consent_id
