"""What the tests of faults read from the record, and a debtor whose import is in it."""

from __future__ import annotations

from sqlalchemy import select

from bot.audit.tables import audit_entries
from bot.audit.tags import Tag
from bot.services.application import Application
from tests.support.people import Known, add


def imported(app: Application, known: Known | None = None) -> Known:
    """A debtor with an account, and the entry that an import leaves."""
    known = add(app, known or Known())
    with app.unit_of_work() as uow:
        payload = {"creditor": known.creditor}
        uow.audit.append(f"debtor:{known.debtor_id}", Tag.ACCOUNT_IMPORTED.value, app.clock.now(), payload)
        uow.commit()
    return known


def faults_of(app: Application) -> list[str]:
    """What is wrong with the record."""
    with app.unit_of_work(write=False) as uow:
        return [str(finding) for finding in uow.audit.check()]


def tags(app: Application, *wanted: str) -> list[str]:
    """Entries of these kinds in all chains, in the order of their instants."""
    with app.unit_of_work(write=False) as uow:
        connection = uow.connection  # type: ignore[attr-defined]
        rows = connection.execute(select(audit_entries.c.tag).order_by(audit_entries.c.at))
        return [row.tag for row in rows if row.tag in wanted]
