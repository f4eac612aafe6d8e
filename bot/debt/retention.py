"""How long the record of a debtor is kept, and when nothing stands against erasing it any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.debt.party import DebtorId
from bot.debt.schedules import add_months

_DAYS = {"day": 1.0, "week": 7.0, "business_day": 1.4}


@dataclass(frozen=True)
class Keep:
    """One duty to keep records, ours or a law's: so long after the last activity."""

    rule_id: str
    n: int
    unit: str  # day | business_day | week | month | year

    def until(self, last: date) -> date:
        """The day on which it ends."""
        if self.unit in ("month", "year"):
            return add_months(last, self.n * (12 if self.unit == "year" else 1))
        return last + timedelta(days=int(self.n * _DAYS[self.unit] + 0.999))


@dataclass(frozen=True)
class File:
    """What stands in the way of erasing a debtor, as far as it is stored.

    Attributes:
        last_activity: a message, an agreement, a promise, a payment; else the last entry of their chain.
        open_cases: rights not yet answered, and cases that wait for a person.
        owes: something is owed on any account.
        is_returned: the creditor took the file back.
    """

    debtor_id: DebtorId
    country: str
    last_activity: date | None
    legal_holds: int = 0
    open_cases: int = 0
    owes: bool = False
    is_returned: bool = False


@dataclass(frozen=True)
class Due:
    """Every period is over and nothing else stands against it: the longest rule, and when it ended."""

    rule_id: str
    since: date


@dataclass(frozen=True)
class Kept:
    """Why the record stays. `until` is None when no day will end it by itself."""

    because: str  # period | legal_hold | open_case | owes | no_activity | no_rule
    rule_id: str | None = None
    until: date | None = None


def decide(file: File, keeps: Sequence[Keep], today: date) -> Due | Kept:
    """Whether a debtor's data are to be erased now.

    Args:
        file: the debtor.
        keeps: every duty to keep in their country; the longest counts.
        today: the business date.
    """
    if not keeps:
        return Kept("no_rule")
    if file.last_activity is None:
        return Kept("no_activity")
    last = file.last_activity
    longest = max(keeps, key=lambda keep: keep.until(last))
    until = longest.until(last)
    if today < until:
        return Kept("period", longest.rule_id, until)
    if file.legal_holds:
        return Kept("legal_hold")
    if file.open_cases:
        return Kept("open_case")
    if file.owes and not file.is_returned:
        return Kept("owes")
    return Due(longest.rule_id, until)
