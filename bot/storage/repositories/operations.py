"""Jobs, backlogs and where the tables stand: what watching over an installation needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, case, func, select, text, update

from bot.debt.clocks import CLOCKS_DIFFER
from bot.services.jobs_port import Backlog, JobRun
from bot.storage.repositories.messages import MAY_GO
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import inbox, job_runs, outbox
from bot.storage.transaction import Transaction
from bot.storage.types import UtcDateTime

_RUNS = select(job_runs).order_by(job_runs.c.name)
_ADD = upsert(job_runs, columns=("name", "every_seconds"), key=("name",), updates=("every_seconds",))
_THIS = job_runs.c.name == bindparam("of_name")
_MINE = and_(_THIS, job_runs.c.holder == bindparam("of_holder"))
# Nobody took it since it was read: each run begins with another lease.
_TAKE = (
    update(job_runs)
    .where(
        and_(
            _THIS,
            job_runs.c.lease_until.is_not_distinct_from(bindparam("seen_lease", type_=UtcDateTime)),
            job_runs.c.succeeded_at.is_not_distinct_from(bindparam("seen_success", type_=UtcDateTime)),
        )
    )
    .values(holder=bindparam("new_holder"), lease_until=bindparam("until"))
)
_EXTEND = update(job_runs).where(_MINE).values(lease_until=bindparam("until"))
_SUCCEED = (
    update(job_runs)
    .where(_MINE)
    .values(lease_until=None, holder=None, succeeded_at=bindparam("at"), failed_at=None, error=None)
)
_FAIL = (
    update(job_runs)
    .where(_MINE)
    .values(lease_until=None, holder=None, failed_at=bindparam("at"), error=bindparam("kind"))
)
_OLDEST_IN = select(func.min(inbox.c.received_at)).where(text("inbox.status = 'pending'"))
_OLDEST_OUT = select(
    func.min(
        case(
            (outbox.c.status == "sending", outbox.c.claimed_at),
            else_=func.coalesce(outbox.c.due_at, outbox.c.created_at),
        )
    )
).where(MAY_GO)
_REVISION = text("SELECT version_num FROM alembic_version")
_READ_ONLY = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'")


class SqlOperations:
    """See `bot.services.jobs_port.Operations`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def runs(self) -> Sequence[JobRun]:
        return [JobRun(**row._mapping) for row in self._tx.read(_RUNS)]

    def add(self, run: JobRun) -> None:
        self._tx.write(_ADD, {"name": run.name, "every_seconds": run.every_seconds})

    def take(self, seen: JobRun, holder: str, until: datetime) -> bool:
        asked = {
            "of_name": seen.name,
            "seen_lease": seen.lease_until,
            "seen_success": seen.succeeded_at,
            "new_holder": holder,
            "until": until,
        }
        return bool(self._tx.write(_TAKE, asked).rowcount)

    def extend(self, name: str, holder: str, until: datetime) -> None:
        self._tx.write(_EXTEND, {"of_name": name, "of_holder": holder, "until": until})

    def end(self, name: str, holder: str, at: datetime, error: str | None) -> None:
        asked = {"of_name": name, "of_holder": holder, "at": at}
        if error is None:
            self._tx.write(_SUCCEED, asked)
        else:
            self._tx.write(_FAIL, {**asked, "kind": error})

    def backlog(self, channels: Sequence[str], now: datetime, lost_before: datetime) -> Backlog:
        asked = {
            "channels": list(channels),
            "now": now,
            "lost_before": lost_before,
            "ahead": now + CLOCKS_DIFFER,
        }
        waiting_out = self._tx.read(_OLDEST_OUT, asked).scalar() if channels else None
        return Backlog(self._tx.read(_OLDEST_IN).scalar(), waiting_out)

    def revision(self) -> str:
        return str(self._tx.read(_REVISION).scalar())

    def is_read_only(self) -> bool:
        return self._tx.is_postgresql and bool(self._tx.read(_READ_ONLY).scalar())
