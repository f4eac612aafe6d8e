"""The action server on the loopback address: `python -m bot.runner.action_server`."""

from __future__ import annotations

import hmac
import logging
from functools import partial

from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.runner import health, health_routes, heap, starting, telemetry
from bot.runner.lifeline import end_with_parent
from bot.services import contact_gate
from bot.settings import TOKEN_HEADER
from bot.telemetry import exposition

logger = logging.getLogger(__name__)

# Longer than the Rasa server keeps its idle connections (see `bot.runner.endpoint`).
_KEEP_ALIVE_SECONDS = 120
# They act for nobody, and say nothing secret; the metrics have a token of their own.
_OPEN = frozenset({"/health", "/ready", "/version", exposition.PATH})


def main() -> None:
    """Serve the actions package until stopped."""
    end_with_parent()
    settings = starting.settings()
    telemetry.begin("actions", settings)
    from rasa_sdk import endpoint

    from actions.base import app as debtors_application
    from bot.runner import strict_http

    # No page of a browser calls it; the library's extension looks at each answer, and lets others in unless told not to.
    endpoint.configure_cors = lambda *_: None
    app = endpoint.create_app("actions")
    contact_gate.prepare(starting.usable(debtors_application))
    app.config.KEEP_ALIVE_TIMEOUT = _KEEP_ALIVE_SECONDS
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 3.0
    app.error_handler.add(Exception, _failed)
    strict_http.apply(app)
    if settings.actions_token is not None:
        app.register_middleware(partial(_know_rasa, settings.actions_token), "request")
    useful = health.useful(debtors_application())
    health_routes.add_to_sanic(
        app,
        debtors_application,
        lambda: health.Readiness(health.common(debtors_application()), useful),
    )
    app.register_middleware(_without_names, "response")
    telemetry.watch(debtors_application(), useful)
    telemetry.attach(app, telemetry.access_of(settings, is_private=True))
    app.register_middleware(telemetry.take_traceparent, "request")
    heap.settle()
    # Whoever reaches this port can act for any conversation: on the loopback address only, or with the token.
    app.run(settings.actions_host, settings.actions_port, workers=1, access_log=False, motd=False)


def _know_rasa(token: str, request: Request) -> HTTPResponse | None:
    """Refuse whoever does not show the token; how the server is anybody may ask."""
    shown = request.headers.get(TOKEN_HEADER, "")
    if request.path in _OPEN or hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode()):
        return None
    return json_response({"error": "NotAllowed"}, status=403)


def _failed(_: Request, error: Exception) -> HTTPResponse:
    """Answer without what rasa_sdk would add: it echoes the request, with all that the debtor wrote."""
    status = getattr(error, "status_code", 500)
    if status >= 500:
        logger.error("an action failed", exc_info=error)
    return json_response({"error": type(error).__name__}, status=status)


def _without_names(_: Request, response: HTTPResponse) -> HTTPResponse | None:
    """Answer a call of no action of ours without repeating what it named: that may be anything."""
    return json_response({"error": "NoSuchAction"}, status=404) if response.status == 404 else None


if __name__ == "__main__":
    main()
