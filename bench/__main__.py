"""`python -m bench`: starts an instance of its own, talks to it, and prints what it measured."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.instance import started_instance
from bench.measure import Memory, at_turns, concurrent, mixed
from bot.runner.model import TrainingFailed, ensure_model
from bot.runner.preflight import CannotStart
from bot.runner.processes import ChildDied


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="aldia-bench-") as name:
        folder = Path(name)
        try:
            results = _measure(folder, options)
        except (TrainingFailed, CannotStart, ChildDied) as error:
            sys.exit(f"error: {error}")
    print(json.dumps(results, indent=2) if options.json else _as_text(results))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--train", action="store_true", help="train again, to measure that too (minutes)")
    parser.add_argument("--rounds", type=int, default=6, help="times that each conversation is held")
    parser.add_argument("--debtors", type=int, default=16, help="debtors who write at the same time")
    parser.add_argument("--turns", type=int, default=400, help="turns of the long conversation")
    parser.add_argument(
        "--database", metavar="URL", help="an empty database (default: SQLite in a temporary file)"
    )
    return parser.parse_args(arguments)


def _measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    note = print if not options.json else _silent
    note("Looking for the model …")
    trained = ensure_model(folder / "training.log", again=options.train)
    note("Starting …")
    began = time.monotonic()
    with (
        started_instance(folder, trained.path, options.database) as instance,
        Memory(instance.pids) as memory,
    ):
        started = time.monotonic() - began
        note("Talking …")
        return {
            "machine": _machine(),
            "training_s": None if trained.seconds is None else round(trained.seconds, 1),
            "start_s": round(started, 1),
            "mixed": mixed(instance, options.rounds),
            "long_conversation": at_turns(instance, options.turns),
            "concurrent": concurrent(instance, options.debtors),
            "memory": memory.peak(),
        }


def _silent(*_: object) -> None:
    """Standard output is for the document alone."""


def _machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 2), "system": platform.platform()}


def _as_text(found: Mapping[str, Any]) -> str:
    trained = (
        "was there already; --train measures it"
        if found["training_s"] is None
        else f"{found['training_s']} s"
    )
    long, many, memory = found["long_conversation"], found["concurrent"], found["memory"]
    lines = [
        f"Machine: {found['machine']['cores']} cores, load {found['machine']['load_1m']} before",
        f"Training: {trained}",
        f"Start-up: {found['start_s']} s",
        "",
        "Time a turn (ms)                     turns     p50     p95     p99",
        *(_row(name, row) for name, row in found["mixed"]["by"].items()),
        f"  processor time a turn, both servers: {found['mixed']['processor_ms']} ms",
        "",
        "One conversation, around turn        turns     p50     p95     p99",
        *(_row(name, row) for name, row in long["at"].items()),
        f"  last against first: {long['ratio']} times",
        "",
        f"{many['debtors']} debtors at once: {many['turns_per_s']} turns a second",
        _row("while they all write", many),
        "",
        f"Peak memory: {memory['pss_mb']} MB (PSS), {memory['uss_mb']} MB (USS), {memory['rss_mb']} MB (RSS)",
    ]
    return "\n".join(lines)


def _row(name: str, row: Mapping[str, Any]) -> str:
    return f"  {name:<32}{row['turns']:>8}{row['p50']:>8}{row['p95']:>8}{row['p99']:>8}"


if __name__ == "__main__":
    main()
