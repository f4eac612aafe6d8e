"""Appending to the record: entries are gathered during a unit of work and chained just before it commits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.engine import Connection

from bot.audit.canonical import GENESIS, canonical_json, clean, entry_hash, instant
from bot.audit.checkpoint_check import check_checkpoints
from bot.audit.checkpoints import Checkpoint, latest
from bot.audit.export import Part, export, export_debtor, export_lines, opened
from bot.audit.keys import SubjectKeys
from bot.audit.signing import Signer
from bot.audit.tables import audit_entries, audit_head
from bot.audit.tags import COMMON, PAYLOAD, PERSONAL, SEALED, Tag
from bot.audit.verify import Finding, Verification, check, check_debtor

_HEADS = (
    select(audit_head.c.chain, audit_head.c.seq, audit_head.c.hash)
    .where(audit_head.c.chain.in_(bindparam("chains", expanding=True)))
    .order_by(audit_head.c.chain)  # one order for all: two writers of the same chains cannot deadlock
    .with_for_update()
)
_ADD = insert(audit_entries)
_MOVE = text(
    "INSERT INTO audit_head (chain, seq, hash) VALUES (:chain, :seq, :hash) "
    "ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
)
_OPEN = text("INSERT INTO audit_head (chain, seq, hash) VALUES (:chain, :seq, :hash) ON CONFLICT DO NOTHING")
_OF_CHAIN = (
    select(audit_entries)
    .where(
        audit_entries.c.chain == bindparam("chain"),
        audit_entries.c.tag.in_(bindparam("tags", expanding=True)),
    )
    .order_by(audit_entries.c.seq.desc())
    .limit(bindparam("most"))
)
_CHUNK = 5_000  # names in one IN list


class UndocumentedEntry(ValueError):
    """A tag that `bot.audit.tags` does not know, or a fact that a sealed one may not carry."""


@dataclass(frozen=True)
class _Gathered:
    chain: str
    at: str
    tag: str
    payload: str
    message_id: str | None
    edition: str | None
    rule_id: str | None


class Written(NamedTuple):
    """An entry as it was handed over."""

    chain: str
    tag: str
    message_id: str | None
    rule_id: str | None
    facts: Mapping[str, Any]


class SqlAuditLog:
    """The record within one transaction. Nothing reaches the database before `flush`.

    Three statements write all entries of a unit of work, however many: read (and lock) the heads, add the
    entries, move the heads. A chain's lock is taken last and held only to the commit.
    """

    def __init__(self, connection: Connection, keys: SubjectKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._gathered: list[_Gathered] = []
        self.written: list[Written] = []  # for those who count and log, once it is committed

    def append(
        self,
        chain: str,
        tag: str,
        at: datetime,
        payload: Mapping[str, Any],
        *,
        message_id: str | None = None,
        edition: str | None = None,
        rule_id: str | None = None,
    ) -> None:
        """Add one entry to a chain within this transaction.

        Args:
            chain: "conversation:<id>" or "debtor:<id>".
            tag: a word of `bot.audit.tags.Tag`.
            at: when it happened, with its time zone.
            payload: its facts; Money, dates, decimals and enums are stored in their own form, those that
                `bot.audit.tags.PERSONAL` names are encrypted.
            message_id: the message that caused it.
            edition: rulebook edition consulted.
            rule_id: rule that decided.

        Raises:
            UndocumentedEntry: an unknown tag, or a fact too many in a sealed one.
        """
        word, chain = _checked(tag, payload), clean(chain)
        self.written.append(Written(chain, word, message_id, rule_id, payload))
        self._gathered.append(
            _Gathered(
                chain,
                instant(at),
                word,
                canonical_json(self._sealed(chain, payload)),
                *map(_clean, (message_id, edition, rule_id)),
            )
        )

    def of_chain(self, chain: str, tags: Sequence[str], limit: int = 1_000) -> Sequence[dict[str, Any]]:
        """The newest stored entries of a chain with one of these tags, oldest first, by column."""
        asked = {"chain": chain, "tags": list(tags), "most": limit}
        rows = self._connection.execute(_OF_CHAIN, asked)
        return [opened(dict(row._mapping), self._keys) for row in rows][::-1]

    def of_debtor(self, debtor_id: str) -> Iterator[dict[str, Any]]:
        """Stored entries about a debtor: see `bot.audit.export`."""
        return export_debtor(self._connection, debtor_id, self._keys)

    def of_part(self, part: Part) -> Iterator[dict[str, Any]]:
        """Stored entries of a part of the record: see `bot.audit.export`."""
        return export(self._connection, part, self._keys)

    def latest_checkpoint(self) -> Checkpoint | None:
        """The newest signed checkpoint."""
        return latest(self._connection)

    def lines_of(self, part: Part, at: datetime, signer: Signer | None) -> Iterator[str]:
        """A part of the record as a file that can be checked anywhere: see `bot.audit.export`."""
        return export_lines(self._connection, part, self._keys, at, signer)

    def check_debtor(self, debtor_id: str, verification: Verification | None = None) -> Iterator[Finding]:
        """Walk the chains about one debtor: see `bot.audit.verify`."""
        return check_debtor(self._connection, debtor_id, verification)

    def check_checkpoints(self, verification: Verification, trusted: Mapping[str, str]) -> Iterator[Finding]:
        """Walk all checkpoints: see `bot.audit.checkpoint_check`."""
        return check_checkpoints(self._connection, verification, trusted)

    def check(self, verification: Verification | None = None) -> Iterator[Finding]:
        """Walk the whole record: see `bot.audit.verify`."""
        return check(self._connection, verification)

    def flush(self) -> None:
        """Chain and write what was gathered. The unit of work calls it once, before it commits."""
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, []
        chains = sorted({entry.chain for entry in gathered})
        heads = self._heads(chains)
        rows = []
        for entry in gathered:
            seq, previous = heads[entry.chain]
            row = _row(entry, seq + 1, previous)
            heads[entry.chain] = (row["seq"], row["hash"])
            rows.append(row)
        self._connection.execute(_ADD, rows)
        moved = [{"chain": chain, "seq": heads[chain][0], "hash": heads[chain][1]} for chain in chains]
        self._connection.execute(_MOVE, moved)

    def _sealed(self, chain: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        personal = {fact for fact, value in payload.items() if fact in PERSONAL and value not in (None, "")}
        if not personal or not self._keys.keyring.seals:
            return payload
        subject = self._keys.current(chain)
        sealed = {fact: self._keys.seal(subject, canonical_json(payload[fact])) for fact in sorted(personal)}
        return {**payload, **sealed}

    def _heads(self, chains: list[str]) -> dict[str, tuple[int, str]]:
        heads = self._read(chains)
        missing = [chain for chain in chains if chain not in heads]
        if missing and self._connection.dialect.name == "postgresql":
            # Two transactions may open one chain at once: the second waits here, then reads the first's head.
            opening = [{"chain": chain, "seq": 0, "hash": GENESIS} for chain in missing]
            self._connection.execute(_OPEN, opening)
            heads.update(self._read(missing))
        for chain in missing:
            heads.setdefault(chain, (0, GENESIS))
        return heads

    def _read(self, chains: list[str]) -> dict[str, tuple[int, str]]:
        heads: dict[str, tuple[int, str]] = {}
        for start in range(0, len(chains), _CHUNK):
            for chain, seq, digest in self._connection.execute(
                _HEADS, {"chains": chains[start : start + _CHUNK]}
            ):
                heads[chain] = (seq, digest)
        return heads


def _clean(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _checked(tag: str, payload: Mapping[str, Any]) -> str:
    try:
        known = Tag(tag)
    except ValueError:
        raise UndocumentedEntry(f"{tag!r} is no audit tag; add it to bot/audit/tags.py") from None
    if known in SEALED:
        unknown = set(payload) - PAYLOAD[known] - COMMON
        if unknown:
            raise UndocumentedEntry(
                f"{known.value} may not carry {', '.join(sorted(unknown))}; see bot/audit/tags.py"
            )
    return known.value


def _row(entry: _Gathered, seq: int, previous: str) -> dict[str, Any]:
    # Milliseconds of the entry's time, then 80 random bits.
    moment = int(datetime.fromisoformat(entry.at[:-1] + "+00:00").timestamp() * 1000)
    entry_id = f"{moment:012x}{os.urandom(10).hex()}"
    digest = entry_hash(
        previous,
        entry_id,
        entry.chain,
        seq,
        entry.at,
        entry.tag,
        entry.payload,
        entry.message_id,
        entry.edition,
        entry.rule_id,
    )
    return {"id": entry_id, **vars(entry), "seq": seq, "previous_hash": previous, "hash": digest}
