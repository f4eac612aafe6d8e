"""The desk as an ASGI application: routes, headers, and what runs beside the requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.desk import (
    account_pages,
    api,
    conversation_pages,
    live,
    oversight_pages,
    queue_pages,
    sign_in_pages,
    team_pages,
    webhook_calls,
)
from bot.desk.queue_cache import QueueCache
from bot.desk.security import SafeHeaders
from bot.services import queue_watch
from bot.services.application import Application
from bot.services.oversight import Signer

logger = logging.getLogger(__name__)

_WATCH_EVERY = 5.0
_CASE = "/c/{id}"


def create(app: Application, *, has_watch: bool = True, signer: Signer | None = None) -> Starlette:
    """Build it.

    Args:
        has_watch: look after the queue's times and the webhooks here; off where a test does so itself.
        signer: signs records that leave the desk, and its key is trusted when checkpoints are verified.
    """
    is_https = app.settings.desk_url.startswith("https:")
    hosts = {
        urlsplit(app.settings.desk_url).hostname or "localhost",
        "localhost",
        "127.0.0.1",
        app.settings.host,
    }

    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncIterator[None]:
        starlette.state.live = live.Live(app)
        todo = [starlette.state.live.run()]
        if has_watch:
            todo += [_watch(app), webhook_calls.run(app)]
        tasks = [asyncio.create_task(one) for one in todo]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    built = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[
            Middleware(SafeHeaders, is_https=is_https),
            Middleware(TrustedHostMiddleware, allowed_hosts=["*"] if "0.0.0.0" in hosts else sorted(hosts)),
        ],
        exception_handlers={404: _not_found, 500: _failed},
    )
    built.state.application = app
    built.state.queue = QueueCache(app)
    built.state.signer = signer
    return built


def _routes() -> list[Route | Mount]:
    def get(path: str, endpoint: object) -> Route:
        return Route(path, endpoint, methods=["GET"])  # type: ignore[arg-type]

    def post(path: str, endpoint: object) -> Route:
        return Route(path, endpoint, methods=["POST"])  # type: ignore[arg-type]

    case, team, mine = conversation_pages, team_pages, account_pages
    return [
        get("/health", _health),
        Route("/sign-in", sign_in_pages.sign_in, methods=["GET", "POST"]),
        Route("/sign-in/code", sign_in_pages.code, methods=["GET", "POST"]),
        post("/sign-out", sign_in_pages.sign_out),
        get("/", queue_pages.queue),
        get("/queue/rows", queue_pages.rows),
        post("/queue/next", queue_pages.take_next),
        get("/live", live.stream),
        get(_CASE, case.conversation),
        get(f"{_CASE}/parts", case.parts),
        post(f"{_CASE}/claim", queue_pages.claim),
        *(
            post(f"{_CASE}/{name.replace('_', '-')}", getattr(case, name))
            for name in (
                *("here", "watching", "send", "check", "release", "hand_back", "close", "reassign", "reveal"),
                *("identify", "note", "outcome", "offer", "accept", "propose"),
            )
        ),
        get(f"{_CASE}/record", team.export),
        get("/approvals", team.approvals),
        post("/approvals/{id}", team.decide),
        get("/conversations", team.conversations),
        get("/people", team.people),
        post("/people", team.add_person),
        post("/people/{id}", team.change_person),
        get("/oversight", oversight_pages.overview),
        get("/oversight/cases", oversight_pages.cases),
        get("/oversight/fairness", oversight_pages.fairness),
        *(
            post(f"/oversight/{name}", getattr(oversight_pages, name))
            for name in ("contact", "why", "after", "proof", "everything", "record")
        ),
        get("/account", mine.account),
        post("/account/password", mine.password),
        post("/account/second-factor", mine.second_factor),
        post("/account/preferences", mine.preferences),
        Mount("/api/v1", routes=api.routes()),
        Mount("/static", StaticFiles(directory=str(resources.files("bot.desk").joinpath("static")))),
    ]


async def _watch(app: Application) -> None:
    """Look after the queue's times until cancelled."""
    while True:
        try:
            await run_in_threadpool(queue_watch.look, app)
        except Exception as error:
            logger.error("the queue could not be looked after: %s", type(error).__name__)
        await asyncio.sleep(_WATCH_EVERY)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _not_found(_: Request, __: Exception) -> Response:
    return PlainTextResponse("No hay nada aquí. / There is nothing here.", status_code=404)


async def _failed(_: Request, __: Exception) -> Response:
    return PlainTextResponse(
        "Algo ha fallado; inténtelo de nuevo. / Something went wrong; please try again.", status_code=500
    )
