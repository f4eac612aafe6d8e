"""The measurements: time a turn, over a long conversation, with many debtors at once, and memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any
from uuid import uuid4

import psutil

from bench.conversations import LONG, PEOPLE, facts_of
from bench.instance import Client, Instance

# Turns looked at on both sides of a measured one: a single turn says little.
_AROUND = 10
_MEASURED_TURNS = (5, 50, 200, 400)


def percentiles(times: Sequence[float]) -> dict[str, Any]:
    """Count and p50, p95, p99 of times in milliseconds (nearest rank)."""
    ordered = sorted(times)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    return {"turns": len(ordered), "p50": at(0.50), "p95": at(0.95), "p99": at(0.99)}


def mixed(instance: Instance, rounds: int) -> dict[str, Any]:
    """One debtor after the other; the first round warms up and does not count."""
    client = instance.client()
    for name in PEOPLE:
        _hold(client, name, 0)
    before = processor_ms(instance.pids)
    times: dict[str, list[float]] = {name: [] for name in PEOPLE}
    for number in range(1, rounds + 1):
        for name in PEOPLE:
            times[name] += _hold(client, name, number)
    everything = [one for took in times.values() for one in took]
    return {
        "processor_ms": round((processor_ms(instance.pids) - before) / len(everything), 1),
        "by": {"all": percentiles(everything), **{name: percentiles(took) for name, took in times.items()}},
    }


def processor_ms(pids: Sequence[int]) -> float:
    """Processor time of processes so far: unlike the time on a clock it hardly depends on what else runs."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids) * 1000


def _hold(client: Client, name: str, number: int) -> list[float]:
    language, texts = PEOPLE[name]
    sender = uuid4().hex
    times: list[float] = []
    buttons: list[Any] = []
    for text in texts:
        if text == "{facts}":
            text = facts_of(language, number)
        elif text == "{button}":
            text = buttons[0]["payload"] if buttons else "hola"
        answer, took = client.says(sender, text)
        buttons = [button for one in answer for button in one.get("buttons", ())] or buttons
        times.append(took)
    return times


def at_turns(instance: Instance, turns: int) -> dict[str, Any]:
    """One conversation of many turns, looked at in several places."""
    client, sender = instance.client(), uuid4().hex
    client.says(sender, "hola")
    client.says(sender, facts_of("es", 0))
    times = [client.says(sender, LONG[number % len(LONG)])[1] for number in range(turns + _AROUND)]
    at = {
        str(turn): percentiles(times[max(0, turn - _AROUND) : turn + _AROUND])
        for turn in _MEASURED_TURNS
        if turn <= turns
    }
    medians = [row["p50"] for row in at.values()]
    return {"at": at, "ratio": round(medians[-1] / medians[0], 2)}


def concurrent(instance: Instance, debtors: int) -> dict[str, Any]:
    """Many debtors who write without a pause, each on a connection of their own."""

    def hold_all(number: int) -> list[float]:
        client = instance.client()
        return [took for name in PEOPLE for took in _hold(client, name, number)]

    began = time.perf_counter()
    with ThreadPoolExecutor(debtors) as pool:
        times = [took for one in pool.map(hold_all, range(debtors)) for took in one]
    elapsed = time.perf_counter() - began
    return {"debtors": debtors, "turns_per_s": round(len(times) / elapsed, 1), **percentiles(times)}


class Memory:
    """Watches the servers' memory while something is measured.

    PSS counts a shared page once over all processes, USS not at all, RSS in each.
    """

    def __init__(self, pids: Sequence[int], every_s: float = 0.5) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._every = every_s
        self._peak = {"pss_mb": 0.0, "uss_mb": 0.0, "rss_mb": 0.0}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end.set()
        self._thread.join()

    def peak(self) -> dict[str, float]:
        """The highest sums over all processes so far, in megabytes."""
        self._look()
        return {name: round(value) for name, value in self._peak.items()}

    def _watch(self) -> None:
        while not self._end.wait(self._every):
            self._look()

    def _look(self) -> None:
        sums = dict.fromkeys(self._peak, 0.0)
        for parent in self._processes:
            for process in (parent, *parent.children(recursive=True)):
                full = process.memory_full_info()
                # macOS knows no PSS.
                sums["pss_mb"] += getattr(full, "pss", full.uss) / 2**20
                sums["uss_mb"] += full.uss / 2**20
                sums["rss_mb"] += full.rss / 2**20
        self._peak = {name: max(self._peak[name], sums[name]) for name in sums}
