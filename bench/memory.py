"""Memory of processes over many turns: a series, and how fast each of them grows."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

_MB = 1024 * 1024
# What is loaded and cached with the first turns is no leak.
_WARM_UP = 0.3


@dataclass
class Series:
    """One process: turns so far, and its megabytes then."""

    turns: list[int] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    uss: list[float] = field(default_factory=list)

    def mb_per_10k_turns(self) -> float | None:
        """The slope of RSS by least squares, without the warm-up; None while there is too little to say."""
        first = self.turns[-1] * _WARM_UP if self.turns else 0
        points = [(turn, mb) for turn, mb in zip(self.turns, self.rss, strict=True) if turn >= first]
        if len({turn for turn, _ in points}) < 3:
            return None
        return 10_000 * statistics.linear_regression(*zip(*points, strict=True)).slope

    def summary(self) -> dict[str, float | None]:
        """First, last, highest, slope."""
        slope = self.mb_per_10k_turns()
        return {
            "first_rss_mb": round(self.rss[0], 1),
            "last_rss_mb": round(self.rss[-1], 1),
            "peak_rss_mb": round(max(self.rss), 1),
            "last_pss_mb": round(self.pss[-1], 1),
            "last_uss_mb": round(self.uss[-1], 1),
            "mb_per_10k_turns": None if slope is None else round(slope, 2),
        }


class Watch:
    """Samples of named processes, each with all that it started."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self.series = {name: Series() for name in pids}

    def look(self, turns: int) -> None:
        """Take one sample of each."""
        for name, process in self._processes.items():
            found = [_memory(each) for each in _family(process)]
            series = self.series[name]
            series.turns.append(turns)
            for kind in ("rss", "pss", "uss"):
                getattr(series, kind).append(sum(each[kind] for each in found) / _MB)

    def processor_s(self) -> dict[str, float]:
        """Processor seconds so far, by process."""
        return {
            name: sum(sum(each.cpu_times()[:2]) for each in _family(process))
            for name, process in self._processes.items()
        }

    def summary(self) -> dict[str, dict[str, float | None]]:
        """Of every process."""
        return {name: series.summary() for name, series in self.series.items() if series.turns}


def _family(process: psutil.Process) -> Sequence[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> dict[str, float]:
    try:
        info = process.memory_full_info()
        return {"rss": info.rss, "pss": getattr(info, "pss", info.rss), "uss": info.uss}
    except psutil.NoSuchProcess:
        return {"rss": 0.0, "pss": 0.0, "uss": 0.0}
