"""An application with people of the desk and debtors, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from bot.services import desk_people
from bot.services.application import Application
from bot.services.desk_port import User
from tests.support.people import Known, Person, add, build

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> None:
    """Argon2 with its real parameters takes 0.1 s and 64 MiB a password: one test uses those."""
    if not hasattr(desk_people.hasher, "cache_clear"):
        return  # tests/attack uses this fixture too
    desk_people.hasher.cache_clear()
    quick = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    desk_people.hasher = lambda: quick  # type: ignore[assignment]
    from bot.services import desk_sign_in

    desk_sign_in.hasher = desk_people.hasher


@pytest.fixture
def app(sqlite_url: str) -> Application:
    """An application over a fresh SQLite file."""
    return build(sqlite_url)


@pytest.fixture
def both(database_url: str) -> Application:
    """An application over each kind of database in turn."""
    return build(database_url)


@pytest.fixture
def person_of() -> Callable[..., User]:
    """Makes somebody of the desk."""
    return new_user


def new_user(app: Application, name: str, role: str = "agent", **more: object) -> User:
    """Somebody of the desk, who has chosen their password already."""
    user = desk_people.add_user(app, name, role=role, password=PASSWORD, **more).user  # type: ignore[arg-type]
    with app.unit_of_work() as uow:
        uow.desk_people.change(user.user_id, must_change=False)
        uow.commit()
    with app.unit_of_work(write=False) as uow:
        found = uow.desk_people.get(user.user_id)
    assert found is not None
    return found


def waiting(app: Application, address: str = "someone", known: Known | None = None, **more: str) -> Person:
    """A debtor who asked for a person; identified when `known`."""
    person = Person(app, address, **more)
    if known is not None:
        add(app, known)
        person.identifies(known)
    person.says("request_agent", "quiero hablar con una persona")
    return person
