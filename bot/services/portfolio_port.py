"""What a portfolio import needs from storage: looking up and writing many debtors and accounts at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.debt.accounts import Account, Balance
from bot.debt.party import AccountReference, Debtor, DebtorId, IdentityRecord


@dataclass(frozen=True)
class PortfolioPerson:
    """A debtor as a row of the portfolio states them."""

    debtor: Debtor
    identity: IdentityRecord
    document_type: str | None


@dataclass(frozen=True)
class PortfolioAccount:
    """An account as it shall be stored, the figures that the portfolio states, and a hash of its row."""

    account: Account
    stated: Balance
    row_hash: str


@dataclass(frozen=True)
class KnownPerson:
    """A stored debtor and which import named them last."""

    person: PortfolioPerson
    last_import: str | None
    is_erased: bool = False


@dataclass(frozen=True)
class KnownAccount:
    """A stored account, the figures that the portfolio stated last, and which import named it last."""

    account: Account
    stated: Balance | None
    row_hash: str | None
    last_import: str | None


class Portfolio(Protocol):
    """Debtors and accounts in bulk. `run` names one import: two rows of one file must not contradict."""

    def accounts(self, references: Iterable[AccountReference]) -> Mapping[AccountReference, KnownAccount]:
        """Stored accounts among these, held to the end of the transaction."""

    def people(self, debtor_ids: Iterable[DebtorId]) -> Mapping[DebtorId, KnownPerson]:
        """Stored debtors among these, held to the end of the transaction."""

    def add_people(self, people: Sequence[PortfolioPerson], run: str) -> None: ...
    def change_people(self, people: Sequence[PortfolioPerson], run: str) -> None: ...
    def add_accounts(self, added: Sequence[PortfolioAccount], run: str) -> None: ...
    def change_accounts(self, changed: Sequence[PortfolioAccount], run: str) -> None: ...
    def mark_seen(
        self, references: Sequence[AccountReference], debtor_ids: Sequence[DebtorId], run: str
    ) -> None:
        """Note that this import named them and left them as they were."""
