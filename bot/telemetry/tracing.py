"""Traces over OTLP, when `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector. Off, nothing of OpenTelemetry is imported.

A turn's trace and first span have ids that follow from the message's id. So a process that knows the message (the courier
that sends the answer, one that takes a turn up again) joins the trace without anything being stored for it.
"""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from bot.telemetry.context import current, root_span_of, trace_id_of

logger = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_FLUSH_MILLISECONDS = 1_000

_tracing: _Tracing | None = None
_came_with: ContextVar[str | None] = ContextVar("aldia_traceparent", default=None)


def start(role: str, version: str, env: Mapping[str, str] = os.environ) -> bool:
    """Send spans of this process to the collector that the environment names; nothing when it names none.

    Args:
        role: which kind of process this is.
        version: of this software.
        env: the environment; the exporter reads further `OTEL_EXPORTER_OTLP_…` variables itself.
    """
    global _tracing
    if not env.get(ENDPOINT, "").strip():
        return False
    try:
        _tracing = _Tracing(role, version)
    except ImportError as error:
        # An installation without it goes on without traces.
        logger.error("no traces are sent: %s is not installed", error.name)
        return False
    atexit.register(flush)
    return True


def is_on() -> bool:
    """Whether spans are sent."""
    return _tracing is not None


def flush() -> None:
    """Send what was gathered, as far as the collector takes it within a second."""
    if _tracing is not None:
        _tracing.provider.force_flush(_FLUSH_MILLISECONDS)


def stop() -> None:
    """Send what was gathered and no more after it."""
    global _tracing
    flush()
    _tracing = None


def begin(name: str) -> Any:
    """Begin a span of the turn under way; None when spans are not sent, or no message is being worked on."""
    return None if _tracing is None else _tracing.begin(name)


def end(span: Any, error: type[BaseException] | None) -> None:
    """End a span. Of an error only its kind is told: its text may quote a debtor."""
    if _tracing is not None:
        _tracing.end(span, error)


def begin_turn(channel: str, arrived_ns: int, received_ns: int, *, is_again: bool) -> Any:
    """Begin the first span of the message being worked on, back when it arrived; None when spans are not sent.

    Args:
        channel: by which it came.
        arrived_ns: when the request came in.
        received_ns: when the message was stored.
        is_again: its turn was begun before, in a process that ended: this one joins that trace.
    """
    if _tracing is None:
        return None
    return _tracing.begin_turn(channel, arrived_ns, received_ns, is_again=is_again)


def came_with(traceparent: str | None) -> None:
    """Note the W3C header that the request at hand came with."""
    _came_with.set(traceparent)


def headers() -> dict[str, str]:
    """The W3C header to send with a request, or none."""
    return {} if _tracing is None else _tracing.headers()


class _Tracing:
    """OpenTelemetry, set up for this process."""

    def __init__(self, role: str, version: str) -> None:
        from opentelemetry import context, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        chosen: ContextVar[str | None] = ContextVar("aldia_root", default=None)

        class Ids(RandomIdGenerator):
            """Of a turn's first span by its message; else random."""

            def generate_trace_id(self) -> int:
                message_id = chosen.get()
                return int(trace_id_of(message_id), 16) if message_id else super().generate_trace_id()

            def generate_span_id(self) -> int:
                message_id = chosen.get()
                return int(root_span_of(message_id), 16) if message_id else super().generate_span_id()

        self._context, self._trace, self._chosen = context, trace, chosen
        resource = Resource.create({"service.name": f"aldia-{role}", "service.version": version})
        # Ended by `flush` alone: a collector that is down must not keep a server from stopping.
        self.provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, id_generator=Ids(), shutdown_on_exit=False
        )
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self.provider.get_tracer("aldia", version)

    def begin(self, name: str) -> Any:
        parent = self._parent()
        return None if parent is None else self._enter(self._tracer.start_span(name, context=parent))

    def begin_turn(self, channel: str, arrived_ns: int, received_ns: int, *, is_again: bool) -> Any:
        now, trace = current(), self._trace
        assert now.message_id is not None
        facts = {"aldia.channel": channel, "aldia.message_id": now.message_id}
        kind = trace.SpanKind.SERVER
        if is_again:
            again = self._tracer.start_span("turn again", self._parent(), kind, facts, start_time=arrived_ns)
            return self._enter(again)
        token = self._chosen.set(now.message_id)
        try:
            turn = self._tracer.start_span(
                "turn", self._context.Context(), kind, facts, start_time=arrived_ns
            )
        finally:
            self._chosen.reset(token)
        entered = self._enter(turn)
        self._tracer.start_span("webhook", start_time=arrived_ns).end(received_ns)
        return entered

    def end(self, entered: Any, error: type[BaseException] | None) -> None:
        span, token = entered
        if error is not None:
            span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, error.__name__))
        span.end()
        self._context.detach(token)

    def headers(self) -> dict[str, str]:
        found = self._trace.get_current_span().get_span_context()
        return {"traceparent": f"00-{found.trace_id:032x}-{found.span_id:016x}-01"} if found.is_valid else {}

    def _enter(self, span: Any) -> Any:
        return span, self._context.attach(self._trace.set_span_in_context(span))

    def _parent(self) -> Any:
        """The span under way here, else the one that the request came with, else the turn's first; None outside turns."""
        now, trace = current(), self._trace
        if now.message_id is None or now.trace_id is None:
            return None
        # One of another message may be left over, where work for one led to work for another.
        if trace.get_current_span().get_span_context().trace_id == int(now.trace_id, 16):
            return self._context.get_current()
        span_id = root_span_of(now.message_id)
        parts = (_came_with.get() or "").split("-")
        # A header of another trace than this message's was not written by us.
        if len(parts) == 4 and parts[1] == now.trace_id and len(parts[2]) == 16:
            span_id = parts[2]
        try:
            ids = int(now.trace_id, 16), int(span_id, 16)
        except ValueError:
            ids = int(now.trace_id, 16), int(root_span_of(now.message_id), 16)
        remote = trace.SpanContext(
            *ids, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED)
        )
        return trace.set_span_in_context(trace.NonRecordingSpan(remote), self._context.Context())
