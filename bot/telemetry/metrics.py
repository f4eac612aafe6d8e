"""The numbers of a process: every name in one place, every label from a short list, nothing personal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

disable_created_metrics()  # type: ignore[no-untyped-call]  # when each series began: as many series again, and nobody asks
REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

OTHER = "other"
# Values of labels are words of the code and of the rulebook. Should one ever not be, it costs one series, not a million.
_PLAIN = re.compile(r"[A-Za-z0-9_.:@/-]{1,80}")
_MOST_SERIES = 400

_TURN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STAGE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Labelled:
    """A metric with a bounded number of series."""

    def __init__(self, metric: Any) -> None:
        self._metric = metric
        self._series: dict[tuple[object, ...], Any] = {}

    def _of(self, values: tuple[object, ...]) -> Any:
        found = self._series.get(values)
        if found is not None:
            return found
        is_full = len(self._series) >= _MOST_SERIES
        safe = [OTHER if is_full else plain(value) for value in values]
        series = self._metric.labels(*safe) if values else self._metric
        if not is_full:
            self._series[values] = series
        return series


class Counted(_Labelled):
    """Something that happens, counted by what kind of it."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(Counter(f"aldia_{name}", text, labels, registry=REGISTRY))

    def known(self, *values: object) -> None:
        """Tell of it as nought from the start: of a series that begins with one, no alert would see the first."""
        self._of(values)

    def add(self, *values: object) -> None:
        """It happened once."""
        self._of(values).inc()


class Timed(_Labelled):
    """How long something takes."""

    def __init__(self, name: str, text: str, labels: Sequence[str], buckets: Sequence[float]) -> None:
        super().__init__(Histogram(f"aldia_{name}", text, labels, registry=REGISTRY, buckets=buckets))

    def observe(self, seconds: float, *values: object) -> None:
        """It took this long."""
        self._of(values).observe(seconds)


class Stands(_Labelled):
    """A value that goes up and down."""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(Gauge(f"aldia_{name}", text, labels, registry=REGISTRY))

    def put(self, value: float, *values: object) -> None:
        """It is this now."""
        self._of(values).set(value)


def plain(value: object) -> str:
    """A label's value, or "other" when it is no word of ours."""
    text = "none" if value is None else str(value.value if isinstance(value, Enum) else value)
    return text if _PLAIN.fullmatch(text) else OTHER


TURN_SECONDS = Timed("turn_seconds", "From a message's arrival to its stored answer", ["channel"], _TURN)
STAGE_SECONDS = Timed("stage_seconds", "Parts of a turn and of sending", ["stage"], _STAGE)
MESSAGES = Counted("messages", "Messages that came in, by what became of them", ["channel", "verdict"])
UNDERSTOOD = Counted("understood", "Messages by what they were taken for", ["intent"])
FALLBACKS = Counted("fallbacks", "Turns in which the assistant was unsure or got nowhere", ["kind"])
TURNS_FAILED = Counted("turns_failed", "Turns that gave no answer: an apology, and a case for a person")
TURNS_RECOVERED = Counted(
    "turns_recovered", "Turns that a crash cut short and that were taken up again", ["how"]
)
DISPOSITIONS = Counted("dispositions", "Outcomes of conversations", ["disposition"])
OFFERS = Counted("offers", "Offers made", ["kind"])
COUNTER_OFFERS = Counted("counter_offers", "Counter-offers decided", ["verdict"])
AGREEMENTS = Counted("agreements", "Arrangements agreed and promises made", ["kind"])
HANDOFFS = Counted("handoffs", "Cases opened for a person in a turn", ["reason"])
HOLDS = Counted("holds", "Holds placed", ["kind"])
RIGHTS = Counted("rights", "Rights invoked", ["right"])
IDENTITY = Counted("identity_attempts", "Identifications tried", ["outcome"])
GATE_REFUSALS = Counted(
    "gate_refusals", "Messages that the contact gate held back or stopped", ["outcome", "fact"]
)
DELIVERIES = Counted("deliveries", "What became of messages on their way out", ["channel", "status"])
DELIVERY_FAULTS = Counted("delivery_faults", "Tries to send that did not succeed", ["channel", "kind"])
RATE_LIMITED = Counted("rate_limited", "Messages and requests beyond the limits", ["by"])
JOB_RUNS = Counted("job_runs", "Runs of what time triggers", ["job", "outcome"])
JOB_SUCCESS = Stands("job_last_success_timestamp_seconds", "When a job last succeeded", ["job"])
DATABASE_ERRORS = Counted(
    "database_errors", "Statements and commits that the database did not take", ["kind"]
)

for _channel in ("rest", "web", "sms", "whatsapp", "telegram"):
    MESSAGES.known(_channel, "lost")
    for _status in ("sent", "failed", "unclear"):
        DELIVERIES.known(_channel, _status)
for _how in ("run", "concluded"):
    TURNS_RECOVERED.known(_how)
for _by in ("address", "network"):
    RATE_LIMITED.known(_by)
IDENTITY.known("locked")

BUILD = Stands("build_info", "What runs here; always 1", ["version", "commit", "revision", "role"])
