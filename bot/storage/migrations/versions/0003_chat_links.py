"""Links that bring a debtor's chat to us: hashes of their single-use tokens.

A table of its own, so that servers of the version before go on working beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "chat_links",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("used_at", moment),
        sa.Column("used_by", sa.Text),
    )
    op.create_index("ix_chat_links_debtor_id", "chat_links", ["debtor_id"])
