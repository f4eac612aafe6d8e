"""Verdicts: the answer to a proposal, a promise or a new due date, each with the rule it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.debt.arrangements import Arrangement, Terms
from bot.debt.money import Money
from bot.debt.proposals import Proposal


class Reason(str, Enum):
    """Why an answer is not a plain yes."""

    TOO_LOW = "too_low"
    TOO_LONG = "too_long"
    TOO_LATE_START = "too_late_start"
    INSTALMENT_TOO_SMALL = "instalment_too_small"
    DOWN_PAYMENT_NEEDED = "down_payment_needed"
    LEAVES_A_REST = "leaves_a_rest"  # the payments named do not add up to what is owed
    MORE_THAN_OWED = "more_than_owed"
    NOT_POSITIVE = "not_positive"
    DATE_IN_THE_PAST = "date_in_the_past"
    DATE_TOO_FAR = "date_too_far"
    OTHER_CURRENCY = "other_currency"
    NOTHING_OWED = "nothing_owed"
    NO_DISCOUNT_HERE = "no_discount_here"
    NO_PLAN_HERE = "no_plan_here"
    NO_PROMISE_HERE = "no_promise_here"
    TOO_MANY_BROKEN = "too_many_broken"
    FREQUENCY_NOT_OFFERED = "frequency_not_offered"
    BETTER_ON_TABLE = "better_on_table"  # we already offered the debtor something cheaper
    NO_FIGURE = "no_figure"  # asked for a discount or a plan without a figure
    NO_MORE_CHANGES = "no_more_changes"
    NOT_OPEN = "not_open"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Accepted:
    """The rules allow what was proposed, at the debtor's own figures."""

    terms: Terms
    rule_id: str


@dataclass(frozen=True)
class Countered:
    """The nearest that the rules allow."""

    terms: Terms
    rule_id: str
    reason: Reason


@dataclass(frozen=True)
class Declined:
    """The proposal makes no sense as it stands; `correction` is the figure to tell."""

    reason: Reason
    rule_id: str
    correction: Money | int | date | None = None


@dataclass(frozen=True)
class NeedsApproval:
    """Sensible but beyond the rules with nothing near to offer, or the debtor insists: a person decides."""

    proposal: Proposal
    rule_id: str
    reason: Reason


Verdict = Accepted | Countered | Declined | NeedsApproval


@dataclass(frozen=True)
class PromiseAllowed:
    """The promise can be noted as it is."""

    amount: Money
    due_on: date
    rule_id: str


@dataclass(frozen=True)
class PromiseTooFar:
    """The day is later than promises may lie."""

    latest: date
    rule_id: str


@dataclass(frozen=True)
class PromiseTooSmall:
    """The amount is below the smallest promise worth noting."""

    minimum: Money
    rule_id: str


@dataclass(frozen=True)
class PromiseNotAllowed:
    """No promise can be noted; `correction` is the figure to tell, if there is one."""

    reason: Reason
    rule_id: str
    correction: Money | date | None = None


PromiseVerdict = PromiseAllowed | PromiseTooFar | PromiseTooSmall | PromiseNotAllowed


@dataclass(frozen=True)
class Moved:
    """The arrangement with one instalment on its new day."""

    arrangement: Arrangement
    rule_id: str


@dataclass(frozen=True)
class NotMoved:
    """The day stays; `latest` is the last day it could be moved to, if any."""

    reason: Reason
    rule_id: str
    latest: date | None = None
