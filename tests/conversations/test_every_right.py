"""Every right that can be invoked: a case with its day and fact, its holds, and nothing that collects afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from bot.debt.contact_gate import Blocked, Purpose
from bot.debt.party import DebtorId
from bot.services import cases, contact_gate
from bot.services.application import Application
from tests.support.people import NOON, Known, Person, add

TODAY = NOON.date()
PLACES = {
    "ES": Known(reference="AD-ES-9001", country="ES"),
    "CO": Known(
        reference="AD-CO-9001", country="CO", currency="COP", document="1032456789", postal_code="110111"
    ),
    "US": Known(reference="AD-US-9001", country="US", language="en", currency="USD", document="6789"),
    "GB": Known(reference="AD-GB-9001", country="GB", language="en", currency="GBP"),
}
# By when each is answered, and by which fact or rule. Counted by hand: business days are without weekends and the
# holidays of the country (Colombia: 23 March, 2 and 3 April 2026); of two days the earlier one holds.
DUE = {
    "ES": {
        "data_rights": (date(2026, 4, 10), "countries.ES.data_request_answer"),
        "complain": (date(2026, 4, 1), "ES.disputes.complaint_response_general"),
        "dispute_debt": (date(2026, 4, 1), "ES.disputes.complaint_response_general"),
    },
    "CO": {
        "data_rights": (date(2026, 3, 25), "countries.CO.data_request_answer"),
        "complain": (date(2026, 4, 1), "countries.CO.complaint_answer"),
        "dispute_debt": (date(2026, 4, 1), "countries.CO.complaint_answer"),
    },
    "US": {
        "data_rights": (date(2026, 4, 25), "US.data_rights.deadlines.ccpa"),
        "complain": (date(2026, 4, 10), "countries.US.complaint_answer"),
        "dispute_debt": (date(2026, 4, 10), "US.data_rights.deadlines.fcra_direct_dispute"),
    },
    "GB": {
        "data_rights": (date(2026, 4, 10), "countries.GB.data_request_answer"),
        "complain": (date(2026, 5, 6), "GB.disputes.complaint_eight_weeks"),
        "dispute_debt": (date(2026, 5, 6), "countries.GB.complaint_answer"),
    },
}


@dataclass(frozen=True)
class Right:
    """How a right is invoked, and what has to follow."""

    intent: str
    es: str
    en: str
    case: str
    holds: tuple[str, ...] = ()
    days: int | None = None  # None: the country's own
    rule: str = ""
    is_open: bool = True
    says: str = ""  # in the answer, besides the sentence


RIGHTS = {
    "stop_all": Right("stop_contact", "no me escriban más", "stop writing to me", "stop_contact",
                      ("cease_contact",), 1, "retention.stop_answer"),
    "stop_here": Right("stop_contact", "no me escriban por aquí", "don't text me on this channel", "stop_channel",
                       (), 1, "retention.stop_answer"),
    "dispute": Right("dispute_debt", "esa deuda no es mía", "that debt is not mine", "dispute", ("dispute",)),
    "validation": Right("dispute_debt", "prueben que debo eso", "prove that I owe this", "dispute", ("dispute",)),
    "complaint": Right("complain", "quiero reclamar por el trato", "I want to complain", "complaint", ("complaint",),
                       says="Q-"),
    "access": Right("data_rights", "quiero una copia de mis datos", "send me a copy of my data", "access"),
    "rectification": Right("data_rights", "corrijan mi apellido", "my surname is spelt wrong", "rectification"),
    "erasure": Right("data_rights", "borren mis datos", "delete my data", "erasure"),
    "portability": Right("data_rights", "portabilidad de mis datos", "data portability", "portability"),
    "objection": Right("data_rights", "me opongo a que usen mis datos", "I object to you using my data", "objection"),
    "restriction": Right("data_rights", "limiten el tratamiento", "restrict the processing", "restriction"),
    "human_review": Right("data_rights", "pido revisión humana", "human review please", "human_review"),
    "human": Right("request_agent", "quiero hablar con una persona", "I want a person", "human",
                   (), 1, "retention.human_answer"),
    "language": Right("change_language", "hablemos en inglés", "can we speak Spanish", "language",
                      (), 0, "retention.at_once", is_open=False),
    "lawyer": Right("legal_representation", "hable con mi abogado", "talk to my lawyer", "representation",
                    ("represented",), 5, "retention.representative_answer"),
    "representative": Right("legal_representation", "represento a la titular", "I represent the person you write to",
                            "representation", ("represented",), 5, "retention.representative_answer"),
    "callback": Right("request_callback", "llámenme mañana a las 11", "call me tomorrow at 11", "callback",
                      (), 1, "cases.wanted_at"),
}  # fmt: skip


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("country", PLACES)
@pytest.mark.parametrize("name", RIGHTS)
def test_a_right(app: Application, name: str, country: str, language: str) -> None:
    right, known = RIGHTS[name], add(app, PLACES[country])
    person = Person(app, channel="telegram", address="5")
    born = "03/12/1985" if country == "US" else "12/03/1985"
    person.says("inform", f"{known.reference}, {born}, {known.postal_code}", language=known.language)
    assert person.conversation.verified_at is not None, person.texts

    person.says(
        "thank", "muchas gracias por eso" if language == "es" else "thank you for that", language=language
    )
    person.says(right.intent, right.es if language == "es" else right.en, language=language)

    assert right.says in person.texts
    if right.case == "complaint":
        body = app.rulebook.country(country).complaint_body_in(person.conversation.language)
        assert body in person.texts
    # The case, its day and the fact that sets it.
    found = cases.listed(app, closed_too=not right.is_open)  # what `aldia cases` prints
    (case,) = [each for each, _ in found if each.right == right.case]
    own = (TODAY + timedelta(days=right.days or 0), right.rule)
    assert (case.due_on, case.rule_id) == (own if right.days is not None else DUE[country][right.intent])
    assert case.country == country
    assert (case.status == "open") is right.is_open
    # Its holds, on the person.
    with app.unit_of_work(write=False) as uow:
        placed = {hold.kind.value for hold in uow.holds.in_force(DebtorId(known.debtor_id), None)}
        assert set(right.holds) <= placed
        talk = uow.conversations.peek(person.conversation.conversation_id)
        assert talk is not None
        # A working day three days later, when no hour, no day and no count stands against it.
        for hour in (15, 17):
            at = NOON.replace(hour=hour) + timedelta(days=8)
            ruling = contact_gate.may_write(app, uow, talk, Purpose.COLLECTION, at=at)
            assert isinstance(ruling.decision, Blocked) or not right.is_open
            if right.is_open:
                assert ruling.decision.next_allowed_at is None  # type: ignore[union-attr]
