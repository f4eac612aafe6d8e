"""The tables of the desk: its people, their sessions and tokens, and what they add to conversations."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)

from bot.storage.tables import metadata
from bot.storage.types import CleanText, JsonText, UtcDateTime


def _user(name: str = "user_id", *, nullable: bool = False, primary_key: bool = False) -> Column:
    return Column(
        name, CleanText, ForeignKey("desk_users.user_id"), nullable=nullable, primary_key=primary_key
    )


def _conversation(*, primary_key: bool = False) -> Column:
    return Column(
        "conversation_id",
        CleanText,
        ForeignKey("conversations.conversation_id"),
        nullable=False,
        primary_key=primary_key,
    )


desk_users = Table(
    "desk_users",
    metadata,
    Column("user_id", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False),  # what they type to sign in, in lower case
    Column("full_name", CleanText, nullable=False),
    Column("role", CleanText, nullable=False),
    Column("password_hash", CleanText, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("totp_secret", CleanText),  # encrypted
    Column("totp_step", BigInteger),  # of the code used last: a code is good once
    Column("languages", JsonText, nullable=False),  # empty: all
    Column("creditors", JsonText, nullable=False),
    Column("preferences", JsonText, nullable=False),  # language and theme of the pages
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    UniqueConstraint("name", name="uq_desk_users_name"),
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("session_hash", CleanText, primary_key=True),
    _user(),
    Column("csrf", CleanText, nullable=False),
    Column("stage", CleanText, nullable=False),  # code (second factor is missing) | full
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_desk_sessions_user_id", "user_id"),
)

desk_tokens = Table(
    "desk_tokens",
    metadata,
    Column("token_hash", CleanText, primary_key=True),
    _user(),
    Column("label", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index("ix_desk_tokens_user_id", "user_id"),
)

desk_notes = Table(
    "desk_notes",
    metadata,
    Column("note_id", CleanText, primary_key=True),
    _conversation(),
    _user("author"),
    Column("text", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("part", Integer, nullable=False, server_default="0"),  # of the conversation
    Index("ix_desk_notes_conversation_id", "conversation_id", "created_at"),
)

desk_presence = Table(
    "desk_presence",
    metadata,
    _conversation(primary_key=True),
    _user(primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("typing_at", UtcDateTime),
    Column("read_at", UtcDateTime),
)

desk_reveals = Table(
    "desk_reveals",
    metadata,
    _conversation(primary_key=True),
    _user(primary_key=True),
    Column("reason", CleanText, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

_PENDING = text("status = 'pending'")

desk_approvals = Table(
    "desk_approvals",
    metadata,
    Column("approval_id", CleanText, primary_key=True),
    _conversation(),
    Column("account", CleanText, ForeignKey("accounts.reference"), nullable=False),
    _user("requested_by"),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("proposal", JsonText, nullable=False),
    Column("terms", JsonText, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),  # pending | approved | rejected
    _user("decided_by", nullable=True),
    Column("decided_at", UtcDateTime),
    Column("note", CleanText),
    Column("offer_id", CleanText),
    Index("ix_desk_approvals_conversation_id", "conversation_id", "requested_at"),
    Index("ix_desk_approvals_pending", "requested_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

desk_events = Table(
    "desk_events",
    metadata,
    Column("event_id", CleanText, primary_key=True),
    Column("url", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("payload", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", CleanText, nullable=False),  # pending | sent | failed
    Index("ix_desk_events_pending", "due_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
)
