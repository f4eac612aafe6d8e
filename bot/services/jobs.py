"""Work that time triggers, shared by several processes: each job is done when due, by one process at a time.

There is no leader. Who finds a job due takes it by a lease, a row like any other; a process that dies gives it
back by no longer renewing the lease. A clock that was set back cannot hold a job up: instants that lie farther
ahead than they can are no reason to wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.services.application import Application
from bot.services.jobs_port import JobRun

LEASE = timedelta(seconds=60)
# A job that failed is tried again after its own interval, or this if that is longer.
_AGAIN = timedelta(seconds=60)
# A job is late when it has not succeeded for so many of its intervals, and for at least so long.
_LATE_INTERVALS, _LATE_AFTER = 3, timedelta(minutes=2)


def known(app: Application, name: str, every: timedelta) -> None:
    """Note that a job is there, so that its never having run can be seen."""
    with app.unit_of_work() as uow:
        uow.operations.add(JobRun(name, max(1, int(every.total_seconds()))))
        uow.commit()


def take(app: Application, name: str, holder: str, every: timedelta) -> bool:
    """Take a job if it is due and nobody is at work on it.

    Args:
        holder: names this process.
        every: how long after its last success it is due again.
    """
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        run = next((one for one in uow.operations.runs() if one.name == name), None)
    if run is None or not _is_due(run, now, every):
        return False
    with app.unit_of_work() as uow:
        was_taken = uow.operations.take(run, holder, now + LEASE)
        uow.commit()
    return was_taken


def _is_due(run: JobRun, now: datetime, every: timedelta) -> bool:
    if run.lease_until is not None and now < run.lease_until <= now + 2 * LEASE:
        return False
    if run.succeeded_at is not None and now - every < run.succeeded_at <= now + _AGAIN:
        return False
    again = min(every, _AGAIN)
    return run.failed_at is None or not now - again < run.failed_at <= now + _AGAIN


def keep(app: Application, name: str, holder: str) -> None:
    """A sign of life for a job that takes long."""
    with app.unit_of_work() as uow:
        uow.operations.extend(name, holder, app.clock.now() + LEASE)
        uow.commit()


def end(app: Application, name: str, holder: str, error: str | None = None) -> None:
    """Note how a job went.

    Args:
        error: the kind of failure; None when it succeeded.
    """
    with app.unit_of_work() as uow:
        uow.operations.end(name, holder, app.clock.now(), error)
        uow.commit()


def late(runs: Sequence[JobRun], now: datetime, since: datetime) -> list[str]:
    """The jobs that should have succeeded by now and have not.

    Args:
        since: when looking began: a job that never succeeded gets its time from then on.
    """
    found = []
    for run in runs:
        patience = max(_LATE_INTERVALS * timedelta(seconds=run.every_seconds), _LATE_AFTER)
        if now - (run.succeeded_at or since) > patience:
            found.append(run.name)
    return found
