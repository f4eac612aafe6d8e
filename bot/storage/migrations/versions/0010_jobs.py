"""When each job last succeeded and who is at work on it. A new table: servers of the version before never look at it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "job_runs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("every_seconds", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text),
        *(sa.Column(name, _INSTANT) for name in ("lease_until", "succeeded_at", "failed_at")),
        sa.Column("error", sa.Text),
    )
