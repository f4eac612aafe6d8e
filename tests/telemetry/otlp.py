"""A collector of traces on loopback: takes OTLP over HTTP as it is specified, and keeps the spans."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """One span, with the process it came from."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    facts: dict[str, Any]
    is_error: bool


class Collector:
    """What came in so far is in `spans`, and whole in `raw`."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw = b""
        self.url = ""

    def take(self, body: bytes) -> None:
        """Keep what one request brought."""
        self.raw += body
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for resource in request.resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Span(
                            names["service.name"],
                            span.name,
                            span.trace_id.hex(),
                            span.span_id.hex(),
                            span.parent_span_id.hex(),
                            {a.key: a.value.string_value for a in span.attributes},
                            span.status.code == 2,
                        )  # fmt: skip
                    )

    def trace_with(self, is_whole: Callable[[list[Span]], bool], seconds: float = 30.0) -> list[Span]:
        """Wait for a trace of which something holds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            traces: dict[str, list[Span]] = {}
            for span in list(self.spans):
                traces.setdefault(span.trace_id, []).append(span)
            for spans in traces.values():
                if is_whole(spans):
                    return spans
            time.sleep(0.05)
        raise AssertionError(
            f"no such trace among {[(s.trace_id[:6], s.service, s.name) for s in self.spans]}"
        )


@contextmanager
def collector() -> Iterator[Collector]:
    """Serve one until the block ends."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            is_ours = (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            if is_ours:
                found.take(body)
            self.send_response(200 if is_ours else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
