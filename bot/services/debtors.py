"""Finding a debtor for a person at a terminal: by an account's reference or by their id."""

from __future__ import annotations

from bot.debt.party import AccountReference, DebtorId
from bot.services.case_file import UnknownAccount
from bot.services.unit_of_work import UnitOfWork


class UnknownDebtor(Exception):
    """There is no debtor with that id."""

    def __init__(self, debtor_id: str) -> None:
        super().__init__(f"there is no debtor {debtor_id}")


def find(uow: UnitOfWork, reference: str | None = None, debtor_id: str | None = None) -> DebtorId:
    """The debtor of an account, or the one with that id.

    Raises:
        UnknownAccount, UnknownDebtor: there is none.
    """
    if reference is not None:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        if account is None:
            raise UnknownAccount(reference)
        return account.debtor_id
    wanted = DebtorId((debtor_id or "").strip())
    if uow.debtors.get(wanted) is None:
        raise UnknownDebtor(wanted)
    return wanted
