"""What human agents need: who answers a conversation, times of cases, and the desk's own tables.

Adds columns that may be empty and new tables, so that servers of the version before go on working beside.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("conversations", _word("assignee", nullable=True))
    _index("ix_conversations_desk", "conversations", "owner", where="owner <> 'bot'")
    for name in ("assignee", "outcome"):
        op.add_column("handoffs", _word(name, nullable=True))
    for name in ("claimed_at", "first_response_at", "told_at", "closed_at"):
        op.add_column("handoffs", _instant(name, nullable=True))
    _create_people()
    _create_work()
    _create_approvals()


def _create_people() -> None:
    op.create_table(
        "desk_users",
        sa.Column("user_id", sa.Text, primary_key=True),
        *(_word(name) for name in ("name", "full_name", "role", "password_hash")),
        sa.Column("must_change", sa.Boolean, nullable=False),
        _word("totp_secret", nullable=True),
        sa.Column("totp_step", sa.BigInteger),
        *(_word(name) for name in ("languages", "creditors", "preferences")),
        _instant("created_at"),
        _instant("disabled_at", nullable=True),
        sa.UniqueConstraint("name", name="uq_desk_users_name"),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("session_hash", sa.Text, primary_key=True),
        _user("user_id"),
        _word("csrf"),
        _word("stage"),
        _instant("created_at"),
        _instant("seen_at"),
    )
    _index("ix_desk_sessions_user_id", "desk_sessions", "user_id")
    op.create_table(
        "desk_tokens",
        sa.Column("token_hash", sa.Text, primary_key=True),
        _user("user_id"),
        _word("label"),
        _instant("created_at"),
        _instant("expires_at"),
        _instant("revoked_at", nullable=True),
    )
    _index("ix_desk_tokens_user_id", "desk_tokens", "user_id")


def _create_work() -> None:
    op.create_table(
        "desk_notes",
        sa.Column("note_id", sa.Text, primary_key=True),
        _conversation(),
        _user("author"),
        _word("text"),
        _instant("created_at"),
    )
    _index("ix_desk_notes_conversation_id", "desk_notes", "conversation_id", "created_at")
    op.create_table(
        "desk_presence",
        _conversation(primary_key=True),
        _user("user_id", primary_key=True),
        _instant("seen_at"),
        _instant("typing_at", nullable=True),
        _instant("read_at", nullable=True),
    )
    op.create_table(
        "desk_reveals",
        _conversation(primary_key=True),
        _user("user_id", primary_key=True),
        _word("reason"),
        _instant("until"),
    )
    op.create_table(
        "desk_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        *(_word(name) for name in ("url", "kind", "payload")),
        _instant("created_at"),
        _instant("due_at"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _word("status"),
    )
    _index("ix_desk_events_pending", "desk_events", "due_at", where="status = 'pending'")


def _create_approvals() -> None:
    op.create_table(
        "desk_approvals",
        sa.Column("approval_id", sa.Text, primary_key=True),
        _conversation(),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.reference"), nullable=False),
        _user("requested_by"),
        _instant("requested_at"),
        _word("proposal"),
        _word("terms"),
        sa.Column("balance_minor", sa.BigInteger, nullable=False),
        _word("currency"),
        sa.Column("expires_on", sa.Date, nullable=False),
        _word("reason"),
        _word("status"),
        _user("decided_by", nullable=True),
        _instant("decided_at", nullable=True),
        _word("note", nullable=True),
        _word("offer_id", nullable=True),
    )
    _index("ix_desk_approvals_conversation_id", "desk_approvals", "conversation_id", "requested_at")
    _index("ix_desk_approvals_pending", "desk_approvals", "requested_at", where="status = 'pending'")


def _word(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, _MOMENT, nullable=nullable)


def _user(name: str, *, nullable: bool = False, primary_key: bool = False) -> sa.Column:
    to = sa.ForeignKey("desk_users.user_id")
    return sa.Column(name, sa.Text, to, nullable=nullable, primary_key=primary_key)


def _conversation(*, primary_key: bool = False) -> sa.Column:
    to = sa.ForeignKey("conversations.conversation_id")
    return sa.Column("conversation_id", sa.Text, to, nullable=False, primary_key=primary_key)


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)
