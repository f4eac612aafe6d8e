"""What delivery needs: leases of turns, tries and receipts of messages.

Adds columns that may be empty or have a constant default, so that servers of the version before go on working
beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNSENT = sa.text("status IN ('queued', 'sending')")
_TAKEN = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    """Add the columns and the indexes over them."""
    moment = sa.DateTime(timezone=True)
    for column in (sa.Column("lease_until", moment), _count("attempts")):
        op.add_column("inbox", column)
    for column in (
        _word("channel", ""),
        _word("menu", ""),
        _word("author", "assistant"),
        sa.Column("due_at", moment),
        _count("attempts"),
        sa.Column("claimed_at", moment),
        sa.Column("provider_id", sa.Text),
        sa.Column("error", sa.Text),
    ):
        op.add_column("outbox", column)
    _index("ix_outbox_unsent", "created_at", _UNSENT)
    _index("ix_outbox_provider_id", "provider_id", _TAKEN)


def _index(name: str, column: str, where: sa.sql.elements.TextClause) -> None:
    op.create_index(name, "outbox", ["channel", column], sqlite_where=where, postgresql_where=where)


def _word(name: str, default: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _count(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
