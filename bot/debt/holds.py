"""Holds: what stops collection, and how far each one reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.debt.party import AccountReference, DebtorId


class HoldKind(str, Enum):
    """Why collection stops. Stored words: never rename one."""

    DISPUTE = "dispute"
    PAYMENT_CLAIMED = "payment_claimed"
    WRONG_PARTY = "wrong_party"
    DECEASED = "deceased"
    REPRESENTED = "represented"
    CEASE_CONTACT = "cease_contact"
    DISTRESS = "distress"
    HARDSHIP = "hardship"
    REFUSED = "refused"
    COMPLAINT = "complaint"
    # Never stored: there while a right that was invoked is not answered (bot/services/contact_gate.py).
    RIGHT_PENDING = "right_pending"


# Holds after which the assistant makes no offer and takes no agreement, however the person asks: a human decides.
# HARDSHIP, CEASE_CONTACT, REFUSED and COMPLAINT stop what we send; a debtor who writes and asks to pay may still agree.
FORBIDS_OFFERS = frozenset(
    {
        HoldKind.DISPUTE,
        HoldKind.PAYMENT_CLAIMED,
        HoldKind.WRONG_PARTY,
        HoldKind.DECEASED,
        HoldKind.REPRESENTED,
        HoldKind.DISTRESS,
    }
)
# Holds on the person, not on one account.
ON_DEBTOR = frozenset(
    {
        HoldKind.WRONG_PARTY,
        HoldKind.DECEASED,
        HoldKind.REPRESENTED,
        HoldKind.CEASE_CONTACT,
        HoldKind.DISTRESS,
        HoldKind.COMPLAINT,
    }
)


@dataclass(frozen=True)
class Hold:
    """One hold in force. `account` is None when it covers every account of the debtor."""

    kind: HoldKind
    debtor_id: DebtorId
    account: AccountReference | None
    placed_at: datetime
    lifted_at: datetime | None = None
