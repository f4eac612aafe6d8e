"""All tables, and the triggers that make the record append-only.

Runs on an empty database, so no lock matters.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create everything."""
    _create_portfolio()
    _create_negotiation()
    _create_conversations()
    _create_money()
    _create_record()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _texts(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _key(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, primary_key=True)


def _to(table: str, key: str, name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text, sa.ForeignKey(f"{table}.{key}"), nullable=nullable)


def _debtor(*, nullable: bool = False) -> sa.Column:
    return _to("debtors", "debtor_id", "debtor_id", nullable=nullable)


def _account(*, nullable: bool = False) -> sa.Column:
    return _to("accounts", "reference", "account", nullable=nullable)


def _conversation(*, nullable: bool = False) -> sa.Column:
    return _to("conversations", "conversation_id", "conversation_id", nullable=nullable)


def _minor(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False)


def _index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    conditions = {"sqlite_where": condition, "postgresql_where": condition} if where else {}
    op.create_index(name, table, list(columns), unique=unique, **conditions)


def _create_portfolio() -> None:
    op.create_table(
        "debtors",
        _key("debtor_id"),
        *_texts("full_name", "country", "language"),
        *_texts("time_zone", "phone", "email", nullable=True),
        *_texts(
            "preferred_channel", "date_of_birth_hash", "document_hash", "last_four_hashes", "postal_code_hash"
        ),
        *_texts("document_type", "last_import", nullable=True),
    )
    _index("ix_debtors_document_hash", "debtors", "document_hash")
    op.create_table(
        "contact_points",
        _debtor(),
        *_texts("channel", "address"),
        sa.Column("is_usable", sa.Boolean, nullable=False),
        sa.UniqueConstraint("debtor_id", "channel", "address", name="uq_contact_points"),
    )
    _index("ix_contact_points_address", "contact_points", "channel", "address")
    op.create_table(
        "accounts",
        _key("reference"),
        *_texts("creditor"),
        _debtor(),
        *_texts("country", "product", "currency"),
        *map(_minor, ("principal_minor", "interest_minor", "fees_minor")),
        *map(_day, ("opened_on", "due_on")),
        _day("last_payment_on", nullable=True),
        _number("installments_broken"),
        _minor("imported_principal_minor", nullable=True),
        _minor("imported_interest_minor", nullable=True),
        _minor("imported_fees_minor", nullable=True),
        *_texts("row_hash", "last_import", nullable=True),
    )
    _index("ix_accounts_debtor_id", "accounts", "debtor_id")


def _create_negotiation() -> None:
    op.create_table(
        "holds",
        _key("hold_id"),
        *_texts("kind"),
        _debtor(),
        _account(nullable=True),
        *_texts("scope"),
        _instant("placed_at"),
        _instant("lifted_at", nullable=True),
    )
    _index("ix_holds_debtor_id", "holds", "debtor_id")
    _index("uq_holds_in_force", "holds", "debtor_id", "kind", "scope", where="lifted_at IS NULL", unique=True)
    op.create_table(
        "offers",
        _key("offer_id"),
        _account(),
        *_texts("terms"),
        _minor("balance_minor"),
        *_texts("currency"),
        _instant("made_at"),
        _day("expires_on"),
        *_texts("status"),
        _number("position"),
    )
    _index("ix_offers_account", "offers", "account", "status")


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        _key("conversation_id"),
        *_texts("channel", "address", "language", "owner"),
        _debtor(nullable=True),
        _account(nullable=True),
        _instant("verified_at", nullable=True),
        _instant("last_inbound_at", nullable=True),
        _instant("opened_at", nullable=True),
        *_texts("disposition", nullable=True),
        *_texts("pending", "state"),
        sa.UniqueConstraint("channel", "address", name="uq_conversations_address"),
    )
    _index("ix_conversations_debtor_id", "conversations", "debtor_id")
    op.create_table(
        "inbox",
        _key("message_id"),
        _conversation(),
        *_texts("channel", "provider_id", "text", "media"),
        _instant("received_at"),
        *_texts("status"),
        *_texts("reply", nullable=True),
        sa.UniqueConstraint("channel", "provider_id", name="uq_inbox_provider_id"),
    )
    _index("ix_inbox_conversation_id", "inbox", "conversation_id", "received_at")
    _index("ix_inbox_pending", "inbox", "received_at", where="status = 'pending'")
    op.create_table(
        "outbox",
        _key("message_id"),
        _conversation(),
        *_texts("cause", nullable=True),
        _number("position"),
        *_texts("response", "variant", "language", "text", "buttons"),
        _instant("created_at"),
        *_texts("status"),
    )
    _index("ix_outbox_cause", "outbox", "cause", "position")
    _index("ix_outbox_conversation_id", "outbox", "conversation_id", "created_at")
    op.create_table("identity_failures", _key("failure_id"), *_texts("subject"), _instant("at"))
    _index("ix_identity_failures_subject", "identity_failures", "subject", "at")
    op.create_table("identity_locks", _key("subject"), _instant("until"))
    op.create_table(
        "handoffs",
        _key("handoff_id"),
        _conversation(),
        _debtor(nullable=True),
        _account(nullable=True),
        *_texts("reason", "details"),
        _instant("created_at"),
        *_texts("status"),
    )
    _index("ix_handoffs_conversation_id", "handoffs", "conversation_id", "status")
    _index("ix_handoffs_status", "handoffs", "status", "created_at")


def _create_money() -> None:
    op.create_table(
        "arrangements",
        _key("arrangement_id"),
        _account(),
        _conversation(nullable=True),
        *_texts("kind", "frequency"),
        _minor("saving_minor"),
        *_texts("currency", "rule_id", "edition", "status"),
        _instant("agreed_at"),
        _number("date_changes"),
    )
    _index("ix_arrangements_account", "arrangements", "account", "agreed_at")
    _index(
        "uq_arrangements_open", "arrangements", "account", where="status IN ('active', 'late')", unique=True
    )
    op.create_table(
        "instalments",
        sa.Column("arrangement_id", sa.Text, sa.ForeignKey("arrangements.arrangement_id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        _day("due_on"),
        _minor("amount_minor"),
        _minor("paid_minor", nullable=True),
        *_texts("status"),
    )
    _index("ix_instalments_unpaid", "instalments", "due_on", where="status <> 'paid'")
    op.create_table(
        "promises",
        _key("promise_id"),
        _account(),
        _conversation(nullable=True),
        _minor("amount_minor"),
        *_texts("currency"),
        _day("due_on"),
        *_texts("status"),
        _instant("made_at"),
    )
    _index("ix_promises_account", "promises", "account")
    _index("ix_promises_open", "promises", "due_on", where="status = 'open'")
    op.create_table(
        "payments",
        _key("payment_reference"),
        _account(),
        _minor("amount_minor"),
        *_texts("currency"),
        _day("paid_on"),
        _instant("posted_at"),
    )
    _index("ix_payments_account", "payments", "account", "paid_on")


def _create_record() -> None:
    op.create_table(
        "audit_entries",
        _key("id"),
        sa.Column("chain", _BYTES, nullable=False),
        _minor("seq"),
        *_texts("at", "tag", "payload"),
        *_texts("message_id", "edition", "rule_id", nullable=True),
        *_texts("previous_hash", "hash"),
        sa.UniqueConstraint("chain", "seq", name="uq_audit_entries_chain_seq"),
    )
    _index("ix_audit_entries_message_id", "audit_entries", "message_id")
    op.create_table(
        "audit_head", sa.Column("chain", _BYTES, primary_key=True), _minor("seq"), *_texts("hash")
    )


def _guard_on_sqlite() -> None:
    refusal = "BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END"
    op.execute(f"CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries {refusal}")
    op.execute(f"CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries {refusal}")
    # INSERT OR REPLACE deletes without asking the trigger for DELETE.
    op.execute(
        "CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries "
        "WHEN EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id) "
        f"OR EXISTS (SELECT 1 FROM audit_entries WHERE chain = NEW.chain AND seq = NEW.seq) {refusal}"
    )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
