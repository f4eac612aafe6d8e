"""Where the simulation takes place: one real application over a database that is put back before each conversation."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

import actions.base
from bench.simulation.watching import Watch
from bot.audit.signing import Signer
from bot.bootstrap import application
from bot.rulebook import Rulebook
from bot.rulebook.jurisdictions import Jurisdictions
from bot.services import desk_people
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_roles import Role
from bot.settings import Settings
from bot.storage.migrations import migrate
from bot.storage.unit_of_work import create_unit_of_work_factory

_KEY = "s" * 40
_AGREED = '  - {{fact: channels.{}, by: Simulation, dated: "2026-01-01", because: simulated}}\n'
_BEGINNING = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)
# A file in memory where the system has one: nothing here outlives the run.
_MEMORY = Path("/dev/shm")


@dataclass
class WorldClock:
    """Moved by the simulation; every look at it takes a millisecond, so that no two things happen at once."""

    at: datetime = _BEGINNING

    def now(self) -> datetime:
        """The present instant."""
        self.at += timedelta(milliseconds=1)
        return self.at

    def today(self, zone: str | None = None) -> date:
        """The calendar day in a time zone (UTC when None)."""
        return self.at.astimezone(ZoneInfo(zone) if zone else timezone.utc).date()


class _AtOnce(ThreadPoolExecutor):
    """Runs what others would run in a thread where it is asked for: no waiting, and always the same order."""

    def submit(self, todo: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run it."""
        done: Future[Any] = Future()
        try:
            done.set_result(todo(*arguments, **named))
        except BaseException as error:
            done.set_exception(error)
        return done


class World:
    """One application, two people at its desk, and the actions that Rasa would call."""

    def __init__(self) -> None:
        folder = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
        self._folder = tempfile.TemporaryDirectory(prefix="aldia-simulation-", dir=folder)
        self._file = Path(self._folder.name) / "aldia.db"
        self._template = Path(self._folder.name) / "template.db"
        url = f"sqlite:///{self._file}"
        migrate(url)
        settings = Settings.from_environment({"ALDIA_DATABASE_URL": url, "ALDIA_IDENTITY_KEY": _KEY})
        self.clock = WorldClock()
        self._shipped = replace(
            application(settings), clock=self.clock, unit_of_work=create_unit_of_work_factory(settings)
        )
        # A deployer who looked into every restricted channel, as docs/compliance.md asks: else little goes out.
        self._acknowledged = replace(self._shipped, rulebook=_acknowledging(settings, self._folder.name))
        self.app: Application = self._acknowledged
        self.signer = Signer(b"s" * 32)
        self.agent, self.supervisor = self._people()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(_AtOnce())
        self._executor = ActionExecutor()
        self._executor.register_package("actions")
        self.watch = Watch()
        self._patch: Any = mock.patch.object(actions.base, "app", self._current)
        self._patch.start()
        _copy(self._file, self._template)
        self._eye = sqlite3.connect(self._file)

    def begin(self, at: datetime, *, is_acknowledged: bool) -> None:
        """An empty database at a moment."""
        _copy(self._template, self._file)
        self.clock.at = at
        self.app = self._acknowledged if is_acknowledged else self._shipped
        self.watch.forget()

    def peek(self, statement: str, *values: str) -> Any:
        """The first value of a query of the simulation's own, past all that is simulated."""
        return self._eye.execute(statement, values).fetchone()[0]

    def close(self) -> None:
        """Remove the database."""
        self._eye.close()
        self._shipped.unit_of_work.dispose()  # type: ignore[attr-defined]
        self.watch.close()
        self._patch.stop()
        self._folder.cleanup()
        self.loop.close()

    def run_action(self, latest: dict[str, Any]) -> None:
        """What Rasa does once it has understood a message: the rule's action, by the intent's name."""
        name = f"action_{latest['intent']['name']}"
        todo = self._executor.actions.get(name) or self._executor.actions["action_out_of_scope"]
        tracker = Tracker("simulated", {}, latest, [], False, None, {}, name)
        self.loop.run_until_complete(todo(CollectingDispatcher(), tracker, {}))

    def _current(self) -> Application:
        return self.app

    def _people(self) -> tuple[User, User]:
        # Passwords are not what is simulated.
        quick = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
        with mock.patch.object(desk_people, "hasher", return_value=quick):
            added = [
                desk_people.add_user(self.app, name, role=role.value, full_name=name.capitalize()).user
                for name, role in (("ana", Role.AGENT), ("berta", Role.SUPERVISOR))
            ]
        return added[0], added[1]


def _acknowledging(settings: Settings, folder: str) -> Rulebook:
    """The rulebook of a deployer who acknowledged every restricted channel."""
    shipped = Rulebook.load(settings.rulebook_dir)
    own = Path(folder) / "jurisdictions"
    own.mkdir()
    for code, names in _restricted(shipped.jurisdictions).items():
        facts = "".join(_AGREED.format(name) for name in names)
        (own / f"{code}.yml").write_text(f"jurisdiction: {code}\nacknowledged:\n{facts}", encoding="utf-8")
    return Rulebook.load(settings.rulebook_dir, own)


def _restricted(found: Jurisdictions) -> dict[str, list[str]]:
    return {
        code: names
        for code in found.codes()
        if (names := [n for n, node in found.profile(code).content["channels"].items() if node.get("needs_acknowledgment")])
    }  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
