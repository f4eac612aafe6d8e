"""Commands over a migrated database with an identified debtor's conversation in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from bot.cli import aldia
from bot.services.application import Application
from tests.support.people import KEY, Known, Person, add, build

SEED = "11" * 32
Run = Callable[..., Result]


@pytest.fixture
def app(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Application:
    """An application over a fresh SQLite file; commands of this test use the same."""
    monkeypatch.setenv("ALDIA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", KEY)
    monkeypatch.setenv("ALDIA_AUDIT_KEY", SEED)
    return build(sqlite_url)


@pytest.fixture
def known(app: Application) -> Known:
    """A debtor whose personal data are easy to find again."""
    known = add(app, Known(phone="+34600111222"))
    with app.unit_of_work() as uow:
        uow.audit.append("debtor:T-1", "ACCOUNT_IMPORTED", app.clock.now(), {"account": known.reference})
        uow.commit()
    return known


@pytest.fixture
def debtor(app: Application, known: Known) -> Person:
    """The debtor, identified, who has told something of themselves."""
    person = Person(app)
    person.identifies(known)
    person.says("out_of_scope", "mi vecina Marcelina lo sabe todo")
    return person


@pytest.fixture
def run(app: Application) -> Run:
    """A command, by its words."""
    return lambda *words: CliRunner().invoke(aldia, list(words))
