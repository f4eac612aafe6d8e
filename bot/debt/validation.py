"""The validation notice's arithmetic: what was owed on one day, and how it became what is owed now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.debt.accounts import Account
from bot.debt.money import Money


@dataclass(frozen=True)
class Itemised:
    """`amount_then` plus interest and fees, less `paid_since`, is what is owed now."""

    dated_on: date
    amount_then: Money
    interest: Money
    fees: Money
    paid_since: Money

    @property
    def amount_now(self) -> Money:
        """What is owed now."""
        return self.amount_then + self.interest + self.fees - self.paid_since


def itemised(account: Account, payments: Iterable[tuple[date, Money]]) -> Itemised:
    """The debt from its last payment on, or from the day on which it began when there was none.

    The portfolio names no balance of an earlier day: its interest and fees count as added since.
    """
    dated_on = account.last_payment_on or account.opened_on
    paid = Money.zero(account.currency)
    for paid_on, amount in payments:
        if paid_on > dated_on:
            paid = paid + amount
    balance = account.balance
    return Itemised(dated_on, balance.principal + paid, balance.interest, balance.fees, paid)
