"""Memory of a server over many turns: nothing is kept of a turn or of a conversation that is over."""

from __future__ import annotations

import asyncio
import gc
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil
import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.base import Surroundings
from bot.channels.rest import RestInput
from bot.runner import heap
from bot.services import dialogue
from bot.services.application import Application
from bot.services.understood import Heard
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.telemetry import context
from tests.support.people import Known, add, build

_TURNS = ("greet", "inform", "ask_balance", "thank")
# The first round fills what is filled by conversations up to a bound.
_WARM_UP, _ROUND, _ROUNDS = 260, 100, 6


class Rasa:
    """Takes the turn as the action server does; of each message the test says what the NLU understood."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, message: UserMessage) -> None:
        """Run the turn."""
        intent, _, text = message.text.partition(" ")
        entities = [{"entity": "account_reference", "value": text, "confidence": 1.0, "alternatives": []}]
        heard = Heard(intent, 0.99, entities=tuple(entities if text else ()), text=message.text)
        await asyncio.to_thread(dialogue.take_turn, self._app, message.metadata["message_id"], heard)


@contextmanager
def _the_clock_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what is kept for a minute be over within a few turns."""
    begin = time.monotonic()
    real = time.monotonic
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: begin + 200 * (real() - begin))
        yield


def test_turns_and_conversations_leave_nothing_behind(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build(sqlite_url)
    for number in range(20):
        add(app, Known(f"AD-ES-{90_000 + number}", f"T-{number}"))
    connector, rasa = RestInput(Surroundings.of(app)), Rasa(app)

    async def talk(numbers: range) -> None:
        for number in numbers:
            for intent in _TURNS:
                text = f"inform AD-ES-{90_000 + number % 20}" if intent == "inform" else intent
                assert await connector.answer(rasa, address=f"person {number}", text=text)

    async def story() -> tuple[list[int], list[int]]:
        objects, blocks = [], []
        for number in range(_ROUNDS + 1):
            numbers = range(_WARM_UP) if number == 0 else range(number * 1_000, number * 1_000 + _ROUND)
            await talk(numbers)
            gc.collect()
            objects.append(len(gc.get_objects()))
            blocks.append(sys.getallocatedblocks())
        return objects, blocks

    with _the_clock_runs(monkeypatch):
        objects, blocks = asyncio.run(story())
    # One object kept of each conversation would be a hundred more in each round, one of each turn four hundred. Some
    # hundred come and go: sqlite3 forgets its cursors now and then. So the least of three rounds counts.
    for counts in (objects, blocks):
        assert min(counts[4:]) - min(counts[1:4]) < _ROUND / 2, counts
    assert context.trace_id_of.cache_info().currsize <= _WARM_UP
    assert not connector.turns._running
    assert not connector.turns._ended._waiting


def test_the_connection_used_last_is_used_next(sqlite_units: SqlUnitOfWorkFactory) -> None:
    """Each connection fills caches of its own: those that one busy moment opened must not all be used in turn."""

    def used() -> int:
        with sqlite_units.engine.connect() as connection:
            return id(connection.connection.dbapi_connection)

    with ExitStack() as busy:
        for _ in range(6):
            busy.enter_context(sqlite_units.engine.connect())
    assert len({used() for _ in range(20)}) == 1


def test_a_connection_keeps_few_pages(sqlite_units: SqlUnitOfWorkFactory) -> None:
    with sqlite_units.engine.connect() as connection:
        kib = -connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    assert 0 < kib <= 2000


def test_garbage_is_looked_for_soon_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a full round would wait until a quarter of all that start-up made has been added."""
    monkeypatch.setattr(heap, "_keep_trimming", lambda: None)
    thresholds = gc.get_threshold()
    heap.settle()
    try:
        gc.set_threshold(50, 2, 2)
        before = gc.get_stats()[2]["collections"]
        kept: list[Any] = [[] for _ in range(5_000)]
        assert gc.get_stats()[2]["collections"] > before
        assert gc.get_freeze_count() > len(kept)
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc keeps what lies before a page in use"
)
def test_free_pages_go_back_to_the_system() -> None:
    pieces = [bytes(2_000) for _ in range(20_000)]  # 40 MB
    last, process = pieces[-1], psutil.Process()
    pieces.clear()
    before = process.memory_info().rss
    heap.trim()
    assert process.memory_info().rss < before - 20 * 1024 * 1024
    assert len(last) == 2_000
