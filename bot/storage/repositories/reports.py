"""Rows that reports count: conversations, offers, agreements, attributes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, true

from bot.debt.party import AccountReference, DebtorId
from bot.services.records_port import Contact, OfferMade
from bot.storage.tables import accounts, arrangements, conversations, debtor_attributes, offers
from bot.storage.transaction import Transaction

_SEEN_AT = func.coalesce(conversations.c.last_inbound_at, conversations.c.opened_at)


class SqlReports:
    """See `bot.services.records_port.Reports`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def contacts(self, since: datetime | None, until: datetime | None) -> Sequence[Contact]:
        talk, account = conversations.c, accounts.c
        statement = (
            select(
                talk.conversation_id,
                account.debtor_id,
                account.reference,
                talk.channel,
                talk.language,
                account.country,
                account.creditor,
                account.currency,
                (account.principal_minor + account.interest_minor + account.fees_minor).label(
                    "balance_minor"
                ),
                account.due_on,
                talk.last_inbound_at,
                talk.opened_at,
                talk.disposition,
            )
            .select_from(conversations.join(accounts, talk.account == account.reference))
            .where(_within(_SEEN_AT, since, until))
        )
        return [_to_contact(row) for row in self._tx.read(statement)]

    def offers(self, since: datetime | None, until: datetime | None) -> Sequence[OfferMade]:
        statement = select(offers.c.account, offers.c.terms, offers.c.balance_minor).where(
            _within(offers.c.made_at, since, until)
        )
        return [
            OfferMade(row.account, str(row.terms["kind"]), int(row.terms["saving"]), row.balance_minor)
            for row in self._tx.read(statement)
        ]

    def agreed(self, since: datetime | None, until: datetime | None) -> frozenset[AccountReference]:
        statement = select(arrangements.c.account).where(
            and_(arrangements.c.status != "withdrawn", _within(arrangements.c.agreed_at, since, until))
        )
        return frozenset(self._tx.read(statement).scalars())

    def attributes(self) -> Mapping[DebtorId, Mapping[str, str]]:
        found: dict[DebtorId, dict[str, str]] = defaultdict(dict)
        for row in self._tx.read(select(debtor_attributes)):
            found[DebtorId(row.debtor_id)][row.name] = row.value
        return found

    def dispositions(
        self, since: datetime | None, until: datetime | None
    ) -> Sequence[tuple[str, str, str | None, int]]:
        by = (conversations.c.channel, conversations.c.language, conversations.c.disposition)
        statement = (
            select(*by, func.count()).where(_within(_SEEN_AT, since, until)).group_by(*by).order_by(*by)
        )
        return [tuple(row) for row in self._tx.read(statement)]


def _within(column: Any, since: datetime | None, until: datetime | None) -> Any:
    bounds = [column >= since] if since is not None else []
    bounds += [column < until] if until is not None else []
    return and_(true(), *bounds)


def _to_contact(row: Any) -> Contact:
    seen_at = row.last_inbound_at or row.opened_at
    return Contact(
        conversation_id=row.conversation_id,
        debtor_id=row.debtor_id,
        account=row.reference,
        channel=row.channel,
        language=row.language,
        country=row.country,
        creditor=row.creditor,
        currency=row.currency,
        balance_minor=row.balance_minor,
        due_on=row.due_on,
        seen_on=seen_at.date(),
        disposition=row.disposition,
    )
