"""Indexes without which a question reads a whole table once tables are large. Nothing else changes.

Building them stops writing for some seconds for each million rows. Who cannot have that builds them before, with CREATE INDEX
CONCURRENTLY and these names: what is there already is left as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; servers of the version before go on working."""
    for name, table, columns in (
        ("ix_inbox_channel", "inbox", ["channel", "received_at"]),
        ("ix_conversations_last_inbound_at", "conversations", ["last_inbound_at"]),
    ):
        op.create_index(name, table, columns, if_not_exists=True)
    still_open = sa.text("status <> 'closed'")
    op.create_index(
        "ix_handoffs_open",
        "handoffs",
        ["created_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
        if_not_exists=True,
    )
