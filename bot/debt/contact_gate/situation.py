"""What the gate is asked about: why we write, to whom, and what was written before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum, IntEnum

from bot.debt.contact_gate.rules import Window
from bot.debt.holds import HoldKind


class Purpose(str, Enum):
    """Why a message is written. Stored words: never rename one."""

    REPLY = "reply"  # answers what the debtor wrote last, and nothing else
    COLLECTION = "collection"  # asks for money in any way: reminders, offers, follow-ups after silence
    SERVICE = "service"  # tells without asking for money: payment received, a document that was asked for
    AGREEMENT_CONFIRMATION = "agreement_confirmation"  # the written copy of what was agreed
    RIGHTS_NOTICE = "rights_notice"  # what the law makes us tell: outcome of a dispute, validation notice
    STOP_CONFIRMATION = "stop_confirmation"  # the one confirmation that we will stop
    CRISIS = "crisis"  # the help line for someone in despair


class Result(IntEnum):
    """How far a contact got; each value includes those before it."""

    ATTEMPT = 1
    DELIVERED = 2
    CONTACT = 3  # it reached the person
    CONVERSATION = 4  # they answered


@dataclass(frozen=True)
class Contact:
    """One contact of ours in the past: a message, or messages that went out together."""

    at: datetime
    channel: str
    purpose: Purpose
    result: Result = Result.ATTEMPT
    answers_at: datetime | None = None  # when the message that it answers came
    creditor: str | None = None  # None: of every creditor
    debt: str | None = None  # None: about every debt


@dataclass(frozen=True)
class Reach:
    """The person to be written to, as far as the gate needs to know.

    Attributes:
        zones: every time zone where the person may be; empty when nothing is known of it.
        consents: channels with a recorded, dated authorisation.
        wrote_on: channels on which the person has written to us.
        opted_out: channels that the person stopped.
        holds: what stops collection.
        answers_at: when the message of theirs came that is answered now, if one is.
        inconvenient: hours at which the person asked not to be written to.
        convenient: hours at which the person asked, expressly, to be written to.
        creditor: for whom we write now; None counts every contact.
        debt: about which debt; None counts every contact.
    """

    zones: tuple[tzinfo, ...] = ()
    consents: frozenset[str] = frozenset()
    wrote_on: frozenset[str] = frozenset()
    opted_out: frozenset[str] = frozenset()
    holds: frozenset[HoldKind] = frozenset()
    answers_at: datetime | None = None
    inconvenient: tuple[Window, ...] = ()
    convenient: tuple[Window, ...] = ()
    creditor: str | None = None
    debt: str | None = None
