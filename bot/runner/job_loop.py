"""The loop around one job: take it when due, do it, note how it went."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.services import jobs
from bot.services.application import Application

logger = logging.getLogger(__name__)

# How soon a process sees that a job has become due, or that the one at work on it has died.
_LONGEST_SLEEP = 10.0


@dataclass(frozen=True)
class Job:
    """Something that is done again and again.

    Attributes:
        name: as stored, measured and logged.
        every: how long after a success it is due again.
        work: does it once; a fault is an exception.
    """

    name: str
    every: timedelta
    work: Callable[[], Awaitable[Any]]


def in_thread(work: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """The work of a job that blocks, such as a use case."""
    return lambda: asyncio.to_thread(work)


async def run(app: Application, job: Job, holder: str, stopping: asyncio.Event) -> None:
    """Do a job whenever it is due, until stopped. Several processes may: one at a time does it.

    Args:
        holder: names this process.
        stopping: set when it is to end; what is being done is finished first.
    """
    sleep, is_known = min(job.every.total_seconds(), _LONGEST_SLEEP), False
    while not stopping.is_set():
        try:
            if not is_known:
                await asyncio.to_thread(jobs.known, app, job.name, job.every)
                is_known = True
            await once(app, job, holder)
        except Exception as error:
            logger.error("the job %s could not be looked at: %s", job.name, type(error).__name__)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), sleep)


async def once(app: Application, job: Job, holder: str) -> bool:
    """Do a job if it is due and no other process is at it. Returns whether it was done."""
    if not await asyncio.to_thread(jobs.take, app, job.name, holder, job.every):
        return False
    keeping = asyncio.create_task(_keep(app, job, holder))
    fault: str | None = None
    try:
        await job.work()
    except Exception as error:
        fault = type(error).__name__
        logger.exception("the job %s failed", job.name)
    finally:
        keeping.cancel()
    await asyncio.to_thread(jobs.end, app, job.name, holder, fault)
    return True


async def _keep(app: Application, job: Job, holder: str) -> None:
    while True:
        await asyncio.sleep(jobs.LEASE.total_seconds() / 3)
        try:
            await asyncio.to_thread(jobs.keep, app, job.name, holder)
        except Exception as error:
            logger.error("the job %s could not be kept: %s", job.name, type(error).__name__)
