"""Accepted authorities: until when each counts, the case that asks for a new one in time, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation
from bot.debt.holds import HoldKind
from bot.debt.schedules import add_months
from bot.services import cases
from bot.services.application import Application
from bot.services.desk_turn import DeskTurn
from bot.services.records_port import RightsCase
from bot.services.turn import Turn
from bot.services.unit_of_work import UnitOfWork

RIGHT = "representation"
LASTS = "retention.authority_lasts"
# In the conversation of who acts for somebody: the last day on which people may write there.
_UNTIL = "authority_until"
_KNOWN = ("name", "quality", "reach")


def default_until(turn: Turn) -> date:
    """The last day of an authority that names none."""
    months = turn.app.rulebook.retention(turn.country, turn.today).authority_months
    return add_months(turn.today, months)


def accept(turn: Turn, case: RightsCase, until: date, by: str) -> None:
    """Keep an accepted authority with its last day; the one that it renews is replaced by it."""
    authority = {"by": by, "at": turn.now.isoformat(), "until": str(until)}
    turn.uow.rights_cases.change(case.case_id, details={**case.details, "authority": authority})
    if turn.conversation.state.get("acts_for"):
        turn.conversation.state[_UNTIL] = str(until)
    renewed = turn.uow.rights_cases.get(str(case.details.get("renews", "")))
    if renewed is not None and _is_open(renewed):
        _mark(turn.uow, renewed, ended_at=turn.now.isoformat(), replaced_by=case.case_id)


def has_ended(app: Application, talk: Conversation) -> bool:
    """Whether who writes here acted for a debtor by an authority whose last day is over: people write no more."""
    until = talk.state.get(_UNTIL)
    zone = app.rulebook.country(str(talk.state.get("country") or "ES")).time_zone
    return until is not None and app.clock.today(zone) > date.fromisoformat(until)


def is_in_force(uow: UnitOfWork, case: RightsCase, today: date) -> bool:
    """Whether an authority for the debtor of a case still counts: the one that it would renew, or any other."""
    near = [uow.rights_cases.get(str(case.details.get("renews", "")))]
    if case.debtor_id is not None:
        near += uow.rights_cases.of_debtor(case.debtor_id)
    return any(one is not None and _is_open(one) and today <= _until(one) for one in near)


def look(app: Application) -> int:
    """Ask people in time whether each authority is renewed, and end it when its last day is over.

    Returns:
        How many ended now.
    """
    with app.unit_of_work(write=False) as uow:
        found = [case.case_id for case in uow.rights_cases.of_right(RIGHT) if _is_open(case)]
    return sum(_look_at(app, case_id) for case_id in found)


def _look_at(app: Application, case_id: str) -> bool:
    with app.unit_of_work() as uow:
        case = uow.rights_cases.get(case_id)
        talk = uow.conversations.get(case.conversation_id) if case and case.conversation_id else None
        case = uow.rights_cases.get(case_id)  # as it stands now that the conversation is ours
        if case is None or talk is None or not _is_open(case):
            return False
        zone = app.rulebook.country(case.country).time_zone
        today, until = app.clock.now().astimezone(ZoneInfo(zone)).date(), _until(case)
        notice = app.rulebook.retention(case.country, today).authority_notice_days
        if today + timedelta(days=notice) < until:
            return False
        turn = DeskTurn(app, uow, talk, None)
        if talk.state.get("acts_for"):
            talk.state.setdefault(_UNTIL, str(until))
        asked = bool(case.details["authority"].get("asked_at"))
        if not asked:
            _ask_people(turn, case, until)
        ended = today > until
        if ended:
            _end(turn, case, until)
        uow.conversations.save(talk)
        uow.commit()
    return ended


def _ask_people(turn: DeskTurn, case: RightsCase, until: date) -> None:
    """A case that is due on the last day, with whom it is about: people renew the authority or say that it is over."""
    known = {key: case.details[key] for key in _KNOWN if key in case.details}
    details = {**known, "renews": case.case_id, _UNTIL: str(until)}
    cases.open_case(turn, RIGHT, details=details, due=(until, LASTS))
    turn.open_case("represented", until=str(until))
    _mark(turn.uow, case, asked_at=turn.now.isoformat())


def _end(turn: DeskTurn, case: RightsCase, until: date) -> None:
    """From now on nobody writes to the representative. The debtor is written to again only once a person has looked."""
    _mark(turn.uow, case, ended_at=turn.now.isoformat())
    turn.audit(Tag.AUTHORITY_ENDED, case_id=case.case_id, until=until, rule_id=LASTS)
    debtor_id = case.debtor_id or turn.subject
    if debtor_id is None or turn.uow.rights_cases.is_open(
        RIGHT, turn.conversation.conversation_id, debtor_id
    ):
        return
    turn.lift_hold(HoldKind.REPRESENTED, debtor_id, because=LASTS)


def _mark(uow: UnitOfWork, case: RightsCase, **facts: str) -> None:
    current = uow.rights_cases.get(case.case_id)
    details: Mapping[str, Any] = current.details if current is not None else case.details
    authority = {**details["authority"], **facts}
    uow.rights_cases.change(case.case_id, details={**details, "authority": authority})


def _is_open(case: RightsCase) -> bool:
    authority = case.details.get("authority") or {}
    return case.right == RIGHT and bool(authority.get("until")) and not authority.get("ended_at")


def _until(case: RightsCase) -> date:
    return date.fromisoformat(case.details["authority"]["until"])
