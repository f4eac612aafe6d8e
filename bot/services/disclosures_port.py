"""What disclosures and proofs of who we are need from storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.debt.disclosures import Code, Given, Moment
from bot.debt.party import AccountReference, ConversationId, DebtorId, MessageId


@dataclass(frozen=True)
class Disclosed:
    """One disclosure as it was given: what, because of which facts, in which wording, to whom and when."""

    message_id: MessageId
    code: Code
    conversation_id: ConversationId
    debtor_id: DebtorId | None  # None while nobody was identified
    account: AccountReference | None
    moment: Moment
    jurisdiction: str
    facts: tuple[str, ...]
    response: str
    text_version: str
    language: str
    given_at: datetime

    def as_given(self) -> Given:
        """As the core asks for it."""
        return Given(self.code, self.conversation_id, self.account, self.language, self.given_at)


@dataclass(frozen=True)
class VerificationCode:
    """A code that a person was given to check that it is us; of the code itself only the keyed hash is kept."""

    code_hash: str
    conversation_id: ConversationId
    channel: str
    country: str
    created_at: datetime
    expires_at: datetime


class Disclosures(Protocol):
    """What was disclosed; rows are never changed."""

    def add(self, disclosed: Sequence[Disclosed]) -> None: ...
    def given(self, conversation_id: ConversationId, debtor_id: DebtorId | None) -> Sequence[Disclosed]:
        """All that was given in a conversation or, anywhere, to a debtor, oldest first."""

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Disclosed]:
        """All that was given to a debtor, also in their conversations before they were identified, oldest first."""


class VerificationCodes(Protocol):
    """Codes by their hash."""

    def add(self, code: VerificationCode) -> None:
        """Store it; those of its conversation that have expired are forgotten."""

    def get(self, code_hash: str) -> VerificationCode | None: ...
