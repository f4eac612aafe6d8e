"""The desk as an ASGI application: routes, headers, and what runs beside the requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
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
    verify_pages,
    views,
)
from bot.desk.queue_cache import QueueCache
from bot.desk.security import OnlyOurHosts, SafeHeaders
from bot.desk.texts import language_of, load
from bot.services.application import Application
from bot.services.oversight import Signer

_CASE = "/c/{id}"


def create(app: Application, more: Sequence[Route] = (), *, signer: Signer | None = None) -> Starlette:
    """Build it. The queue's times and the webhooks are looked after by the jobs process.

    Args:
        more: routes of whoever runs it, such as those about its health.
        signer: signs records that leave the desk, and its key is trusted when checkpoints are verified.
    """
    is_https = app.settings.desk_url.startswith("https:")

    @asynccontextmanager
    async def lifespan(starlette: Starlette) -> AsyncIterator[None]:
        starlette.state.live = live.Live(app)
        looking = asyncio.create_task(starlette.state.live.run())
        yield
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)

    built = Starlette(
        routes=[*more, *_routes()],
        lifespan=lifespan,
        middleware=[
            Middleware(SafeHeaders, is_https=is_https),
            Middleware(OnlyOurHosts, hosts=_hosts(app)),
        ],
        exception_handlers={404: _nothing_here, 405: _nothing_here, 500: _failed},
    )
    # Such a redirect would name the host that the request claims to be for.
    built.router.redirect_slashes = False
    built.state.application = app
    built.state.queue = QueueCache(app)
    built.state.signer = signer
    return built


def _hosts(app: Application) -> frozenset[str] | None:
    """Names by which the desk may be called; None for any: development that listens on every address."""
    settings = app.settings
    listens_everywhere = settings.host in ("0.0.0.0", "::")  # noqa: S104  (asked, not bound)
    if listens_everywhere and not settings.is_production:
        return None
    named = urlsplit(settings.desk_url).hostname or "localhost"
    own = set() if listens_everywhere else {settings.host}
    return frozenset({named, "localhost", "127.0.0.1", "::1", *own})


def _routes() -> list[Route | Mount]:
    def get(path: str, endpoint: object) -> Route:
        return Route(path, endpoint, methods=["GET"])  # type: ignore[arg-type]

    def post(path: str, endpoint: object) -> Route:
        return Route(path, endpoint, methods=["POST"])  # type: ignore[arg-type]

    case, team, mine = conversation_pages, team_pages, account_pages
    return [
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
                *("identify", "note", "outcome", "offer", "accept", "propose", "right", "authority"),
            )
        ),
        get(f"{_CASE}/record", team.export),
        get("/approvals", team.approvals),
        post("/approvals/{id}", team.decide),
        get("/conversations", team.conversations),
        Route("/verify", verify_pages.verify, methods=["GET", "POST"]),
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
        get("/oversight/{question}", oversight_pages.back),
        get("/account", mine.account),
        post("/account/password", mine.password),
        post("/account/second-factor", mine.second_factor),
        post("/account/preferences", mine.preferences),
        Mount("/api/v1", routes=api.routes()),
        Mount("/static", StaticFiles(directory=str(resources.files("bot.desk").joinpath("static")))),
    ]


async def _nothing_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    said = _said(request, status, "nothing_here", "No hay nada aquí. / There is nothing here.")
    # A wrong method is told which ones there are (RFC 9110, 15.5.6).
    said.headers.update((isinstance(error, HTTPException) and error.headers) or {})
    return said


async def _failed(request: Request, _: Exception) -> Response:
    sentence = "Algo ha fallado; inténtelo de nuevo. / Something went wrong; please try again."
    return _said(request, 500, "failed", sentence)


def _said(request: Request, status: int, code: str, plainly: str) -> Response:
    """A page with a way back for people; a line for programs."""
    if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith(
        ("/api/", "/static/")
    ):
        return PlainTextResponse(plainly, status_code=status)
    texts = load()[language_of(None, request.headers.get("accept-language", ""))]
    values = {"sentence": texts(f"refused.{code}"), "back": "/"}
    return views.page("refused.html", texts, None, "", status, request, **values)
