"""How much slower everything is once the tables are large: `python -m bench.scale`.

Fills a large database and a small one, runs the same use cases on both in turns, and prints what each takes, what each
statement takes, and how the large database finds what is asked for.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.bulk import Size, rows
from bench.bulk_writing import write
from bench.plans import Plan, Recorder, Statement, explain
from bench.population import Person, person
from bench.servers import bring_in, database_in
from bench.work import beside_the_turns, conversation, wrong_guess
from bot.audit.sealing import Keyring
from bot.bootstrap import application
from bot.services.application import Application
from bot.services.desk_port import User
from bot.settings import Settings
from bot.storage.engine import create_engine
from bot.storage.migrations import migrate

_KEY = "a key for measuring, of no other use"
_SMALL = 1_000  # times smaller
_CHANNELS = ("web", "whatsapp", "telegram", "sms")
_MOST_SLOWER = 1.3


@dataclass
class Side:
    """One of the two databases, and what was measured on it."""

    name: str
    app: Application
    size: Size
    recorder: Recorder
    ms: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    # Of this process; SQLite's own is in it, PostgreSQL's is not.
    processor_ms: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def open(cls, name: str, url: str, size: Size) -> Side:
        """Fill a database unless it is filled, and build the application over it."""
        migrate(url)
        if _is_empty(url):
            began = time.monotonic()
            count = write(url, rows(size, Keyring((_KEY.encode(),))))
            print(f"{name}: {count:,} rows in {time.monotonic() - began:.0f} s", flush=True)
        settings = Settings.from_environment({"ALDIA_DATABASE_URL": url, "ALDIA_IDENTITY_KEY": _KEY})
        app = application(settings)
        engine: Any = app.unit_of_work.engine  # type: ignore[attr-defined]
        return cls(name, app, size, Recorder(engine))

    def run(self, who: Person, channel: str, user: User) -> None:
        """One person's conversation and one round of what runs beside."""
        number = random.Random(who.number).randrange(max(1, self.size.conversations))
        steps = [conversation(self.app, who, channel), wrong_guess(self.app, who)]
        for step in (*steps, beside_the_turns(self.app, user, number)):
            for name, call in step:
                with self.recorder.during(name):
                    began, processor = time.perf_counter(), time.process_time()
                    call()
                    self.ms[name].append((time.perf_counter() - began) * 1000)
                    self.processor_ms[name].append((time.process_time() - processor) * 1000)

    def forget(self) -> None:
        """What warmed up does not count."""
        self.ms.clear()
        self.processor_ms.clear()
        for statement in self.recorder.statements.values():
            statement.ms.clear()

    def plan(self, statement: Statement, **how: bool) -> Plan:
        """How this database carries a statement out."""
        engine: Any = self.app.unit_of_work.engine  # type: ignore[attr-defined]
        with engine.connect() as connection, connection.begin() as transaction:
            found = explain(connection, statement, **how)
            transaction.rollback()
        return found


def _is_empty(url: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT 1 FROM accounts LIMIT 1")).first()
    engine.dispose()
    return found is None


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill, measure, print; ends with 1 if a use case of a turn became slower than it may."""
    options = _options(arguments)
    with ExitStack() as stack:
        folder = Path(
            options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="aldia-scale-"))
        )
        large, small = (stack.enter_context(_database(folder, options, name)) for name in ("large", "small"))
        end = datetime.now(timezone.utc)
        size = Size(options.accounts, options.entries, end)
        sides = (
            Side.open(
                "small",
                small,
                Size(max(50, size.accounts // _SMALL), max(5_000, size.entries // _SMALL), end),
            ),
            Side.open("large", large, size),
        )
        compare(sides, options.rounds, options.first_person)
        print(report(sides, with_all=options.all))
    small_ms, large_ms = (_median(_of_turns(side.ms)) for side in sides)
    if large_ms > _MOST_SLOWER * small_ms:
        sys.exit(f"turns are slower than {_MOST_SLOWER} times")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument(
        "--entries", type=int, default=10_000_000, help="of the record; messages follow from them"
    )
    parser.add_argument("--rounds", type=int, default=20, help="conversations on each database")
    parser.add_argument("--folder", help="keep the databases here, and use those that are there")
    parser.add_argument(
        "--first-person", type=int, default=1, help="another one for each run on kept databases"
    )
    parser.add_argument("--all", action="store_true", help="print every statement's plan")
    return parser.parse_args(arguments)


def _database(folder: Path, options: argparse.Namespace, name: str) -> Any:
    place = folder / f"{options.database}-{name}"
    place.mkdir(parents=True, exist_ok=True)
    return database_in(place, options.database)


def compare(sides: Sequence[Side], rounds: int, first: int) -> None:
    """The same work on every side in turns; the first round warms up."""
    user = User("bench", "bench", "Bench", "supervisor", "", datetime.now(timezone.utc))
    numbers = range(first, first + rounds + 1)
    for side in sides:
        bring_in(side.app, numbers)
    for number in numbers:
        for side in sides if number % 2 else reversed(sides):
            side.run(person(number), _CHANNELS[number % len(_CHANNELS)], user)
        if number == first:
            for side in sides:
                side.forget()


def report(sides: Sequence[Side], *, with_all: bool) -> str:
    """Use cases, then statements with their plans, the slowest first."""
    small, large = sides
    lines = [f"{'use case (ms, median)':<44}{'small':>9}{'large':>9}{'ratio':>8}"]
    for name in sorted(large.ms):
        lines.append(_row(name, small.ms[name], large.ms[name]))
    lines += ["", _row("all services of turns", *(_of_turns(side.ms) for side in sides))]
    lines += [_row("  their processor time", *(_of_turns(side.processor_ms) for side in sides))]
    lines += ["", f"{'statement (ms, median)':<44}"]
    found = sorted(large.recorder.statements.items(), key=lambda pair: -_median(pair[1].ms))
    for key, statement in found:
        plan = large.plan(statement)
        beside = small.recorder.statements.get(key)
        ratio = _median(statement.ms) / max(_median(beside.ms), 0.001) if beside else 0
        if with_all or plan.scans or (ratio > _MOST_SLOWER and _median(statement.ms) > 0.5):
            lines.append(_row(_short(statement.text), beside.ms if beside else [], statement.ms))
            lines.append(f"    by {', '.join(sorted(statement.by)[:4])}")
            lines += [f"    reads all of {name}" for name in plan.scans]
            lines += [f"      {line}" for line in plan.lines]
    return "\n".join(lines)


def _of_turns(times: Mapping[str, list[float]]) -> list[float]:
    kinds = (": receive", ": turn", ": conclude")
    return [one for name, ms in times.items() if any(kind in name for kind in kinds) for one in ms]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def _row(name: str, small: Sequence[float], large: Sequence[float]) -> str:
    one, other = _median(small), _median(large)
    return f"{name[:43]:<44}{one:>9.2f}{other:>9.2f}{other / one if one else 0:>8.2f}"


def _short(statement: str) -> str:
    words = " ".join(statement.split())
    start, _, rest = words.partition(" FROM ")
    return f"SELECT … FROM {rest}"[:110] if start.startswith("SELECT") and rest else words[:110]


if __name__ == "__main__":
    main()
