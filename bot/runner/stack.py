"""`aldia run`: everything from an empty checkout to a chat page that answers, and down again."""

from __future__ import annotations

import json
import signal
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from bot.runner import preflight
from bot.runner.model import ensure_model, quiet_environment
from bot.runner.preflight import CannotStart
from bot.runner.processes import Child, start, stop, wait_until
from bot.runner.progress import Progress
from bot.settings import CHECKOUT, Settings

_START_SECONDS = 180.0


@dataclass(frozen=True)
class Preparation:
    """What is done to the database before the servers start, given by the composition root's side."""

    migrate: Callable[[], str]
    import_demo: Callable[[], str] | None
    add_demo_people: Callable[[], str] | None = None
    sweep: Callable[[], str] | None = None


class Stack:
    """The servers of one instance: actions, Rasa with the channels, the desk, and the jobs."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], logs: Path = CHECKOUT / "var" / "log"
    ) -> None:
        self._settings = settings
        self._environment = {
            **environment,
            **quiet_environment(),
            "ALDIA_ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
            "ALDIA_PORT": str(settings.port),
            "ALDIA_ACTIONS_PORT": str(settings.actions_port),
            "ALDIA_DESK_PORT": str(settings.desk_port),
            "ALDIA_JOBS_PORT": str(settings.jobs_port),
            "ALDIA_DATABASE_URL": settings.database_url,
        }
        self._logs = logs
        self._children: list[Child] = []

    @property
    def children(self) -> tuple[Child, ...]:
        """The servers, for those who watch or measure them."""
        return tuple(self._children)

    @property
    def chat_page(self) -> str:
        """Address of the chat page."""
        return f"{self._settings.public_url}/webhooks/web/"

    @property
    def desk_page(self) -> str:
        """Address of the desk."""
        return f"{self._settings.desk_url}/"

    def start(self, model: Path) -> None:
        """Start all servers and wait until they answer.

        Raises:
            ChildDied, CannotStart: they did not start.
        """
        port, actions_port = self._settings.port, self._settings.actions_port
        self._children = [
            start(
                "action server",
                ["bot.runner.action_server"],
                self._environment,
                self._logs / f"actions-{actions_port}.log",
            ),
            start(
                "Rasa server",
                ["bot.runner.rasa_server", str(model)],
                self._environment,
                self._logs / f"rasa-{port}.log",
            ),
            start(
                "desk",
                ["bot.runner.desk_server"],
                self._environment,
                self._logs / f"desk-{self._settings.desk_port}.log",
            ),
            start(
                "jobs process",
                ["bot.runner.jobs"],
                self._environment,
                self._logs / f"jobs-{self._settings.jobs_port}.log",
            ),
        ]
        if not wait_until(self._answers, self._children, _START_SECONDS):
            raise CannotStart(f"The servers did not answer within {_START_SECONDS:.0f} s: see {self._logs}.")

    def check(self) -> None:
        """Do nothing while all servers run.

        Raises:
            ChildDied: one ended.
        """
        for child in self._children:
            child.check()

    def stop(self) -> None:
        """Stop all servers and everything that they started."""
        stop(self._children)
        self._children = []

    def _answers(self) -> bool:
        host = "127.0.0.1" if self._settings.host in ("0.0.0.0", "localhost") else self._settings.host
        host = f"[{host}]" if ":" in host else host
        return (
            is_ok(f"http://127.0.0.1:{self._settings.actions_port}/health")
            and is_ok(f"http://{host}:{self._settings.desk_port}/health")
            and is_ok(f"http://{host}:{self._settings.jobs_port}/health")
            and is_ok(f"http://{host}:{self._settings.port}/webhooks/web/health")
        )


def run(
    settings: Settings,
    environment: Mapping[str, str],
    preparation: Preparation,
    progress: Progress,
    closing: list[str],
) -> None:
    """Prepare, start, say where to go, and stay until stopped.

    Args:
        settings: this instance's.
        environment: variables for the servers.
        preparation: what is done to the database first.
        progress: where to report.
        closing: lines to print once everything answers.

    Raises:
        CannotStart, TrainingFailed, ChildDied: one sentence for the person at the terminal.
    """
    _check(settings)
    with stop_requested() as stopping:
        _prepare(preparation, progress)
        with progress.step(
            "Looking for the model, training it if anything changed (about two minutes)"
        ) as step:
            trained = ensure_model(CHECKOUT / "var" / "log" / "training.log")
            step.done = "Model trained" if trained.seconds else "Model is up to date"
        stack = Stack(settings, environment)
        try:
            with progress.step("Starting the action server, the Rasa server, the desk and the jobs") as step:
                stack.start(trained.path)
                step.done = "All servers answer"
            pages = [f"Chat page: {stack.chat_page}", f"Desk:      {stack.desk_page}"]
            for line in ["", *pages, "", *closing, "", "Ctrl-C stops everything."]:
                progress.line(line)
            while not stopping.wait(0.5):
                stack.check()
        finally:
            progress.line("Stopping …")
            stack.stop()
            progress.line("Stopped.")


def _check(settings: Settings) -> None:
    preflight.check_python()
    preflight.check_disk(CHECKOUT)
    preflight.check_port(settings.host, settings.port, "--port")
    preflight.check_port("127.0.0.1", settings.actions_port, "--actions-port")
    preflight.check_port(settings.host, settings.desk_port, "--desk-port")
    preflight.check_port(settings.host, settings.jobs_port, "--jobs-port")


def _prepare(preparation: Preparation, progress: Progress) -> None:
    for doing, todo in (
        ("Bringing the database up to date", preparation.migrate),
        ("Importing the demo portfolio", preparation.import_demo),
        ("Adding people for the desk", preparation.add_demo_people),
        ("Looking for missed due dates", preparation.sweep),
    ):
        if todo is not None:
            with progress.step(doing) as step:
                step.done = todo()


class Stopped(BaseException):
    """Ctrl-C or SIGTERM before everything was running."""


@contextmanager
def stop_requested() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set; it also breaks off what is being done."""
    event = threading.Event()

    def handle(_: int, __: FrameType | None) -> None:
        if not event.is_set():
            event.set()
            raise Stopped

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield event
    except Stopped:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_ok(url: str) -> bool:
    """Whether a server answers that it lives."""
    try:
        # Straight to the loopback address, whatever proxy the environment names.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as response:
            content: Any = json.load(response)
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("status") == "ok"
