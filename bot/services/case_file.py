"""One account as `aldia show` prints it: what is owed, agreed and promised, what holds, who wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement, Kind
from bot.debt.holds import FORBIDS_OFFERS, Hold
from bot.debt.money import Money
from bot.debt.party import AccountReference
from bot.debt.promises import Promise, PromiseStatus

if TYPE_CHECKING:
    from bot.services.unit_of_work import UnitOfWork, UnitOfWorkFactory

SegmentOf = Callable[["UnitOfWork", Account], str]


class UnknownAccount(Exception):
    """There is no account with that reference."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"there is no account {reference}")


def show(
    reference: str, uow_factory: UnitOfWorkFactory, today: date, segment_of: SegmentOf
) -> dict[str, Any]:
    """One account with everything around it, ready for JSON; amounts as decimal strings.

    Args:
        reference: the account's, in any case.
        uow_factory: opens one transaction for reading.
        today: the business date, for the days past due.
        segment_of: the rulebook's segment of an account; called within the transaction.

    Raises:
        UnknownAccount: there is none.
    """
    with uow_factory(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        if account is None:
            raise UnknownAccount(reference)
        holds = uow.holds.in_force(account.debtor_id, account.reference)
        arrangement = uow.arrangements.open_for(account.reference) or uow.arrangements.latest_for(
            account.reference
        )
        promises = uow.promises.of_account(account.reference)
        return {
            "account_reference": account.reference,
            "creditor": account.creditor,
            "status": status_of(account, holds, arrangement, promises),
            "balance": _money(account.balance.total),
            "segment": segment_of(uow, account),
            "days_past_due": account.days_past_due(today),
            "holds": [{"kind": hold.kind.value, "placed_at": hold.placed_at.isoformat()} for hold in holds],
            "arrangement": _arrangement(arrangement) if arrangement is not None else None,
            "promises": [
                {
                    "amount": str(each.amount.decimal),
                    "due_on": each.due_on.isoformat(),
                    "status": each.status.value,
                }
                for each in promises
            ],
            "conversations": [
                {
                    "id": each.conversation_id,
                    "channel": each.channel,
                    "owner": each.owner.value,
                    "disposition": each.disposition.value if each.disposition is not None else None,
                }
                for each in uow.conversations.of_debtor(account.debtor_id)
            ],
        }


def status_of(
    account: Account, holds: Sequence[Hold], arrangement: Arrangement | None, promises: Sequence[Promise]
) -> str:
    """One word for where an account stands: settled, held, on_settlement, on_plan, promised or open.

    A hold that forbids offers outweighs an agreement; one that only stops what we send does not.
    """
    if account.is_settled:
        return "settled"
    if any(hold.kind in FORBIDS_OFFERS for hold in holds):
        return "held"
    if arrangement is not None and arrangement.is_open:
        return "on_settlement" if arrangement.terms.kind is Kind.SETTLEMENT else "on_plan"
    if any(each.status is PromiseStatus.OPEN for each in promises):
        return "promised"
    return "held" if holds else "open"


def _arrangement(arrangement: Arrangement) -> dict[str, Any]:
    terms = arrangement.terms
    return {
        "kind": terms.kind.value,
        "status": arrangement.status.value,
        "total": str(terms.total.decimal),
        "saving": str(terms.saving.decimal),
        "frequency": terms.frequency.value,
        "schedule": [
            {
                "due_on": each.due_on.isoformat(),
                "amount": str(each.amount.decimal),
                "status": each.status.value,
            }
            for each in terms.schedule
        ],
    }


def _money(amount: Money) -> dict[str, str]:
    return {"amount": str(amount.decimal), "currency": amount.currency}
