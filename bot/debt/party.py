"""Who a debt belongs to, and the proof that we are talking to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

DebtorId = NewType("DebtorId", str)
AccountReference = NewType("AccountReference", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)


@dataclass(frozen=True)
class Debtor:
    """A person with one or more accounts. Identity data is held only as keyed hashes (see `IdentityRecord`)."""

    debtor_id: DebtorId
    full_name: str
    country: str  # ISO 3166 alpha-2
    language: str  # "es" or "en"
    time_zone: str | None  # IANA name; None when the portfolio does not know it
    phone: str | None  # E.164
    email: str | None
    preferred_channel: str
    region: str | None = None  # ISO 3166-2, or a city with rules of its own: US-NY-NYC; None when nobody said

    @property
    def first_name(self) -> str:
        """The name to greet with."""
        return self.full_name.split()[0] if self.full_name.split() else ""


@dataclass(frozen=True)
class IdentityRecord:
    """Keyed hashes of the identity data of one debtor, for comparison in constant time.

    `last_four` holds more than one hash because people read "the last four" with or without the check letter.
    """

    debtor_id: DebtorId
    date_of_birth: str
    document_number: str
    last_four: tuple[str, ...]
    postal_code: str


@dataclass(frozen=True)
class RightParty:
    """Proof that the person in a conversation was identified as this debtor and that it still holds.

    Services that disclose a debt take one of these, so disclosure without identification does not type-check.
    """

    debtor: Debtor
    conversation_id: ConversationId
    verified_at: datetime
