"""A conversation: one person on one address of one channel, who owns it, and where the dialogue stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from bot.debt.dispositions import Disposition
from bot.debt.party import AccountReference, ConversationId, DebtorId


class Owner(str, Enum):
    """Who answers."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


class Pending(str, Enum):
    """The one question that is open, so that a bare yes, no, number or date can be understood."""

    NOTHING = "nothing"
    IDENTITY = "identity"  # we asked for identity data
    ACCOUNT = "account"  # which of several accounts
    AFFORDABILITY = "affordability"  # how much a month
    OFFERS = "offers"  # offers are on the table
    SUMMARY = "summary"  # a written summary awaits an explicit yes
    PROMISE = "promise"  # date and/or amount of a promise
    NEW_DATE = "new_date"  # a new due date for an instalment
    HUMAN = "human"  # would you like a person?
    CALLBACK = "callback"  # when to call
    HOURS = "hours"  # at which hours not to write
    REPRESENTATIVE = "representative"  # who acts for the debtor, in which quality, how to reach them
    DATA_RIGHT = "data_right"  # which right over personal data
    RECTIFY = "rectify"  # what is wrong with the data, and what is right
    CLARIFY = "clarify"  # which of two meanings
    CONFIRM = "confirm"  # a kind "did I understand you?" on something that matters
    DISPUTE = "dispute"  # what is wrong with the debt
    PAYMENT_PROOF = "payment_proof"  # when and how it was paid


@dataclass
class Conversation:
    """Mutable on purpose: one turn loads it, changes it and saves it in one transaction."""

    conversation_id: ConversationId
    channel: str
    address: str
    language: str
    owner: Owner = Owner.BOT
    debtor_id: DebtorId | None = (
        None  # set only by a successful identification, or a known address (unverified)
    )
    account: AccountReference | None = None
    verified_at: datetime | None = None
    last_inbound_at: datetime | None = None
    opened_at: datetime | None = None
    disposition: Disposition | None = None
    pending: Pending = Pending.NOTHING
    assignee: str | None = None  # the human agent who answers, while `owner` is HUMAN
    part: int = 0  # another one begins when the conversation changes hands; see `Conversations.begin_part`
    state: dict[str, Any] = field(default_factory=dict)  # JSON: what the open question is about
