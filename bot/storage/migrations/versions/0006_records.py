"""What the record needs: signed checkpoints, keys that can be destroyed, rights cases, legal holds, attributes.

New tables, and one column that may be empty, so that servers of the version before go on working beside the new ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True)
_KEPT = ("audit_checkpoints", "audit_checkpoint_heads")


def upgrade() -> None:
    """Add the tables; what proves something can only be added to."""
    _create_checkpoints()
    op.create_table(
        "data_keys",
        sa.Column("subject", _BYTES, primary_key=True),
        *_texts("wrapped", "wrapped_by", "destroyed_at", nullable=True),
    )
    op.create_table(
        "rights_cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        *_texts("right"),
        sa.Column("conversation_id", sa.Text, sa.ForeignKey("conversations.conversation_id")),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id")),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.reference")),
        *_texts("number", nullable=True),
        *_texts("country", "rule_id", "status"),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("closed_at", _INSTANT),
        *_texts("outcome", nullable=True),
    )
    still_open = sa.text("status = 'open'")
    op.create_index(
        "ix_rights_cases_open", "rights_cases", ["due_on"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("ix_rights_cases_debtor_id", "rights_cases", ["debtor_id"])
    op.create_index("ix_rights_cases_conversation_id", "rights_cases", ["conversation_id"])
    op.create_table(
        "legal_holds",
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id"), nullable=False),
        *_texts("reason", "placed_by"),
        sa.Column("placed_at", _INSTANT, nullable=False),
        sa.Column("released_at", _INSTANT),
    )
    op.create_index("ix_legal_holds_debtor_id", "legal_holds", ["debtor_id"])
    op.create_table(
        "debtor_attributes",
        sa.Column("debtor_id", sa.Text, sa.ForeignKey("debtors.debtor_id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        *_texts("value"),
    )
    op.add_column("debtors", sa.Column("erased_at", _INSTANT))


def _create_checkpoints() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        *_texts("public_key", "valid_from"),
        *_texts("valid_until", nullable=True),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        *_texts("made_at"),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("heads", "entries")),
        *_texts("root", "previous_hash", "hash", "key_id", "signature"),
    )
    op.create_table(
        "audit_checkpoint_heads",
        sa.Column("chain", _BYTES, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        *_texts("hash"),
        sa.Column("checkpoint", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_audit_checkpoint_heads_checkpoint", "audit_checkpoint_heads", ["checkpoint", "chain"])
    for table in _KEPT:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
            )
        else:
            refusal = "BEGIN SELECT RAISE(ABORT, 'audit checkpoints are append-only'); END"
            op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}")
            op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]
