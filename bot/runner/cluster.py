"""Several servers of each kind on one machine, each to be killed and started again: for tests and measurements.

What a deployment does with containers (`deploy/`), with processes: R Rasa servers, A action servers, D desks and
J jobs processes on ports of their own over one database and one Redis, and a proxy in front of Rasa and the desks.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.runner.model import quiet_environment
from bot.runner.preflight import CannotStart
from bot.runner.processes import Child, ChildDied, start, stop
from bot.runner.stack import is_ok

_START_SECONDS = 240.0
_POLL_SECONDS = 0.05
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Counts:
    """How many of each."""

    rasa: int = 2
    actions: int = 2
    desks: int = 2
    jobs: int = 2


@dataclass(frozen=True)
class _Kind:
    """What one kind of server is started by, and asked whether it lives."""

    module: str
    variable: str  # that holds its port
    health: str | None


_KINDS = {
    "actions": _Kind("bot.runner.action_server", "ALDIA_ACTIONS_PORT", "/health"),
    "rasa": _Kind("bot.runner.rasa_server", "ALDIA_PORT", "/webhooks/web/health"),
    "desk": _Kind("bot.runner.desk_server", "ALDIA_DESK_PORT", "/health"),
    "jobs": _Kind("bot.runner.jobs", "ALDIA_JOBS_PORT", "/health"),
    "proxy": _Kind("bot.runner.balancer", "", None),
}


class Node:
    """One server: `rasa-1`, `actions-2`, `desk-1`, `jobs-1`, `proxy-1` (to Rasa) or `proxy-2` (to the desks)."""

    def __init__(
        self, kind: str, number: int, port: int, environment: Mapping[str, str], logs: Path, *arguments: str
    ) -> None:
        self.kind, self.name, self.port = kind, f"{kind}-{number}", port
        self._what, self._arguments = _KINDS[kind], arguments
        self._environment = (
            {**environment, self._what.variable: str(port)} if self._what.variable else environment
        )
        self._logs, self._starts = logs, 0
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """Its own address, past any proxy."""
        return f"http://{_HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.child is not None, f"{self.name} was not started"
        return self.child.process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.child is not None and self.child.process.poll() is None

    def start(self) -> None:
        """Start it, or start it again; does not wait. Each start has a log file of its own."""
        self._starts += 1
        log = self._logs / f"{self.name}.{self._starts}.log"
        self.child = start(self.name, [self._what.module, *self._arguments], self._environment, log)

    def answers(self) -> bool:
        """Whether it answers that it lives."""
        return self.is_running and (self._what.health is None or is_ok(f"{self.url}{self._what.health}"))

    def wait(self, seconds: float = _START_SECONDS) -> None:
        """Wait until it answers.

        Raises:
            ChildDied: it ended.
            CannotStart: it did not in time.
        """
        end = time.monotonic() + seconds
        while not self.answers():
            if self.child is not None:
                self.child.check()
            if time.monotonic() > end:
                raise CannotStart(f"{self.name} did not answer within {seconds:.0f} s: see {self._logs}")
            time.sleep(_POLL_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it: SIGSTOP makes it hang, SIGCONT go on."""
        assert self.child is not None
        self.child.process.send_signal(number)

    def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone."""
        assert self.child is not None
        self.child.process.kill()
        self.child.process.wait()

    def stop(self) -> None:
        """End it politely."""
        if self.child is not None:
            stop([self.child])


class Cluster:
    """All of them.

    Args:
        environment: variables for every server, with ALDIA_DATABASE_URL and ALDIA_REDIS_URL; the database must be
            migrated and filled.
        logs: the directory of their logs.
        counts: how many of each.
        ports: free ports, as many as `ports_needed` says.
        model: the trained model's file.
    """

    def __init__(
        self, environment: Mapping[str, str], logs: Path, counts: Counts, ports: Sequence[int], model: Path
    ) -> None:
        free = iter(ports)
        self.logs = logs
        front, desk_front = next(free), next(free)
        actions = [next(free) for _ in range(counts.actions)]
        self.environment = {
            **environment,
            **quiet_environment(),
            "ALDIA_ACTIONS_URL": ",".join(f"http://{_HOST}:{port}/webhook" for port in actions),
            "ALDIA_PUBLIC_URL": f"http://{_HOST}:{front}",
            "ALDIA_DESK_URL": f"http://{_HOST}:{desk_front}",
        }

        def nodes(kind: str, chosen: Sequence[int], *arguments: str) -> list[Node]:
            return [
                Node(kind, number, port, self.environment, logs, *arguments)
                for number, port in enumerate(chosen, 1)
            ]

        rasa = nodes("rasa", [next(free) for _ in range(counts.rasa)], str(model))
        desks = nodes("desk", [next(free) for _ in range(counts.desks)])
        jobs = nodes("jobs", [next(free) for _ in range(counts.jobs)])
        to_rasa, to_desks = (
            [str(port), *(str(node.port) for node in behind)]
            for port, behind in ((front, rasa), (desk_front, desks))
        )
        proxies = [
            Node("proxy", 1, front, self.environment, logs, *to_rasa),
            Node("proxy", 2, desk_front, self.environment, logs, *to_desks),
        ]
        self.nodes = [*nodes("actions", actions), *rasa, *desks, *jobs, *proxies]

    @staticmethod
    def ports_needed(counts: Counts) -> int:
        """How many ports a cluster takes."""
        return 2 + counts.rasa + counts.actions + counts.desks + counts.jobs

    @property
    def url(self) -> str:
        """The address of the chat page and the webhooks, by the proxy."""
        return self.environment["ALDIA_PUBLIC_URL"]

    @property
    def desk_url(self) -> str:
        """The address of the desk, by the proxy."""
        return self.environment["ALDIA_DESK_URL"]

    def of(self, kind: str) -> list[Node]:
        """The servers of a kind: actions, rasa, desk, jobs or proxy."""
        return [node for node in self.nodes if node.kind == kind]

    def __getitem__(self, name: str) -> Node:
        """A server by its name."""
        return next(node for node in self.nodes if node.name == name)

    def start(self) -> None:
        """Start all and wait until they answer.

        Raises:
            ChildDied, CannotStart: they did not start; all are stopped again.
        """
        try:
            for node in self.nodes:
                node.start()
            for node in self.nodes:
                node.wait()
        except (ChildDied, CannotStart):
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all that run."""
        stop([node.child for node in self.nodes if node.child is not None])
