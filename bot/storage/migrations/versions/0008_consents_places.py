"""Consents as rows of their own, where in a country a debtor lives, files given back, and whose words a message holds.

New tables and columns only: servers of the version before go on working beside the new ones. What they write in a
conversation that two people used stays under its first key, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_BY_PART = ("conversations", "inbox", "outbox", "handoffs", "desk_notes")


def upgrade() -> None:
    """Add tables and columns."""
    op.create_table(
        "consents",
        sa.Column("consent_id", sa.Text, primary_key=True),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id"), nullable=False),
        sa.Column("creditor", sa.Text),
        *_texts("channel", "purpose"),
        sa.Column("is_given", sa.Boolean, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        *_texts("how"),
        *_texts("by", "proof", "text_version", nullable=True),
    )
    op.create_index("ix_consents_debtor_id", "consents", ["debtor_id", "at"])
    op.create_table(
        "conversation_parts",
        sa.Column(
            "conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id"), primary_key=True
        ),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id")),
        sa.Column("began_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_conversation_parts_debtor_id", "conversation_parts", ["debtor_id"])
    op.add_column("debtors", sa.Column("region", sa.Text))
    op.add_column("debtors", sa.Column("returned_at", _INSTANT))
    for table in _BY_PART:
        op.add_column(table, sa.Column("part", sa.Integer, nullable=False, server_default="0"))


def _texts(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]
