"""A person's own hours and channels: understood, kept, confirmed, obeyed by the gate, taken back."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from bot.audit.tags import Tag
from bot.debt.contact_gate import Allowed, Blocked, BlockKind, Purpose
from bot.debt.party import ConversationId
from bot.services import contact_gate
from bot.services.application import Application
from tests.support.people import Known, Person, add

TUESDAY = datetime(
    2026, 3, 17, tzinfo=timezone.utc
)  # the Canary Islands keep this time, Madrid is an hour ahead


def wishes(person: Person) -> list[dict[str, Any]]:
    talk = person.conversation
    with person.app.unit_of_work(write=False) as uow:
        found = uow.contact_wishes.in_force(talk.conversation_id, talk.debtor_id)
    return [{"kind": wish.kind, **wish.details} for wish in found]


def decision(app: Application, person: Person, at: datetime) -> Allowed | Blocked:
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.peek(ConversationId(person.conversation.conversation_id))
        assert talk is not None
        return contact_gate.may_write(app, uow, talk, Purpose.COLLECTION, at=at).decision


@pytest.fixture
def texter(app: Application, known: Known) -> Person:
    """The debtor on Telegram, where messages leave by themselves."""
    person = Person(app, channel="telegram", address="77")
    person.identifies(known)
    return person


@pytest.mark.parametrize(
    ("intent", "text", "said", "open_at", "closed_at"),
    [
        ("request_callback", "escríbanme solo después de las 6", "utter_hours_only", (18, 30), (12, 0)),
        ("request_callback", "no me escriban antes de las 12", "utter_hours_never", (12, 0), (9, 30)),
        ("stop_contact", "no me escriban los martes", "utter_hours_never", None, (12, 0)),
        ("request_callback", "solo después de las 6", "utter_hours_only", (18, 30), (12, 0)),
        ("stop_contact", "don't text me before 10", "utter_hours_never", (12, 0), (9, 30)),
        (
            "request_callback",
            "only contact me between 9 and 11 monday to friday",
            "utter_hours_only",
            (9, 30),
            (12, 0),
        ),
        ("update_contact", "escríbanme por las tardes", "utter_hours_only", (13, 0), (10, 0)),
    ],
)
def test_hours_are_kept_free(
    app: Application,
    texter: Person,
    intent: str,
    text: str,
    said: str,
    open_at: tuple[int, int] | None,
    closed_at: tuple[int, int],
) -> None:
    language = "en" if text.isascii() and ("text me" in text or "contact me" in text) else "es"
    assert texter.says(intent, text, language=language)[0] == said
    blocked = decision(app, texter, TUESDAY.replace(hour=closed_at[0], minute=closed_at[1]))
    assert isinstance(blocked, Blocked)
    assert blocked.kind is BlockKind.INCONVENIENT
    if open_at is not None:
        assert decision(app, texter, TUESDAY.replace(hour=open_at[0], minute=open_at[1])) == Allowed()
    assert texter.says("update_contact", "ya me pueden escribir a cualquier hora")[-1] == "utter_hours_lifted"
    assert decision(app, texter, TUESDAY.replace(hour=12)) == Allowed()
    assert wishes(texter) == []


def test_hours_never_open_what_the_law_closes(app: Application, texter: Person) -> None:
    before = decision(app, texter, TUESDAY.replace(hour=21))
    texter.says("request_callback", "escríbanme solo después de las 22")
    assert texter.heard == ["utter_hours_leave_none"]
    for hour in (9, 12, 18, 21):
        assert isinstance(decision(app, texter, TUESDAY.replace(hour=hour)), Blocked)
    assert isinstance(before, Blocked)


def test_a_button_takes_the_hours_back(texter: Person) -> None:
    texter.says("stop_contact", "no me escriban los fines de semana")
    assert wishes(texter) == [{"kind": "hours", "mode": "not", "days": [5, 6], "spans": [[0, 1440]]}]
    texter.presses(0)
    assert texter.heard == ["utter_hours_lifted"]


def test_wishes_add_up_and_only_replaces_only(texter: Person) -> None:
    texter.says("request_callback", "escríbanme solo después de las 6")
    texter.says("stop_contact", "y no me escriban los domingos")
    texter.says("request_callback", "escríbanme solo de 10 a 12")
    assert [(wish["mode"], wish["spans"]) for wish in wishes(texter)] == [
        ("not", [[0, 1440]]),
        ("only", [[600, 720]]),
    ]


def test_work_hours_are_asked_for(texter: Person) -> None:
    texter.says("stop_contact", "no me escriban en horario de trabajo")
    assert texter.heard == ["utter_ask_hours"]
    texter.says("inform", "de 9 a 18, de lunes a viernes")
    assert texter.heard == ["utter_hours_never"]
    assert wishes(texter) == [
        {"kind": "hours", "mode": "not", "days": [0, 1, 2, 3, 4], "spans": [[540, 1080]]}
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no me escriban por aquí", "es"),
        ("no me escriba más por aquí", "es"),
        ("por aquí no, por favor", "es"),
        ("don't text me here", "en"),
        ("please stop texting me here", "en"),
    ],
)
def test_stop_on_this_channel_stops_this_one_only(
    app: Application, texter: Person, text: str, language: str
) -> None:
    texter.says("stop_contact", text, language=language)
    assert texter.heard == ["utter_channel_stopped"]
    # It says so, and offers to stop everything or to write elsewhere.
    for word in ("BAJA", "otro", "dime cuál") if language == "es" else ("STOP", "another way"):
        assert word in texter.texts
    blocked = decision(app, texter, TUESDAY.replace(hour=12))
    assert isinstance(blocked, Blocked)
    assert blocked.kind is BlockKind.OPTED_OUT
    with app.unit_of_work(write=False) as uow:
        assert not list(uow.holds.in_force(texter.conversation.debtor_id, None))  # type: ignore[arg-type]
        (case,) = [c for c in uow.rights_cases.listed() if c.right == "stop_channel"]
    assert case.rule_id == "retention.stop_answer"
    texter.says("none", "ALTA")
    assert texter.heard == ["utter_contact_resumed"]
    assert decision(app, texter, TUESDAY.replace(hour=12)) == Allowed()


@pytest.mark.parametrize(
    ("answer", "is_all"), [("todo", True), ("stop everything", True), ("por correo", False)]
)
def test_after_a_stop_here_all_can_be_stopped_or_another_channel_named(
    app: Application, texter: Person, answer: str, is_all: bool
) -> None:
    texter.says("stop_contact", "no me escriba por aquí")
    texter.says("inform", answer)
    assert texter.heard == (["utter_contact_stopped"] if is_all else ["utter_channel_rather"])
    with app.unit_of_work(write=False) as uow:
        held = uow.holds.in_force(texter.conversation.debtor_id, None)  # type: ignore[arg-type]
    assert [hold.kind.value for hold in held] == (["cease_contact"] if is_all else [])


@pytest.mark.parametrize(("year", "is_all"), [(2026, False), (2027, True)])
def test_where_a_law_takes_one_stop_for_all_it_is_one(app: Application, year: int, is_all: bool) -> None:
    """United States: 47 CFR 64.1200(a)(10), put off until 31 January 2027."""
    app.clock.at = app.clock.at.replace(year=year)  # type: ignore[attr-defined]
    person = Person(app, channel="telegram", address="us")
    person.identifies(add(app, Known(reference="AD-US-9001", country="US", language="en", currency="USD")))
    person.says("stop_contact", "don't text me here", language="en")
    assert person.heard == (["utter_contact_stopped"] if is_all else ["utter_channel_stopped"])
    with app.unit_of_work(write=False) as uow:
        held = uow.holds.in_force(person.conversation.debtor_id, None)  # type: ignore[arg-type]
        entries = uow.audit.of_chain(
            f"conversation:{person.conversation.conversation_id}", [Tag.CONTACT_WISH.value]
        )
    assert [hold.kind.value for hold in held] == (["cease_contact"] if is_all else [])
    named = [entry["payload"].get("fact_id") for entry in entries]
    assert ("US.pending.tcpa_revoke_all" in named) is is_all


@pytest.mark.parametrize(
    ("text", "said", "is_open"),
    [
        ("solo por telegram por favor", "utter_channel_only", True),
        ("solo por whatsapp por favor", "utter_channel_only", False),
        ("mejor por whatsapp", "utter_channel_rather", True),
        ("no me escriban por sms", "utter_channel_never", True),
        ("no me llamen, escríbanme", "utter_channel_never", True),
        ("no me llamen al trabajo", "utter_not_at_work", True),
        ("no me llamen", "utter_channel_never", True),
        ("sin sms", "utter_channel_never", True),
        ("nunca por correo electrónico", "utter_channel_never", True),
        ("telegram no", "utter_channel_stopped", False),
    ],
)
def test_channels(app: Application, texter: Person, text: str, said: str, is_open: bool) -> None:
    texter.says("update_contact", text)
    assert texter.heard[0] == said
    assert isinstance(decision(app, texter, TUESDAY.replace(hour=12)), Allowed) is is_open


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("stop_contact", "no me escriban más"),
        ("stop_contact", "dejen de molestarme"),
        ("promise_to_pay", "no puedo pagar antes del viernes"),
        ("report_hardship", "solo cobro los viernes"),
        ("report_payment", "me llegó el mensaje del lunes pero ya pagué"),
        ("request_callback", "llámenme por la tarde"),
        ("stop_contact", "no me llamen más"),
        ("stop_contact", "no me escriban por ningún medio"),
        ("report_hardship", "no soy de aquí y no tengo trabajo"),
    ],
)
def test_other_messages_are_no_wish(texter: Person, intent: str, text: str) -> None:
    texter.says(intent, text)
    assert wishes(texter) == []


def test_a_stop_is_one_button_away(texter: Person) -> None:
    texter.says("stop_contact", "no me escriban por la noche")
    texter.presses(1)
    assert texter.heard == ["utter_contact_stopped"]


def test_a_complaint_about_hours_is_a_complaint_too(app: Application, texter: Person) -> None:
    texter.says("complain", "quiero reclamar, no me escriban por la noche")
    assert texter.heard[:2] == ["utter_hours_never", "utter_complaint_noted"]
    assert len(wishes(texter)) == 1


def test_on_record_and_encrypted(app: Application, texter: Person) -> None:
    texter.says("stop_contact", "no me escriban los fines de semana")
    with app.unit_of_work(write=False) as uow:
        stored = uow.connection.exec_driver_sql("SELECT details FROM contact_wishes").scalar()  # type: ignore[attr-defined]
        entries = uow.audit.of_chain(
            f"conversation:{texter.conversation.conversation_id}", [Tag.CONTACT_WISH.value]
        )
    assert "sealed:" in stored
    assert "spans" not in stored
    assert [entry["payload"]["outcome"] for entry in entries] == ["kept"]
    assert "1440" in json.dumps(entries[0]["payload"]["details"])


def test_what_follows_a_wish_adds_to_it(app: Application, texter: Person) -> None:
    texter.says("request_callback", "solo después de las 6")
    texter.says("complain", "y los domingos nunca", confidence=0.66)
    assert texter.heard == ["utter_hours_never"]
    assert len(wishes(texter)) == 2


@pytest.mark.parametrize(
    ("text", "language", "said", "words"),
    [
        (
            "escríbanme solo por la mañana, nunca por la tarde",
            "es",
            "utter_hours_only_and_never",
            "solo te escribiremos antes de las 13:00, y nunca de 13:00 a 20:00",
        ),
        (
            "no me escriban los sábados. No me escriban los domingos",
            "es",
            "utter_hours_never",
            "los sábados y los domingos",
        ),
        (
            "only text me in the mornings, never at weekends",
            "en",
            "utter_hours_only_and_never",
            "only write to you before 12:00, and never at weekends",
        ),
    ],
)
def test_several_wishes_are_confirmed_once(
    texter: Person, text: str, language: str, said: str, words: str
) -> None:
    texter.says("update_contact", text, language=language)
    assert texter.heard == [said]
    assert words in texter.texts
    assert len(wishes(texter)) == 2
