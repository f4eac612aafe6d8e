"""Rights that people invoked and that wait for an answer: what is due, by when, and which fact says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from bot.debt.party import AccountReference, Debtor, DebtorId
from bot.rulebook import CountryProfile
from bot.services.application import Application
from bot.services.unit_of_work import Handoff, UnitOfWork

# Reason of a case: what is due. What stops by itself (stop, wrong person, death, despair) is a hold and no deadline.
DUE = {
    "complaint": "answer in writing, under its number, on the same channel",
    "dispute": "investigate and answer in writing; collection stays stopped until then",
    "data_rights": "identify the person, then answer the request about their data",
    "document": "send the document",
    "represented": "note who represents the person, and write to nobody else",
}


@dataclass(frozen=True)
class RightCase:
    """One open case of a right.

    Attributes:
        due_on: the last day for it; None when neither law nor we set one.
        fact_id: the fact, or the rule of countries.yml, that sets the day.
        is_verified: whether that fact was confirmed.
    """

    handoff_id: str
    right: str
    debtor_id: DebtorId | None
    account: AccountReference | None
    country: str
    opened_on: date
    due_on: date | None
    days_left: int | None
    fact_id: str | None
    is_verified: bool
    due: str
    status: str


def open_cases(app: Application, uow: UnitOfWork) -> list[RightCase]:
    """Every open case of a right, the most urgent first."""
    now = app.clock.now()
    found = [_case(app, uow, handoff, now) for handoff in uow.handoffs.open_for(list(DUE))]
    return sorted(found, key=lambda case: (case.due_on or date.max, case.opened_on, case.handoff_id))


def _case(app: Application, uow: UnitOfWork, handoff: Handoff, now: datetime) -> RightCase:
    debtor = uow.debtors.get(handoff.debtor_id) if handoff.debtor_id is not None else None
    place = _place(uow, handoff, debtor)
    country = app.rulebook.country(place) if place in app.rulebook.country_codes() else None
    name = (
        debtor.time_zone
        if debtor is not None and debtor.time_zone
        else country.time_zone
        if country
        else None
    )
    zone = ZoneInfo(name) if name else timezone.utc
    opened_on, today = handoff.created_at.astimezone(zone).date(), now.astimezone(zone).date()
    due_on, fact_id, is_verified = _deadline(app, place, country, handoff.reason, opened_on)
    return RightCase(
        handoff.handoff_id, handoff.reason, handoff.debtor_id, handoff.account, place, opened_on, due_on,
        (due_on - today).days if due_on is not None else None, fact_id, is_verified, DUE[handoff.reason], handoff.status,
    )  # fmt: skip


def _place(uow: UnitOfWork, handoff: Handoff, debtor: Debtor | None) -> str:
    if debtor is not None:
        return debtor.country
    talk = uow.conversations.peek(handoff.conversation_id)
    guess = talk.state.get("country") if talk is not None else None
    return str(guess) if guess else "GB" if talk is not None and talk.language == "en" else "ES"


def _deadline(
    app: Application, place: str, country: CountryProfile | None, right: str, opened_on: date
) -> tuple[date | None, str | None, bool]:
    """The law's day or the day that we told the person, whichever comes first."""
    days: list[tuple[date, str, bool]] = []
    by_law = app.rulebook.jurisdictions.deadline(place, right, opened_on)
    if by_law is not None:
        days.append((by_law.due_on, by_law.fact.fact_id, by_law.fact.is_verified))
    told = _told(country, right) if country is not None else None
    if told is not None:
        days.append((opened_on + timedelta(days=told[0]), f"countries.{place}.{told[1]}", True))
    return min(days, default=(None, None, True))


def _told(country: CountryProfile, right: str) -> tuple[int, str] | None:
    if right in ("complaint", "dispute"):
        return country.complaint_days, "complaint_answer"
    if right == "data_rights":
        return country.data_request_days, "data_request_answer"
    return (country.document_days, "document_answer") if right == "document" else None
