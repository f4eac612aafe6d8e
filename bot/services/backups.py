"""That a copy of everything was made: by whom, when and which file. From it we know how old the newest copy is."""

from __future__ import annotations

from datetime import datetime

from bot.audit.tags import BACKUPS, Tag
from bot.services.unit_of_work import UnitOfWorkFactory


def note(
    unit_of_work: UnitOfWorkFactory,
    at: datetime,
    *,
    file: str,
    content: str,
    revision: str,
    is_signed: bool,
    by: str,
) -> None:
    """Put it on record, in the database that was copied; the copy itself is older than its entry.

    Args:
        unit_of_work: of that database.
        at: when the copy was begun.
        file: its name, without folders.
        content: SHA-256 of what it holds.
        revision: of its tables.
        is_signed: whether its manifest is.
        by: the account of the system that ran the command.
    """
    facts = {"file": file, "content": content, "revision": revision, "signed": is_signed, "actor": by}
    with unit_of_work() as uow:
        uow.audit.append(BACKUPS, Tag.BACKUP_MADE.value, at, facts)
        uow.commit()
