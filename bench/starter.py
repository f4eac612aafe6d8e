"""Beside Rasa's own starter bot (`rasa init`), in one run on one machine, turn by turn: `python -m bench.starter`.

Ours with database, record, contact gate and action server; the starter as a stock user has it: its trained pipeline, its
REST channel, trackers in memory. It is trained once and kept under var/bench.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from bench.conversations import LONG, facts_of
from bench.instance import Client, Instance, environment_over, free_ports, started_instance
from bench.measure import percentiles, processor_ms
from bot.runner.cluster import Cluster, Counts
from bot.runner.model import ensure_model
from bot.runner.processes import Child, start, stop, wait_until
from bot.settings import CHECKOUT

_FOLDER = CHECKOUT / "var" / "bench" / f"starter-{version('rasa')}"
_AROUND = 10
_START_SECONDS = 600.0
_MB = 1024 * 1024
# What one says to each. The starter knows moods; a part of what people write is never understood.
_OURS: Sequence[Sequence[str]] = (
    (
        "hola",
        "{facts}",
        "¿cuánto debo?",
        "¿puedo pagar en plazos?",
        "50 al mes",
        "asdf qwer",
        "gracias",
        "adiós",
    ),
    (
        "hi",
        "{facts}",
        "how much do I owe?",
        "any discount?",
        "what if I don't pay?",
        "asdf qwer",
        "thanks",
        "bye",
    ),
)
_STARTERS: Sequence[Sequence[str]] = (
    ("hey", "I am feeling very good", "are you a bot?", "bye", "hello", "asdf qwer", "so sad", "yes"),
    (
        "good morning",
        "I'm super sad",
        "no",
        "am I talking to a human?",
        "hi",
        "asdf qwer",
        "perfect",
        "see you later",
    ),
)
_STARTERS_LONG = ("hey", "great", "are you a bot?", "so sad", "no", "asdf qwer", "bye", "hello")


@dataclass
class Bot:
    """One of the two, running."""

    name: str
    client: Client
    pids: Sequence[int]
    says: Callable[[int, int], str]  # text of a conversation's turn
    says_long: Callable[[int], str]
    ms: list[float] = field(default_factory=list)
    long_ms: list[float] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print; the aims are said, and whether they were reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.starter", description=__doc__)
    parser.add_argument("--conversations", type=int, default=30, help="of eight turns, with each")
    parser.add_argument("--turns", type=int, default=400, help="of the long conversation")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="aldia-bench-") as name:
        found = _measure(Path(name), options)
    print(json.dumps(found, indent=2) if options.json else _as_text(found))


def starters_model() -> Path:
    """The starter's directory with a trained model in it; trains it the first time (minutes)."""
    if not list((_FOLDER / "models").glob("*.tar.gz")):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        rasa = Path(sys.executable).with_name("rasa")
        command = [str(rasa), "init", "--no-prompt", "--init-dir", str(_FOLDER)]
        subprocess.run(command, cwd=_FOLDER, env=_stock_environment(), check=True, capture_output=True)
    return _FOLDER


def _stock_environment() -> dict[str, str]:
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}


@contextmanager
def starters(folder: Path, ports: Sequence[int], logs: Path) -> Iterator[list[Child]]:
    """The starter bot, once for each port."""
    children = [
        start(
            "starter bot",
            ["rasa", "run", "--port", str(port), "--interface", "127.0.0.1", "--model", str(folder / "models"),
             "--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")],
            _stock_environment(),
            logs / f"starter-{port}.log",
        )
        for port in ports
    ]  # fmt: skip
    try:
        if not wait_until(lambda: all(map(_answers, ports)), children, _START_SECONDS):
            raise RuntimeError(f"the starter bot did not answer: see {logs}")
        yield children
    finally:
        stop(children)


def _answers(port: int) -> bool:
    try:
        Client(port).says("nobody", "hello")
    except (OSError, RuntimeError):
        return False
    return True


def _measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    model, stock = ensure_model(folder / "training.log").path, starters_model()
    ports = free_ports(2)
    load = os.getloadavg()[0]
    with (
        started_instance(folder, model, None) as ours,
        starters(stock, ports[:1], folder) as theirs,
    ):
        bots = [_our_bot(ours), _starter(ports[0], theirs[0].process.pid)]
        _converse(bots, options.conversations)
        _converse_long(bots, options.turns)
        memory = {bot.name: _memory(bot.pids) for bot in bots}
    extra = {"ours": _extra_ours(folder, model), "starter": _extra_starter(stock, ports, folder)}
    return {
        "machine": {"cores": os.cpu_count(), "load_before": round(load, 1)},
        "turn_ms": {bot.name: percentiles(bot.ms) for bot in bots},
        "processor_ms_per_turn": {bot.name: round(bot.used["short"], 1) for bot in bots},
        "processor_ms_per_turn_of_the_long": {bot.name: round(bot.used["long"], 1) for bot in bots},
        "at_turn": {bot.name: _at_turns(bot.long_ms, options.turns) for bot in bots},
        "memory_mb": memory,
        "extra_worker_mb": extra,
    }


def _our_bot(instance: Instance) -> Bot:
    def says(conversation: int, turn: int) -> str:
        language = "es" if conversation % 2 == 0 else "en"
        text = _OURS[conversation % 2][turn % 8]
        return facts_of(language, conversation // 2) if text == "{facts}" else text

    return Bot("ours", instance.client(), instance.pids, says, _our_text)


def _starter(port: int, pid: int) -> Bot:
    return Bot(
        "starter",
        Client(port),
        (pid,),
        lambda conversation, turn: _STARTERS[conversation % 2][turn % 8],
        lambda turn: _STARTERS_LONG[turn % 8],
    )


def _converse(bots: Sequence[Bot], conversations: int) -> None:
    """The same number of turns with each, one after the other; the first conversations warm up."""
    before = {}
    for number in range(-2, conversations):
        if number == 0:
            before = {bot.name: processor_ms(bot.pids) for bot in bots}
        senders = {bot.name: uuid4().hex for bot in bots}
        for turn in range(8):
            for bot in bots if turn % 2 else bots[::-1]:
                took = bot.client.says(senders[bot.name], bot.says(number + 2, turn))[1]
                if number >= 0:
                    bot.ms.append(took)
    for bot in bots:
        bot.used["short"] = (processor_ms(bot.pids) - before[bot.name]) / max(1, len(bot.ms))


def _converse_long(bots: Sequence[Bot], turns: int) -> None:
    before = {bot.name: processor_ms(bot.pids) for bot in bots}
    senders = {bot.name: uuid4().hex for bot in bots}
    for turn in range(turns + _AROUND):
        for bot in bots:
            bot.long_ms.append(bot.client.says(senders[bot.name], bot.says_long(turn))[1])
    for bot in bots:
        bot.used["long"] = (processor_ms(bot.pids) - before[bot.name]) / len(bot.long_ms)


def _at_turns(times: Sequence[float], last: int) -> dict[str, float]:
    return {
        str(turn): percentiles(times[max(0, turn - _AROUND) : turn + _AROUND])["p50"]
        for turn in sorted({5, 50, 200, 400, last})
        if turn <= last
    }


def _memory(pids: Sequence[int]) -> dict[str, float]:
    found = [psutil.Process(pid).memory_full_info() for pid in pids]
    return {kind: round(sum(getattr(one, kind) for one in found) / _MB) for kind in ("pss", "uss", "rss")}


def _extra_starter(stock: Path, ports: Sequence[int], logs: Path) -> dict[str, float]:
    """What the second one adds, after both have answered a while."""
    with starters(stock, ports, logs) as children:
        pids = [child.process.pid for child in children]
        return _added(pids, ports, lambda turn: _STARTERS_LONG[turn % 8])


def _extra_ours(folder: Path, model: Path) -> dict[str, Any]:
    """What a second Rasa server and a second action server add."""
    counts = Counts(rasa=2, actions=2, desks=1, jobs=1)
    environment = environment_over(f"sqlite:///{folder / 'extra.db'}")
    cluster = Cluster(environment, folder, counts, free_ports(Cluster.ports_needed(counts)), model)
    cluster.start()
    try:
        rasa, actions = ([node.pid for node in cluster.of(kind)] for kind in ("rasa", "actions"))
        ports = [node.port for node in cluster.of("rasa")]
        return {"rasa": _added(rasa, ports, _our_text), "actions": _added(actions, ports, _our_text)}
    finally:
        cluster.stop()


def _our_text(turn: int) -> str:
    return facts_of("es", 0) if turn == 1 else LONG[turn % len(LONG)]


def _added(pids: Sequence[int], ports: Sequence[int], says: Callable[[int], str]) -> dict[str, float]:
    for port in ports:
        client, sender = Client(port), uuid4().hex
        for turn in range(24):
            client.says(sender, says(turn))
    time.sleep(1.0)
    both, second = _memory(pids), _memory(pids[-1:])
    return {
        "pss_of_both": both["pss"],
        "pss_of_the_second": second["pss"],
        "uss_of_the_second": second["uss"],
    }


def _as_text(found: Mapping[str, Any]) -> str:
    turn, at, extra = found["turn_ms"], found["at_turn"], found["extra_worker_mb"]
    last = list(at["ours"])[-1]
    ours, theirs = extra["ours"]["rasa"]["pss_of_the_second"], extra["starter"]["pss_of_the_second"]
    lines = [
        f"Machine: {found['machine']['cores']} cores, load {found['machine']['load_before']} before",
        f"{'':<34}{'ours':>10}{'starter':>10}{'ratio':>9}   aim",
    ]

    def row(what: str, one: float, other: float, aim: str = "") -> None:
        lines.append(f"{what:<34}{one:>10}{other:>10}{one / other if other else 0:>9.3f}   {aim}")

    row("turn p50 (ms)", turn["ours"]["p50"], turn["starter"]["p50"], "0.5")
    row("turn p95 (ms)", turn["ours"]["p95"], turn["starter"]["p95"])
    used, long_used = found["processor_ms_per_turn"], found["processor_ms_per_turn_of_the_long"]
    row("processor time a turn (ms)", used["ours"], used["starter"])
    row("the same, long conversation (ms)", long_used["ours"], long_used["starter"])
    for number in at["ours"]:
        aim = "0.01" if number == last else ""
        row(f"around turn {number}, p50 (ms)", at["ours"][number], at["starter"][number], aim)
    for kind in ("pss", "uss"):
        row(
            f"memory of all ({kind.upper()}, MB)",
            *(found["memory_mb"][name][kind] for name in ("ours", "starter")),
        )
    row("an extra worker (PSS, MB)", ours, theirs, "0.333")
    action = extra["ours"]["actions"]["pss_of_the_second"]
    row("  with an extra action server", ours + action, theirs)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
