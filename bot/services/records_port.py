"""What rights, retention and reports need from storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from bot.debt.consents import Consent
from bot.debt.party import AccountReference, ConversationId, DebtorId
from bot.debt.retention import File


@dataclass(frozen=True)
class RightsCase:
    """A right that was invoked, and by when it is answered. `debtor_id` is None while nobody said who they are.

    `details` are the person's own: what is wrong with which data, who represents them and how to reach them.
    """

    case_id: str
    right: str
    conversation_id: ConversationId | None
    debtor_id: DebtorId | None
    account: AccountReference | None
    number: str | None
    country: str
    rule_id: str
    opened_at: datetime
    due_on: date
    status: str = "open"  # open | closed
    closed_at: datetime | None = None
    outcome: str | None = None
    wanted_at: datetime | None = None  # of a call: when the person wants it
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ContactWish:
    """When or by what a person wants to be written to: see `bot.debt.contact_gate.wishes` for the details."""

    wish_id: str
    conversation_id: ConversationId
    debtor_id: DebtorId | None
    kind: str  # hours | channels
    details: Mapping[str, Any]
    asked_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class LegalHold:
    """An order to keep everything about a debtor."""

    hold_id: str
    debtor_id: DebtorId
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True)
class TalkPart:
    """A stretch of a conversation that is one person's."""

    conversation_id: ConversationId
    part: int
    began_at: datetime | None  # None: with the conversation
    ended_at: datetime | None  # None: it is under way


@dataclass(frozen=True)
class Erased:
    """What an erasure did."""

    keys: int
    conversations: int
    messages: int


@dataclass(frozen=True)
class Contact:
    """One conversation about an account, as reports count it."""

    conversation_id: ConversationId
    debtor_id: DebtorId
    account: AccountReference
    channel: str
    language: str
    country: str
    creditor: str
    currency: str
    balance_minor: int
    due_on: date
    seen_on: date  # when the debtor wrote last
    disposition: str | None


@dataclass(frozen=True)
class OfferMade:
    """One offer, as reports count it."""

    account: AccountReference
    kind: str
    saving_minor: int
    balance_minor: int


class RightsCases(Protocol):
    """Cases of rights, each with the day by which it is answered."""

    def add(self, case: RightsCase) -> None: ...
    def get(self, case_id: str) -> RightsCase | None: ...
    def is_open(self, right: str, conversation_id: ConversationId, debtor_id: DebtorId | None) -> bool:
        """Whether the same right is already being answered, here or for this debtor elsewhere."""

    def listed(self, *, due_by: date | None = None, closed_too: bool = False) -> Sequence[RightsCase]:
        """Cases by their day; a case of somebody unknown names the debtor that its conversation is bound to by now."""

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[RightsCase]: ...
    def of_right(self, right: str) -> Sequence[RightsCase]:
        """Every case of a right, open or closed, oldest first."""

    def open_in(self, conversation_id: ConversationId) -> Sequence[RightsCase]:
        """Open cases that began in a conversation."""

    def any_open(
        self, conversation_id: ConversationId, debtor_id: DebtorId | None, rights: Sequence[str]
    ) -> bool:
        """Whether one of these rights is being answered, here or for this debtor elsewhere."""

    def change(self, case_id: str, **columns: Any) -> None:
        """Set columns by name."""

    def close(self, case_id: str, outcome: str, at: datetime) -> None: ...


class Consents(Protocol):
    """Channels that people authorised, and took back."""

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Consent]:
        """Everything on record, oldest first."""

    def of_debtors(self, debtor_ids: Iterable[DebtorId]) -> Mapping[DebtorId, Sequence[Consent]]: ...
    def add(self, added: Sequence[Consent]) -> None: ...


class ContactWishes(Protocol):
    """What people wish of hours and channels."""

    def add(self, wish: ContactWish) -> None: ...
    def in_force(self, conversation_id: ConversationId, debtor_id: DebtorId | None) -> Sequence[ContactWish]:
        """Said in this conversation, or by this debtor anywhere; oldest first."""

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[ContactWish]: ...
    def end(self, wish_id: str, at: datetime) -> None: ...


class LegalHolds(Protocol):
    """Orders to keep everything about a debtor."""

    def in_force(self, debtor_id: DebtorId) -> Sequence[LegalHold]: ...
    def place(self, hold: LegalHold) -> None: ...
    def release(self, debtor_id: DebtorId, at: datetime) -> Sequence[str]:
        """Release all; the ids of those released."""


class PersonalData(Protocol):
    """Everything held about one person: read, or erased."""

    def last_activity(self, debtor_id: DebtorId) -> datetime | None:
        """When something was last done about their debts: a message, an agreement, a promise, a payment."""

    def erased_at(self, debtor_id: DebtorId) -> datetime | None: ...
    def parts(self, debtor_id: DebtorId) -> Sequence[TalkPart]:
        """What of which conversations is theirs: where they were identified, and where nobody was in one bound to them."""

    def held(self, debtor_id: DebtorId) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Their rows by table, readable, without keyed hashes."""

    def erase(self, debtor_id: DebtorId, at: datetime) -> Erased:
        """Destroy the keys of their chains and empty what can be emptied. Nothing of theirs can be read afterwards."""

    def ids_after(self, debtor_id: DebtorId | None, limit: int) -> Sequence[DebtorId]:
        """Debtors not yet erased, in the order of their ids, after one of them."""

    def files(self, debtor_ids: Sequence[DebtorId]) -> Sequence[File]:
        """What stands against erasing each of them."""

    def give_back(self, debtor_id: DebtorId, at: datetime) -> None:
        """Note that the creditor took the file back."""

    def set_attributes(self, rows: Iterable[tuple[DebtorId, str, str]]) -> None: ...
    def known(self, debtor_ids: Iterable[DebtorId]) -> frozenset[DebtorId]:
        """Those of them that are stored and not erased."""


class Reports(Protocol):
    """Plain rows to count."""

    def contacts(self, since: datetime | None, until: datetime | None) -> Sequence[Contact]:
        """Conversations in which an account was spoken of and the debtor wrote last within the period."""

    def offers(self, since: datetime | None, until: datetime | None) -> Sequence[OfferMade]: ...
    def agreed(self, since: datetime | None, until: datetime | None) -> frozenset[AccountReference]:
        """Accounts with an arrangement made within the period that was not withdrawn."""

    def attributes(self) -> Mapping[DebtorId, Mapping[str, str]]: ...
    def dispositions(
        self, since: datetime | None, until: datetime | None
    ) -> Sequence[tuple[str, str, str | None, int]]:
        """(channel, language, disposition, how many conversations)."""
