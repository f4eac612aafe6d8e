"""Proving that the record was not altered: walks every chain in bounded memory and names what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import column, literal, or_, select, table
from sqlalchemy.engine import Connection

from bot.audit.canonical import GENESIS, entry_hash
from bot.audit.tables import audit_entries, audit_head

_BATCH = 1_000


class Fault(str, Enum):
    """What is wrong with an entry or a chain."""

    ALTERED = "altered"  # its content does not give its hash
    REORDERED = "reordered"  # it does not follow the entry before it
    REMOVED = "removed"  # entries are missing before it
    TAIL_REMOVED = "tail_removed"  # entries are missing after it
    CHAIN_REMOVED = "chain_removed"  # a conversation, a debtor or a head without any entry
    HEAD_ALTERED = "head_altered"  # the chain's head does not name its last entry
    CHECKPOINT_ALTERED = "checkpoint_altered"  # its content does not give its hash, or its heads not its root
    CHECKPOINT_REMOVED = "checkpoint_removed"  # checkpoints are missing, or one that was kept outside
    CHECKPOINT_UNSIGNED = "checkpoint_unsigned"  # not signed by a key that can be trusted


@dataclass(frozen=True)
class Finding:
    """One fault, with where it is."""

    chain: str
    seq: int | None
    entry_id: str | None
    fault: Fault
    detail: str

    def __str__(self) -> str:
        place = f"{self.chain}, entry {self.seq} ({self.entry_id})" if self.entry_id else self.chain
        return f"{place}: {self.fault.value}: {self.detail}"


@dataclass
class Verification:
    """Counts so far. Complete once `check` is exhausted."""

    entries: int = 0
    chains: int = 0
    findings: int = 0
    checkpoints: int = 0

    @property
    def is_sound(self) -> bool:
        """Nothing was found."""
        return self.findings == 0


def check(connection: Connection, verification: Verification | None = None) -> Iterator[Finding]:
    """Walk the whole record.

    Args:
        connection: in a transaction that sees one state throughout (a unit of work opened for reading).
        verification: counts entries, chains and findings while the caller iterates.

    Yields:
        Every fault found, chain by chain in order of time within each.
    """
    counts = verification if verification is not None else Verification()
    for finding in _all(connection, counts):
        counts.findings += 1
        yield finding


def check_debtor(
    connection: Connection, debtor_id: str, verification: Verification | None = None
) -> Iterator[Finding]:
    """Walk only the chains about one debtor: their own and those of the conversations bound to them."""
    counts = verification if verification is not None else Verification()
    own = f"debtor:{debtor_id}"
    talks = table("conversations", column("conversation_id"), column("debtor_id"))
    theirs = select(literal("conversation:").concat(talks.c.conversation_id)).where(
        talks.c.debtor_id == debtor_id
    )
    wanted = or_(audit_entries.c.chain == own, audit_entries.c.chain.in_(theirs))
    for finding in _entries(connection, counts, wanted):
        counts.findings += 1
        yield finding


def verify(connection: Connection) -> tuple[Verification, list[Finding]]:
    """Walk the whole record and keep every finding. See `check`."""
    counts = Verification()
    return counts, list(check(connection, counts))


def _all(connection: Connection, counts: Verification) -> Iterator[Finding]:
    yield from _entries(connection, counts)
    yield from _heads_without_entries(connection)
    yield from _subjects_without_chain(connection, "debtor", "debtors", "debtor_id")
    yield from _subjects_without_chain(connection, "conversation", "conversations", "conversation_id")


def _stream(connection: Connection, statement: Any) -> Iterator[Any]:
    result = connection.execute(statement.execution_options(stream_results=True))
    for part in result.partitions(_BATCH):
        yield from part


def _entries(connection: Connection, counts: Verification, wanted: Any = None) -> Iterator[Finding]:
    statement = (
        select(audit_entries, audit_head.c.seq.label("head_seq"), audit_head.c.hash.label("head_hash"))
        .select_from(audit_entries.outerjoin(audit_head, audit_head.c.chain == audit_entries.c.chain))
        .order_by(audit_entries.c.chain, audit_entries.c.seq)
    )
    if wanted is not None:
        statement = statement.where(wanted)
    last: Any = None
    for row in _stream(connection, statement):
        counts.entries += 1
        if last is None or last.chain != row.chain:
            counts.chains += 1
            if last is not None:
                yield from _end(last)
            yield from _follows(row, 0, GENESIS)
        else:
            yield from _follows(row, last.seq, last.hash)
        yield from _content(row)
        last = row
    if last is not None:
        yield from _end(last)


def _follows(row: Any, seq: int, digest: str) -> Iterator[Finding]:
    if row.seq != seq + 1:
        # Only a gap: what follows it cannot be linked to what was before it.
        yield _finding(
            row, Fault.REMOVED, f"entries {seq + 1} to {row.seq - 1} of the chain are missing before it"
        )
    elif row.previous_hash != digest:
        yield _finding(row, Fault.REORDERED, "it does not follow the entry before it")


def _content(row: Any) -> Iterator[Finding]:
    expected = entry_hash(
        row.previous_hash,
        row.id,
        row.chain,
        row.seq,
        row.at,
        row.tag,
        row.payload,
        row.message_id,
        row.edition,
        row.rule_id,
    )
    if expected != row.hash:
        yield _finding(row, Fault.ALTERED, "its content does not give its hash")


def _end(row: Any) -> Iterator[Finding]:
    if row.head_seq is None:
        yield _finding(row, Fault.HEAD_ALTERED, "the chain has no head")
    elif row.head_seq > row.seq:
        yield _finding(
            row, Fault.TAIL_REMOVED, f"entries {row.seq + 1} to {row.head_seq} are missing after it"
        )
    elif row.head_seq < row.seq or row.head_hash != row.hash:
        yield _finding(row, Fault.HEAD_ALTERED, "the chain's head does not name this entry, its last")


def _finding(row: Any, fault: Fault, detail: str) -> Finding:
    return Finding(row.chain, row.seq, row.id, fault, detail)


def _heads_without_entries(connection: Connection) -> Iterator[Finding]:
    there = select(audit_entries.c.id).where(audit_entries.c.chain == audit_head.c.chain).exists()
    statement = select(audit_head.c.chain, audit_head.c.seq).where(~there).order_by(audit_head.c.chain)
    for row in _stream(connection, statement):
        yield Finding(row.chain, None, None, Fault.CHAIN_REMOVED, f"all its {row.seq} entries are missing")


def _subjects_without_chain(connection: Connection, kind: str, name: str, key: str) -> Iterator[Finding]:
    subjects = table(name, column(key))  # by name: the record does not depend on the rest of the storage
    chain = literal(f"{kind}:").concat(subjects.c[key])
    # A head without entries was named already.
    there = select(audit_head.c.chain).where(audit_head.c.chain == chain).exists()
    with_entries = select(audit_entries.c.id).where(audit_entries.c.chain == chain).exists()
    statement = select(chain.label("chain")).where(~there, ~with_entries).order_by(subjects.c[key])
    for row in _stream(connection, statement):
        yield Finding(row.chain, None, None, Fault.CHAIN_REMOVED, f"the {kind} has no entry at all")
