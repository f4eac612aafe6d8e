"""Attributes by which fairness is measured, read from a file of their own. No rule and no text ever uses them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bot.debt.party import DebtorId
from bot.services.application import Application
from bot.services.csv_rows import FileRefused

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = frozenset({"segment", "country", "language", "channel"})
_LONGEST = 60
_BATCH = 500


@dataclass
class AttributesReport:
    """What an import did: rows taken, and the lines that were refused with the reason."""

    taken: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_attributes(app: Application, path: Path) -> AttributesReport:
    """Take the attributes of a CSV file: a column debtor_id and one for each attribute; an empty field says nothing.

    Raises:
        FileRefused: it is no such file.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(f"{path.name}: it is not UTF-8 text") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [name for name in reader.fieldnames or () if name != "debtor_id"]
    if "debtor_id" not in (reader.fieldnames or ()) or not names:
        raise FileRefused(f"{path.name}: expected a column debtor_id and at least one attribute")
    for name in names:
        if not _NAME.fullmatch(name or "") or name in _TAKEN:
            raise FileRefused(
                f"{path.name}: a column cannot be called {name!r}: lower-case letters, digits and _"
            )
    report, rows = AttributesReport(), enumerate(reader, 2)
    while batch := list(islice(rows, _BATCH)):
        _take(app, batch, names, report)
    return report


def _take(
    app: Application, batch: list[tuple[int, dict[str, str]]], names: list[str], report: AttributesReport
) -> None:
    with app.unit_of_work() as uow:
        known = uow.personal_data.known(DebtorId((row["debtor_id"] or "").strip()) for _, row in batch)
        given = []
        for line, row in batch:
            debtor_id = DebtorId((row["debtor_id"] or "").strip())
            values = {name: (row[name] or "").strip() for name in names}
            if debtor_id not in known:
                report.refused.append((line, "there is no debtor with that id, or their data was erased"))
            elif any(len(value) > _LONGEST or not value.isprintable() for value in values.values()):
                report.refused.append(
                    (line, f"a value is longer than {_LONGEST} characters or not printable")
                )
            else:
                report.taken += 1
                given += [(debtor_id, name, value) for name, value in values.items() if value]
        uow.personal_data.set_attributes(given)
        uow.commit()
