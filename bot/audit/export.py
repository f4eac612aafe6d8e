"""The record, or a part of it, as JSON Lines: everything needed to read it and to recompute its hashes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import and_, case, column, literal, select, table, true, union
from sqlalchemy.engine import Connection

from bot.audit.canonical import instant
from bot.audit.checkpoints import latest
from bot.audit.keys import SubjectKeys
from bot.audit.sealing import is_sealed
from bot.audit.signing import Signer
from bot.audit.tables import audit_entries
from bot.audit.tags import PERSONAL

_BATCH = 500
WITHHELD = (
    "WITHHELD"  # in place of an entry whose content may not be given; its hash still links those around it
)
END = "EXPORT_END"  # of the last line: how many entries there are and what was signed


@dataclass(frozen=True)
class Part:
    """Which part of the record: one debtor's or all of it, and from when (included) to when (not included)."""

    debtor_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def export(connection: Connection, part: Part, keys: SubjectKeys) -> Iterator[dict[str, Any]]:
    """The entries of a part of the record.

    Args:
        connection: in an open transaction.
        part: which.
        keys: open what is sealed.

    Yields:
        One entry after the other by column: a debtor's oldest first, a period chain by chain. `payload` is a mapping as
        it was written; where facts of it are sealed, `sealed` says how each is stored and with which salt its content
        gives the commitment in there. A fact whose key was destroyed is None and has no salt. Of an entry that may not be
        given only chain, number, time and hashes are left: see `withheld`.
    """
    wanted = _theirs(part.debtor_id) if part.debtor_id is not None else true()
    if part.since is not None:
        wanted = and_(wanted, audit_entries.c.at >= instant(part.since))
    if part.until is not None:
        wanted = and_(wanted, audit_entries.c.at < instant(part.until))
    entry = audit_entries.c
    order = (entry.chain, entry.seq) if part.debtor_id is None else (entry.at, entry.chain, entry.seq)
    statement = select(audit_entries).where(wanted).order_by(*order)
    others = _others(connection, part.debtor_id) if part.debtor_id is not None else {}
    result = connection.execute(statement.execution_options(stream_results=True))
    for rows in result.partitions(_BATCH):
        for row in rows:
            stretches = others.get(row.chain, ())
            if any(begin <= row.at < end for begin, end in stretches):
                yield withheld(dict(row._mapping), "another_person")
            else:
                yield opened(dict(row._mapping), keys)


def export_debtor(connection: Connection, debtor_id: str, keys: SubjectKeys) -> Iterator[dict[str, Any]]:
    """The entries about a debtor: their own chain and those of the conversations bound to them, oldest first."""
    return export(connection, Part(debtor_id), keys)


def json_line(entry: dict[str, Any]) -> str:
    """One entry as a line of JSON, without the line's end."""
    return json.dumps(entry, ensure_ascii=False)


def export_lines(
    connection: Connection, part: Part, keys: SubjectKeys, at: datetime, signer: Signer | None
) -> Iterator[str]:
    """The entries as lines, and a last line that makes the file whole: how many, their hash, a signature."""
    digest, entries, chains = hashlib.sha256(), 0, set()
    for entry in export(connection, part, keys):
        line = json_line(entry)
        digest.update(line.encode() + b"\n")
        entries += 1
        chains.add(entry["chain"])
        yield line
    checkpoint = latest(connection)
    summary = {
        "debtor_id": part.debtor_id,
        "from": instant(part.since) if part.since else None,
        "to": instant(part.until) if part.until else None,
        "entries": entries,
        "chains": len(chains),
        "checkpoint": {"seq": checkpoint.seq, "hash": checkpoint.hash} if checkpoint else None,
    }
    end = {"tag": END, "chain": "export", "seq": entries + 1, "at": instant(at), "payload": summary}
    digest.update(json_line(end).encode())
    end["hash"] = digest.hexdigest()
    if signer is not None:
        end["key_id"], end["public_key"] = signer.key_id, signer.public_key
        end["signature"] = signer.sign(digest.hexdigest())
    yield json_line(end)


_TALKS = table("conversations", column("conversation_id"), column("debtor_id"))
_PARTS = table(
    "conversation_parts", column("conversation_id"), column("part"), column("debtor_id"), column("began_at")
)


def _theirs(debtor_id: str) -> Any:
    return (audit_entries.c.chain == f"debtor:{debtor_id}") | audit_entries.c.chain.in_(_talks_of(debtor_id))


def _others(connection: Connection, debtor_id: str) -> dict[str, list[tuple[str, str]]]:
    """For each chat that several people used: from when to when its entries are somebody else's."""
    owner = case((_PARTS.c.debtor_id.is_(None), _TALKS.c.debtor_id), else_=_PARTS.c.debtor_id)
    asked = (
        select(_PARTS.c.conversation_id, _PARTS.c.part, _PARTS.c.began_at, owner.label("owner"))
        .select_from(_PARTS.join(_TALKS, _TALKS.c.conversation_id == _PARTS.c.conversation_id))
        .where((literal("conversation:").concat(_PARTS.c.conversation_id)).in_(_talks_of(debtor_id)))
        .order_by(_PARTS.c.conversation_id, _PARTS.c.part)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute(asked).all()
    for row, after in zip(rows, [*rows[1:], None], strict=False):
        if row.owner == debtor_id:
            continue
        is_last = after is None or after.conversation_id != row.conversation_id
        begin = _stored(row.began_at) if row.part else ""
        end = "~" if is_last else _stored(after.began_at)  # after every digit
        found.setdefault(f"conversation:{row.conversation_id}", []).append((begin, end))
    return found


def _talks_of(debtor_id: str) -> Any:
    found = [
        select(literal("conversation:").concat(of.c.conversation_id)).where(of.c.debtor_id == debtor_id)
        for of in (_TALKS, _PARTS)
    ]
    return union(*found)


def _stored(began_at: datetime | str) -> str:
    """An instant as entries write it; without a column type SQLite gives its text."""
    moment = datetime.fromisoformat(began_at) if isinstance(began_at, str) else began_at
    return instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc))


def withheld(entry: dict[str, Any], because: str) -> dict[str, Any]:
    """What is left of an entry that may not be given: enough to see that it is there and that nothing was moved.

    Args:
        entry: by column.
        because: another_person, or erased: it was stored in clear by a version without encryption.
    """
    kept = {name: entry[name] for name in ("chain", "seq", "at", "previous_hash", "hash")}
    nothing = dict.fromkeys(("message_id", "edition", "rule_id"))
    return {**nothing, **kept, "tag": WITHHELD, "payload": {"because": because}}


def opened(entry: dict[str, Any], keys: SubjectKeys) -> dict[str, Any]:
    """A stored entry with its payload readable; `sealed` says how the encrypted facts of it are stored."""
    stored = json.loads(entry["payload"])
    in_clear = any(
        value not in (None, "") and not is_sealed(value) for fact, value in stored.items() if fact in PERSONAL
    )
    if in_clear and keys.is_destroyed(entry["chain"]):
        # Written before there was encryption: it cannot be changed, and is not given to anybody any more.
        return withheld(entry, "erased")
    sealed: dict[str, dict[str, Any]] = {}
    for fact, value in stored.items():
        if is_sealed(value):
            found = keys.open_in_chain(entry["chain"], value)
            stored[fact] = None if found is None else json.loads(found[0])
            salt = None if found is None else base64.b64encode(found[1]).decode()
            sealed[fact] = {"stored": value, "salt": salt}
    entry["payload"] = stored
    return {**entry, "sealed": sealed} if sealed else entry
