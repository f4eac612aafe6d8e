"""Cases of rights: each right that is invoked gets a case with the day by which it must be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.services.records_port import RightsCase

if TYPE_CHECKING:
    from bot.services.application import Application
    from bot.services.turn import Turn
    from bot.services.unit_of_work import UnitOfWork

# Rights over personal data. "data" is one that we do not know yet: until the person says which, the shortest day holds.
DATA_RIGHTS = (
    *("access", "rectification", "erasure", "portability", "objection", "restriction", "human_review"),
    "data",
)
# The word of the jurisdictions' facts for it.
_REQUESTS = dict.fromkeys(DATA_RIGHTS, "data_rights")
# A call is due when the person wants it.
WANTED = "cases.wanted_at"
# Rights of which each invocation is a matter of its own; of the others one open case is enough.
_EACH_ANEW = frozenset({"complaint"})


class UnknownCase(Exception):
    """There is no open case with that id."""

    def __init__(self, case_id: str, why: str = "there is no case") -> None:
        super().__init__(f"{why} {case_id}; `aldia cases` lists the open ones")


def invoke(
    turn: Turn,
    right: str,
    *,
    as_case: str | None = None,
    number: str | None = None,
    wanted_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Record that a right was invoked and open its case with the statutory day.

    Args:
        right: as the record calls it.
        as_case: the right more exactly, when the words tell (of "data": erasure).
        number: the reference that the debtor is given.
        wanted_at: of a call: when the person wants it; it is due on that day.
        details: the person's own words about it, kept with the case.
        facts: of the audit entry.
    """
    named = facts if number is None else {"number": number, **facts}
    turn.audit(Tag.RIGHT_INVOKED, right=right, **named)
    open_case(turn, as_case or right, number, wanted_at, details or {})


def fulfil(turn: Turn, right: str, outcome: str = "done at once") -> None:
    """A right that was granted in the moment in which it was invoked: on record, with nothing left to do."""
    turn.audit(Tag.RIGHT_INVOKED, right=right)
    case = _new(turn, right, None, (turn.today, "retention.at_once"))
    turn.uow.rights_cases.add(replace(case, status="closed", outcome=outcome, closed_at=turn.now))


def open_case(
    turn: Turn,
    right: str,
    number: str | None = None,
    wanted_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    due: tuple[date, str] | None = None,
) -> None:
    """Open a case, unless one for the same right of the same person is open: that one takes what is new.

    Args:
        turn: in which it is opened.
        right: as the record calls it.
        number: the reference that the debtor is given.
        wanted_at: of a call: when the person wants it.
        details: what is known of it, kept with the case.
        due: its day and what sets it, instead of the term of the right.
    """
    talk, cases = turn.conversation, turn.uow.rights_cases
    if right not in _EACH_ANEW and cases.is_open(right, talk.conversation_id, talk.debtor_id):
        if wanted_at is not None or details:
            _renew(turn, right, wanted_at, details or {})
        return
    wanted = (local_day(turn, wanted_at), WANTED) if wanted_at is not None else None
    due_on, rule_id = due or wanted or term(turn, right)
    case = replace(_new(turn, right, number, (due_on, rule_id)), wanted_at=wanted_at, details=details or {})
    cases.add(case)
    turn.audit(
        Tag.CASE_OPENED,
        rule_id=rule_id,
        case_id=case.case_id,
        right=right,
        due_on=case.due_on,
        jurisdiction=case.country,
    )


def _renew(turn: Turn, right: str, wanted_at: datetime | None, details: Mapping[str, Any]) -> None:
    case = find(turn, right)
    if case is None:
        return
    changes: dict[str, Any] = {"details": {**case.details, **details}} if details else {}
    if wanted_at is not None:
        changes |= {"wanted_at": wanted_at, "due_on": local_day(turn, wanted_at), "rule_id": WANTED}
    turn.uow.rights_cases.change(case.case_id, **changes)


def find(turn: Turn, right: str) -> RightsCase | None:
    """The open case of a right in this conversation, or of this debtor."""
    talk, cases = turn.conversation, turn.uow.rights_cases
    theirs = list(cases.open_in(talk.conversation_id))
    if talk.debtor_id is not None:
        theirs += [case for case in cases.of_debtor(talk.debtor_id) if case.status == "open"]
    return next((case for case in theirs if case.right == right), None)


def add_words(turn: Turn, right: str) -> None:
    """Keep what the person wrote about an open case, and how somebody can be reached if they said so."""
    case = find(turn, right)
    if case is None:
        return
    heard = turn.heard
    more = [*case.details.get("more", ()), heard.text[:500]][-5:]
    reach = heard.first("phone") or heard.first("email") or case.details.get("reach")
    turn.uow.rights_cases.change(case.case_id, details={**case.details, "more": more, "reach": reach})


def become(turn: Turn, case: RightsCase, right: str) -> None:
    """The person said which right they meant: the case is of that right, with its own day."""
    due_on, rule_id = term(turn, right)
    turn.uow.rights_cases.change(case.case_id, right=right, due_on=min(due_on, case.due_on), rule_id=rule_id)
    turn.audit(Tag.RIGHT_INVOKED, right=right, case_id=case.case_id)


def local_day(turn: Turn, at: datetime) -> date:
    """The calendar day of an instant where the person is."""
    zone = turn.debtor.time_zone if turn.debtor is not None else None
    return at.astimezone(ZoneInfo(zone or turn.app.rulebook.country(turn.country).time_zone)).date()


def _new(turn: Turn, right: str, number: str | None, term: tuple[date, str]) -> RightsCase:
    talk = turn.conversation
    return RightsCase(
        case_id=f"R-{uuid4().hex[:10].upper()}",
        right=right,
        conversation_id=talk.conversation_id,
        debtor_id=talk.debtor_id,
        account=talk.account if turn.party is not None else None,
        number=number,
        country=turn.country,
        rule_id=term[1],
        opened_at=turn.now,
        due_on=term[0],
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
    if right in ("stop_contact", "stop_channel"):
        return rules.stop_days, "retention.stop_answer"
    if right in ("human", "callback"):
        return rules.human_days, "retention.human_answer"
    if right == "document":
        return profile.document_days, f"countries.{country}.document_answer"
    return profile.data_request_days, f"countries.{country}.data_request_answer"


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
        close_in(uow, case, outcome, by, now)
        uow.commit()
    return replace(case, status="closed", outcome=outcome, closed_at=now)


def close_right(turn: Turn, right: str, outcome: str, by: str) -> None:
    """Close the open cases of a right in a conversation: what was asked for has happened."""
    for case in turn.uow.rights_cases.open_in(turn.conversation.conversation_id):
        if case.right == right:
            close_in(turn.uow, case, outcome, by, turn.now)


def take_back(turn: Turn, right: str | None = None) -> None:
    """Close what the debtor takes back: the open cases of one right, or those of the answer before, misunderstood."""
    before = turn.conversation.state.get("answered_at")
    for case in turn.uow.rights_cases.open_in(turn.conversation.conversation_id):
        if case.right == right or (right is None and case.opened_at.isoformat() == before):
            outcome = "taken back by the debtor" if right else "misunderstood"
            close_in(turn.uow, case, outcome, "debtor", turn.now)


def close_in(uow: UnitOfWork, case: RightsCase, outcome: str, by: str, now: datetime) -> None:
    """Close a case within a transaction, on record."""
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
