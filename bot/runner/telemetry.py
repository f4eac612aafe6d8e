"""Telemetry of a server: `begin` at its start, `/metrics` on its port. One line in each server for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from importlib import metadata
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import raw as raw_response

from bot.runner.logs import configure_logging, log_what_nobody_handles
from bot.services import jobs
from bot.services.application import Application
from bot.settings import Settings
from bot.storage.migrations import HEAD
from bot.telemetry import exposition, tracing
from bot.telemetry.figures import Figure, FiguresCollector, ReachCollector
from bot.telemetry.metrics import BUILD, REGISTRY

_DENIED = b"The metrics are for this machine, or for who brings ALDIA_METRICS_TOKEN as a bearer token.\n"
_TEXT = "text/plain; charset=utf-8"

_Scope = MutableMapping[str, Any]
_Asgi = Callable[[_Scope, Any, Any], Awaitable[None]]


def begin(role: str, settings: Settings) -> None:
    """Set up logs, build information and, where a collector is named, traces. Once in a process, first of all.

    Args:
        role: which kind of process this is: rasa, actions, desk …
        settings: of the installation.
    """
    version = metadata.version("aldia")
    configure_logging(settings.log_level, settings.log_format, role)
    log_what_nobody_handles()
    tracing.start(role, version)
    BUILD.put(1, version, settings.commit, HEAD, role)


def watch(app: Application, useful: Mapping[str, Callable[[], Sequence[str]]]) -> None:
    """Let the metrics of this process tell what stands in the database, and what it can reach. Once in a process.

    Args:
        useful: checks of what this process can do without for a while, by name.
    """
    began = app.clock.now()

    def read() -> list[Figure]:
        now = app.clock.now()
        with app.unit_of_work(write=False) as uow:
            found, runs = list(uow.figures.read(now)), uow.operations.runs()
        late = jobs.late(runs, now, began)
        return [*found, *(Figure("job_late", float(run.name in late), (run.name,)) for run in runs)]

    REGISTRY.register(FiguresCollector(read))
    REGISTRY.register(ReachCollector(useful))


def access_of(settings: Settings, *, is_private: bool = False) -> exposition.Access:
    """Who may read a server's metrics.

    Args:
        settings: in production a proxy ends TLS before every server that is not private.
        is_private: no proxy ever stands before it.
    """
    has_proxy = bool(settings.proxies) or settings.is_production
    return exposition.Access(settings.metrics_token, is_behind_proxy=has_proxy and not is_private)


def attach(app: Any, access: exposition.Access) -> None:
    """Let a Sanic application serve `/metrics`, and log as everything else does."""
    for name in ("sanic.root", "sanic.error", "sanic.access", "sanic.server"):
        # Sanic gives them handlers of their own when an application is made.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True

    async def metrics(request: Request) -> HTTPResponse:
        peer = request.conn_info.client_ip if request.conn_info else None
        if not access.allows(peer, {name.lower(): value for name, value in request.headers.items()}):
            return raw_response(_DENIED, 401, {"WWW-Authenticate": "Bearer"}, _TEXT)
        body, kind = await asyncio.to_thread(exposition.rendered)
        return raw_response(body, content_type=kind)

    app.add_route(metrics, exposition.PATH, methods=["GET"], name="aldia_metrics")


def with_metrics(app: _Asgi, access: exposition.Access) -> _Asgi:
    """Serve `/metrics` before an ASGI application."""

    async def serve(scope: _Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != exposition.PATH:
            await app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        peer = (scope.get("client") or (None,))[0]
        if access.allows(peer, headers):
            body, kind = await asyncio.to_thread(exposition.rendered)
            status, more = 200, []
        else:
            body, kind, status, more = _DENIED, _TEXT, 401, [(b"www-authenticate", b"Bearer")]
        head = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return serve


async def take_traceparent(request: Request) -> None:
    """Let what this request does belong to the trace that its header names."""
    tracing.came_with(request.headers.get("traceparent"))
