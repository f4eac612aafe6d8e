"""Checking the checkpoints: against themselves, against the record, and against a copy that was kept outside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from bot.audit.canonical import GENESIS
from bot.audit.checkpoints import Checkpoint, all_checkpoints, public_keys, root_of
from bot.audit.signing import is_signed, key_id
from bot.audit.tables import audit_checkpoint_heads, audit_checkpoints, audit_entries
from bot.audit.verify import Fault, Finding, Verification

_CHAIN = "checkpoints"
_BATCH = 1_000


class NotACopy(Exception):
    """A file that was given as the copy of the checkpoints is none."""


def check_checkpoints(
    connection: Connection,
    verification: Verification,
    trusted: Mapping[str, str],
    outside: Iterable[str] = (),
) -> Iterator[Finding]:
    """Walk all checkpoints, and every entry that one of them saw.

    Args:
        connection: in a transaction that sees one state throughout.
        verification: counts on.
        trusted: public keys by id that are known from elsewhere than the database. Earlier keys need no such trust: the
            newest checkpoint vouches for them through the hashes.
        outside: lines of the copy that was kept outside (`aldia audit checkpoints`).

    Raises:
        NotACopy: a line of the copy cannot be read.
    """
    for finding in _all(connection, verification, dict(trusted), outside):
        verification.findings += 1
        yield finding


def _all(
    connection: Connection, counts: Verification, trusted: dict[str, str], outside: Iterable[str]
) -> Iterator[Finding]:
    known = {key["key_id"]: key for key in public_keys(connection)}
    kept = _stored(connection, outside, trusted)
    yield from kept  # first: it may bring keys to trust
    last: Checkpoint | None = None
    for checkpoint in all_checkpoints(connection):
        counts.checkpoints += 1
        yield from _follows(checkpoint, last)
        yield from _content(connection, checkpoint)
        yield from _signature(checkpoint, known, trusted)
        last = checkpoint
    if last is not None and trusted and last.key_id not in trusted:
        yield _finding(
            last.seq,
            Fault.CHECKPOINT_UNSIGNED,
            f"the newest is signed by {last.key_id}, which is not trusted",
        )
    yield from _entries_seen(connection)


def _follows(checkpoint: Checkpoint, last: Checkpoint | None) -> Iterator[Finding]:
    before = last.seq if last else 0
    if checkpoint.seq != before + 1:
        detail = f"checkpoints {before + 1} to {checkpoint.seq - 1} are missing before it"
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_REMOVED, detail)
    elif checkpoint.previous_hash != (last.hash if last else GENESIS):
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_ALTERED, "it does not follow the one before it")


def _content(connection: Connection, checkpoint: Checkpoint) -> Iterator[Finding]:
    if checkpoint.expected_hash() != checkpoint.hash:
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_ALTERED, "its content does not give its hash")
    root = root_of(connection, checkpoint.seq)
    if (root.count, root.hexdigest()) != (checkpoint.heads, checkpoint.root):
        detail = (
            f"it saw {checkpoint.heads} chains, and the {root.count} now listed for it do not give its root"
        )
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_ALTERED, detail)


def _signature(
    checkpoint: Checkpoint, known: Mapping[str, Mapping[str, Any]], trusted: Mapping[str, str]
) -> Iterator[Finding]:
    row = known.get(checkpoint.key_id)
    public_key = trusted.get(checkpoint.key_id) or (row["public_key"] if row else None)
    if public_key is None or key_id(public_key) != checkpoint.key_id:
        detail = f"its key {checkpoint.key_id} is not among the public keys"
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_UNSIGNED, detail)
        return
    if not is_signed(public_key, checkpoint.hash, checkpoint.signature):
        detail = f"its signature is not of key {checkpoint.key_id}"
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_UNSIGNED, detail)
    until = row["valid_until"] if row else None
    if row and (checkpoint.made_at < row["valid_from"] or (until and checkpoint.made_at >= until)):
        detail = f"key {checkpoint.key_id} was not in use at {checkpoint.made_at}"
        yield _finding(checkpoint.seq, Fault.CHECKPOINT_UNSIGNED, detail)


def _entries_seen(connection: Connection) -> Iterator[Finding]:
    """Heads that a checkpoint saw and whose entry is gone or is another one now."""
    seen, entry = audit_checkpoint_heads, audit_entries
    statement = (
        select(seen, entry.c.id.label("entry_id"), entry.c.hash.label("now"))
        .select_from(seen.outerjoin(entry, and_(entry.c.chain == seen.c.chain, entry.c.seq == seen.c.seq)))
        .where(entry.c.hash.is_(None) | (entry.c.hash != seen.c.hash))
        .order_by(seen.c.chain, seen.c.seq)
    )
    result = connection.execute(statement.execution_options(stream_results=True))
    for part in result.partitions(_BATCH):
        for row in part:
            gone = row.entry_id is None
            what = "is not there any more" if gone else "was another one then"
            detail = f"checkpoint {row.checkpoint} saw entry {row.seq}, which {what}"
            yield Finding(row.chain, row.seq, row.entry_id, Fault.REMOVED if gone else Fault.ALTERED, detail)


def _stored(connection: Connection, outside: Iterable[str], trusted: dict[str, str]) -> Iterator[Finding]:
    """Compare the copy with what is stored; its keys become trusted."""
    for number, line in enumerate(outside, 1):
        if not line.strip():
            continue
        kind, content = _read(line, number)
        if kind == "key":
            trusted[key_id(content["public_key"])] = content["public_key"]
            continue
        copy = Checkpoint(**content)
        row = connection.execute(select(audit_checkpoints).where(audit_checkpoints.c.seq == copy.seq)).first()
        if row is None:
            yield _finding(
                copy.seq, Fault.CHECKPOINT_REMOVED, "the copy kept outside has it, the database does not"
            )
        elif dict(row._mapping) != asdict(copy):
            yield _finding(copy.seq, Fault.CHECKPOINT_ALTERED, "the copy kept outside says otherwise")
        if copy.expected_hash() != copy.hash:
            yield _finding(copy.seq, Fault.CHECKPOINT_ALTERED, "the copy itself does not give its hash")


def _read(line: str, number: int) -> tuple[str, dict[str, Any]]:
    try:
        ((kind, content),) = json.loads(line).items()
        if kind == "key":
            key_id(content["public_key"])
        elif kind == "checkpoint":
            Checkpoint(**content)
        else:
            raise ValueError(kind)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotACopy(
            f"line {number} of the copy is no checkpoint; expected what `aldia audit checkpoints` writes"
        ) from None
    return kind, content


def _finding(seq: int, fault: Fault, detail: str) -> Finding:
    return Finding(_CHAIN, seq, f"checkpoint {seq}", fault, detail)
