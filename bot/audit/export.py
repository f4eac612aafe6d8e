"""One debtor's record as JSON Lines: everything needed to read it and to recompute its hashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import column, literal, select, table
from sqlalchemy.engine import Connection

from bot.audit.tables import audit_entries

_BATCH = 500


def export_debtor(connection: Connection, debtor_id: str) -> Iterator[dict[str, Any]]:
    """The entries about a debtor: their own chain and those of the conversations bound to them.

    Args:
        connection: in an open transaction.
        debtor_id: whose record.

    Yields:
        One entry after the other, oldest first, by column. `payload` is a mapping; `canonical_json` of it is
        the text that was hashed.
    """
    conversations = table("conversations", column("conversation_id"), column("debtor_id"))
    theirs = select(literal("conversation:").concat(conversations.c.conversation_id)).where(
        conversations.c.debtor_id == debtor_id
    )
    statement = (
        select(audit_entries)
        .where((audit_entries.c.chain == f"debtor:{debtor_id}") | audit_entries.c.chain.in_(theirs))
        .order_by(audit_entries.c.at, audit_entries.c.chain, audit_entries.c.seq)
    )
    result = connection.execute(statement.execution_options(stream_results=True))
    for part in result.partitions(_BATCH):
        for row in part:
            entry = dict(row._mapping)
            entry["payload"] = json.loads(entry["payload"])
            yield entry


def json_line(entry: dict[str, Any]) -> str:
    """One entry as a line of JSON, without the line's end."""
    return json.dumps(entry, ensure_ascii=False)
