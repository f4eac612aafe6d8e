"""What a person wishes of hours and channels; the wanted moment and the particulars of a case of a right.

One new table, and columns that may be empty, so that servers of the version before go on working beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "contact_wishes",
        sa.Column("wish_id", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id"), nullable=False),
        sa.Column("part", sa.Integer, nullable=False, server_default="0"),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
    )
    in_force = sa.text("ended_at IS NULL")
    for column in ("debtor_id", "conversation_id"):
        op.create_index(
            f"ix_contact_wishes_{column}", "contact_wishes", [column], sqlite_where=in_force, postgresql_where=in_force
        )
    op.add_column("rights_cases", sa.Column("wanted_at", _INSTANT))
    op.add_column("rights_cases", sa.Column("details", sa.Text))
    op.add_column("rights_cases", sa.Column("part", sa.Integer, nullable=False, server_default="0"))
