"""Numbers that stand in the database: read when somebody asks, kept for some seconds, and told by every server."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily, Metric

from bot.telemetry.metrics import plain

logger = logging.getLogger(__name__)

_KEEP_SECONDS = 5.0

# Name without "aldia_": what it is, and its labels.
FIGURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "queue_size": ("Conversations that wait for a person", ()),
    "queue_oldest_seconds": ("How long the first of them has waited", ()),
    "people_talking": ("Conversations that a person has", ()),
    "cases_open": ("Cases for a person that are not closed", ("reason", "status")),
    "inbox_pending": ("Messages that came in and whose turn has not ended", ()),
    "inbox_oldest_seconds": ("Age of the oldest of them", ()),
    "outbox_messages": ("Messages that have not gone out: due, later or sending", ("channel", "status")),
    "outbox_oldest_seconds": ("How long the oldest message that is due has waited", ("channel",)),
    "identities_locked": ("Debtors and chats that may not try to identify themselves now", ()),
    "rights_open": ("Cases of rights that are not closed", ()),
    "rights_overdue": ("Those of them whose day has passed", ()),
    "job_late": ("Whether what time triggers has not succeeded in its time, in any process", ("job",)),
    "checkpoint_age_seconds": ("Since the record was last signed; absent before the first time", ()),
    "backup_age_seconds": ("Since `aldia backup` last made a copy; absent before the first time", ()),
}


class Figure(NamedTuple):
    """One value. The name is one of `FIGURES`, the labels are in their order there."""

    name: str
    value: float
    labels: tuple[str | None, ...] = ()


class FiguresCollector:
    """Asks the database when the metrics are asked for, but not more often than every few seconds.

    Args:
        read: reads all figures.
    """

    def __init__(self, read: Callable[[], Sequence[Figure]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._until = 0.0
        self._kept: Sequence[Figure] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked for registering."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The figures, and whether the database could be asked."""
        figures = self._figures()
        yield GaugeMetricFamily(
            "aldia_database_up", "Whether the database answers, with tables of this version",
            value=0 if figures is None else 1,
        )  # fmt: skip
        for name, (text, labels) in FIGURES.items():
            family = GaugeMetricFamily(f"aldia_{name}", text, labels=labels)
            for figure in figures or ():
                if figure.name == name:
                    family.add_metric([plain(value) for value in figure.labels], figure.value)
            yield family

    def _figures(self) -> Sequence[Figure] | None:
        with self._lock:
            if time.monotonic() >= self._until:
                try:
                    self._kept = self._read()
                except Exception as error:
                    logger.warning("the figures of the database could not be read: %s", type(error).__name__)
                    self._kept = None
                self._until = time.monotonic() + _KEEP_SECONDS
            return self._kept


class ReachCollector:
    """Tells what a process can reach of what it can do without for a while.

    Args:
        checks: by name; each gives the reasons why not.
    """

    def __init__(self, checks: Mapping[str, Callable[[], Sequence[str]]]) -> None:
        self._checks = checks

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked for registering."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ask each."""
        family = GaugeMetricFamily("aldia_reachable", "Whether this process reaches it", labels=["what"])
        for name, check in self._checks.items():
            family.add_metric([name], 0 if check() else 1)
        yield family
