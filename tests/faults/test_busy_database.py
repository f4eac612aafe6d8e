"""A database that is locked, restarts or drops the connection in the middle of a turn: the turn is taken once more."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import OperationalError

import actions.base
from actions.smalltalk import ActionAffirm
from bench.engines import PostgreSql
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.storage import engine as engine_module
from bot.storage.engine import create_engine as storage_engine
from bot.storage.errors import StorageUnavailable
from bot.storage.migrations import migrate
from bot.storage.tables import arrangements, inbox
from tests.faults.books import faults_of, imported, tags
from tests.support.people import Person, build

_ONCE = {"OFFER_ACCEPTED", "TURN_FAILED"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second for a lock, not five."""
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 1)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Application]:
    app = build(postgresql_url)
    yield app
    app.unit_of_work.dispose()  # type: ignore[attr-defined]


def offered(app: Application) -> Person:
    """A debtor who has an offer on the table and need only accept it."""
    person = Person(app, "someone", "sms")
    person.identifies(imported(app))
    person.says("counter_offer", "50 al mes")
    assert "utter_ask_acceptance" in person.heard
    return person


def accepts(app: Application, person: Person, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """ "Acepto", by the action as the action server runs it. Returns the names of what is said to the debtor."""
    monkeypatch.setattr(actions.base, "app", lambda: app)
    received = reception.receive(app, Incoming("sms", person.address, "SM-1", "acepto"))
    latest = {
        "text": "acepto",
        "intent": {"name": "affirm", "confidence": 0.99},
        "entities": [],
        "metadata": {"message_id": received.message_id},
    }
    tracker: Any = SimpleNamespace(latest_message=latest, sender_id=received.conversation_id)
    asyncio.run(ActionAffirm().run(CollectingDispatcher(), tracker, {}))
    return [row.response for row in reception.conclude(app, received.message_id)]


def assert_decided_once(app: Application, heard: list[str]) -> None:
    assert heard.count("utter_agreed") == 1
    assert "utter_sorry" not in heard
    assert tags(app, *_ONCE) == ["OFFER_ACCEPTED"]
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        assert connection.execute(select(func.count()).select_from(arrangements)).scalar() == 1
        assert connection.execute(select(inbox.c.status).where(inbox.c.provider_id == "SM-1")).all() == [
            ("done",)
        ]
    assert faults_of(app) == []


@contextmanager
def held(app: Application, statement: str, seconds: float) -> Iterator[None]:
    """Somebody else's transaction, for so long."""
    engine = storage_engine(app.settings.database_url)
    connection = engine.connect()
    connection.begin()
    connection.execute(text(statement))

    def release() -> None:
        connection.rollback()
        connection.close()

    timer = threading.Timer(seconds, release)
    timer.start()
    yield
    timer.join()
    engine.dispose()


class AtFirst:
    """A function of the turn, which does harm the first time that it is called."""

    def __init__(
        self, real: Callable[..., Any], harm: Callable[[Any], object], *, after: bool = False
    ) -> None:
        self.real, self.harm, self.after, self.calls = real, harm, after, 0

    def __call__(self, turn: Any) -> Any:
        self.calls += 1
        if self.calls == 1 and not self.after:
            self.harm(turn)
        found = self.real(turn)
        if self.calls == 1 and self.after:
            self.harm(turn)
        return found


# On SQLite a transaction of ours that writes locks the file at its start.
_LOCKS = {"sqlite": "SELECT 1", "postgresql": "SELECT 1 FROM conversations FOR UPDATE"}


def test_a_lock_that_is_held_for_too_long(both: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    person, calls, real = offered(both), [], dialogue._take_turn

    def take(*given: Any) -> Any:
        calls.append(given)
        if len(calls) > 1:
            return real(*given)
        with held(both, _LOCKS[both.settings.database_url.split(":")[0]], 1.3):
            return real(*given)

    monkeypatch.setattr(dialogue, "_take_turn", take)
    heard = accepts(both, person, monkeypatch)
    assert len(calls) == 2
    assert_decided_once(both, heard)


def test_who_has_waited_long_looks_as_often_as_who_just_came(sqlite_url: str) -> None:
    """SQLite itself looks ever more seldom: the others, who come later, are faster every time."""
    engine = storage_engine(sqlite_url)
    looks: list[str] = []
    event.listen(engine, "connect", lambda driver, _: driver.set_trace_callback(looks.append))
    app = build(sqlite_url)
    with (
        held(app, "SELECT 1", 3),
        engine.connect() as connection,
        pytest.raises(OperationalError, match="locked"),
    ):
        connection.begin()
    with engine.connect() as connection:
        waits = connection.execution_options(writes=False).exec_driver_sql("PRAGMA busy_timeout").scalar()
        assert waits == 1000, "for everything else it is as it was"
    assert looks.count("BEGIN IMMEDIATE") > 5
    engine.dispose()
    app.unit_of_work.dispose()  # type: ignore[attr-defined]


def cut_off(turn: Any) -> None:
    """End the server's side of the turn's connection, as a restart or a failover does."""
    pid = turn.uow.connection.execute(text("SELECT pg_backend_pid()")).scalar()
    engine = create_engine(turn.app.settings.database_url, future=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        assert other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}).scalar()
    engine.dispose()


@pytest.mark.parametrize("after", [False, True], ids=["before deciding", "before the commit"])
def test_a_connection_that_is_cut_off(
    postgresql: Application, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    person = offered(postgresql)
    route = AtFirst(dialogue.finish if after else dialogue.route, cut_off, after=after)
    monkeypatch.setattr(dialogue, "finish" if after else "route", route)
    heard = accepts(postgresql, person, monkeypatch)
    assert route.calls == 2
    assert_decided_once(postgresql, heard)


@pytest.mark.parametrize("code", ["40001", "40P01", "57P01"])
def test_a_transaction_that_postgresql_breaks_off(
    postgresql: Application, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """A serialization failure, a deadlock, a shutdown: raised by the server, in the turn's own transaction."""
    person = offered(postgresql)
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION 'broken off' USING ERRCODE = '{code}'; END $$")
    route = AtFirst(dialogue.finish, lambda turn: turn.uow.connection.execute(raising))
    monkeypatch.setattr(dialogue, "finish", route)
    heard = accepts(postgresql, person, monkeypatch)
    assert route.calls == 2
    assert_decided_once(postgresql, heard)


def test_a_commit_whose_end_was_not_heard(both: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    person, units = offered(both), type(both.unit_of_work())
    real = units.commit
    lost: list[bool] = []

    def commit(self: Any) -> None:
        real(self)
        if not lost:
            lost.append(True)
            raise StorageUnavailable("the connection broke")

    take = dialogue._take_turn

    def taken(*given: Any) -> Any:
        monkeypatch.setattr(units, "commit", commit)
        return take(*given)

    monkeypatch.setattr(dialogue, "_take_turn", taken)
    heard = accepts(both, person, monkeypatch)
    assert lost
    assert_decided_once(both, heard)


def test_a_server_that_crashes_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tempfile.mkdtemp(prefix="aldia-crash-")
    server = PostgreSql(folder)  # type: ignore[arg-type]
    try:
        migrate(server.url)
        app = build(server.url)
        person = offered(app)
        finish = AtFirst(dialogue.finish, lambda _: server.restart(), after=True)
        monkeypatch.setattr(dialogue, "finish", finish)
        heard = accepts(app, person, monkeypatch)
        assert finish.calls == 2
        assert_decided_once(app, heard)
        app.unit_of_work.dispose()  # type: ignore[attr-defined]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_database_that_stays_away_is_apologised_for_once(
    both: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = offered(both)
    tried = []

    def locked(*_: Any) -> Any:
        tried.append(True)
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(dialogue, "_take_turn", locked)
    heard = accepts(both, person, monkeypatch)
    assert len(tried) == 2
    assert heard == ["utter_sorry"]
    assert tags(both, *_ONCE) == ["TURN_FAILED"]
