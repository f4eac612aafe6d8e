"""One stage of a turn: timed for the numbers, a span for the traces, one line of code where it happens."""

from __future__ import annotations

from time import perf_counter
from types import TracebackType

from bot.telemetry import tracing
from bot.telemetry.metrics import STAGE_SECONDS

STAGES = frozenset({"webhook", "nlu", "action", "decide", "database", "conclude", "send"})


class stage:  # noqa: N801
    """`with stage("nlu"):` measures what is within.

    Args:
        name: one of `STAGES`.
    """

    __slots__ = ("_name", "_span", "_start")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Begin."""
        self._span = tracing.begin(self._name)
        self._start = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, well or not."""
        STAGE_SECONDS.observe(perf_counter() - self._start, self._name)
        if self._span is not None:
            tracing.end(self._span, kind)
