"""Starting and stopping: nothing is left behind, and whatever fails is said in one sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bot.runner.model import ensure_model
from bot.settings import CHECKOUT
from tests.support.running import environment_in, running

pytestmark = pytest.mark.stack
_START_SECONDS = 120


class Run:
    """`aldia run` as a person starts it."""

    def __init__(self, folder: Path, *options: str) -> None:
        ensure_model(folder / "training.log")
        self.environment = environment_in(folder)
        self.output = folder / "output"
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", *options],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.output.read_text(encoding="utf-8")

    def until(self, pattern: str) -> None:
        """Wait until it has printed something."""
        end = time.monotonic() + _START_SECONDS
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.1)

    def children(self) -> list[psutil.Process]:
        """All that it started."""
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A started `aldia run`, ended at the end whatever happens."""
    started = Run(tmp_path)
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(20)


def are_gone(children: list[psutil.Process], seconds: float) -> bool:
    _, alive = psutil.wait_procs(children, timeout=seconds)
    return not alive


def test_it_says_where_to_go_and_ctrl_c_stops_all_of_it(run: Run) -> None:
    run.until("Ctrl-C stops everything")
    assert f"http://127.0.0.1:{run.environment['ALDIA_PORT']}/webhooks/web/" in run.text
    assert len(re.findall(r"AD-[A-Z]{2}-\d{4}, born \d{4}-\d\d-\d\d", run.text)) == 3
    children = run.children()
    assert len(children) == 4
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(15) == 0
    assert time.monotonic() - began < 10
    assert are_gone(children, 1)
    assert "Traceback" not in run.text


def test_ctrl_c_while_it_starts_leaves_nothing(run: Run) -> None:
    run.until("Starting the action server")
    time.sleep(1)
    children = run.children()
    run.process.send_signal(signal.SIGTERM)
    run.process.wait(15)
    assert are_gone(children, 1)
    assert "Traceback" not in run.text


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the children look for their parent once a second"
)
def test_the_servers_end_when_the_runner_is_killed(run: Run) -> None:
    run.until("Ctrl-C stops everything")
    children = run.children()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait(5)
    assert are_gone(children, 5)


def test_a_server_that_dies_ends_it_with_a_sentence(run: Run) -> None:
    run.until("Ctrl-C stops everything")
    children = run.children()
    next(c for c in children if "action_server" in " ".join(c.cmdline())).kill()
    assert run.process.wait(20) == 1
    assert "Error: The action server ended with code -9" in run.text
    assert "Traceback" not in run.text
    assert are_gone(children, 1)


def test_without_the_action_server_the_debtor_still_gets_a_sentence(tmp_path: Path) -> None:
    with running(tmp_path) as instance:
        actions = next(c for c in instance.stack.children if c.name == "action server")
        actions.process.kill()
        actions.process.wait(5)
        answer = instance.says("ana", "hola, ¿cuánto debo?")
        assert answer
        assert "Traceback" not in answer[0]["text"]
