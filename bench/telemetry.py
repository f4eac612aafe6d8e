"""What log lines and numbers cost a turn: `python -m bench.telemetry`. Services and storage, without Rasa and HTTP."""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

from bot.bootstrap import application
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.settings import Settings
from bot.storage.migrations import migrate
from bot.telemetry import metrics, recorded, tracing
from bot.telemetry.context import working_on
from bot.telemetry.log_lines import JsonLines, tell
from bot.telemetry.stages import stage

_BLOCK = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.telemetry", description=__doc__)
    parser.add_argument("--turns", type=int, default=1_000, help="turns with, and as many without")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aldia-bench-") as name:
        folder = Path(name)
        app = _application(folder)
        _log_to(folder / "log")
        with_it, without = [], []
        for number in range(-2, options.turns // _BLOCK):
            # Side by side, in short blocks: what else the machine does falls on both.
            if number % 2:
                one, other = _block(app), _nothing(app)
            else:
                other, one = _nothing(app), _block(app)
            if number >= 0:  # the first ones only warm up
                with_it.append(one)
                without.append(other)
    cost = median(a - b for a, b in zip(with_it, without, strict=True))
    print(
        f"with logs and numbers {median(with_it):.2f} ms a turn, without {median(without):.2f} ms (processor time)"
    )
    # What was least disturbed by others: on a busy machine everything takes longer, this too.
    undisturbed = sorted(with_it)[len(with_it) // 10] - sorted(without)[len(without) // 10]
    print(
        f"cost: {cost:.3f} ms a turn, {undisturbed:.3f} in the fastest tenth; {len(with_it) * _BLOCK} turns each"
    )


def _application(folder: Path) -> Application:
    url = f"sqlite:///{folder / 'bench.db'}"
    migrate(url)
    return application(Settings.from_environment({"ALDIA_DATABASE_URL": url, "ALDIA_IDENTITY_KEY": "k" * 40}))


def _log_to(path: Path) -> None:
    handler = logging.StreamHandler(path.open("w", encoding="utf-8"))
    handler.setFormatter(JsonLines("bench"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _block(app: Application) -> float:
    """Processor milliseconds a turn, with all that the servers log and count of one."""
    began = time.process_time()
    for number in range(_BLOCK):
        incoming = Incoming("rest", f"someone{number}", None, "hola")
        start = time.perf_counter()
        received = reception.receive(app, incoming)
        metrics.MESSAGES.add("rest", received.verdict)
        metrics.STAGE_SECONDS.observe(time.perf_counter() - start, "webhook")
        with working_on(received.message_id, received.conversation_id):
            span = tracing.begin_turn("rest", 0, 0, is_again=False)
            with stage("nlu"):
                heard = Heard("greet", 0.99, text="hola")
            tell("parsed", intent="greet", confidence="0.99")
            with stage("action"), stage("decide"):
                dialogue.take_turn(app, received.message_id, heard)
            with stage("conclude"):
                reception.conclude(app, received.message_id)
            metrics.TURN_SECONDS.observe(time.perf_counter() - start, "rest")
            tell("concluded", channel="rest", seconds=0.01)
            assert span is None
    return (time.process_time() - began) * 1000 / _BLOCK


def _nothing(app: Application) -> float:
    """The same turns, and nothing is logged or counted."""
    with _silence():
        began = time.process_time()
        for number in range(_BLOCK):
            received = reception.receive(app, Incoming("rest", f"someone{number}", None, "hola"))
            dialogue.take_turn(app, received.message_id, Heard("greet", 0.99, text="hola"))
            reception.conclude(app, received.message_id)
        return (time.process_time() - began) * 1000 / _BLOCK


@contextmanager
def _silence() -> Iterator[None]:
    with patch.object(recorded, "committed", lambda _: None):
        yield


if __name__ == "__main__":
    main()
