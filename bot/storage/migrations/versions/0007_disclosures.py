"""Disclosures as they were given, and codes by which a person can check that it is us.

New tables only, so that servers of the version before go on working beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "disclosures_given",
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, primary_key=True),
        _of_conversation(),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id")),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.reference")),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("moment", "jurisdiction", "facts", "response")
        ),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text_version", "language")),
        sa.Column("given_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_disclosures_given_conversation_id", "disclosures_given", ["conversation_id"])
    op.create_index("ix_disclosures_given_debtor_id", "disclosures_given", ["debtor_id"])
    op.create_table(
        "verification_codes",
        sa.Column("code_hash", sa.Text, primary_key=True),
        _of_conversation(),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("channel", "country")),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("created_at", "expires_at")),
    )
    op.create_index("ix_verification_codes_conversation_id", "verification_codes", ["conversation_id"])


def _of_conversation() -> sa.Column:
    return sa.Column(
        "conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id"), nullable=False
    )
