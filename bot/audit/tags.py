"""The audit tags: what an entry says happened and the facts it may carry. Stored words: never rename one."""

from __future__ import annotations

from enum import Enum


class Tag(str, Enum):
    """What happened. The comment after a tag says when it is written."""

    # Messages
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"  # the debtor wrote
    MESSAGE_SENT = "MESSAGE_SENT"  # an answer was queued for sending
    MESSAGE_DELIVERY = "MESSAGE_DELIVERY"  # the provider took it, delivered it, refused it …
    CONTACT_DECIDED = "CONTACT_DECIDED"  # the contact gate let a message out, held it back or stopped it
    ADDRESS_MARKED = "ADDRESS_MARKED"  # an address turned out to be unusable, or usable again
    CHAT_LINK_MADE = "CHAT_LINK_MADE"  # a link was made that tells us whose chat it is
    CHAT_LINKED = "CHAT_LINKED"  # a chat said whose it is: by a link or a shared number; identifies nobody
    MESSAGE_UNDERSTOOD = "MESSAGE_UNDERSTOOD"  # what the assistant took a message for
    INTENT_CLARIFIED = "INTENT_CLARIFIED"  # we asked which of two meanings was meant
    LANGUAGE_CHOSEN = "LANGUAGE_CHOSEN"  # the person wrote in, or asked for, another language from here on
    NO_PROGRESS = "NO_PROGRESS"  # turns went by without getting anywhere
    TURN_FAILED = "TURN_FAILED"  # a fault on our side; the debtor got an apology
    DISCLOSURE_GIVEN = "DISCLOSURE_GIVEN"  # a notice that the law or the creditor prescribes
    VERIFICATION_CODE_GIVEN = "VERIFICATION_CODE_GIVEN"  # a code by which the person can check that it is us
    CRISIS_LINE_GIVEN = "CRISIS_LINE_GIVEN"  # distress: the country's line was given
    # Identity: outcomes only, never what was said
    IDENTITY_ATTEMPTED = "IDENTITY_ATTEMPTED"
    IDENTITY_EXPIRED = "IDENTITY_EXPIRED"
    BALANCE_DISCLOSED = "BALANCE_DISCLOSED"
    # Negotiation
    OFFER_MADE = "OFFER_MADE"
    COUNTER_OFFER_DECIDED = "COUNTER_OFFER_DECIDED"
    SUMMARY_SHOWN = "SUMMARY_SHOWN"
    OFFER_ACCEPTED = "OFFER_ACCEPTED"
    OFFER_STALE = "OFFER_STALE"
    ARRANGEMENT_WITHDRAWN = "ARRANGEMENT_WITHDRAWN"
    DUE_DATE_CHANGED = "DUE_DATE_CHANGED"
    PROMISE_MADE = "PROMISE_MADE"
    PAYMENT_INSTRUCTIONS_GIVEN = "PAYMENT_INSTRUCTIONS_GIVEN"
    # What stops or redirects collection
    HOLD_PLACED = "HOLD_PLACED"
    HOLD_LIFTED = "HOLD_LIFTED"
    RIGHT_INVOKED = "RIGHT_INVOKED"
    CONTACT_STOPPED = "CONTACT_STOPPED"
    CONTACT_RESUMED = "CONTACT_RESUMED"
    CONSENT_GIVEN = "CONSENT_GIVEN"  # a channel was authorised, by whom and how
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"  # and taken back
    CONTACT_WISH = "CONTACT_WISH"  # when or by what the person wants to be written to: kept, or ended
    HANDED_OFF = "HANDED_OFF"
    CALLBACK_REQUESTED = "CALLBACK_REQUESTED"
    AUTHORITY_DECIDED = (
        "AUTHORITY_DECIDED"  # a person accepted, or refused, the authority of whoever acts for the debtor
    )
    AUTHORITY_ENDED = "AUTHORITY_ENDED"  # its last day is over: nobody writes to the representative any more
    ANSWER_WITHHELD = "ANSWER_WITHHELD"  # whom it was written to is identified no longer; or given after all
    DISPOSITION_SET = "DISPOSITION_SET"
    # Records and rights
    CASE_OPENED = "CASE_OPENED"  # a right was invoked: its case, with the day by which it is answered
    CASE_CLOSED = "CASE_CLOSED"
    LEGAL_HOLD_PLACED = "LEGAL_HOLD_PLACED"  # nothing of the debtor may be erased
    LEGAL_HOLD_RELEASED = "LEGAL_HOLD_RELEASED"
    ERASURE_REFUSED = "ERASURE_REFUSED"  # a legal hold or a duty to keep records stands against it
    DEBTOR_ERASED = "DEBTOR_ERASED"  # the keys of their personal data were destroyed
    FILE_RETURNED = "FILE_RETURNED"  # the creditor took the debtor's file back
    DATA_GIVEN = "DATA_GIVEN"  # everything held about a debtor was put together for them
    # The desk
    DESK_CLAIMED = "DESK_CLAIMED"  # a person answers from here on
    DESK_RELEASED = "DESK_RELEASED"  # back to the queue
    DESK_REASSIGNED = "DESK_REASSIGNED"
    DESK_RETURNED = "DESK_RETURNED"  # back to the assistant
    DESK_CLOSED = "DESK_CLOSED"
    DESK_WAIT_TOLD = "DESK_WAIT_TOLD"  # the debtor was told that it takes longer
    DESK_OPENED = "DESK_OPENED"  # somebody read a conversation
    DESK_REVEALED = "DESK_REVEALED"  # data of somebody not identified were shown, and why
    DESK_NOTED = "DESK_NOTED"  # a private note
    DESK_APPROVAL = "DESK_APPROVAL"  # terms beyond the rules: asked for, approved, rejected
    DESK_EXPORTED = "DESK_EXPORTED"  # a record left the system
    RECORD_VERIFIED = (
        "RECORD_VERIFIED"  # somebody had the record walked: all of it, or what is about one debtor
    )
    BACKUP_MADE = "BACKUP_MADE"  # a copy of the whole database was written
    DESK_SIGNED_IN = "DESK_SIGNED_IN"  # tried to: the outcome says how it went
    DESK_USER_CHANGED = "DESK_USER_CHANGED"  # an account of the desk
    # The books
    ACCOUNT_IMPORTED = "ACCOUNT_IMPORTED"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"  # names of changed columns, never personal values
    PAYMENT_POSTED = "PAYMENT_POSTED"
    PROMISE_MOVED = "PROMISE_MOVED"
    ARRANGEMENT_MOVED = "ARRANGEMENT_MOVED"


# Chains that are about nobody: who walked the whole record, and copies of the database.
VERIFICATIONS = "record:verifications"
BACKUPS = "record:backups"

# Facts that any entry may carry beside its own.
COMMON = frozenset(
    {
        "account",
        "debtor_id",
        "conversation_id",
        "channel",
        "language",
        "actor",
        "reason",
        "because",
        "words",
        "disposition",
    }
)

_TERMS = frozenset(
    {
        "offer_id",
        "kind",
        "frequency",
        "total",
        "saving",
        "schedule",
        "installments",
        "first_due_on",
        "last_due_on",
    }
    | {"expires_on", "balance", "rung"}
)
_CONSENT = frozenset(
    {"consent_id", "purpose", "how", "consented_at", "creditor", "proof", "text_version", "file"}
)
_DECISION = frozenset({"segment", "tone", "inputs", "verdict", "limits"})

# The facts that each tag is documented to carry. Only those of SEALED tags are enforced on writing.
PAYLOAD: dict[Tag, frozenset[str]] = {
    Tag.MESSAGE_RECEIVED: frozenset(
        {"provider_id", "text", "media", "intent", "confidence", "entities", "status"}
    ),
    Tag.MESSAGE_SENT: frozenset(
        {"outbox_id", "response", "variant", "text", "buttons", "cause", "position", "status", "tone"}
    ),
    Tag.MESSAGE_DELIVERY: frozenset({"outbox_id", "status", "provider_id", "code", "text"}),
    Tag.CONTACT_DECIDED: frozenset(
        {"outbox_id", "purpose", "jurisdiction", "outcome", "kind", "fact_id", "next_allowed_at"}
    ),
    Tag.ADDRESS_MARKED: frozenset({"usable", "code"}),
    Tag.CHAT_LINK_MADE: frozenset({"expires_at"}),
    Tag.CHAT_LINKED: frozenset({"by", "outcome"}),
    Tag.MESSAGE_UNDERSTOOD: frozenset({"intent", "confidence", "pressed", "pending"}),
    Tag.INTENT_CLARIFIED: frozenset({"meanings", "confidence", "pending"}),
    Tag.LANGUAGE_CHOSEN: frozenset({"from"}),
    Tag.NO_PROGRESS: frozenset({"turns", "pending", "intent"}),
    Tag.TURN_FAILED: frozenset({"error", "place", "intent"}),
    Tag.DISCLOSURE_GIVEN: frozenset(
        {"disclosure", "moment", "jurisdiction", "facts", "response", "text_version", "outbox_id"}
    ),
    Tag.VERIFICATION_CODE_GIVEN: frozenset({"expires_at"}),
    Tag.CRISIS_LINE_GIVEN: frozenset({"line", "country", "jurisdiction"}),
    Tag.IDENTITY_ATTEMPTED: frozenset({"outcome", "failures", "factors", "locked_until"}),
    Tag.IDENTITY_EXPIRED: frozenset({"verified_at", "minutes"}),
    Tag.BALANCE_DISCLOSED: frozenset(
        {"total", "balance", "principal", "interest", "fees", "creditor", "days_past_due", "accounts"}
    )
    | _DECISION,
    Tag.OFFER_MADE: _TERMS | _DECISION,
    Tag.COUNTER_OFFER_DECIDED: _TERMS | _DECISION | {"proposal", "outcome", "offers"},
    Tag.SUMMARY_SHOWN: _TERMS,
    Tag.OFFER_ACCEPTED: _TERMS | {"arrangement_id", "accepted_at"},
    Tag.OFFER_STALE: _TERMS | {"status", "replaced_by"},
    Tag.ARRANGEMENT_WITHDRAWN: _TERMS | {"arrangement_id", "status"},
    Tag.DUE_DATE_CHANGED: frozenset({"arrangement_id", "number", "due_on", "from", "to", "date_changes"})
    | _DECISION,
    Tag.PROMISE_MADE: frozenset({"promise_id", "amount", "due_on", "balance", "replaces"}) | _DECISION,
    Tag.PAYMENT_INSTRUCTIONS_GIVEN: frozenset(
        {"methods", "amount", "payment_code", "response", "arrangement_id", "due_on", "creditor", "country"}
    ),
    Tag.HOLD_PLACED: frozenset({"kind", "scope", "intent", "details"}),
    Tag.HOLD_LIFTED: frozenset({"kind", "scope", "details"}),
    Tag.RIGHT_INVOKED: frozenset(
        {"right", "number", "case_id", "due_on", "details", "intent", "jurisdiction"}
    ),
    Tag.CONTACT_STOPPED: frozenset({"scope", "word", "intent"}),
    Tag.CONTACT_RESUMED: frozenset({"scope", "word", "intent"}),
    Tag.CONSENT_GIVEN: _CONSENT,
    Tag.CONSENT_WITHDRAWN: _CONSENT,
    Tag.CONTACT_WISH: frozenset({"wish_id", "kind", "outcome", "details"}),
    Tag.HANDED_OFF: frozenset(
        {"handoff_id", "details", "proposal", "owner", "intent", "segment", "priority"}
    ),
    Tag.CALLBACK_REQUESTED: frozenset({"handoff_id", "day", "time", "details", "beside_own_hours"}),
    Tag.AUTHORITY_DECIDED: frozenset({"case_id", "outcome", "until"}),
    Tag.AUTHORITY_ENDED: frozenset({"case_id", "until"}),
    Tag.ANSWER_WITHHELD: frozenset({"outcome", "outbox_ids"}),
    Tag.DISPOSITION_SET: frozenset({"from", "to"}),
    Tag.CASE_OPENED: frozenset({"case_id", "right", "number", "due_on", "jurisdiction"}),
    Tag.CASE_CLOSED: frozenset({"case_id", "right", "outcome", "due_on"}),
    Tag.LEGAL_HOLD_PLACED: frozenset({"hold_id"}),
    Tag.LEGAL_HOLD_RELEASED: frozenset({"hold_id"}),
    Tag.ERASURE_REFUSED: frozenset({"against", "until"}),
    Tag.DEBTOR_ERASED: frozenset({"keys", "conversations", "messages", "until"}),
    Tag.FILE_RETURNED: frozenset(),
    Tag.DATA_GIVEN: frozenset({"case_id"}),
    Tag.DESK_CLAIMED: frozenset({"cases", "from", "seconds"}),
    Tag.DESK_RELEASED: frozenset({"cases", "from"}),
    Tag.DESK_REASSIGNED: frozenset({"cases", "from", "to"}),
    Tag.DESK_RETURNED: frozenset({"cases", "offer_id"}),
    Tag.DESK_CLOSED: frozenset({"cases", "from", "to"}),
    Tag.DESK_WAIT_TOLD: frozenset({"cases", "response"}),
    Tag.DESK_OPENED: frozenset({"masked", "by"}),
    Tag.DESK_REVEALED: frozenset({"until"}),
    Tag.DESK_NOTED: frozenset({"note_id"}),
    Tag.DESK_APPROVAL: frozenset(
        {"approval_id", "outcome", "proposal", "total", "saving", "installments", "offer_id"}
    ),
    Tag.DESK_EXPORTED: frozenset({"entries", "by"}),
    Tag.RECORD_VERIFIED: frozenset({"entries", "chains", "checkpoints", "findings"}),
    Tag.BACKUP_MADE: frozenset({"file", "content", "signed", "revision"}),
    Tag.DESK_SIGNED_IN: frozenset({"outcome"}),
    Tag.DESK_USER_CHANGED: frozenset({"user_id", "columns", "role", "outcome"}),
    Tag.ACCOUNT_IMPORTED: frozenset({"creditor", "balance", "file"}),
    Tag.ACCOUNT_CHANGED: frozenset({"columns", "balance", "balance_before", "file", "moved_to"}),
    Tag.PAYMENT_POSTED: frozenset(
        {
            "payment_reference",
            "amount",
            "paid_on",
            "applied",
            "balance",
            "forgiven",
            "overpaid",
            "arrangement_id",
        }
    ),
    Tag.PROMISE_MOVED: frozenset({"promise_id", "from", "to", "due_on", "amount"}),
    Tag.ARRANGEMENT_MOVED: frozenset({"arrangement_id", "from", "to", "kind", "instalments"}),
}

# Facts that say something of a person in words or by which they can be reached: encrypted with the key of their chain.
PERSONAL = frozenset(
    {
        "text",
        "words",
        "details",
        "phone",
        "email",
        "address",
        "name",
        "entities",
        "buttons",
        "time",
        "day",
        "proof",
    }
)

# Entries in which a fact too many would be personal data: an undocumented one is refused.
SEALED = frozenset(
    {
        Tag.IDENTITY_ATTEMPTED,
        Tag.IDENTITY_EXPIRED,
        Tag.ACCOUNT_IMPORTED,
        Tag.ACCOUNT_CHANGED,
        Tag.DESK_SIGNED_IN,
        Tag.DESK_USER_CHANGED,
    }
)
