"""Cases of rights: each right that is invoked gets a case with the day by which it must be answered."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.services.records_port import RightsCase

if TYPE_CHECKING:
    from bot.services.application import Application
    from bot.services.turn import Turn
    from bot.services.unit_of_work import UnitOfWork

# Which right over data is meant, by words of either language; nothing of these means access. The first that fits.
_DATA_RIGHTS = (
    (
        "portability",
        r"portab|llevarme mis datos|formato electr|machine.readable|transfer my data|export my data",
    ),
    (
        "rectification",
        r"rectific|corrig|correg|correc|actuali[cz]|incorrect|wrong (data|name|address)|mal escrit|fix my",
    ),
    ("erasure", r"borr|elimin|suprim|supres|olvid|cancel|eras|delet|remov|forg[eo]t|quit\w* mis datos"),
    ("objection", r"\bopon|\bopos|object|dejen de (usar|tratar)|stop (using|processing)"),
)
# The word of the jurisdictions' facts for it.
_REQUESTS = dict.fromkeys(("access", "rectification", "erasure", "portability", "objection"), "data_rights")
# Rights of which each invocation is a matter of its own; of the others one open case is enough.
_EACH_ANEW = frozenset({"complaint"})


class UnknownCase(Exception):
    """There is no open case with that id."""

    def __init__(self, case_id: str, why: str = "there is no case") -> None:
        super().__init__(f"{why} {case_id}; `aldia cases` lists the open ones")


def invoke(
    turn: Turn, right: str, *, as_case: str | None = None, number: str | None = None, **facts: Any
) -> None:
    """Record that a right was invoked and open its case with the statutory day.

    Args:
        right: as the record calls it.
        as_case: the right more exactly, when the words tell (of "data": erasure).
        number: the reference that the debtor is given.
        facts: of the audit entry.
    """
    named = facts if number is None else {"number": number, **facts}
    turn.audit(Tag.RIGHT_INVOKED, right=right, **named)
    open_case(turn, as_case or right, number)


def open_case(turn: Turn, right: str, number: str | None = None) -> None:
    """Open a case, unless one for the same right of the same person is open."""
    talk, cases = turn.conversation, turn.uow.rights_cases
    if right not in _EACH_ANEW and cases.is_open(right, talk.conversation_id, talk.debtor_id):
        return
    due_on, rule_id = term(turn, right)
    case = RightsCase(
        case_id=f"R-{uuid4().hex[:10].upper()}",
        right=right,
        conversation_id=talk.conversation_id,
        debtor_id=talk.debtor_id,
        account=talk.account if turn.party is not None else None,
        number=number,
        country=turn.country,
        rule_id=rule_id,
        opened_at=turn.now,
        due_on=due_on,
    )
    cases.add(case)
    turn.audit(
        Tag.CASE_OPENED,
        rule_id=rule_id,
        case_id=case.case_id,
        right=right,
        due_on=case.due_on,
        jurisdiction=case.country,
    )


def term(turn: Turn, right: str) -> tuple[date, str]:
    """By when a right is answered: the law's day or the day that we tell the person, whichever comes first.

    Returns:
        The day, and the fact or rule that sets it.
    """
    told = _told(turn, right)
    days = [(turn.today + timedelta(days=told[0]), told[1])]
    by_law = turn.app.rulebook.jurisdictions.deadline(turn.place, _REQUESTS.get(right, right), turn.today)
    if by_law is not None:
        days.append((by_law.due_on, by_law.fact.fact_id))
    return min(days)


def _told(turn: Turn, right: str) -> tuple[int, str]:
    country, day = turn.country, turn.today
    profile, rules = turn.app.rulebook.country(country, day), turn.app.rulebook.retention(country, day)
    if right in ("complaint", "dispute"):
        return profile.complaint_days, f"countries.{country}.complaint_answer"
    if right == "representation":
        return rules.representative_days, "retention.representative_answer"
    if right == "stop_contact":
        return rules.stop_days, "retention.stop_answer"
    if right == "document":
        return profile.document_days, f"countries.{country}.document_answer"
    return profile.data_request_days, f"countries.{country}.data_request_answer"


def data_right_in(text: str) -> str:
    """Which right over personal data a message invokes: access unless the words name another."""
    lowered = text.lower()
    return next((right for right, words in _DATA_RIGHTS if re.search(words, lowered)), "access")


def listed(
    app: Application, *, due_only: bool = False, closed_too: bool = False
) -> list[tuple[RightsCase, str]]:
    """Cases with where each stands: overdue, due_soon, open or closed.

    Args:
        due_only: only those overdue or due soon.
        closed_too: also those that were answered.
    """
    today = app.clock.today()
    with app.unit_of_work(write=False) as uow:
        found = [
            (case, standing(app, case, today)) for case in uow.rights_cases.listed(closed_too=closed_too)
        ]
    return [each for each in found if not due_only or each[1] in ("overdue", "due_soon")]


def standing(app: Application, case: RightsCase, today: date) -> str:
    """Where a case stands on a day."""
    if case.status != "open":
        return case.status
    if case.due_on < today:
        return "overdue"
    soon = timedelta(days=app.rulebook.retention(case.country, today).due_soon_days)
    return "due_soon" if case.due_on <= today + soon else "open"


def close(app: Application, case_id: str, outcome: str, by: str) -> RightsCase:
    """Close a case with what became of it, in the record too.

    Raises:
        UnknownCase: there is none, or it is closed.
    """
    with app.unit_of_work() as uow:
        case = uow.rights_cases.get(case_id.strip().upper())
        if case is None:
            raise UnknownCase(case_id)
        if case.status != "open":
            raise UnknownCase(case_id, "it is closed already:")
        now = app.clock.now()
        _close(uow, case, outcome, by, now)
        uow.commit()
    return replace(case, status="closed", outcome=outcome, closed_at=now)


def take_back(turn: Turn, right: str | None = None) -> None:
    """Close what the debtor takes back: the open cases of one right, or those of the answer before, misunderstood."""
    before = turn.conversation.state.get("answered_at")
    for case in turn.uow.rights_cases.open_in(turn.conversation.conversation_id):
        if case.right == right or (right is None and case.opened_at.isoformat() == before):
            outcome = "taken back by the debtor" if right else "misunderstood"
            _close(turn.uow, case, outcome, "debtor", turn.now)


def _close(uow: UnitOfWork, case: RightsCase, outcome: str, by: str, now: datetime) -> None:
    uow.rights_cases.close(case.case_id, outcome, now)
    chain = f"conversation:{case.conversation_id}" if case.conversation_id else f"debtor:{case.debtor_id}"
    facts = {
        "case_id": case.case_id,
        "right": case.right,
        "outcome": outcome,
        "due_on": case.due_on,
        "actor": by,
    }
    uow.audit.append(chain, Tag.CASE_CLOSED.value, now, facts, rule_id=case.rule_id)
