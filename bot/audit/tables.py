"""The tables of the record: its entries, where each chain stands, signed checkpoints, and the keys of personal data."""

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

# Public keys of the checkpoints; which of them to trust is said outside the database.
audit_keys = Table(
    "audit_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("valid_until", Text),  # the key after it took over then
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("made_at", Text, nullable=False),
    Column("heads", BigInteger, nullable=False),  # how many chains moved since the checkpoint before
    Column("entries", BigInteger, nullable=False),  # in all chains, then
    Column("root", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

# Where the chains that had moved stood at a checkpoint: the leaves of its root.
audit_checkpoint_heads = Table(
    "audit_checkpoint_heads",
    metadata,
    Column("chain", ByteOrdered, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("checkpoint", BigInteger, nullable=False),
    Index("ix_audit_checkpoint_heads_checkpoint", "checkpoint", "chain"),
)

# One key for each chain: what it encrypts is erased by destroying it.
data_keys = Table(
    "data_keys",
    metadata,
    Column("subject", ByteOrdered, primary_key=True),  # the chain's name
    Column("wrapped", Text),
    Column("wrapped_by", Text),
    Column("destroyed_at", Text),
)
