"""The desk's server: `python -m bot.runner.desk_server`."""

from __future__ import annotations

from bot.bootstrap import application, signer_of
from bot.runner import heap, starting, telemetry
from bot.runner.health import Readiness, common, useful
from bot.runner.health_routes import starlette_routes
from bot.runner.lifeline import end_with_parent
from bot.services import contact_gate


def main() -> None:
    """Serve the desk until stopped."""
    end_with_parent()
    settings = starting.settings()
    telemetry.begin("desk", settings)
    import uvicorn

    from bot.desk.application import create
    from bot.runner.desk_protocol import HurriedProtocol

    app = starting.usable(lambda: application(settings))
    contact_gate.prepare(app)
    wanted = useful(app)
    telemetry.watch(app, wanted)
    heap.settle()
    uvicorn.run(
        telemetry.with_metrics(
            create(app, starlette_routes(app, Readiness(common(app), wanted)), signer=signer_of(settings)),
            telemetry.access_of(settings),
        ),
        host=settings.host,
        port=settings.desk_port,
        log_config=None,
        access_log=False,
        ws="none",
        http=HurriedProtocol,
        server_header=False,
        # Open pages hold a connection each: they come back by themselves.
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
