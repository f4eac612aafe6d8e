"""The record, or a part of it, as JSON Lines: everything needed to read it and to recompute its hashes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, column, literal, select, table, true
from sqlalchemy.engine import Connection

from bot.audit.canonical import instant
from bot.audit.checkpoints import latest
from bot.audit.keys import SubjectKeys
from bot.audit.sealing import is_sealed
from bot.audit.signing import Signer
from bot.audit.tables import audit_entries

_BATCH = 500
MOST_ON_PAPER = 20_000
END = "EXPORT_END"  # of the last line: how many entries there are and what was signed


class TooMuchForPaper(Exception):
    """More entries than anybody reads on paper."""

    def __init__(self) -> None:
        super().__init__(
            f"this part of the record has more than {MOST_ON_PAPER} entries: name a debtor or a shorter period, "
            "or export it as JSON Lines"
        )


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
        gives the commitment in there. A fact whose key was destroyed is None and has no salt.
    """
    wanted = _theirs(part.debtor_id) if part.debtor_id is not None else true()
    if part.since is not None:
        wanted = and_(wanted, audit_entries.c.at >= instant(part.since))
    if part.until is not None:
        wanted = and_(wanted, audit_entries.c.at < instant(part.until))
    entry = audit_entries.c
    order = (entry.chain, entry.seq) if part.debtor_id is None else (entry.at, entry.chain, entry.seq)
    statement = select(audit_entries).where(wanted).order_by(*order)
    result = connection.execute(statement.execution_options(stream_results=True))
    for rows in result.partitions(_BATCH):
        for row in rows:
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


def _theirs(debtor_id: str) -> Any:
    conversations = table("conversations", column("conversation_id"), column("debtor_id"))
    theirs = select(literal("conversation:").concat(conversations.c.conversation_id)).where(
        conversations.c.debtor_id == debtor_id
    )
    return (audit_entries.c.chain == f"debtor:{debtor_id}") | audit_entries.c.chain.in_(theirs)


def opened(entry: dict[str, Any], keys: SubjectKeys) -> dict[str, Any]:
    """A stored entry with its payload readable; `sealed` says how the encrypted facts of it are stored."""
    stored = json.loads(entry["payload"])
    sealed: dict[str, dict[str, Any]] = {}
    for fact, value in stored.items():
        if is_sealed(value):
            found = keys.open_with_salt(entry["chain"], value)
            stored[fact] = None if found is None else json.loads(found[0])
            salt = None if found is None else base64.b64encode(found[1]).decode()
            sealed[fact] = {"stored": value, "salt": salt}
    entry["payload"] = stored
    return {**entry, "sealed": sealed} if sealed else entry
