"""Arrangements: a plan, a settlement or payment in full, each with its schedule to the day and cent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum

from bot.debt.money import Money, total
from bot.debt.party import AccountReference


class Kind(str, Enum):
    """What was agreed. Payment in full is a payment plan of one instalment (stored as payment_plan)."""

    PAYMENT_PLAN = "payment_plan"
    SETTLEMENT = "settlement"


class Frequency(str, Enum):
    """How often an instalment falls due; `once`: a single payment; `irregular`: days the debtor named."""

    ONCE = "once"
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    SEMIMONTHLY = "semimonthly"
    MONTHLY = "monthly"
    IRREGULAR = "irregular"


class InstalmentStatus(str, Enum):
    """State of one instalment."""

    DUE = "due"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    MISSED = "missed"


class ArrangementStatus(str, Enum):
    """State of an arrangement. ACTIVE and LATE are open; the rest are final."""

    ACTIVE = "active"
    LATE = "late"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Instalment:
    """One payment that falls due on a day."""

    due_on: date
    amount: Money
    paid: Money | None = None
    status: InstalmentStatus = InstalmentStatus.DUE


@dataclass(frozen=True)
class Terms:
    """What is offered or agreed: the schedule sums to `total`; with `saving`, to the balance."""

    kind: Kind
    frequency: Frequency
    schedule: tuple[Instalment, ...]
    saving: Money
    rule_id: str
    edition: str  # rulebook edition in force when it was computed

    @property
    def total(self) -> Money:
        """What the debtor pays in all."""
        return total([i.amount for i in self.schedule], self.saving.currency)

    @property
    def is_full_payment(self) -> bool:
        """One payment of the whole balance."""
        return len(self.schedule) == 1 and not self.saving

    @property
    def first_due_on(self) -> date:
        """Day of the first payment."""
        return self.schedule[0].due_on

    @property
    def last_due_on(self) -> date:
        """Day of the last payment."""
        return self.schedule[-1].due_on


@dataclass(frozen=True)
class Offer:
    """Terms put to the debtor: held in the database, valid to the end of `expires_on`."""

    offer_id: str
    account: AccountReference
    terms: Terms
    balance: Money  # the account's balance when it was made: if that changed, the offer is stale
    made_at: datetime
    expires_on: date


@dataclass(frozen=True)
class Arrangement:
    """Agreed terms and how they are going."""

    arrangement_id: str
    account: AccountReference
    terms: Terms
    status: ArrangementStatus
    agreed_at: datetime
    date_changes: int = 0

    @property
    def is_open(self) -> bool:
        """Still to be kept."""
        return self.status in (ArrangementStatus.ACTIVE, ArrangementStatus.LATE)

    def next_instalment(self) -> Instalment | None:
        """The earliest instalment not yet fully paid."""
        return next((i for i in self.terms.schedule if i.status is not InstalmentStatus.PAID), None)

    def with_schedule(self, schedule: tuple[Instalment, ...]) -> Arrangement:
        """The same arrangement with its instalments replaced."""
        return replace(self, terms=replace(self.terms, schedule=schedule))
