"""The rows that a conversation left, read by plain statements."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bench.simulation.world import World
from bot.audit.tables import audit_entries
from bot.debt.holds import HoldKind
from bot.services.unit_of_work import InboundMessage, OutboundMessage
from bot.storage.tables import accounts, arrangements, conversations, holds, instalments, offers

_ALL = 100_000


@dataclass(frozen=True)
class HoldRow:
    """A hold, in force from one moment to another."""

    kind: HoldKind
    debtor_id: str
    account: str | None
    placed_at: datetime
    lifted_at: datetime | None

    def holds_at(self, at: datetime) -> bool:
        """Whether it was in force."""
        return self.placed_at <= at and (self.lifted_at is None or at < self.lifted_at)

    def covers(self, account: str | None) -> bool:
        """Whether it is about an account: one on the person is about all."""
        return self.account is None or self.account == account


@dataclass(frozen=True)
class Entry:
    """One entry of the record."""

    chain: str
    seq: int
    at: datetime
    tag: str
    payload: dict[str, Any]
    message_id: str | None


@dataclass(frozen=True)
class Rows:
    """Everything that is judged."""

    holds: tuple[HoldRow, ...]
    offers: tuple[Any, ...]
    arrangements: tuple[Any, ...]
    instalments: tuple[Any, ...]
    accounts: dict[str, Any]
    conversations: dict[str, Any]
    inbox: tuple[InboundMessage, ...]
    outbox: tuple[OutboundMessage, ...]
    entries: tuple[Entry, ...]

    def of_tag(self, *tags: str) -> list[Entry]:
        """Entries with one of these tags, as they came."""
        return [entry for entry in self.entries if entry.tag in tags]


def read(world: World) -> Rows:
    """Read them all."""
    with world.app.unit_of_work(write=False) as uow:
        connection = uow.connection  # type: ignore[attr-defined]

        def all_of(table: Any) -> tuple[Any, ...]:
            return tuple(connection.execute(select(table)))

        found = connection.execute(
            select(audit_entries).order_by(audit_entries.c.at, audit_entries.c.chain, audit_entries.c.seq)
        )
        entries = tuple(
            Entry(r.chain, r.seq, _instant(r.at), r.tag, json.loads(r.payload), r.message_id) for r in found
        )
        talks = {r.conversation_id: r for r in all_of(conversations)}
        # Their texts are encrypted in the table.
        messages = [m for talk_id in talks for m in uow.transcripts.of(talk_id, _ALL)]
        return Rows(
            holds=tuple(
                HoldRow(HoldKind(r.kind), r.debtor_id, r.account, r.placed_at, r.lifted_at)
                for r in all_of(holds)
            ),
            offers=all_of(offers),
            arrangements=all_of(arrangements),
            instalments=all_of(instalments),
            accounts={r.reference: r for r in all_of(accounts)},
            conversations=talks,
            inbox=tuple(m for m in messages if isinstance(m, InboundMessage)),
            outbox=tuple(m for m in messages if isinstance(m, OutboundMessage)),
            entries=entries,
        )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
