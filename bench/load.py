"""Realistic debtors against running servers: `python -m bench.load`.

Prints turns per second, the time from a message to its answer, memory of each process and how it grows, and whatever a
debtor saw that should not be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from bench.debtors import Crowd, Plan
from bench.instance import free_ports
from bench.measure import percentiles
from bench.memory import Watch
from bench.providers import Providers
from bench.servers import Servers, bring_in, database_in, postgresql_processes, started
from bench.verdict import stored
from bot.runner.model import ensure_model

_MIXED = "web:35,whatsapp:30,sms:15,telegram:15,rest:5"
_PORTS = 20
_TURNS_IN_A_CONVERSATION = 5  # at least: so many people are needed


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and end with 1 if a debtor saw something wrong."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="aldia-load-", dir=options.folder) as name:
        found = run(Path(name), options)
    print(json.dumps(found, indent=2) if options.json else _as_text(found))
    if found["errors"] or found["stored"]["problems"]:
        sys.exit(1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--workers", type=int, default=1, choices=(1, 2, 4), help="Rasa and action servers, each"
    )
    parser.add_argument("--debtors", type=int, default=50, help="conversations at the same time")
    parser.add_argument("--seconds", type=float, help="nobody begins after this long")
    parser.add_argument("--turns", type=int, help="nobody begins after so many turns")
    parser.add_argument(
        "--think", type=float, default=5.0, help="seconds before the next message, on average"
    )
    parser.add_argument("--channels", default=_MIXED, help=f"shares (default: {_MIXED}); also polling")
    parser.add_argument(
        "--ports", type=int, help="the first of twenty free ports (default: any that are free)"
    )
    parser.add_argument("--every", type=float, default=10.0, help="seconds between samples of memory")
    parser.add_argument(
        "--folder", help="where the database goes (default: the system's temporary directory)"
    )
    parser.add_argument("--series", type=Path, help="write the samples of memory to this file as they come")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args(arguments)
    if options.database == "sqlite" and options.workers > 1:
        parser.error("SQLite is for one of each server: --database postgresql")
    if options.seconds is None and options.turns is None:
        options.seconds = 60.0
    return options


def run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Start everything, let them talk, and say what was seen."""
    _allow_many_connections()
    model = ensure_model(folder / "training.log").path
    ports = free_ports(_PORTS) if options.ports is None else range(options.ports, options.ports + _PORTS)
    with database_in(folder, options.database) as url:
        with started(folder, model, url, options.workers, ports[1:], ports[0]) as servers:
            watch = Watch({**servers.pids, **postgresql_processes(folder)})
            began, processor = time.monotonic(), watch.processor_s()
            own = time.process_time()
            people = _people(options)
            bring_in(servers.app, range(1, people + 1))
            crowd = asyncio.run(_talk(servers, watch, options, ports[0]))
            elapsed = crowd.elapsed
            used = {name: spent - processor[name] for name, spent in watch.processor_s().items()}
            own = time.process_time() - own
        tally = crowd.tally
        return {
            "machine": {
                "cores": os.cpu_count(),
                "load_1m": round(os.getloadavg()[0], 2),
                "system": platform.platform(),
            },
            "database": options.database,
            "workers": options.workers,
            "debtors": options.debtors,
            "most_at_once": tally.most_active,
            "think_s": options.think,
            "seconds": round(elapsed, 1),
            "whole_s": round(time.monotonic() - began, 1),
            "turns": tally.turns,
            "conversations": tally.conversations,
            "turns_per_s": round(tally.turns / elapsed, 1),
            "ms": percentiles([one for times in tally.times.values() for one in times]),
            "ms_by_channel": {name: percentiles(times) for name, times in sorted(tally.times.items())},
            "agreed": tally.agreed,
            "did_not_agree": tally.unsettled,
            "errors": dict(tally.errors),
            "samples": tally.samples,
            "stored": stored(servers.app, crowd.providers.taken["telegram"]),
            "memory": watch.summary(),
            "processor_ms_per_turn": {
                name: round(1000 * spent / max(1, tally.turns), 2)
                for name, spent in {**used, "generator": own}.items()
            },
        }


def _people(options: argparse.Namespace) -> int:
    if options.turns is not None:
        return int(options.debtors) + 100 + int(options.turns / _TURNS_IN_A_CONVERSATION)
    each = max(_TURNS_IN_A_CONVERSATION * float(options.think), 0.5)
    return int(options.debtors) + 100 + int(options.debtors * float(options.seconds) / each)


async def _talk(servers: Servers, watch: Watch, options: argparse.Namespace, providers_port: int) -> Crowd:
    shares = [
        (name, int(share)) for name, _, share in (each.partition(":") for each in options.channels.split(","))
    ]
    plan = Plan(options.debtors, options.think, options.seconds, options.turns, shares)
    providers = Providers()
    providers.base = servers.base
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as client:
        await providers.start(providers_port, client)
        crowd = Crowd(servers.base, client, providers, plan)
        watching = asyncio.create_task(_watch(watch, crowd, options))
        try:
            await crowd.talk()
        finally:
            watching.cancel()
            await providers.stop()
    if providers.failures:
        crowd.tally.errors["report of delivery refused"] += providers.failures
    watch.look(crowd.tally.turns)
    return crowd


async def _watch(watch: Watch, crowd: Crowd, options: argparse.Namespace) -> None:
    while True:
        turns = crowd.tally.turns
        await asyncio.to_thread(watch.look, turns)
        if options.series is not None:
            rss, own = (
                {name: round(getattr(series, kind)[-1], 2) for name, series in watch.series.items()}
                for kind in ("rss", "own")
            )
            row = {
                "s": round(crowd.so_far, 1),
                "turns": turns,
                "rss_mb": rss,
                "own_mb": own,
                "errors": dict(crowd.tally.errors),
            }
            with options.series.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        await asyncio.sleep(options.every)


def _allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _as_text(found: dict[str, Any]) -> str:
    one, machine = found["ms"], found["machine"]
    lines = [
        f"Machine: {machine['cores']} cores, load {machine['load_1m']} at the end",
        f"{found['database']}, {found['workers']} worker(s), {found['debtors']} debtors (at most "
        f"{found['most_at_once']} at once), thinking {found['think_s']} s",
        f"{found['turns']} turns of {found['conversations']} conversations in {found['seconds']} s: "
        f"{found['turns_per_s']} turns/s",
        "",
        "From message to answer (ms)   turns     p50     p95     p99",
        _row("all", one),
        *(_row(name, row) for name, row in found["ms_by_channel"].items()),
        "",
        f"Agreements: {found['agreed']} of {found['agreed'] + found['did_not_agree']} who wanted one",
        f"Errors: {found['errors'] or 'none'}",
        *(f"  {what}: {where}" for what, where in found["samples"].items()),
        f"In the database: {found['stored']['problems'] or 'as it should be'} ({found['stored']['counts']})",
        "",
        "Memory (MB)              first RSS  last RSS  peak RSS  last PSS  last USS  own per 10,000 turns"
        "  own at 25/50/75/100 %",
    ]
    for name, row in found["memory"].items():
        lines.append(
            f"  {name:<22}"
            + "".join(f"{row[key]:>10}" for key in list(row)[:5])
            + f"{row['mb_per_10k_turns']!s:>22}  "
            + " / ".join(map(str, row["own_mb_at_quarters"]))
        )
    spent = ", ".join(f"{name} {ms}" for name, ms in found["processor_ms_per_turn"].items())
    return "\n".join([*lines, "", f"Processor time a turn (ms): {spent}"])


def _row(name: str, row: dict[str, Any]) -> str:
    return f"  {name:<24}{row['turns']:>9}{row['p50']:>8}{row['p95']:>8}{row['p99']:>8}"


if __name__ == "__main__":
    main()
