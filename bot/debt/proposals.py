"""Proposals: what a debtor offered, as understood, and the circumstances in which it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.debt.accounts import Account
from bot.debt.arrangements import Frequency, Terms
from bot.debt.limits import Limits
from bot.debt.money import Money


@dataclass(frozen=True)
class Position:
    """Everything that a decision may look at: the same position always gets the same answer."""

    account: Account
    limits: Limits
    rung: int
    table: tuple[Terms, ...]  # terms already put to the debtor and still valid
    today: date
    affordable: Money | None = None  # per month, as the debtor stated

    @property
    def balance(self) -> Money:
        """What is owed in all."""
        return self.account.balance.total

    @property
    def table_in_force(self) -> tuple[Terms, ...]:
        """Terms on the table that still fit the balance and the calendar; the rest are stale."""
        return tuple(
            t
            for t in self.table
            if t.saving.currency == self.balance.currency
            and t.total + t.saving == self.balance
            and t.first_due_on >= self.today
        )


@dataclass(frozen=True)
class Proposal:
    """What the debtor proposed; any part may be missing, nothing is guessed before `decide`.

    `installments` with a down payment or a share counts the payments after that first one. `due_on` beside a
    share is the day of the second part. `parts` are payments in order; no day means now (the first) or a
    month later, no amount means the rest.
    """

    amount: Money | None = None
    installments: int | None = None
    frequency: Frequency | None = None
    starts_on: date | None = None
    due_on: date | None = None
    share: Decimal | None = None  # 0.5 = half of the balance
    down_payment: Money | None = None
    parts: tuple[tuple[date | None, Money | None], ...] = ()
    wants_settlement: bool = False  # said that this closes the debt
    is_per_instalment: bool | None = (
        None  # None: not said whether `amount` is one of several payments or all of them
    )
    insists: bool = False  # knows the nearest that the rules allow and asks again

    @property
    def money(self) -> tuple[Money, ...]:
        """Every amount it names."""
        named = [self.amount, self.down_payment, *(amount for _, amount in self.parts)]
        return tuple(m for m in named if m is not None)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day it names."""
        return tuple(
            d for d in (self.starts_on, self.due_on, *(day for day, _ in self.parts)) if d is not None
        )

    @property
    def is_empty(self) -> bool:
        """Names nothing that could be decided."""
        return not (
            self.money
            or self.days
            or self.parts
            or self.wants_settlement
            or self.share is not None
            or self.installments is not None
            or self.frequency is not None
        )
