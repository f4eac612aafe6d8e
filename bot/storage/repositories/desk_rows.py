"""The one statement behind the queue: every open case with its conversation, account and debtor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text

from bot.audit.keys import SubjectKeys
from bot.services.desk_port import Waiting
from bot.storage.repositories.accounts import COLUMNS, to_account
from bot.storage.repositories.conversations import to_conversation
from bot.storage.repositories.debtors import to_debtor
from bot.storage.tables import accounts, conversations, debtors, handoffs

_DEBTOR = (
    "debtor_id",
    "full_name",
    "country",
    "language",
    "time_zone",
    "phone",
    "email",
    "preferred_channel",
)
QUEUE = (
    select(
        *conversations.c,
        *(accounts.c[name].label(f"a_{name}") for name in COLUMNS),
        *(debtors.c[name].label(f"d_{name}") for name in _DEBTOR),
        handoffs.c.reason,
        handoffs.c.created_at.label("case_at"),
        handoffs.c.status.label("case_status"),
        handoffs.c.told_at,
        handoffs.c.claimed_at,
        handoffs.c.first_response_at,
    )
    .select_from(
        conversations.join(handoffs)
        .outerjoin(accounts, accounts.c.reference == conversations.c.account)
        .outerjoin(debtors, debtors.c.debtor_id == conversations.c.debtor_id)
    )
    # A text, not a bound status: only so do both engines see that the partial index will do.
    .where(text("handoffs.status <> 'closed'"))
    .order_by(handoffs.c.created_at)
)


class _Part:
    """The columns of a joined row that belong to one table."""

    def __init__(self, row: Any, prefix: str) -> None:
        self._row, self._prefix = row, prefix

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, self._prefix + name)


def to_waiting(rows: Sequence[Any], keys: SubjectKeys) -> Waiting:
    """One conversation from the rows of its open cases, oldest first."""
    first = rows[0]
    account, debtor = _Part(first, "a_"), _Part(first, "d_")
    return Waiting(
        conversation=to_conversation(first, keys),
        account=to_account(account) if first.a_reference is not None else None,
        debtor=to_debtor(debtor, keys) if first.d_full_name is not None else None,
        reasons=tuple(dict.fromkeys(row.reason for row in rows)),
        since=first.case_at,
        told_at=next((row.told_at for row in rows if row.told_at), None),
        claimed_at=next((row.claimed_at for row in rows if row.claimed_at), None),
        first_response_at=next((row.first_response_at for row in rows if row.first_response_at), None),
    )
