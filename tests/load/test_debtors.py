"""The generator of debtors: what it takes for wrong, and a whole small load over every channel."""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.debtors import Debtor, Plan, Tally
from bench.load import run
from bench.memory import Series
from bench.personas import Persona
from bench.population import person
from bench.providers import Arrived

PERSONA = Persona("asks", 1, {"es": ("hola", "¿cuánto debo?"), "en": ("hello", "how much do I owe?")})
AGREED = re.compile("Hecho")


class Line:
    """A line on which each question is answered as the test says: texts with id and cause."""

    channel = "web"
    address = "1"
    tells_cause = True

    def __init__(self, answers: list[list[tuple[str, str]]]) -> None:
        self.arrived: asyncio.Queue[Arrived] = asyncio.Queue()
        self._answers = iter(answers)

    async def say(self, text: str) -> None:
        for message_id, cause in next(self._answers):
            self.arrived.put_nowait(Arrived("Debe 100 €", (), time.perf_counter(), message_id, cause))


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ([[("1.0", "1"), ("1.1", "1")], [("2.0", "2")]], {}),
        ([[("1.0", "1")], []], {"silence": 1}),
        ([[("1.0", "1"), ("1.0", "1")], [("2.0", "2")]], {"twice": 1}),
        ([[("1.0", "1")], [("2.0", "2"), ("1.1", "1")]], {"out of order": 1}),
        ([[("1.0", "1"), ("9.0", "9")], [("2.0", "2")]], {"unasked": 2}),
    ],
)
def test_what_a_debtor_takes_for_wrong(answers: list[list[tuple[str, str]]], wrong: dict[str, int]) -> None:
    tally, line = Tally(), Line(answers)
    debtor = Debtor(person(1), PERSONA, line, Plan(1, 0.0, 1.0, patience=0.1), tally, AGREED)  # type: ignore[arg-type]
    asyncio.run(debtor.talk(Random(1)))
    assert tally.errors == wrong
    assert tally.silent == [("web", "1")] * wrong.get("silence", 0)


def test_growth_is_told_by_the_slope_without_the_warm_up() -> None:
    turns = list(range(0, 100_001, 1_000))
    flat = Series(turns, [min(400.0, 300 + turn / 50) for turn in turns])
    leaks = Series(turns, [300 + 5 * turn / 10_000 for turn in turns])
    assert flat.mb_per_10k_turns() == pytest.approx(0, abs=0.01)
    assert leaks.mb_per_10k_turns() == pytest.approx(5)
    assert [leaks.own_at(share) for share in (0.25, 0.5, 0.75, 1.0)] == [312.5, 325, 337.5, 350]


@pytest.mark.stack
def test_debtors_on_every_channel_see_nothing_wrong(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "database": "sqlite", "workers": 1, "debtors": 8, "seconds": 4.0, "turns": None, "think": 0.6, "every": 1.0,
        "channels": "web:2,polling:1,whatsapp:2,sms:2,telegram:2,rest:1", "ports": None, "series": None,
    }  # fmt: skip
    found = run(tmp_path, argparse.Namespace(**options))
    assert found["errors"] == {}
    assert found["stored"]["problems"] == {}
    assert found["turns"] > 20
    assert len(found["ms_by_channel"]) >= 4
    assert all(series["last_rss_mb"] for series in found["memory"].values())
