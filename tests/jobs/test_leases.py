"""A job is done when due, by one process at a time, and a dead process holds nothing up for long."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from bot.runner import job_loop
from bot.runner.job_loop import Job
from bot.services import jobs
from bot.services.jobs_port import JobRun
from bot.storage.unit_of_work import SqlUnitOfWorkFactory

EVERY = timedelta(minutes=10)


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.at = datetime(2027, 3, 5, 12, 0, tzinfo=timezone.utc)

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    def passes(self, **time: float) -> None:
        """Move on, or back."""
        self.at += timedelta(**time)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def app(units: SqlUnitOfWorkFactory, time: Time) -> Any:
    """As much of an application as jobs need."""
    found: Any = SimpleNamespace(unit_of_work=units, clock=time)
    jobs.known(found, "sweep", EVERY)
    return found


def run_of(app: Any) -> JobRun:
    with app.unit_of_work(write=False) as uow:
        (found,) = uow.operations.runs()
    return found


def test_it_is_due_once_an_interval(app: Any, time: Time) -> None:
    assert jobs.take(app, "sweep", "a", EVERY)
    jobs.end(app, "sweep", "a")
    assert not jobs.take(app, "sweep", "b", EVERY)
    time.passes(minutes=10)
    assert jobs.take(app, "sweep", "b", EVERY)


def test_nobody_else_takes_it_while_the_lease_is_kept(app: Any, time: Time) -> None:
    assert jobs.take(app, "sweep", "a", EVERY)
    time.passes(seconds=50)
    jobs.keep(app, "sweep", "a")
    time.passes(seconds=50)
    assert not jobs.take(app, "sweep", "b", EVERY)
    time.passes(seconds=11)  # a died
    assert jobs.take(app, "sweep", "b", EVERY)
    jobs.end(app, "sweep", "a")  # and comes back: what it says is not believed
    jobs.keep(app, "sweep", "a")
    assert run_of(app).holder == "b"
    assert run_of(app).succeeded_at is None


def test_a_failure_is_tried_again_after_a_minute_and_stays_to_be_seen(app: Any, time: Time) -> None:
    assert jobs.take(app, "sweep", "a", EVERY)
    jobs.end(app, "sweep", "a", "OSError")
    assert not jobs.take(app, "sweep", "a", EVERY)
    assert (run_of(app).failed_at, run_of(app).error) == (time.at, "OSError")
    time.passes(seconds=60)
    assert jobs.take(app, "sweep", "a", EVERY)
    jobs.end(app, "sweep", "a")
    assert (run_of(app).failed_at, run_of(app).error) == (None, None)


def test_a_clock_that_is_set_back_holds_nothing_up(app: Any, time: Time) -> None:
    assert jobs.take(app, "sweep", "a", EVERY)
    time.passes(days=-30)
    assert jobs.take(app, "sweep", "b", EVERY)
    time.passes(days=30)
    jobs.end(app, "sweep", "b")
    time.passes(days=-30)
    assert jobs.take(app, "sweep", "b", EVERY)


def test_of_many_that_come_at_once_one_takes_it(app: Any) -> None:
    taken: list[bool] = []
    start = threading.Barrier(8)

    def come(name: str) -> None:
        start.wait()
        taken.append(jobs.take(app, "sweep", name, EVERY))

    comers = [threading.Thread(target=come, args=(str(number),)) for number in range(8)]
    for comer in comers:
        comer.start()
    for comer in comers:
        comer.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_it_is_late_after_three_intervals_and_at_least_two_minutes() -> None:
    began = datetime(2027, 3, 5, 12, 0, tzinfo=timezone.utc)
    quick, slow = JobRun("quick", 5), JobRun("slow", 3600)
    assert jobs.late([quick, slow], began + timedelta(minutes=2), began) == []
    assert jobs.late([quick, slow], began + timedelta(minutes=3), began) == ["quick"]
    done = replace(quick, succeeded_at=began + timedelta(minutes=2))
    assert jobs.late([done, slow], began + timedelta(hours=3, minutes=1), began) == ["quick", "slow"]
    assert jobs.late([done], began + timedelta(minutes=3), began) == []


def test_the_loop_notes_how_it_went_and_goes_on_after_a_fault(
    app: Any, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes: list[type[Exception] | None] = [OSError, None]

    async def work() -> None:
        fault = outcomes.pop(0)
        if fault is not None:
            raise fault("disk of a debtor")

    job = Job("sweep", EVERY, work)
    assert asyncio.run(job_loop.once(app, job, "a"))
    assert run_of(app).error == "OSError"
    assert "disk of a debtor" not in str(run_of(app))
    time.passes(minutes=2)
    assert asyncio.run(job_loop.once(app, job, "a"))
    assert run_of(app).succeeded_at == time.at
    assert run_of(app).lease_until is None
    assert not asyncio.run(job_loop.once(app, job, "a"))


def test_the_loop_ends_when_asked_after_what_it_is_doing(app: Any) -> None:
    async def scene() -> bool:
        stopping, begun, done = asyncio.Event(), asyncio.Event(), []

        async def work() -> None:
            begun.set()
            await stopping.wait()
            done.append(True)

        loop = asyncio.create_task(job_loop.run(app, Job("sweep", EVERY, work), "a", stopping))
        await begun.wait()
        stopping.set()
        await asyncio.wait_for(loop, 5)
        return bool(done)

    assert asyncio.run(scene())
    assert run_of(app).succeeded_at is not None
