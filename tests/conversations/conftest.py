"""An application and people for conversation tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.application import Application
from bot.settings import CHECKOUT
from tests.support.people import Known, Person, add, build


@pytest.fixture
def app(sqlite_url: str) -> Application:
    """An application over a fresh SQLite file."""
    return build(sqlite_url)


@pytest.fixture(scope="session")
def trained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of the present training data; trained first if need be."""
    from bot.runner.model import ensure_model
    from bot.runner.without_tensorflow import leave_out_tensorflow

    leave_out_tensorflow(CHECKOUT / "config.yml")
    return ensure_model(tmp_path_factory.mktemp("training") / "training.log").path


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
