"""Disposition codes: how a conversation ended, in the words collection teams use. Stored words: never rename one."""

from enum import Enum


class Disposition(str, Enum):
    """Outcome of a conversation; a later, weightier outcome replaces an earlier one."""

    RIGHT_PARTY_CONTACT = "RIGHT_PARTY_CONTACT"
    WRONG_PARTY = "WRONG_PARTY"
    PROMISE_TO_PAY = "PROMISE_TO_PAY"
    PLAN_AGREED = "PLAN_AGREED"
    SETTLEMENT_AGREED = "SETTLEMENT_AGREED"
    REFUSED_TO_PAY = "REFUSED_TO_PAY"
    DISPUTED = "DISPUTED"
    HARDSHIP = "HARDSHIP"
    CEASE_CONTACT = "CEASE_CONTACT"
    DECEASED = "DECEASED"
    REPRESENTED = "REPRESENTED"
    HANDED_OFF = "HANDED_OFF"
    NO_ANSWER = "NO_ANSWER"
