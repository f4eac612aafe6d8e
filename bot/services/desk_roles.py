"""What each role of the desk may do: the one place where it says so. Nobody has more than their work needs."""

from __future__ import annotations

from enum import Enum

from bot.debt.conversations import Conversation, Owner
from bot.services.desk_port import User


class Role(str, Enum):
    """Stored words: never rename one."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    ADMINISTRATOR = "administrator"


class May(str, Enum):
    """One thing that may be done."""

    WORK = "work"  # the queue; claim, answer, hand back, close what one has claimed
    SEE_ALL = "see_all"  # every conversation, also those of others and of the assistant
    REVEAL = "reveal"  # data of somebody not identified, with a reason
    APPROVE = "approve"  # terms beyond the rules, of somebody else
    REASSIGN = (
        "reassign"  # take a chat from one person and give it to another, or take over from the assistant
    )
    OVERSEE = "oversee"  # the questions of compliance: why, may we, what happened, was it touched
    EXPORT = "export"  # a debtor's record
    MANAGE_PEOPLE = "manage_people"


_MATRIX: dict[Role, frozenset[May]] = {
    Role.AGENT: frozenset({May.WORK, May.REVEAL}),
    Role.SUPERVISOR: frozenset({May.WORK, May.REVEAL, May.SEE_ALL, May.APPROVE, May.REASSIGN, May.OVERSEE}),
    Role.COMPLIANCE: frozenset({May.SEE_ALL, May.REVEAL, May.EXPORT, May.OVERSEE}),
    Role.ADMINISTRATOR: frozenset({May.MANAGE_PEOPLE}),
}


class DeskRefusal(Exception):
    """The desk says no; `code` names the sentence for it, `values` what it mentions."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def may(user: User, what: May) -> bool:
    """Whether a person may do something."""
    return what in _MATRIX[Role(user.role)]


def require(user: User, what: May) -> None:
    """Do nothing if they may.

    Raises:
        DeskRefusal: not_allowed.
    """
    if not may(user, what):
        raise DeskRefusal("not_allowed")


def fits(user: User, language: str, creditor: str | None) -> bool:
    """Whether a conversation is within a person's skills."""
    return (not user.languages or language in user.languages) and (
        not user.creditors or creditor is None or creditor in user.creditors
    )


def may_see(user: User, conversation: Conversation, *, is_queued: bool, creditor: str | None) -> bool:
    """Whether a person may read a conversation: their own, what waits within their skills, or all by role."""
    if may(user, May.SEE_ALL) or conversation.assignee == user.user_id:
        return True
    is_free = conversation.owner is not Owner.HUMAN and is_queued
    return may(user, May.WORK) and is_free and fits(user, conversation.language, creditor)
