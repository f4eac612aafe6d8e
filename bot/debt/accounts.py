"""An account: one debt of one debtor to one creditor, and what is outstanding on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId


@dataclass(frozen=True)
class Balance:
    """What is outstanding, by part. Payments reduce fees first, then interest, then principal."""

    principal: Money
    interest: Money
    fees: Money

    @property
    def total(self) -> Money:
        """All that is owed today."""
        return self.principal + self.interest + self.fees

    def reduced_by(self, paid: Money) -> Balance:
        """The balance after a payment of at most the total."""
        left = []
        for part in (self.fees, self.interest, self.principal):
            taken = Money(min(part.minor, paid.minor), part.currency)
            left.append(part - taken)
            paid = paid - taken
        return Balance(fees=left[0], interest=left[1], principal=left[2])


@dataclass(frozen=True)
class Account:
    """One debt as the portfolio states it, with what was paid since."""

    reference: AccountReference
    creditor: str
    debtor_id: DebtorId
    country: str
    product: str
    balance: Balance
    opened_on: date
    due_on: date
    last_payment_on: date | None
    installments_broken: int

    @property
    def currency(self) -> str:
        """ISO 4217 code of the balance."""
        return self.balance.principal.currency

    @property
    def is_settled(self) -> bool:
        """Nothing is owed."""
        return self.balance.total.minor <= 0

    def days_past_due(self, today: date) -> int:
        """Days since the due date; 0 before it or when nothing is owed."""
        return 0 if self.is_settled else max(0, (today - self.due_on).days)
