"""Disclosures: which of the things that have to be said are due now, given what was said before. Facts in, codes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Code(str, Enum):
    """What is said. Each one has its text, `utter_notice_…`, or is part of another."""

    AI = "ai"  # that this is an AI
    HUMAN = "human"  # how to reach a person
    OPT_OUT = "opt_out"  # how to stop messages
    COMPLAINT_BODIES = "complaint_bodies"  # whom to turn to
    MINI_MIRANDA = (
        "mini_miranda"  # a debt collector, who tries to collect a debt and will use what is said for it
    )
    DEBT_COLLECTOR = "debt_collector"  # the short form
    IDENTIFICATION = "identification"  # who writes, for whom, about what, and what the law adds to it
    IDENTIFICATION_SHORT = "identification_short"
    PRIVACY = "privacy"
    VALIDATION = "validation"  # the debt item by item, and until when it can be disputed
    OFFER_PARAMETERS = "offer_parameters"  # what decided a personal offer, and that a person can look at it
    TIME_BARRED = "time_barred"
    DEBT_ADVICE = "debt_advice"
    VERIFICATION = "verification"  # what a dispute brings about
    SETTLEMENT_SURVIVOR = "settlement_survivor"  # whether anything lives on after a settlement
    CERTIFICATE = "certificate"  # the paper that says that it is paid
    PAY_CREDITOR_ONLY = "pay_creditor_only"


class Moment(str, Enum):
    """When something is said."""

    OPENING = "opening"  # our first words in a conversation, to whoever reads them
    ELECTRONIC = "electronic"  # every answer or message of ours to an address or number
    UNASKED = "unasked"  # a message that nobody asked for
    IDENTIFIED = "identified"  # the person is known, before the first word about a debt
    ACCOUNT = "account"  # and it is known which debt this is about
    OFFER = "offer"
    TIME_BARRED = "time_barred"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    SETTLEMENT = "settlement"  # the summary of a reduced sum, before the yes
    AGREEMENT = "agreement"
    PAYMENT = "payment"  # how to pay


class Often(str, Enum):
    """How often, from seldom to always."""

    ACCOUNT = "account"  # once to a person about an account
    CONVERSATION = "conversation"  # once in a conversation
    SESSION = "session"  # once for each identification, which ends after a silence
    MESSAGE = "message"  # every time


# What gives nothing away: it may be said to whoever holds the phone.
BEFORE_IDENTITY = frozenset({Code.AI, Code.HUMAN, Code.OPT_OUT, Code.COMPLAINT_BODIES})
# Moments that can come while nobody is identified; nothing else may be asked for at these.
TO_ANYBODY = frozenset({Moment.OPENING, Moment.ELECTRONIC, Moment.COMPLAINT})
_FREQUENCY = list(Often)


@dataclass(frozen=True)
class Rule:
    """What some facts ask for.

    Attributes:
        facts: the ids of all facts that ask for it.
        each_language: said again in every language that is used.
        covered_by: a longer disclosure that says this too.
        only_collectors: it binds who collects for another, not a creditor who collects its own debt in its own name.
    """

    code: Code
    moment: Moment
    often: Often
    facts: tuple[str, ...]
    each_language: bool = False
    covered_by: Code | None = None
    only_collectors: bool = False


@dataclass(frozen=True)
class Given:
    """One disclosure as it was given. `account` is None when it was said of everything that the person owes."""

    code: Code
    conversation: str
    account: str | None
    language: str
    at: datetime


@dataclass(frozen=True)
class Situation:
    """What is about to be said, and to whom.

    Attributes:
        moments: what the answer is an occasion of.
        account: the debt spoken of, if one was chosen.
        session_since: when the person was identified; None while nobody is.
    """

    moments: frozenset[Moment]
    conversation: str
    account: str | None
    language: str
    session_since: datetime | None

    @property
    def is_identified(self) -> bool:
        """Whether we know who reads it."""
        return self.session_since is not None


@dataclass(frozen=True)
class Due:
    """One disclosure to give now, the moment that it belongs to and the facts that ask for it."""

    code: Code
    moment: Moment
    facts: tuple[str, ...]


def strictest(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """One rule for each code and moment: as often as the facts that ask for most, with all their ids."""
    found: dict[tuple[Code, Moment], Rule] = {}
    for rule in rules:
        key = (rule.code, rule.moment)
        other = found.get(key, rule)
        found[key] = Rule(
            rule.code,
            rule.moment,
            max(rule.often, other.often, key=_FREQUENCY.index),
            tuple(sorted({*rule.facts, *other.facts})),
            rule.each_language or other.each_language,
            # Where one fact wants it by itself, the longer one is not enough.
            rule.covered_by if rule.covered_by is other.covered_by else None,
            rule.only_collectors and other.only_collectors,
        )
    return tuple(sorted(found.values(), key=lambda rule: (_order(rule.moment), rule.code.value)))


def may_be_due(rules: Iterable[Rule], situation: Situation) -> list[Rule]:
    """The rules of this moment; what was said before is not looked at. None: nothing can be due."""
    return [
        rule
        for rule in rules
        if rule.moment in situation.moments and (situation.is_identified or rule.code in BEFORE_IDENTITY)
    ]


def due(rules: Sequence[Rule], situation: Situation, given: Iterable[Given]) -> tuple[Due, ...]:
    """What has to be said now, each thing once, in the order of the moments.

    Args:
        rules: of the jurisdiction, as `strictest` gives them.
        given: all that was said to this person, or in this conversation, in any order.
    """
    before = list(given)
    open_rules = [rule for rule in may_be_due(rules, situation) if not _is_done(rule, situation, before)]
    now = {rule.code for rule in open_rules}
    found: dict[Code, Due] = {}
    for rule in sorted(open_rules, key=lambda rule: (_order(rule.moment), rule.code.value)):
        if rule.covered_by is not None and _is_covered(rule, situation, before, now):
            continue
        first = found.get(rule.code)
        facts = rule.facts if first is None else tuple(sorted({*first.facts, *rule.facts}))
        found[rule.code] = Due(rule.code, rule.moment if first is None else first.moment, facts)
    return tuple(found.values())


def _order(moment: Moment) -> int:
    return list(Moment).index(moment)


def _is_covered(rule: Rule, situation: Situation, before: Sequence[Given], now: set[Code]) -> bool:
    assert rule.covered_by is not None
    if rule.covered_by in now:
        return True
    longer = Rule(rule.covered_by, rule.moment, rule.often, (), rule.each_language)
    return _is_done(longer, situation, before)


def _is_done(rule: Rule, situation: Situation, before: Iterable[Given]) -> bool:
    """Whether it was said often enough already."""
    if rule.often is Often.MESSAGE:
        return False
    return any(_counts(each, rule, situation) for each in before if each.code is rule.code)


def _counts(each: Given, rule: Rule, situation: Situation) -> bool:
    if rule.each_language and each.language != situation.language:
        return False
    if each.account is not None and each.account != situation.account:
        return False
    if rule.often is Often.ACCOUNT:
        return True
    since = situation.session_since
    # While nobody is identified, what was said in the conversation was said.
    in_session = rule.often is not Often.SESSION or since is None or each.at >= since
    return each.conversation == situation.conversation and in_session
