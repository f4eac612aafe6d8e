"""Rights that were invoked are listed with the day by which the law, or we, owe an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bot.debt.conversations import Conversation
from bot.debt.party import AccountReference, ConversationId, DebtorId
from bot.rulebook.jurisdictions.schema import REQUESTS
from bot.services.application import Application
from bot.services.rights import DUE, open_cases
from bot.services.unit_of_work import Handoff
from tests.properties.gates import jurisdictions
from tests.support.people import Known, add, build


@pytest.mark.parametrize(
    ("place", "request_", "opened", "due", "fact"),
    [
        # Fifteen business days over the holidays of 6 and 8 December: 6 is a Sunday in 2026.
        ("ES", "complaint", date(2026, 11, 25), date(2026, 12, 17), "ES.disputes.complaint_response_general"),
        ("ES", "data_rights", date(2026, 1, 31), date(2026, 2, 28), "EU.data_rights.deadlines.gdpr_requests"),
        ("CO", "data_rights", date(2026, 11, 25), date(2026, 12, 10), "CO.data_rights.deadlines.consulta"),
        ("CO", "document", date(2026, 11, 25), date(2026, 12, 17), "CO.agreements.paz_y_salvo"),
        ("MX", "complaint", date(2026, 11, 25), date(2026, 12, 9), "MX.disputes.redeco_answer_deadline"),
        ("PE", "data_rights", date(2026, 11, 25), date(2026, 12, 3), "PE.data_rights.deadlines.information"),
        (
            "AR",
            "data_rights",
            date(2026, 11, 25),
            date(2026, 12, 2),
            "AR.data_rights.deadlines.rectification_erasure",
        ),
        ("GB", "complaint", date(2026, 11, 25), date(2027, 1, 20), "GB.disputes.complaint_eight_weeks"),
        (
            "US",
            "dispute",
            date(2026, 11, 25),
            date(2026, 12, 25),
            "US.data_rights.deadlines.fcra_direct_dispute",
        ),
    ],
)
def test_the_strictest_fact_sets_the_day(
    place: str, request_: str, opened: date, due: date, fact: str
) -> None:
    found = jurisdictions().deadline(place, request_, opened)
    assert found is not None
    assert (found.due_on, found.fact.fact_id) == (due, fact)


def test_where_no_fact_sets_a_day_there_is_none() -> None:
    assert jurisdictions().deadline("CL", "complaint", date(2026, 11, 25)) is None
    assert set(REQUESTS) < set(DUE)


@pytest.fixture
def app(database_url: str) -> Application:
    """A debtor in Spain, and cases of every kind."""
    built = build(database_url)
    add(built, Known())
    opened = datetime(2026, 3, 10, 9, tzinfo=timezone.utc)
    case = Handoff(
        "H-0", ConversationId("C-0"), DebtorId("T-1"), AccountReference("AD-ES-9001"), "complaint", {}, opened
    )
    with built.unit_of_work() as uow:
        uow.conversations.add(
            Conversation(ConversationId("C-0"), "web", "x", "es", debtor_id=DebtorId("T-1"))
        )
        uow.conversations.add(Conversation(ConversationId("C-1"), "web", "y", "en"))
        for number, reason in enumerate(
            ("complaint", "data_rights", "represented", "no_progress", "document")
        ):
            uow.handoffs.add(replace(case, handoff_id=f"H-{number}", reason=reason))
        unknown = replace(case, conversation_id=ConversationId("C-1"), debtor_id=None, account=None)
        uow.handoffs.add(replace(unknown, handoff_id="H-9", reason="data_rights"))
        uow.handoffs.add(replace(case, handoff_id="H-8", status="closed"))
        uow.commit()
    return built


def test_open_cases_are_listed_the_most_urgent_first(app: Application) -> None:
    app.clock.at = datetime(2026, 3, 20, 9, tzinfo=timezone.utc)  # type: ignore[attr-defined]
    with app.unit_of_work(write=False) as uow:
        found = open_cases(app, uow)
    assert [case.handoff_id for case in found] == ["H-4", "H-0", "H-1", "H-9", "H-2"]
    document, complaint, data, unknown, represented = found
    assert (document.due_on, document.fact_id) == (date(2026, 3, 20), "countries.ES.document_answer")
    assert document.days_left == 0
    assert complaint.fact_id in ("ES.disputes.complaint_response_general", "countries.ES.complaint_answer")
    assert complaint.due_on is not None
    assert complaint.due_on <= date(2026, 3, 31)
    assert not data.is_verified or data.fact_id == "countries.ES.data_request_answer"
    assert (unknown.country, unknown.account) == ("GB", None)
    assert (represented.due_on, represented.days_left) == (None, None)


def test_a_day_that_has_passed_is_overdue(app: Application) -> None:
    app.clock.at = datetime(2026, 3, 10, 9, tzinfo=timezone.utc) + timedelta(days=60)  # type: ignore[attr-defined]
    with app.unit_of_work(write=False) as uow:
        late = [
            case.handoff_id
            for case in open_cases(app, uow)
            if case.days_left is not None and case.days_left < 0
        ]
    assert late == ["H-4", "H-0", "H-1", "H-9"]
