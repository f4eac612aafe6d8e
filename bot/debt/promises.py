"""A promise to pay: an amount by a date, outside any plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from bot.debt.money import Money
from bot.debt.party import AccountReference


class PromiseStatus(str, Enum):
    """How a promise went. OPEN becomes KEPT (paid by the day), LATE (paid after it) or BROKEN; WITHDRAWN by the debtor."""

    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Promise:
    """What was promised for one account."""

    promise_id: str
    account: AccountReference
    amount: Money
    due_on: date
    status: PromiseStatus
    made_at: datetime
