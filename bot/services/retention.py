"""Erasing what need not be kept any more: in batches, each debtor in a transaction of its own, with the rule on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.audit.tags import Tag
from bot.debt.holds import Hold, HoldKind
from bot.debt.party import DebtorId
from bot.debt.retention import Due, File, Kept, decide
from bot.services.application import Application
from bot.services.unit_of_work import UnitOfWork

BATCH = 500
_BY = "retention"


@dataclass
class Applied:
    """What was done, or would be: debtors by the rule that ended, and those that stay by what keeps them."""

    due: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    @property
    def erased(self) -> int:
        """How many debtors."""
        return sum(self.due.values())


def apply(
    app: Application, today: date | None = None, limit: int | None = None, *, dry_run: bool = False
) -> Applied:
    """Erase every debtor whose record need not be kept any more. Ended in the middle, the next run goes on.

    Args:
        today: the business date.
        limit: erase at most so many.
        dry_run: only count.
    """
    today, done = today or app.clock.today(), Applied()
    for files in _batches(app):
        _take(app, files, today, done, limit, dry_run=dry_run)
        if limit is not None and done.erased >= limit:
            break
    return done


def apply_by_itself(app: Application) -> Applied:
    """The same as a job of every day; nothing while `automatic_erasure` in retention.yml is off."""
    return apply(app) if app.rulebook.erases_by_itself(app.clock.today()) else Applied()


def returned(app: Application, debtor_id: DebtorId, reason: str, by: str) -> None:
    """The creditor took the file back: nothing is written any more, and what is owed does not keep the record."""
    with app.unit_of_work() as uow:
        now = app.clock.now()
        uow.debtors.lock(debtor_id)
        uow.personal_data.give_back(debtor_id, now)
        chain, facts = f"debtor:{debtor_id}", {"reason": reason, "actor": by}
        if uow.holds.place(Hold(HoldKind.CEASE_CONTACT, debtor_id, None, now)):
            held = {"kind": HoldKind.CEASE_CONTACT.value, "because": "file_returned"}
            uow.audit.append(chain, Tag.HOLD_PLACED.value, now, {**facts, **held})
        uow.audit.append(chain, Tag.FILE_RETURNED.value, now, facts)
        uow.commit()


def _batches(app: Application) -> Iterator[Sequence[File]]:
    after: DebtorId | None = None
    while True:
        with app.unit_of_work(write=False) as uow:
            ids = uow.personal_data.ids_after(after, BATCH)
            files = uow.personal_data.files(ids)
        if not ids:
            return
        after = ids[-1]
        yield files


def _take(
    app: Application, files: Sequence[File], today: date, done: Applied, limit: int | None, *, dry_run: bool
) -> None:
    for file in files:
        if limit is not None and done.erased >= limit:
            return
        verdict: Due | Kept | None = _verdict(app, file, today)
        if isinstance(verdict, Due) and not dry_run:
            verdict = _erase(app, file.debtor_id, today)
        if isinstance(verdict, Due):
            done.due[verdict.rule_id] += 1
        elif verdict is not None:
            done.kept[verdict.because] += 1


def _verdict(app: Application, file: File, today: date) -> Due | Kept:
    return decide(file, app.rulebook.keeps(file.country, today), today)


def _erase(app: Application, debtor_id: DebtorId, today: date) -> Due | Kept | None:
    """Decide again with the debtor held, then erase; None when somebody else did."""
    with app.unit_of_work() as uow:
        uow.debtors.lock(debtor_id)
        if uow.personal_data.erased_at(debtor_id) is not None:
            return None
        verdict = _verdict(app, uow.personal_data.files([debtor_id])[0], today)
        if isinstance(verdict, Due):
            _destroy(app, uow, debtor_id, verdict)
            uow.commit()
    return verdict


def _destroy(app: Application, uow: UnitOfWork, debtor_id: DebtorId, due: Due) -> None:
    now = app.clock.now()
    erased = uow.personal_data.erase(debtor_id, now)
    facts = {"reason": _BY, "actor": _BY, "until": due.since, **vars(erased)}
    uow.audit.append(f"debtor:{debtor_id}", Tag.DEBTOR_ERASED.value, now, facts, rule_id=due.rule_id)
