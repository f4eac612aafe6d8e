"""The jobs process: what time triggers, and sending. `python -m bot.runner.jobs`; several may run side by side."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.bootstrap import application, signer_of
from bot.channels.courier import Courier
from bot.channels.senders import check_senders, configured_senders
from bot.channels.sending import Sender
from bot.runner import heap, job_loop, starting, telemetry
from bot.runner.health import Readiness, backlog, common, late_jobs, useful
from bot.runner.health_routes import starlette_routes
from bot.runner.job_list import jobs_of
from bot.runner.lifeline import end_with_parent
from bot.services import contact_gate
from bot.services.application import Application

# The supervisor gives a stopping process some seconds; a lease that is left behind holds a job up for a minute.
_FINISH_SECONDS = 3.0


@asynccontextmanager
async def at_work(app: Application, senders: Sequence[Sender]) -> AsyncIterator[None]:
    """Do all jobs and send what is in the outbox, while the context lasts."""
    holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
    courier = asyncio.create_task(Courier(app, senders).run())
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(job_loop.run(app, job, holder, stopping))
        for job in jobs_of(app, signer_of(app.settings))
    ]
    checking = asyncio.create_task(check_senders(app, senders))
    try:
        yield
    finally:
        checking.cancel()
        stopping.set()
        courier.cancel()
        await asyncio.wait([courier, *tasks], timeout=_FINISH_SECONDS)
        for task in tasks:
            task.cancel()


def main() -> None:
    """Work until stopped."""
    end_with_parent()
    settings = starting.settings()
    telemetry.begin("jobs", settings)
    import uvicorn
    from starlette.applications import Starlette

    app = starting.usable(lambda: application(settings))
    contact_gate.prepare(app)
    senders = starting.or_exit(lambda: configured_senders(app))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with at_work(app, senders):
            yield

    wanted = useful(app)
    readiness = Readiness({**common(app), "backlog": backlog(app, senders), "jobs": late_jobs(app)}, wanted)

    telemetry.watch(app, wanted)
    served = Starlette(routes=starlette_routes(app, readiness), lifespan=lifespan)
    heap.settle()
    uvicorn.run(
        telemetry.with_metrics(served, telemetry.access_of(settings)),
        host=settings.host,
        port=settings.jobs_port,
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
