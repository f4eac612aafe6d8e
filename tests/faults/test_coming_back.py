"""A server that is started while the database is away, and one that is killed while it comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import nullcontext
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bench.faults import Saboteur
from bot.runner import starting
from bot.storage.errors import NotMigrated, StorageBusy, StorageError, StorageUnavailable


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_LOOK_EVERY", 0.02)


def application(faults: list[StorageError], built: list[Any]) -> Callable[[], Any]:
    """Of a database that fails so many times."""

    def unit_of_work(**_: object) -> Any:
        if faults:
            raise faults.pop(0)
        return nullcontext()

    def build() -> Any:
        built.append(SimpleNamespace(unit_of_work=unit_of_work))
        return built[-1]

    return build


def test_a_database_that_is_away_is_waited_for() -> None:
    built: list[Any] = []
    faults: list[StorageError] = [StorageUnavailable("starting up"), StorageBusy("busy")] * 3
    assert starting.usable(application(faults, built)) is built[0]
    assert (len(built), faults) == (1, [])


def test_one_that_stays_away_ends_the_start_with_the_reason() -> None:
    faults: list[StorageError] = [StorageUnavailable("nobody listens")] * 1000
    began = time.monotonic()
    with pytest.raises(SystemExit, match="nobody listens"):
        starting.usable(application(faults, []), patience=0.3)
    assert 0.3 <= time.monotonic() - began < 3
    assert len(faults) < 1000 - 3


def test_what_time_does_not_mend_is_told_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(SystemExit, match="aldia migrate"):
        starting.usable(application([NotMigrated()] * 2, []))
    assert time.monotonic() - began < 2


class Node:
    """A server that needs a while to answer."""

    kind = name = "rasa"

    def __init__(self) -> None:
        self.started_at: float | None = 0.0
        self.processes = self.most = 1

    @property
    def is_running(self) -> bool:
        return self.started_at is not None

    def start(self) -> None:
        self.processes += 1
        self.most = max(self.most, self.processes)
        self.started_at = time.monotonic()

    def answers(self) -> bool:
        return self.started_at is not None and time.monotonic() - self.started_at > 0.5

    def kill(self) -> None:
        self.processes -= 1
        self.started_at = None


def test_a_server_killed_while_it_comes_back_is_started_by_one_only() -> None:
    node = Node()
    cluster: Any = SimpleNamespace(of=lambda _: [node, node], nodes=[node])
    nothing: Any = SimpleNamespace()
    saboteur = Saboteur(cluster, nothing, nothing, nothing, Random(3))

    async def story() -> None:
        await saboteur._kill()
        for _ in range(2):
            while not node.is_running:
                await asyncio.sleep(0.05)
            await saboteur._kill()
        while saboteur._returning:
            await asyncio.sleep(0.05)

    asyncio.run(story())
    assert (node.processes, node.most) == (1, 1)
    assert node.answers()
    ((seconds, name),) = saboteur.harm.back_after
    assert (name, seconds < 5) == ("rasa", True)
