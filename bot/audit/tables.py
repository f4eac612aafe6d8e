"""The two tables of the record: its entries, and where each chain stands."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

# Byte order on both engines: verification walks the chains in the order in which Python compares them.
ByteOrdered = Text().with_variant(Text(collation="C"), "postgresql")

audit_entries = Table(
    "audit_entries",
    metadata,
    Column(
        "id", Text, primary_key=True
    ),  # begins with the time, so that new rows are written at the index's end
    Column("chain", ByteOrdered, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", Text, nullable=False),  # fixed-width UTC text: the hash covers exactly what is stored
    Column("tag", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("message_id", Text),
    Column("edition", Text),
    Column("rule_id", Text),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("chain", "seq", name="uq_audit_entries_chain_seq"),
    Index("ix_audit_entries_message_id", "message_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("chain", ByteOrdered, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
