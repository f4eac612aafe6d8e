"""Signed checkpoints over all chains: what makes a removed conversation noticed, also by whoever keeps a copy outside.

A checkpoint lists the chains that moved since the one before and signs the root over them, its own number and the hash
of the one before. So the newest checkpoint vouches for every head that any checkpoint ever listed, and its cost is that of
what changed, not of the whole record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.engine import Connection

from bot.audit.canonical import GENESIS, instant
from bot.audit.merkle import Root, head_leaf
from bot.audit.signing import Signer
from bot.audit.tables import audit_checkpoint_heads, audit_checkpoints, audit_head, audit_keys

_BATCH = 1_000
_LIST_HEADS = text(
    "INSERT INTO audit_checkpoint_heads (chain, seq, hash, checkpoint) "
    "SELECT h.chain, h.seq, h.hash, :checkpoint FROM audit_head h WHERE h.seq > 0 AND NOT EXISTS "
    "(SELECT 1 FROM audit_checkpoint_heads c WHERE c.chain = h.chain AND c.seq = h.seq)"
)
# What is listed goes into the table that is looked through: read whole, as PostgreSQL would while it takes the table for an
# empty one, it is read anew for each chain with all that was listed before (an hour for a hundred thousand chains).
_BY_INDEX = text("SELECT set_config('enable_seqscan', :choice, true)")
# Two processes that make one at once go one after the other; SQLite's write transaction does that by itself.
_ALONE = text("SELECT pg_advisory_xact_lock(4162002)")


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint, with everything that its hash covers. The signature is over the hash."""

    seq: int
    made_at: str
    heads: int
    entries: int
    root: str
    previous_hash: str
    key_id: str
    hash: str
    signature: str

    def expected_hash(self) -> str:
        """What its content gives."""
        return _hash(
            self.seq, self.made_at, self.heads, self.entries, self.root, self.previous_hash, self.key_id
        )


def _hash(*columns: object) -> str:
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).hexdigest()


def make(connection: Connection, signer: Signer, at: datetime) -> Checkpoint | None:
    """Make the next checkpoint within this transaction; None when no chain moved since the last.

    Args:
        connection: in a transaction that may write.
        signer: of the key now in use; another one than before takes over from here on.
        at: the present instant.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
    last = latest(connection)
    seq = last.seq + 1 if last else 1
    _list_heads(connection, seq)
    root = root_of(connection, seq)
    if not root.count:
        return None
    entries = int(connection.execute(select(func.coalesce(func.sum(audit_head.c.seq), 0))).scalar() or 0)
    covered = (
        seq,
        instant(at),
        root.count,
        entries,
        root.hexdigest(),
        last.hash if last else GENESIS,
        signer.key_id,
    )
    digest = _hash(*covered)
    made = Checkpoint(*covered, hash=digest, signature=signer.sign(digest))
    _use_key(connection, signer, made.made_at, last)
    connection.execute(insert(audit_checkpoints), asdict(made))
    return made


def _list_heads(connection: Connection, seq: int) -> None:
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(_BY_INDEX, {"choice": "off"})
    connection.execute(_LIST_HEADS, {"checkpoint": seq})
    if is_postgresql:
        connection.execute(_BY_INDEX, {"choice": "on"})


def make_if_due(
    connection: Connection, signer: Signer, at: datetime, every: timedelta, entries: int
) -> Checkpoint | None:
    """Make one when the last is older than `every`, or when that many entries were written since.

    One that lies ahead, since the clock was set back, is no reason to wait.
    """
    last = latest(connection)
    if last is not None and instant(at - every) < last.made_at <= instant(at):
        now_there = connection.execute(select(func.coalesce(func.sum(audit_head.c.seq), 0))).scalar() or 0
        if now_there - last.entries < entries:
            return None
    return make(connection, signer, at)


def latest(connection: Connection) -> Checkpoint | None:
    """The newest checkpoint."""
    row = connection.execute(
        select(audit_checkpoints).order_by(audit_checkpoints.c.seq.desc()).limit(1)
    ).first()
    return Checkpoint(**row._mapping) if row else None


def all_checkpoints(connection: Connection) -> Iterator[Checkpoint]:
    """Every checkpoint, oldest first."""
    statement = select(audit_checkpoints).order_by(audit_checkpoints.c.seq)
    result = connection.execute(statement.execution_options(stream_results=True))
    for part in result.partitions(_BATCH):
        for row in part:
            yield Checkpoint(**row._mapping)


def root_of(connection: Connection, checkpoint: int) -> Root:
    """The root over the heads that a checkpoint lists, as they are stored now."""
    statement = (
        select(audit_checkpoint_heads)
        .where(audit_checkpoint_heads.c.checkpoint == checkpoint)
        .order_by(audit_checkpoint_heads.c.chain)
    )
    root = Root()
    result = connection.execute(statement.execution_options(stream_results=True))
    for part in result.partitions(_BATCH):
        for row in part:
            root.add(head_leaf(row.chain, row.seq, row.hash))
    return root


def public_keys(connection: Connection) -> list[dict[str, Any]]:
    """The public keys that signed, oldest first, with when each was in use."""
    rows = connection.execute(select(audit_keys).order_by(audit_keys.c.valid_from))
    return [dict(row._mapping) for row in rows]


def export_lines(connection: Connection) -> Iterator[str]:
    """The copy to keep outside: each public key and each checkpoint as a line of JSON."""
    for key in public_keys(connection):
        yield json.dumps({"key": key})
    for checkpoint in all_checkpoints(connection):
        yield json.dumps({"checkpoint": asdict(checkpoint)})


def _use_key(connection: Connection, signer: Signer, at: str, last: Checkpoint | None) -> None:
    if last is not None and last.key_id == signer.key_id:
        return
    if last is not None:
        ending = update(audit_keys).where(audit_keys.c.key_id == last.key_id)
        connection.execute(ending.values(valid_until=at))
    known = connection.execute(
        select(audit_keys.c.key_id).where(audit_keys.c.key_id == signer.key_id)
    ).first()
    if known is None:
        row = {"key_id": signer.key_id, "public_key": signer.public_key, "valid_from": at}
        connection.execute(insert(audit_keys), row)
    else:  # a key that comes back after another one
        back = update(audit_keys).where(audit_keys.c.key_id == signer.key_id)
        connection.execute(back.values(valid_until=None))
