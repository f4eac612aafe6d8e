"""Child processes in groups of their own: started, watched, and stopped without leaving one behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.runner.lifeline import PARENT
from bot.runner.model import last_line
from bot.settings import CHECKOUT

# Both servers stop within 3 s by themselves; the whole stop is promised within 10 s.
_STOP_SECONDS = 7.0
_POLL_SECONDS = 0.05


class ChildDied(Exception):
    """A server ended by itself; the message says which, and where to read why."""


@dataclass(frozen=True)
class Child:
    """A running server."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Do nothing while it runs.

        Raises:
            ChildDied: it ended.
        """
        code = self.process.poll()
        if code is not None:
            why = last_line(self.log)
            raise ChildDied(
                f"the {self.name} ended with code {code}{f': {why}' if why else ''} (see {self.log})"
            )


def start(name: str, module: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
    """Start `python -m MODULE ARGUMENTS…` in its own process group, writing to a log file.

    Args:
        name: what to call it in messages.
        module: the module and its arguments.
        environment: all variables of the child.
        log: the file that its output goes to; what was there is replaced.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=CHECKOUT,
            env={**environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            # Ctrl-C goes to the whole foreground group; the children are stopped in order instead.
            start_new_session=True,
        )
    return Child(name, process, log)


def wait_until(answers: Callable[[], bool], children: Sequence[Child], seconds: float) -> bool:
    """Wait until something answers. Returns whether it did in time.

    Raises:
        ChildDied: a child ended while waiting.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for child in children:
            child.check()
        if answers():
            return True
        time.sleep(_POLL_SECONDS)
    return False


def stop(children: Sequence[Child]) -> None:
    """Stop children and everything in their groups: first politely, after some seconds for good."""
    for child in reversed(children):
        _signal(child, signal.SIGTERM)
    end = time.monotonic() + _STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.05, end - time.monotonic()))
    for child in children:
        _signal(child, signal.SIGKILL)
        child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)
