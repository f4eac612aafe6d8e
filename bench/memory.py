"""Memory of processes over many turns: a series, and how fast each of them grows."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

_MB = 1024 * 1024
# What is loaded and cached with the first turns is no leak.
_WARM_UP = 0.3
_QUARTERS = (0.25, 0.5, 0.75, 1.0)


@dataclass
class Series:
    """One process: turns so far, and its megabytes then.

    `own` is RSS without pages of files: the table of words that reads messages is a mapped file of 72 MB, of which more
    is in memory with each new word, and which the system takes back when it needs to.
    """

    turns: list[int] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    uss: list[float] = field(default_factory=list)

    def mb_per_10k_turns(self) -> float | None:
        """The slope of what is its own by least squares, without the warm-up; None while there is too little to say."""
        first = self.turns[-1] * _WARM_UP if self.turns else 0
        points = [(turn, mb) for turn, mb in zip(self.turns, self.own, strict=True) if turn >= first]
        if len({turn for turn, _ in points}) < 3:
            return None
        return 10_000 * statistics.linear_regression(*zip(*points, strict=True)).slope

    def own_at(self, share: float) -> float:
        """What was its own after this share of all turns."""
        return self.own[bisect_left(self.turns, share * self.turns[-1])]

    def summary(self) -> dict[str, float | list[float] | None]:
        """First, last, highest, slope, and four points on the way."""
        slope = self.mb_per_10k_turns()
        return {
            "first_rss_mb": round(self.rss[0], 1),
            "last_rss_mb": round(self.rss[-1], 1),
            "peak_rss_mb": round(max(self.rss), 1),
            "last_pss_mb": round(self.pss[-1], 1),
            "last_uss_mb": round(self.uss[-1], 1),
            "mb_per_10k_turns": None if slope is None else round(slope, 2),
            "own_mb_at_quarters": [round(self.own_at(share), 1) for share in _QUARTERS],
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
            for kind in ("own", "rss", "pss", "uss"):
                getattr(series, kind).append(sum(each[kind] for each in found) / _MB)

    def processor_s(self) -> dict[str, float]:
        """Processor seconds so far, by process."""
        return {
            name: sum(sum(each.cpu_times()[:2]) for each in _family(process))
            for name, process in self._processes.items()
        }

    def summary(self) -> dict[str, dict[str, float | list[float] | None]]:
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
        own = info.rss - getattr(info, "shared", 0)
        return {"own": own, "rss": info.rss, "pss": getattr(info, "pss", info.rss), "uss": info.uss}
    except psutil.NoSuchProcess:
        return {"own": 0.0, "rss": 0.0, "pss": 0.0, "uss": 0.0}
