"""Every intent in every state, in both languages, through the trained model's rules and the real actions.

No silence, no untranslated or unfilled text, no debt word before identification, no offer where a hold forbids it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.channels.turns import Answer, Spoken, spoken
from bot.debt.conversations import Owner
from bot.debt.holds import FORBIDS_OFFERS
from bot.services import reception
from bot.services.application import Application
from bot.services.reception import Incoming, Received
from bot.services.steps import STEPS
from tests.support.people import Known, Person, add, build

pytestmark = pytest.mark.stack

OFFERS = {"utter_offers", "utter_one_offer", "utter_ask_acceptance", "utter_how_to_settle", "utter_agreed"}
DEBT_WORDS = re.compile(
    r"\b(deudas?|debes?|saldo|mora|cobro|debt|owed?|balance|overdue|600)\b|€|\$", re.IGNORECASE
)


def _fresh(person: Person, known: Known) -> None:
    """Nothing was said yet."""


def _asked_identity(person: Person, known: Known) -> None:
    person.says("ask_balance", "x")


def _half_identified(person: Person, known: Known) -> None:
    person.says("ask_balance", "x")
    person.says("inform", known.reference)


def _locked(person: Person, known: Known) -> None:
    for _ in range(3):
        person.says("inform", f"{known.reference} 01/01/1990 08001")


def _identified(person: Person, known: Known) -> None:
    person.says("inform", known.facts())


Say = Callable[[Application, str, Received], tuple[Spoken, ...]]


def _after(*steps: tuple[str, str]) -> Callable[[Person, Known], None]:
    def go(person: Person, known: Known) -> None:
        _identified(person, known)
        for intent, text in steps:
            person.says(intent, text)

    return go


STATES: dict[str, Callable[[Person, Known], None]] = {
    "fresh": _fresh,
    "asked_identity": _asked_identity,
    "half_identified": _half_identified,
    "locked": _locked,
    "identified": _identified,
    "affordability": _after(("request_installments", "x")),
    "offers": _after(("request_discount", "x"), ("inform", "60")),
    "summary": _after(("counter_offer", "50 al mes")),
    "agreed": _after(("counter_offer", "50 al mes"), ("affirm", "x")),
    "new_date": _after(("counter_offer", "50 al mes"), ("affirm", "x"), ("change_agreement", "x")),
    "promise": _after(("promise_to_pay", "x")),
    "promised": _after(("promise_to_pay", "100 el viernes")),
    "disputed": _after(("dispute_debt", "x")),
    "payment_claimed": _after(("report_payment", "x")),
    "hardship": _after(("report_hardship", "x")),
    "stopped": _after(("stop_contact", "x")),
    "waiting": _after(("request_agent", "x")),
    "distress": _after(("distress", "x")),
    "callback": _after(("request_callback", "x")),
    "deceased": _after(("report_death", "x")),
}


@pytest.fixture(scope="module")
def rasa(trained_model: Path) -> Iterator[Say]:
    """Runs one message through the trained model and the real actions, without HTTP between them."""
    from rasa.core.agent import load_agent
    from rasa.core.channels.channel import UserMessage
    from rasa_sdk.executor import ActionExecutor

    import actions.base
    from bot.channels.tracker_store import OneTurnTrackerStore
    from bot.runner import rasa_fixes
    from bot.runner.logs import configure_structlog

    rasa_fixes.apply()
    configure_structlog()
    executor = ActionExecutor()
    executor.register_package("actions")

    class InProcess:
        """Stands where the action server's address would; what travels is the same."""

        url = "in-process"
        kwargs = {"enable_selective_domain": True}

        async def request(self, *, json: dict[str, Any], **_: Any) -> Any:
            return await executor.run(json)

    loop = asyncio.new_event_loop()
    agent = loop.run_until_complete(load_agent(model_path=str(trained_model)))
    agent.processor.action_endpoint = InProcess()
    agent.processor.tracker_store = OneTurnTrackerStore(agent.domain)
    patch = pytest.MonkeyPatch()

    def run(app: Application, text: str, received: Received) -> tuple[Spoken, ...]:
        patch.setattr(actions.base, "app", lambda: app)
        metadata = {"message_id": received.message_id, "country": "ES"}
        answer = Answer()
        message = UserMessage(text, answer, received.conversation_id, metadata=metadata)
        loop.run_until_complete(agent.handle_message(message))
        return tuple(answer.said)

    yield run
    patch.undo()
    loop.close()


@dataclass(frozen=True)
class Place:
    """One application over one file whose content is put back before each case.

    A new engine for each would spend most of its time on compiling the same statements again.
    """

    app: Application
    file: Path

    def keep(self, copy: Path) -> None:
        """Copy the database as it is now."""
        _copy(self.file, copy)

    def restore(self, copy: Path) -> None:
        """Put a copy back."""
        _copy(copy, self.file)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


@pytest.fixture(scope="module")
def place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    file = tmp_path_factory.mktemp("matrix") / "aldia.db"
    shutil.copy(sqlite_template, file)
    app = build(f"sqlite:///{file}")
    yield Place(app, file)
    app.unit_of_work.dispose()


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("state", STATES)
def test_every_intent(
    rasa: Say,
    place: Place,
    sqlite_template: Path,
    tmp_path: Path,
    state: str,
    language: str,
) -> None:
    place.restore(sqlite_template)
    known = add(place.app, Known(language=language))
    STATES[state](Person(place.app), known)
    _speak(place.app, language)
    copy = tmp_path / "state.db"
    place.keep(copy)
    for intent in STEPS:
        place.restore(copy)
        _check(place.app, rasa, state, intent, language)


def _check(
    app: Application,
    rasa: Say,
    state: str,
    intent: str,
    language: str,
) -> None:
    person = Person(app)
    received = reception.receive(app, Incoming("rest", person.address, None, f"x {intent}"))
    _speak(app, language)
    was_verified = person.conversation.verified_at is not None
    said = rasa(app, f"/{intent}", received)
    rows = reception.conclude(app, received.message_id)
    names = {r.response for r in rows}
    where = f"{state} x {intent} ({language}): {sorted(names)}"
    assert rows, f"silence: {where}"
    assert said == spoken(rows), f"said is not what is stored: {where}"
    assert "utter_sorry" not in names, where
    for row in rows:
        assert row.text.strip(), where
        assert not re.search(r"[{}]|\[\[|\]\]", row.text), f"{where}: {row.text}"
        assert row.variant.startswith((person.conversation.language, "any")), where
    if not was_verified:
        assert not DEBT_WORDS.search(" ".join(r.text for r in rows)), f"debt word: {where}"
    with app.unit_of_work(write=False) as uow:
        forbidden = [h for h in uow.holds.in_force("T-1") if h.kind in FORBIDS_OFFERS]
        assert uow.inbox.get(received.message_id).status == "done", where
    if forbidden:
        assert not OFFERS & names, f"offer under {forbidden[0].kind}: {where}"
    if person.conversation.owner is Owner.BOT:
        assert person.says("help"), f"dead end after {where}"


def _speak(app: Application, language: str) -> None:
    """Set the language of the conversation, if there is one yet."""
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address("rest", "someone")
        if talk is not None and talk.language != language:
            talk.language = language
            uow.conversations.save(talk)
            uow.commit()
