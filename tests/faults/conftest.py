"""An application on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.services.application import Application
from bot.storage.engine import SPACE
from tests.support.people import build


@pytest.fixture(autouse=True)
def _space() -> Iterator[None]:
    """What one test found out about a disk is nothing to the next."""
    yield
    SPACE.forget()


@pytest.fixture
def both(database_url: str) -> Iterator[Application]:
    """An application over each kind of database in turn."""
    app = build(database_url)
    yield app
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
