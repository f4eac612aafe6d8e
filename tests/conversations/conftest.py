"""An application and people for conversation tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.application import Application
from tests.support.people import Known, Person, add, build_in


@pytest.fixture
def app(tmp_path: Path) -> Application:
    """An application over a fresh SQLite file."""
    return build_in(tmp_path)


@pytest.fixture
def known(app: Application) -> Known:
    """A debtor 120 days late with a discount and a plan within the rules."""
    return add(app, Known())


@pytest.fixture
def person(app: Application) -> Person:
    """Somebody unknown on a new address."""
    return Person(app)


@pytest.fixture
def debtor(person: Person, known: Known) -> Person:
    """The debtor, identified."""
    person.identifies(known)
    return person
