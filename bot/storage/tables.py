"""Every table but the record's. Amounts are whole minor units beside their currency; instants are UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from bot.storage.types import CleanText, JsonText, UtcDateTime

metadata = MetaData()


def _debtor(*, nullable: bool = False) -> Column:
    return Column("debtor_id", CleanText, ForeignKey("debtors.debtor_id"), nullable=nullable)


def _part() -> Column:
    """Which part of a conversation: each has a key of its own, because each may be another person's."""
    return Column("part", Integer, nullable=False, server_default="0")


def _account(*, nullable: bool = False) -> Column:
    return Column("account", CleanText, ForeignKey("accounts.reference"), nullable=nullable)


def _conversation(*, nullable: bool = False) -> Column:
    return Column(
        "conversation_id", CleanText, ForeignKey("conversations.conversation_id"), nullable=nullable
    )


debtors = Table(
    "debtors",
    metadata,
    Column("debtor_id", CleanText, primary_key=True),
    Column("full_name", CleanText, nullable=False),
    Column("country", CleanText, nullable=False),
    Column("region", CleanText),  # ISO 3166-2, or a city with rules of its own: US-NY-NYC
    Column("language", CleanText, nullable=False),
    Column("time_zone", CleanText),
    Column("phone", CleanText),
    Column("email", CleanText),
    Column("preferred_channel", CleanText, nullable=False),
    # Keyed hashes only: the identity data themselves are never stored.
    Column("date_of_birth_hash", CleanText, nullable=False),
    Column("document_hash", CleanText, nullable=False),
    Column("last_four_hashes", JsonText, nullable=False),
    Column("postal_code_hash", CleanText, nullable=False),
    Column("document_type", CleanText),
    Column("last_import", CleanText),  # which import named them last: two rows of one file must agree
    Column("erased_at", UtcDateTime),
    Column("returned_at", UtcDateTime),  # when the creditor took the file back
    Index("ix_debtors_document_hash", "document_hash"),
)

contact_points = Table(
    "contact_points",
    metadata,
    _debtor(),
    Column("channel", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("is_usable", Boolean, nullable=False),
    UniqueConstraint("debtor_id", "channel", "address", name="uq_contact_points"),
    Index("ix_contact_points_address", "channel", "address"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("reference", CleanText, primary_key=True),
    Column("creditor", CleanText, nullable=False),
    _debtor(),
    Column("country", CleanText, nullable=False),
    Column("product", CleanText, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_minor", BigInteger, nullable=False),
    Column("fees_minor", BigInteger, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("last_payment_on", Date),
    Column("installments_broken", Integer, nullable=False),
    # What the portfolio said last, to tell new figures from figures already reduced by payments.
    Column("imported_principal_minor", BigInteger),
    Column("imported_interest_minor", BigInteger),
    Column("imported_fees_minor", BigInteger),
    Column("row_hash", CleanText),
    Column("last_import", CleanText),
    Index("ix_accounts_debtor_id", "debtor_id"),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", CleanText, primary_key=True),
    Column("kind", CleanText, nullable=False),
    _debtor(),
    _account(nullable=True),
    Column("scope", CleanText, nullable=False),  # the account, or "*": a NULL would escape the unique index
    Column("placed_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime),
    Index("ix_holds_debtor_id", "debtor_id"),
    Index(
        "uq_holds_in_force",
        "debtor_id",
        "kind",
        "scope",
        unique=True,
        sqlite_where=text("lifted_at IS NULL"),
        postgresql_where=text("lifted_at IS NULL"),
    ),
)

offers = Table(
    "offers",
    metadata,
    Column("offer_id", CleanText, primary_key=True),
    _account(),
    Column("terms", JsonText, nullable=False),  # never changes once made
    Column("balance_minor", BigInteger, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("position", Integer, nullable=False),  # offers made in one instant keep their order
    Index("ix_offers_account", "account", "status"),
)

_OPEN = text("status IN ('active', 'late')")

arrangements = Table(
    "arrangements",
    metadata,
    Column("arrangement_id", CleanText, primary_key=True),
    _account(),
    _conversation(nullable=True),
    Column("kind", CleanText, nullable=False),
    Column("frequency", CleanText, nullable=False),
    Column("saving_minor", BigInteger, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("rule_id", CleanText, nullable=False),
    Column("edition", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("agreed_at", UtcDateTime, nullable=False),
    Column("date_changes", Integer, nullable=False),
    Index("ix_arrangements_account", "account", "agreed_at"),
    # However many channels one debtor accepts on at once, an account has one open arrangement.
    Index("uq_arrangements_open", "account", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

_UNPAID = text("status <> 'paid'")

instalments = Table(
    "instalments",
    metadata,
    Column("arrangement_id", CleanText, ForeignKey("arrangements.arrangement_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("due_on", Date, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("paid_minor", BigInteger),
    Column("status", CleanText, nullable=False),
    Index("ix_instalments_unpaid", "due_on", sqlite_where=_UNPAID, postgresql_where=_UNPAID),
)

_PROMISE_OPEN = text("status = 'open'")

promises = Table(
    "promises",
    metadata,
    Column("promise_id", CleanText, primary_key=True),
    _account(),
    _conversation(nullable=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_promises_account", "account"),
    Index("ix_promises_open", "due_on", sqlite_where=_PROMISE_OPEN, postgresql_where=_PROMISE_OPEN),
)

payments = Table(
    "payments",
    metadata,
    Column("payment_reference", CleanText, primary_key=True),
    _account(),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", CleanText, nullable=False),
    Column("paid_on", Date, nullable=False),
    Column("posted_at", UtcDateTime, nullable=False),
    Index("ix_payments_account", "account", "paid_on"),
)

_AT_DESK = text("owner <> 'bot'")

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", CleanText, primary_key=True),
    Column("channel", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("owner", CleanText, nullable=False),
    _debtor(nullable=True),
    _account(nullable=True),
    Column("verified_at", UtcDateTime),
    Column("last_inbound_at", UtcDateTime),
    Column("opened_at", UtcDateTime),
    Column("disposition", CleanText),
    Column("pending", CleanText, nullable=False),
    Column("assignee", CleanText),  # a user of the desk, while a person answers
    Column("state", JsonText, nullable=False),
    _part(),
    UniqueConstraint("channel", "address", name="uq_conversations_address"),
    Index("ix_conversations_debtor_id", "debtor_id"),
    Index("ix_conversations_last_inbound_at", "last_inbound_at"),
    # What the desk looks through every few seconds; with the bot are all the others.
    Index("ix_conversations_desk", "owner", sqlite_where=_AT_DESK, postgresql_where=_AT_DESK),
)

# Where a conversation changed hands: from which moment on its words are another person's. A conversation that never did
# has no rows here; its one part, 0, is the debtor's to whom it is bound.
conversation_parts = Table(
    "conversation_parts",
    metadata,
    Column("conversation_id", CleanText, ForeignKey("conversations.conversation_id"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    _debtor(nullable=True),
    Column("began_at", UtcDateTime, nullable=False),
    Index("ix_conversation_parts_debtor_id", "debtor_id"),
)

_PENDING = text("status = 'pending'")

inbox = Table(
    "inbox",
    metadata,
    Column("message_id", CleanText, primary_key=True),
    _conversation(),
    Column("channel", CleanText, nullable=False),
    Column("provider_id", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("media", JsonText, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("reply", JsonText),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _part(),
    UniqueConstraint("channel", "provider_id", name="uq_inbox_provider_id"),
    Index("ix_inbox_conversation_id", "conversation_id", "received_at"),
    Index("ix_inbox_channel", "channel", "received_at"),
    Index("ix_inbox_pending", "received_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
)

_UNSENT = text("status IN ('queued', 'sending')")
_TAKEN = text("provider_id IS NOT NULL")

outbox = Table(
    "outbox",
    metadata,
    Column("message_id", CleanText, primary_key=True),
    _conversation(),
    Column("cause", CleanText),
    Column("position", Integer, nullable=False),
    Column("response", CleanText, nullable=False),
    Column("variant", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("buttons", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False, server_default=""),
    Column("menu", CleanText, nullable=False, server_default=""),
    Column("author", CleanText, nullable=False, server_default="assistant"),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_at", UtcDateTime),
    Column("provider_id", CleanText),
    Column("error", CleanText),
    Column("cards", JsonText),
    Column("told_to", CleanText),  # the debtor who was identified when it was written
    _part(),
    Index("ix_outbox_cause", "cause", "position"),
    Index("ix_outbox_unsent", "channel", "created_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
    Index("ix_outbox_provider_id", "channel", "provider_id", sqlite_where=_TAKEN, postgresql_where=_TAKEN),
    Index("ix_outbox_conversation_id", "conversation_id", "created_at"),
)

identity_failures = Table(
    "identity_failures",
    metadata,
    Column("failure_id", CleanText, primary_key=True),
    Column("subject", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_identity_failures_subject", "subject", "at"),
)

identity_locks = Table(
    "identity_locks",
    metadata,
    Column("subject", CleanText, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)

_NOT_CLOSED = text("status <> 'closed'")

handoffs = Table(
    "handoffs",
    metadata,
    Column("handoff_id", CleanText, primary_key=True),
    _conversation(),
    _debtor(nullable=True),
    _account(nullable=True),
    Column("reason", CleanText, nullable=False),
    Column("details", JsonText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("assignee", CleanText),
    Column("claimed_at", UtcDateTime),
    Column("first_response_at", UtcDateTime),
    Column("told_at", UtcDateTime),  # when the debtor was told that it takes longer
    Column("closed_at", UtcDateTime),
    Column("outcome", CleanText),  # how it ended: returned, closed, never_mind
    _part(),
    Index("ix_handoffs_conversation_id", "conversation_id", "status"),
    Index("ix_handoffs_status", "status", "created_at"),
    Index("ix_handoffs_open", "created_at", sqlite_where=_NOT_CLOSED, postgresql_where=_NOT_CLOSED),
)

_CASE_OPEN = text("status = 'open'")

rights_cases = Table(
    "rights_cases",
    metadata,
    Column("case_id", CleanText, primary_key=True),
    Column("right", CleanText, nullable=False),
    _conversation(nullable=True),
    _part(),
    _debtor(nullable=True),
    _account(nullable=True),
    Column("number", CleanText),  # what the debtor was given to refer to it
    Column("country", CleanText, nullable=False),
    Column("rule_id", CleanText, nullable=False),  # where the day by which it is answered comes from
    Column("status", CleanText, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("outcome", CleanText),
    Column("wanted_at", UtcDateTime),  # of a call: when the person wants it
    Column("details", JsonText),  # in the person's words, encrypted
    Index("ix_rights_cases_open", "due_on", sqlite_where=_CASE_OPEN, postgresql_where=_CASE_OPEN),
    Index("ix_rights_cases_debtor_id", "debtor_id"),
    Index("ix_rights_cases_conversation_id", "conversation_id"),
)

_IN_FORCE = text("ended_at IS NULL")

# When and by what a person wants to be written to. The contact gate reads it, and may only get stricter by it.
contact_wishes = Table(
    "contact_wishes",
    metadata,
    Column("wish_id", CleanText, primary_key=True),
    _conversation(),
    _part(),
    _debtor(nullable=True),
    Column("kind", CleanText, nullable=False),
    Column("details", JsonText, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_contact_wishes_debtor_id", "debtor_id", sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    Index(
        "ix_contact_wishes_conversation_id",
        "conversation_id",
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    ),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("hold_id", CleanText, primary_key=True),
    _debtor(),
    Column("reason", CleanText, nullable=False),
    Column("placed_by", CleanText, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("released_at", UtcDateTime),
    Index("ix_legal_holds_debtor_id", "debtor_id"),
)

# Each authorisation and each end of one: rows are added and never changed, the newest holds.
consents = Table(
    "consents",
    metadata,
    Column("consent_id", CleanText, primary_key=True),
    _debtor(),
    Column("creditor", CleanText),  # None: of every creditor
    Column("channel", CleanText, nullable=False),
    Column("purpose", CleanText, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # when it was given or taken back
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("how", CleanText, nullable=False),
    Column("by", CleanText),  # the message in which it was said, or who entered it
    Column("proof", CleanText),
    Column("text_version", CleanText),
    Index("ix_consents_debtor_id", "debtor_id", "at"),
)

# What fairness is measured by, where a deployer may and does hold it. No rule and no text ever reads this table.
debtor_attributes = Table(
    "debtor_attributes",
    metadata,
    Column("debtor_id", CleanText, ForeignKey("debtors.debtor_id"), primary_key=True),
    Column("name", CleanText, primary_key=True),
    Column("value", CleanText, nullable=False),
)

chat_links = Table(
    "chat_links",
    metadata,
    Column("token_hash", CleanText, primary_key=True),
    _debtor(),
    Column("channel", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("used_by", CleanText),  # the address that opened it
    Index("ix_chat_links_debtor_id", "debtor_id"),
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("every_seconds", Integer, nullable=False),
    Column("holder", CleanText),  # the process at work on it, while the lease lasts
    Column("lease_until", UtcDateTime),
    Column("succeeded_at", UtcDateTime),
    Column("failed_at", UtcDateTime),  # of the last failure, until it succeeds again
    Column("error", CleanText),
)

disclosures_given = Table(
    "disclosures_given",
    metadata,
    Column("message_id", CleanText, primary_key=True),  # of the outbox
    Column("code", CleanText, primary_key=True),
    _conversation(),
    _debtor(nullable=True),
    _account(nullable=True),
    Column("moment", CleanText, nullable=False),
    Column("jurisdiction", CleanText, nullable=False),
    Column("facts", JsonText, nullable=False),
    Column("response", CleanText, nullable=False),
    Column("text_version", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Index("ix_disclosures_given_conversation_id", "conversation_id"),
    Index("ix_disclosures_given_debtor_id", "debtor_id"),
)

verification_codes = Table(
    "verification_codes",
    metadata,
    Column("code_hash", CleanText, primary_key=True),
    _conversation(),
    Column("channel", CleanText, nullable=False),
    Column("country", CleanText, nullable=False),  # whose clock the person reads
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_verification_codes_conversation_id", "conversation_id"),
)
