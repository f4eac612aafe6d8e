"""To whom, identified, a message was written: what waited longer than the identification lasted is not sent as it is.

May be empty, so that servers of the version before go on working beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("outbox", sa.Column("told_to", sa.Text))
