"""What the desk needs from storage: its people, and what they add to conversations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from bot.debt.accounts import Account
from bot.debt.arrangements import Terms
from bot.debt.conversations import Conversation
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId, Debtor


@dataclass(frozen=True)
class User:
    """One person who works at the desk."""

    user_id: str
    name: str
    full_name: str
    role: str
    password_hash: str = field(repr=False)
    created_at: datetime
    must_change: bool = False  # the password was given out by somebody else
    totp_secret: str | None = field(default=None, repr=False)  # encrypted
    totp_step: int | None = None
    languages: tuple[str, ...] = ()  # skills; empty: all
    creditors: tuple[str, ...] = ()
    preferences: Mapping[str, Any] = field(default_factory=dict)
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class Session:
    """A signed-in browser. Only a hash of what its cookie holds is stored."""

    session_hash: str
    user_id: str
    csrf: str = field(repr=False)
    stage: str  # code: the second factor is missing | full
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Token:
    """Access for a program, with the rights of a user."""

    token_hash: str
    user_id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True)
class Note:
    """A private note on a conversation."""

    note_id: str
    conversation_id: ConversationId
    author: str
    text: str
    created_at: datetime


@dataclass(frozen=True)
class Presence:
    """Who has a conversation open, and whether they type."""

    user_id: str
    full_name: str
    seen_at: datetime
    typing_at: datetime | None


@dataclass(frozen=True)
class Approval:
    """Terms beyond the rules that one person asks for and another decides on."""

    approval_id: str
    conversation_id: ConversationId
    account: AccountReference
    requested_by: str
    requested_at: datetime
    proposal: Mapping[str, Any]  # what was asked for, in the requester's figures
    terms: Terms
    balance: Money
    expires_on: date
    reason: str
    status: str = "pending"  # pending | approved | rejected
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    offer_id: str | None = None


@dataclass(frozen=True)
class Waiting:
    """One conversation with open cases, as the queue lists it."""

    conversation: Conversation
    account: Account | None
    debtor: Debtor | None
    reasons: tuple[str, ...]  # of its open cases, oldest first
    since: datetime  # of the oldest of them
    told_at: datetime | None
    claimed_at: datetime | None
    first_response_at: datetime | None


@dataclass(frozen=True)
class Event:
    """A webhook call to make."""

    event_id: str
    url: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    status: str = "pending"  # pending | sent | failed


class DeskPeople(Protocol):
    """Users, sessions and tokens."""

    def add(self, user: User) -> None: ...
    def get(self, user_id: str) -> User | None: ...
    def by_name(self, name: str) -> User | None: ...
    def all(self) -> Sequence[User]: ...
    def change(self, user_id: str, **columns: Any) -> None: ...
    def add_session(self, session: Session) -> None: ...
    def session(self, session_hash: str) -> Session | None: ...
    def change_session(self, session_hash: str, **columns: Any) -> None: ...
    def end_session(self, session_hash: str) -> None: ...
    def end_sessions_of(self, user_id: str, but: str = "") -> None: ...
    def end_sessions_before(self, created: datetime, seen: datetime) -> int: ...
    def add_token(self, token: Token) -> None: ...
    def token(self, token_hash: str) -> Token | None: ...
    def tokens_of(self, user_id: str) -> Sequence[Token]: ...
    def revoke_token(self, token_hash: str, at: datetime) -> None: ...


class Desk(Protocol):
    """The queue, and what people add to conversations."""

    def waiting(self) -> Sequence[Waiting]:
        """Every conversation with an open case or at the desk, in no particular order."""

    def versions(self, conversation_ids: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
        """Something that changes whenever the queue ("queue") or one of these conversations does."""

    def conversations(
        self, limit: int, before: datetime | None, where: Mapping[str, str]
    ) -> Sequence[Conversation]:
        """Conversations by their last message, newest first; `where` names columns and their values."""

    def to_be_told(self) -> Sequence[tuple[Conversation, datetime]]:
        """Conversations that wait for a person and were not told yet that it takes longer, and since when."""

    def unanswered(self, before: datetime) -> Sequence[ConversationId]:
        """Conversations that a person owns and whose debtor wrote before this instant."""

    def claims_of(self, user_id: str) -> int: ...
    def last_reply_at(self, conversation_id: ConversationId) -> datetime | None:
        """When a person last wrote in a conversation."""

    def add_note(self, note: Note) -> None: ...
    def notes(self, conversation_id: ConversationId) -> Sequence[Note]: ...
    def see(self, conversation_id: ConversationId, user_id: str, at: datetime, *, typing: bool) -> None: ...
    def present(self, conversation_id: ConversationId, since: datetime) -> Sequence[Presence]: ...
    def leave(self, conversation_id: ConversationId, user_id: str) -> None: ...
    def reveal(self, conversation_id: ConversationId, user_id: str, reason: str, until: datetime) -> None: ...
    def revealed_until(self, conversation_id: ConversationId, user_id: str) -> datetime | None: ...
    def add_approval(self, approval: Approval) -> None: ...
    def approval(self, approval_id: str) -> Approval | None:
        """Load it and hold its row to the end of the transaction."""

    def decide_approval(self, approval_id: str, status: str, **columns: Any) -> bool:
        """Decide a pending one; False if it was decided already."""

    def approvals(
        self, conversation_id: ConversationId | None = None, status: str | None = None
    ) -> Sequence[Approval]: ...
    def add_event(self, event: Event) -> None: ...
    def next_event(self, now: datetime, latest: datetime) -> Event | None:
        """The event that is due longest, held to the end of the transaction.

        Args:
            latest: what is due after this was put off by a clock that was ahead: it is due now.
        """

    def change_event(self, event_id: str, **columns: Any) -> None: ...
