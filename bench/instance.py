"""An instance for measuring: free ports, its own database with the demo portfolio, and a client to it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.bootstrap import application
from bot.demo.portfolio import load
from bot.runner.stack import Stack
from bot.settings import CHECKOUT, Settings
from bot.storage.migrations import migrate


@dataclass(frozen=True)
class Instance:
    """Where the servers are."""

    port: int
    pids: tuple[int, ...]

    def client(self) -> Client:
        """A connection of its own, kept open as browsers and proxies do."""
        return Client(self.port)


class Client:
    """One connection to the REST channel."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def says(self, sender: str, text: str) -> tuple[list[dict[str, Any]], float]:
        """Send a message. Returns the answer and the milliseconds that it took."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        began = time.perf_counter()
        self._connection.request("POST", "/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise RuntimeError(f"status {response.status}: {content[:200]!r}")
        return json.loads(content), took


def environment_over(database: str) -> dict[str, str]:
    """Variables of an instance over a database, which is migrated and holds the demo portfolio afterwards."""
    environment = {
        **os.environ,
        "ALDIA_DATABASE_URL": database,
        "ALDIA_IDENTITY_KEY": "a key for measuring, of no other use",
        "ALDIA_ENVIRONMENT": "development",
    }
    settings = Settings.from_environment(environment)
    migrate(settings.database_url)
    app = application(settings)
    load(app.unit_of_work, app.hasher, app.clock)
    return environment


@contextmanager
def started_instance(folder: Path, model: Path, database: str | None) -> Iterator[Instance]:
    """Start both servers over the demo portfolio and stop them at the end."""
    port, actions_port, desk_port, jobs_port = free_ports(4)
    environment = {
        **environment_over(database or f"sqlite:///{folder / 'bench.db'}"),
        "ALDIA_PORT": str(port),
        "ALDIA_ACTIONS_PORT": str(actions_port),
        "ALDIA_DESK_PORT": str(desk_port),
        "ALDIA_JOBS_PORT": str(jobs_port),
    }
    settings = Settings.from_environment(environment)
    stack = Stack(settings, environment, CHECKOUT / "var" / "log" / "bench")
    try:
        stack.start(model)
        yield Instance(port, tuple(child.process.pid for child in stack.children))
    finally:
        stack.stop()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
