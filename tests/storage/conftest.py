"""A filled database of each kind."""

from __future__ import annotations

import pytest

from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage.samples import fill


@pytest.fixture
def filled(units: SqlUnitOfWorkFactory) -> SqlUnitOfWorkFactory:
    """Units of work on a database with one debtor, account and conversation."""
    with units() as uow:
        fill(uow)
        uow.commit()
    return units
