"""Offers put to debtors. Their terms never change, so they are kept as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from bot.debt.arrangements import Frequency, Instalment, Kind, Offer, Terms
from bot.debt.money import Money
from bot.debt.party import AccountReference
from bot.storage.tables import offers
from bot.storage.transaction import Transaction

_ON_TABLE = "on_table"
_BY_ID = offers.c.offer_id == bindparam("offer_id")
_GET = select(offers).where(_BY_ID)
_STATUS = select(offers.c.status).where(_BY_ID)
_OPEN = (
    select(offers)
    .where(
        and_(
            offers.c.account == bindparam("account"),
            offers.c.status == _ON_TABLE,
            offers.c.expires_on >= bindparam("day"),
        )
    )
    .order_by(offers.c.made_at, offers.c.position)
)
_NEXT = (
    select(func.coalesce(func.max(offers.c.position), 0) + 1)
    .where(offers.c.account == bindparam("of_account"))
    .scalar_subquery()
)
_PUT = insert(offers).values(position=_NEXT)
_CLOSE = (
    update(offers)
    .where(offers.c.offer_id.in_(bindparam("offer_ids", expanding=True)))
    .values(status=bindparam("new_status"))
)


class SqlOffers:
    """See `bot.services.unit_of_work.Offers`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def on_table(self, account: AccountReference, on: date) -> Sequence[Offer]:
        return [_to_offer(row) for row in self._tx.read(_OPEN, {"account": account, "day": on})]

    def get(self, offer_id: str) -> Offer | None:
        row = self._tx.read(_GET, {"offer_id": offer_id}).first()
        return _to_offer(row) if row else None

    def status(self, offer_id: str) -> str | None:
        found = self._tx.read(_STATUS, {"offer_id": offer_id}).scalar()
        return None if found is None else str(found)

    def put(self, offer: Offer) -> None:
        """Put an offer on the table, after those already there."""
        row = {
            "offer_id": offer.offer_id,
            "account": offer.account,
            "of_account": offer.account,
            "terms": from_terms(offer.terms),
            "balance_minor": offer.balance.minor,
            "currency": offer.balance.currency,
            "made_at": offer.made_at,
            "expires_on": offer.expires_on,
            "status": _ON_TABLE,
        }
        self._tx.write(_PUT, row)

    def close(self, offer_ids: Iterable[str], status: str) -> None:
        chosen = list(offer_ids)
        if chosen:
            self._tx.write(_CLOSE, {"offer_ids": chosen, "new_status": status})


def _to_offer(row: Any) -> Offer:
    return Offer(
        offer_id=row.offer_id,
        account=AccountReference(row.account),
        terms=to_terms(row.terms, row.currency),
        balance=Money(row.balance_minor, row.currency),
        made_at=row.made_at,
        expires_on=row.expires_on,
    )


def from_terms(terms: Terms) -> dict[str, Any]:
    return {
        "kind": terms.kind.value,
        "frequency": terms.frequency.value,
        "schedule": [[each.due_on.isoformat(), each.amount.minor] for each in terms.schedule],
        "saving": terms.saving.minor,
        "rule_id": terms.rule_id,
        "edition": terms.edition,
    }


def to_terms(stored: Mapping[str, Any], currency: str) -> Terms:
    return Terms(
        kind=Kind(stored["kind"]),
        frequency=Frequency(stored["frequency"]),
        schedule=tuple(
            Instalment(date.fromisoformat(due_on), Money(minor, currency))
            for due_on, minor in stored["schedule"]
        ),
        saving=Money(stored["saving"], currency),
        rule_id=stored["rule_id"],
        edition=stored["edition"],
    )
