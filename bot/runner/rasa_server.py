"""The Rasa server with our channels: `python -m bot.runner.rasa_server [MODEL]`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.runner import heap, starting, telemetry
from bot.runner.lifeline import end_with_parent
from bot.runner.logs import configure_structlog
from bot.runner.model import model_path
from bot.runner.without_tensorflow import NOT_IN_A_SERVER, leave_out_tensorflow
from bot.services.application import Application
from bot.settings import CHECKOUT, Settings
from bot.telemetry.exposition import is_forwarded

# A model is put in place by its path, never uploaded: no request is larger than a long message.
_MAX_REQUEST = 1024 * 1024
# For the head of a request. Who takes longer only holds a connection.
_HEAD_SECONDS = 15
_FOR_PROBES = ("/health", "/ready", "/version", "/metrics")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(model: Path) -> None:
    """Serve until stopped.

    Args:
        model: the trained model's file.
    """
    end_with_parent()
    settings = starting.settings()
    telemetry.begin("rasa", settings)
    leave_out_tensorflow(CHECKOUT / "config.yml", NOT_IN_A_SERVER)
    app = starting.or_exit(lambda: create_app(settings, model, CHECKOUT))
    app.run(settings.host, settings.port, workers=1, access_log=False, motd=False)


def create_app(settings: Settings, model: Path, project: Path) -> Any:
    """Build the Sanic application as `rasa run` does.

    Args:
        settings: where it listens and in which environment.
        model: the trained model's file.
        project: the directory of credentials.yml and endpoints.yml.
    """
    from rasa.core.run import configure_app, create_http_input_channels, load_agent_on_start
    from rasa.core.utils import AvailableEndpoints
    from sanic.exceptions import MethodNotSupported, NotFound

    from bot.channels.web.nothing_here import nothing_here
    from bot.channels.web_request import wrong_method
    from bot.runner import rasa_fixes, strict_http

    configure_structlog()
    rasa_fixes.apply()
    endpoints = AvailableEndpoints.read_endpoints(str(project / "endpoints.yml"))
    if endpoints.action is not None:
        from bot.runner.endpoint import KeptOpenEndpoint

        endpoints.action = KeptOpenEndpoint(
            endpoints.action.url, settings.actions_token, **endpoints.action.kwargs
        )
    if settings.redis_url:
        from bot.channels.lock_store import SharedLockStore

        endpoints.lock_store = SharedLockStore(settings.redis_url)
    connectors = create_http_input_channels(None, str(project / "credentials.yml"))
    app = configure_app(
        connectors,
        # Rasa's own HTTP API asks for no password, can read and drive any conversation, and loads any model, which is
        # running any code: it is for development, and for nobody but this machine.
        enable_api=not settings.is_production and settings.host in _LOOPBACK,
        response_timeout=60,
        port=settings.port,
        endpoints=endpoints,
    )
    app.config.REQUEST_MAX_SIZE = _MAX_REQUEST
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3.0
    app.config.REQUEST_TIMEOUT = _HEAD_SECONDS
    app.error_handler.add(MethodNotSupported, wrong_method)
    strict_http.apply(app)
    app.error_handler.add(NotFound, nothing_here)
    # How many proxies of ours stand in front: only from them is the caller's address taken.
    app.config.PROXIES_COUNT = settings.proxies or None
    app.register_middleware(_for_this_machine, "request")
    app.ctx.connectors = connectors
    _add_health(app, model, endpoints.action)
    telemetry.attach(app, telemetry.access_of(settings))
    app.register_listener(partial(load_agent_on_start, str(model), endpoints, None), "before_server_start")
    app.register_listener(_check_store, "before_server_start")
    app.register_listener(_begin, "after_server_start")
    app.register_listener(_end, "before_server_stop")
    return app


def _for_this_machine(request: Any) -> Any:
    """Keep what is not ours, Rasa's own API above all, from who comes by another name.

    Where it is on, only this machine can connect; but so can a tunnel that a developer opens for a provider's
    webhooks, and in a browser here a page of a name that was made to lead here.
    """
    from sanic.response import json

    is_ours = request.path.startswith("/webhooks/") or request.path in _FOR_PROBES
    if is_ours or (_is_loopback(request.host) and not is_forwarded(request.headers)):
        return None
    return json({"error": "NotAllowed"}, status=403)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _add_health(app: Any, model: Path, actions: Any) -> None:
    from bot.channels.base import shared_surroundings
    from bot.runner import health, health_routes
    from bot.runner.endpoint import KeptOpenEndpoint

    def is_loaded() -> bool:
        agent = getattr(app.ctx, "agent", None)
        return agent is not None and bool(agent.is_ready())

    def ours() -> Application:
        return shared_surroundings().app

    app.ctx.useful = health.useful(ours())
    if isinstance(actions, KeptOpenEndpoint):
        app.ctx.useful["actions"] = health.actions(actions.urls, ours().settings.actions_token)

    def readiness() -> health.Readiness:
        checks = {"model": health.model(model, is_loaded), **health.common(ours())}
        return health.Readiness(checks, app.ctx.useful)

    health_routes.add_to_sanic(app, ours, readiness, model)


async def _check_store(app: Any, _: Any) -> None:
    from bot.channels.tracker_store import OneTurnTrackerStore

    # Rasa falls back to a store that grows without limit when it cannot import the one in endpoints.yml.
    store = getattr(app.ctx.agent.tracker_store, "_tracker_store", app.ctx.agent.tracker_store)
    if not isinstance(store, OneTurnTrackerStore):
        sys.exit(f"endpoints.yml must name {OneTurnTrackerStore.__name__} as the tracker store")


async def _begin(app: Any, _: Any) -> None:
    from bot.channels.base import shared_surroundings
    from bot.channels.service import ChannelService

    async def run_rasa(message: Any) -> Any:
        return await app.ctx.agent.handle_message(message)

    telemetry.watch(shared_surroundings().app, app.ctx.useful)
    app.ctx.channel_service = ChannelService(shared_surroundings(), app.ctx.connectors, run_rasa)
    await app.ctx.channel_service.begin()
    heap.settle()


async def _end(app: Any, _: Any) -> None:
    await app.ctx.channel_service.end()
    close = getattr(app.ctx.agent.action_endpoint, "close", None)
    if close is not None:
        await close()


if __name__ == "__main__":
    # Without one, the model of the data that is here: in an image they were built together.
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else model_path())
