"""Spans of one process: what belongs to a message joins its trace, whatever a header says, and an error keeps its words."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.telemetry import tracing
from bot.telemetry.context import root_span_of, trace_id_of, working_on
from bot.telemetry.stages import stage
from tests.telemetry.otlp import Collector, Span, collector

SECRET = "mi documento es 12345678Z"


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Where this process sends its spans during a test."""
    with collector() as found:
        monkeypatch.setenv(tracing.ENDPOINT, found.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert tracing.start("test", "1")
        yield found
        tracing.stop()
        tracing.came_with(None)


def spans(traces: Collector) -> dict[str, Span]:
    tracing.flush()
    return {span.name: span for span in traces.spans}


def test_a_turn_taken_up_again_joins_the_trace_that_a_crash_cut_short(traces: Collector) -> None:
    now = time.time_ns()
    with working_on("M-1", "C-1"):
        tracing.begin_turn("sms", now, now, is_again=False)  # and the process died: it is never ended
    tracing.stop()
    assert tracing.start("test", "1")
    with working_on("M-1", "C-1"):
        again = tracing.begin_turn("sms", now, now, is_again=True)
        with stage("conclude"):
            pass
        tracing.end(again, None)
    found = spans(traces)
    assert found["turn again"].trace_id == found["conclude"].trace_id == trace_id_of("M-1")
    assert found["turn again"].parent == root_span_of("M-1")


def test_what_knows_only_the_message_joins_its_trace(traces: Collector) -> None:
    with working_on("M-2", "C-2"), stage("send"):
        pass
    with stage("send"):  # of no message: nobody's trace
        pass
    tracing.flush()
    (span,) = traces.spans
    assert (span.trace_id, span.parent) == (trace_id_of("M-2"), root_span_of("M-2"))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"00-{'a' * 32}-{'b' * 16}-01",
        f"00-{trace_id_of('M-3')}-{'z' * 16}-01",
        "00-\n-é-01",
        None,
    ],
)
def test_a_header_that_we_did_not_write_changes_nothing(traces: Collector, header: str | None) -> None:
    tracing.came_with(header)
    with working_on("M-3", "C-3"), stage("decide"):
        pass
    assert spans(traces)["decide"].parent == root_span_of("M-3")


def test_a_header_of_ours_names_the_span_above(traces: Collector) -> None:
    with working_on("M-4", "C-4"):
        with stage("action"):
            header = tracing.headers()["traceparent"]
        tracing.came_with(header)
        with stage("decide"):
            pass
    found = spans(traces)
    assert found["decide"].parent == found["action"].span_id


def test_an_error_is_told_by_its_kind(traces: Collector) -> None:
    with working_on("M-5", "C-5"), pytest.raises(ValueError, match="12345678Z"), stage("decide"):
        raise ValueError(SECRET)
    assert spans(traces)["decide"].is_error
    assert b"ValueError" in traces.raw
    assert b"12345678Z" not in traces.raw
