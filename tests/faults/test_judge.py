"""Whom the judge of the fault runs excuses: who waited for a sending that nobody can know of, and nobody else."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from bench import faults
from tests.support.people import Person, build


@pytest.mark.parametrize(
    ("status", "waited", "excused"),
    [
        ("unclear", [("telegram", "42")], 1),
        ("unclear", [("telegram", "42")] * 9, 1),  # one answer, of several messages: one wait
        ("unclear", [("telegram", "43")], 0),
        ("unclear", [("web", "42")], 0),
        ("failed", [("telegram", "42")], 0),
        ("sent", [("telegram", "42")], 0),
    ],
)
def test_who_is_excused(sqlite_url: str, status: str, waited: list[tuple[str, str]], excused: int) -> None:
    app = build(sqlite_url)
    person = Person(app, address="42", channel="telegram")
    assert len(person.says("greet")) > 1
    with app.unit_of_work() as uow:
        uow.connection.execute(text("UPDATE outbox SET status = :status"), {"status": status})  # type: ignore[attr-defined]
        uow.commit()
    assert (Counter(waited) & faults._unclear(app)).total() == excused
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
