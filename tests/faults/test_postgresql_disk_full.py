"""PostgreSQL's own disk is full: who writes hears so, nothing is half-done, and all goes on when there is space again."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bench.engines import PostgreSql
from bot.channels import recovery
from bot.channels.recovery import recover_once
from bot.channels.turns import Turns
from bot.runner import health
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.storage import engine as engine_module
from bot.storage.migrations import migrate
from tests.faults.books import faults_of
from tests.support.disks import fill, make_space, small_disk
from tests.support.people import build

_LONG = "hola, ¿cuánto debo? " * 300  # of a page, so that soon there is none left for another one


@pytest.fixture
def disk() -> Iterator[Path]:
    """Not in pytest's own folder, which PostgreSQL's user may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="aldia-full-"))
    try:
        with small_disk(folder / "pg", "256m") as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def app(disk: Path) -> Iterator[Application]:
    """An application over a PostgreSQL whose files are all on that disk."""
    server = PostgreSql(disk)
    try:
        migrate(server.url)
        built = build(server.url)
        yield built
        built.unit_of_work.dispose()  # type: ignore[attr-defined]
    finally:
        server.stop()


def rows(app: Application, query: str) -> list[Any]:
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        return list(connection.execute(text(query)).all())


def begin_a_journal(app: Application) -> None:
    """A whole file of PostgreSQL's journal, which is set aside before: without one it would end itself at once."""
    engine = create_engine(app.settings.database_url, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_switch_wal()"))
        connection.execute(text("CHECKPOINT"))
    engine.dispose()


def test_nobody_is_left_without_a_word(app: Application, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "_BREATH_SECONDS", 0.0)
    monkeypatch.setattr(engine_module, "_FULL_HOLDS", 1.0)
    turns, is_ready = Turns(app), health.database(app)
    busy = reception.busy_sentence(app)
    heard: dict[str, list[str]] = {}

    async def run_rasa(message: Any) -> None:
        understood = Heard("greet", 0.99, text="hola")
        await asyncio.to_thread(dialogue.take_turn, app, message.metadata["message_id"], understood)

    async def says(number: int) -> None:
        incoming = Incoming("rest", f"somebody-{number}", f"R-{number}", _LONG)
        heard[f"R-{number}"] = [one.text for one in await turns.take(incoming, run_rasa)]

    async def delivers(number: int) -> bool:
        """Whether the provider may forget it; else it delivers it again."""
        incoming = Incoming("sms", f"+3460011{number:04d}", f"S-{number}", _LONG)
        taken = await turns.accept(incoming, run_rasa) is not None
        await turns.finish(60)
        return taken

    async def story() -> list[int]:
        await says(0)
        begin_a_journal(app)
        fill(disk)
        for number in range(1, 30):
            await says(number)
        refused = [number for number in range(30) if not await delivers(number)]
        assert is_ready() == ["has no space: the disk is full"]
        await recover_once(later(), turns, run_rasa)  # nothing can be taken up yet
        make_space(disk)
        await asyncio.sleep(1.1)
        assert is_ready() == []
        for number in refused:
            assert await delivers(number)
        for _ in range(recovery._MAX_ATTEMPTS + 1):
            await recover_once(later(), turns, run_rasa)
        return refused

    def later() -> Application:
        app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
        return app

    refused = asyncio.run(story())

    assert refused, "the disk was never full"
    assert all(heard.values()), "who waits for an answer gets one"
    told_to_come_again = {name for name, texts in heard.items() if texts == [busy]}
    assert told_to_come_again
    status = {row.provider_id: row.status for row in rows(app, "SELECT provider_id, status FROM inbox")}
    assert set(Counter(status.values())) <= {"done", "failed"}
    assert status.keys() >= heard.keys() - told_to_come_again | {f"S-{number}" for number in range(30)}
    answers = rows(
        app, "SELECT cause, count(*) AS many, max(position) + 1 AS places FROM outbox GROUP BY cause"
    )
    assert len(answers) == len(status)
    assert all(row.many == row.places for row in answers), "none twice, none in part"
    sorry = "SELECT count(*) FROM outbox WHERE response = 'utter_sorry'"
    cases = "SELECT count(*) FROM handoffs WHERE reason = 'turn_failed'"
    failed = sum(one == "failed" for one in status.values())
    assert [rows(app, query)[0][0] for query in (sorry, cases)] == [failed, failed], "with a person"
    assert faults_of(app) == []
