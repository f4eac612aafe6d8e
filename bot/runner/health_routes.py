"""The three health routes for the two web frameworks that our servers stand on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.runner.health import Readiness, version_of
from bot.services.application import Application

_HEADERS = {"Cache-Control": "no-store"}


def add_to_sanic(
    sanic: Any, app: Callable[[], Application], readiness: Callable[[], Readiness], loaded: Path | None = None
) -> None:
    """Add /health, /ready and /version to Rasa's server or the action server; what is there of the same name gives way.

    Args:
        app: gives the application; asked at the first request.
        readiness: gives the checks; asked once, at the first request.
        loaded: the model's file, in the server that has one.
    """
    from sanic.response import json

    made: list[Readiness] = []

    async def health(_: Any) -> Any:
        return json({"status": "ok"}, headers=_HEADERS)

    async def ready(_: Any) -> Any:
        if not made:
            made.append(readiness())
        is_ready, report = await made[0].report()
        return json(report, status=200 if is_ready else 503, headers=_HEADERS)

    async def version(_: Any) -> Any:
        return json(await asyncio.to_thread(version_of, app(), loaded), headers=_HEADERS)

    there = {route.path.strip("/"): route for route in sanic.router.routes}
    for path, handler in (("health", health), ("ready", ready), ("version", version)):
        if path in there:
            there[path].handler = handler
        else:
            sanic.add_route(handler, f"/{path}", name=f"aldia_{path}")


def starlette_routes(app: Application, readiness: Readiness) -> list[Any]:
    """The same for the desk and the jobs process."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def ready(_: Request) -> Response:
        is_ready, report = await readiness.report()
        return JSONResponse(report, 200 if is_ready else 503, _HEADERS)

    async def version(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(version_of, app), headers=_HEADERS)

    return [Route("/health", health), Route("/ready", ready), Route("/version", version)]
