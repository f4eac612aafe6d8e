"""A running instance for tests: own ports, database and logs, and the model of the present data."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.bootstrap import application
from bot.demo.portfolio import load
from bot.runner.model import ensure_model
from bot.runner.stack import Stack
from bot.settings import CHECKOUT, Settings
from bot.storage.migrations import migrate

KEY = "k" * 40


@dataclass
class Running:
    """A started instance and calls to it."""

    stack: Stack
    settings: Settings
    environment: Mapping[str, str]
    logs: Path

    def says(self, sender: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """Send a message over REST and return the answer."""
        body = json.dumps({"sender": sender, "message": text, **more}).encode()
        answer: list[dict[str, Any]] = self.call("/webhooks/rest/webhook", body)
        return answer

    def call(self, path: str, body: bytes | None = None) -> Any:
        """Call the Rasa server and return its JSON."""
        url = f"http://127.0.0.1:{self.settings.port}{path}"
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as response:
            return json.load(response)

    def aldia(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command over this instance's database."""
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, cwd=CHECKOUT, env=dict(self.environment), capture_output=True, text=True, check=False
        )

    def logged(self) -> str:
        """Everything that both servers logged."""
        return "\n".join(file.read_text(encoding="utf-8") for file in self.logs.glob("*.log"))


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


def kept_ports(count: int) -> list[int]:
    """Ports that nobody listens on and that nobody gets by chance: they stay free while a server is away.

    They lie below those that the system gives to whoever asks for any, such as `free_ports` and every connection.
    """
    lowest, highest = 10_240, min(32_768, _first_given())
    found: list[int] = []
    for port in random.sample(range(lowest, highest), highest - lowest):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports are left")


def _first_given() -> int:
    """The first port that the system gives to whoever asks for any."""
    with suppress(OSError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return 49_152  # by the standard, and on macOS


def environment_in(folder: Path, **more: str) -> dict[str, str]:
    """Variables of an instance with its own ports and a database in a folder."""
    port, actions_port, desk_port, jobs_port = free_ports(4)
    return {
        **os.environ,
        "ALDIA_DATABASE_URL": f"sqlite:///{folder / f'{uuid4().hex}.db'}",
        "ALDIA_IDENTITY_KEY": KEY,
        "ALDIA_PORT": str(port),
        "ALDIA_ACTIONS_PORT": str(actions_port),
        "ALDIA_DESK_PORT": str(desk_port),
        "ALDIA_JOBS_PORT": str(jobs_port),
        **more,
    }


@contextmanager
def running(folder: Path, **more: str) -> Iterator[Running]:
    """Start an instance with the demo portfolio and stop it at the end.

    Args:
        folder: where its database and its logs go.
        more: further variables, by their full names.
    """
    environment = environment_in(folder, **more)
    settings = Settings.from_environment(environment)
    migrate(settings.database_url)
    app = application(settings)
    load(app.unit_of_work, app.hasher, app.clock)
    with started(folder, environment) as found:
        yield found


@contextmanager
def started(folder: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Start an instance on a database as it stands and stop it at the end.

    Args:
        folder: where its logs go.
        environment: all its variables.
    """
    settings = Settings.from_environment(environment)
    logs = folder / "log"
    stack = Stack(settings, environment, logs)
    stack.start(ensure_model(folder / "training.log").path)
    try:
        yield Running(stack, settings, environment, logs)
    finally:
        stack.stop()
