"""Reports for compliance: are offers and outcomes alike for groups of people, and how do conversations end."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.debt.limits import SegmentFacts
from bot.debt.money import Money
from bot.services.records_port import Contact, OfferMade

if TYPE_CHECKING:
    from bot.services.application import Application

_Z = 1.959964  # 95 %
SMALLEST = 30  # people below which a difference says nothing
_REFUSED = {"REFUSED_TO_PAY"}
_DIMENSIONS = ("segment", "country", "language", "channel")


@dataclass(frozen=True)
class Rate:
    """How many of how many, with the 95 % Wilson interval of the share."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """The share observed."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence."""
        if not self.of:
            return (0.0, 1.0)
        n, p, z2 = self.of, self.count / self.of, _Z * _Z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return (max(0.0, middle - half), min(1.0, middle + half))

    def differs_from(self, other: Rate) -> bool:
        """Whether both are large enough to say so and their intervals do not touch."""
        if min(self.of, other.of) < SMALLEST:
            return False
        (low, high), (other_low, other_high) = self.interval, other.interval
        return high < other_low or other_high < low


@dataclass(frozen=True)
class Row:
    """One group of one dimension: its rates, and which of them differ from those of everybody else."""

    dimension: str
    group: str
    people: int
    rates: Mapping[str, Rate]
    average_discount: float | None  # share of the balance, over the accounts that were offered one
    differing: tuple[str, ...]


@dataclass(frozen=True)
class _Case:
    """One account in one conversation, with what it was offered and what came of it."""

    groups: Mapping[str, str]
    debtor_id: str
    is_true: Mapping[str, bool]
    discount: float | None


def fairness(app: Application, since: datetime | None, until: datetime | None) -> list[Row]:
    """Offers and outcomes by segment, country, language, channel and every loaded attribute.

    Args:
        since, until: the period (not including `until`); everything when None.
    """
    with app.unit_of_work(write=False) as uow:
        contacts = uow.reports.contacts(since, until)
        offers, agreed = uow.reports.offers(since, until), uow.reports.agreed(since, until)
        attributes = uow.reports.attributes()
    of_account: dict[str, list[OfferMade]] = defaultdict(list)
    for offer in offers:
        of_account[offer.account].append(offer)
    names = sorted({name for values in attributes.values() for name in values})
    measured = [
        _case(app, contact, of_account[contact.account], contact.account in agreed, attributes, names)
        for contact in contacts
    ]
    return [row for name in (*_DIMENSIONS, *names) for row in _rows(name, measured)]


def _case(
    app: Application,
    contact: Contact,
    offers: Sequence[OfferMade],
    is_agreed: bool,
    attributes: Mapping[Any, Mapping[str, str]],
    names: Sequence[str],
) -> _Case:
    own = attributes.get(contact.debtor_id, {})
    discounts = [offer.saving_minor / offer.balance_minor for offer in offers if offer.balance_minor]
    best = max(discounts, default=0.0)
    return _Case(
        groups={
            "segment": _segment(app, contact),
            "country": contact.country,
            "language": contact.language,
            "channel": contact.channel,
            **{name: own.get(name, "(unknown)") for name in names},
        },
        debtor_id=contact.debtor_id,
        is_true={
            "offered": bool(offers),
            "discount_offered": best > 0,
            "agreed": is_agreed,
            "handed_off": contact.disposition == "HANDED_OFF",
            "refused": contact.disposition in _REFUSED,
        },
        discount=best if best > 0 else None,
    )


def _segment(app: Application, contact: Contact) -> str:
    day = contact.seen_on
    facts = SegmentFacts(
        creditor=contact.creditor,
        days_past_due=(day - contact.due_on).days,
        balance=Money(contact.balance_minor, contact.currency),
        installments_broken=0,
        promises_broken=0,
        open_accounts=1,
        in_hardship=False,
    )
    return str(app.rulebook.segment(facts, day).segment)


def _rows(dimension: str, measured: Sequence[_Case]) -> list[Row]:
    groups: dict[str, list[_Case]] = defaultdict(list)
    for each in measured:
        groups[each.groups[dimension]].append(each)
    rows = []
    for group, members in sorted(groups.items()):
        others = [each for each in measured if each.groups[dimension] != group]
        rates, rest = _rates(members), _rates(others)
        discounts = [each.discount for each in members if each.discount is not None]
        rows.append(
            Row(
                dimension,
                group,
                len({each.debtor_id for each in members}),
                rates,
                sum(discounts) / len(discounts) if discounts else None,
                tuple(name for name, rate in rates.items() if rate.differs_from(rest[name])),
            )
        )
    return rows


def _rates(cases: Sequence[_Case]) -> dict[str, Rate]:
    offered = [each for each in cases if each.is_true["offered"]]

    def rate(name: str, among: Sequence[_Case]) -> Rate:
        return Rate(sum(each.is_true[name] for each in among), len(among))

    return {
        "offered": rate("offered", cases),
        "discount_offered": rate("discount_offered", offered),
        "agreed": rate("agreed", offered),
        "handed_off": rate("handed_off", cases),
        "refused": rate("refused", cases),
    }


def outcomes(app: Application, since: datetime | None, until: datetime | None) -> list[dict[str, Any]]:
    """How conversations ended, over all and by channel and language, with counts and shares."""
    with app.unit_of_work(write=False) as uow:
        found = uow.reports.dispositions(since, until)
    tables: list[dict[str, Any]] = []
    ways: list[tuple[str, Callable[[str, str], str]]] = [
        ("all", lambda channel, language: "all"),
        ("channel", lambda channel, language: channel),
        ("language", lambda channel, language: language),
    ]
    for dimension, group_of in ways:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for channel, language, disposition, count in found:
            counts[group_of(channel, language)][disposition or "OPEN"] += count
        for group, counter in sorted(counts.items()):
            total = sum(counter.values())
            for disposition, count in counter.most_common():
                rate = Rate(count, total)
                tables.append(
                    {"dimension": dimension, "group": group, "disposition": disposition, "rate": rate}
                )
    return tables
