"""`python -m bench.simulation`: holds the conversations, judges each, and prints what came of them."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from bench.simulation.oracle import judge
from bench.simulation.oracle.contact import blocked_facts
from bench.simulation.oracle.rows import read
from bench.simulation.play import Play
from bench.simulation.world import World

_SHOWN = 50
_PART = 50  # conversations that a worker holds before it reports


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate and print. The exit code is 1 when anything was found that must not be."""
    options = _options(arguments)
    if options.replay is not None:
        _replay(options.seed, options.replay)
        return
    figures = simulate(options.conversations, options.seed, options.workers, first=options.first)
    print(json.dumps(figures, indent=2) if options.json else "\n".join(as_lines(figures)))
    if figures["violations"]:
        sys.exit(1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.simulation", description=__doc__)
    parser.add_argument("--conversations", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first conversation")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="default: a random one")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--replay", type=int, metavar="NUMBER", help="hold one conversation and print all of it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser.parse_args(arguments)


def simulate(
    conversations: int, seed: int, workers: int = 1, *, first: int = 0, seconds: float | None = None
) -> dict[str, Any]:
    """Hold conversations and judge them.

    Args:
        conversations: how many.
        seed: the same one gives the same conversations.
        workers: processes.
        first: number of the first conversation.
        seconds: stop after this time, however many there were.
    """
    began = time.monotonic()
    numbers = range(first, first + conversations)
    parts = [(seed, numbers[start : start + _PART]) for start in range(0, len(numbers), _PART)]
    total: Counter[str] = Counter()
    violations: list[str] = []
    for counts, found in _held(parts, workers):
        total.update(counts)
        violations += found
        for fault in found:
            print(fault, file=sys.stderr, flush=True)
        done = total["conversations"]
        if done % 1000 < _PART:
            print(f"{done} conversations, {len(violations)} violations", file=sys.stderr, flush=True)
        if seconds is not None and time.monotonic() - began > seconds:
            break
    return {
        "seed": seed,
        "first": first,
        "seconds": round(time.monotonic() - began, 1),
        **{name: count for name, count in sorted(total.items()) if ":" not in name},
        **{
            kind: _of_kind(total, kind)
            for kind in (
                "countries",
                "characters",
                "channels",
                "blocked",
                "dispositions",
                "statuses",
                "refusals",
            )
        },
        "violations": violations,
    }


def _held(parts: Sequence[tuple[int, range]], workers: int) -> Iterator[tuple[Counter[str], list[str]]]:
    if workers == 1:
        world = World()
        try:
            for seed, numbers in parts:
                yield _hold(world, seed, numbers)
        finally:
            world.close()
        return
    with ProcessPoolExecutor(workers, initializer=_start) as pool:
        yield from pool.map(_hold_there, parts)


_worlds: list[World] = []


def _start() -> None:
    _worlds.append(World())


def _hold_there(part: tuple[int, range]) -> tuple[Counter[str], list[str]]:
    return _hold(_worlds[0], *part)


def _hold(world: World, seed: int, numbers: range) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    violations = []
    for number in numbers:
        try:
            play = Play(world, seed, number)
            play.run()
            found = judge(play)
            _count(counts, play)
        except Exception as error:
            found = [f"the simulation broke: {type(error).__name__}: {error}"]
        violations += [f"seed {seed}, conversation {number}: {fault}" for fault in found]
    return counts, violations


def _count(counts: Counter[str], play: Play) -> None:
    watch, rows = play.world.watch, read(play.world)
    counts["conversations"] += 1
    counts["messages_in"] += len(rows.inbox)
    counts["messages_out"] += len(rows.outbox)
    counts["transmitted"] += len(watch.transmitted)
    counts["gate_decisions"] += len(watch.asked)
    counts["offers"] += len(rows.offers)
    counts["arrangements"] += len(rows.arrangements)
    counts["holds"] += len(rows.holds)
    counts["entries"] += len(rows.entries)
    counts["unasked"] += len(watch.campaign)
    counts["unasked_sent"] += sum(sent.row.message_id in watch.campaign for sent in watch.transmitted)
    counts[f"countries:{play.main.country}"] += 1
    counts.update(f"characters:{chat.character}" for chat in play.chats)
    counts.update(f"channels:{row.channel}" for row in rows.outbox)
    counts.update(f"blocked:{fact}" for fact in blocked_facts(watch))
    counts.update(f"dispositions:{row.disposition}" for row in rows.conversations.values())
    counts.update(f"statuses:{row.status}" for row in rows.outbox)
    counts.update({f"refusals:{code}": count for code, count in watch.refusals.items()})


def _of_kind(total: Counter[str], kind: str) -> dict[str, int]:
    found = {name.partition(":")[2]: count for name, count in total.items() if name.startswith(f"{kind}:")}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def as_lines(figures: dict[str, Any]) -> Iterator[str]:
    """The figures as text."""
    violations = figures["violations"]
    for name, value in figures.items():
        if isinstance(value, dict):
            yield f"{name}:"
            yield from (f"  {count:>8}  {what}" for what, count in value.items())
        elif name != "violations":
            yield f"{name:<16} {value:>10}"
    yield f"{'violations':<16} {len(violations):>10}"
    yield from (f"  {fault}" for fault in violations[:_SHOWN])
    if violations:
        yield "Again, with all that was said: --seed SEED --replay CONVERSATION"


def _replay(seed: int, number: int) -> None:
    world = World()
    play = Play(world, seed, number)
    play.run()
    rows = read(world)
    happened: list[tuple[Any, str]] = [
        *((m.received_at, f"< {m.channel} {m.message_id}: {m.text!r} {m.status}") for m in rows.inbox),
        *(
            (
                m.created_at,
                f"> {m.channel} {m.message_id} {m.response} by {m.author}: {m.status} {m.error or ''}",
            )
            for m in rows.outbox
        ),
        *(
            (e.at, f"  {e.chain[:22]} {e.tag} {json.dumps(e.payload, ensure_ascii=False)[:150]}")
            for e in rows.entries
        ),
        *((s.at, f"  = {s.intent} proves {s.proves} crash={s.is_crash}") for s in world.watch.said),
        *((t.at, f"  transmitted {t.row.message_id} by {t.channel}") for t in world.watch.transmitted),
    ]
    print(play.main)
    for at, what in sorted(happened, key=lambda each: each[0]):
        print(f"{at:%Y-%m-%d %H:%M:%S.%f} {what}")
    for fault in judge(play):
        print(f"VIOLATION {fault}")
    world.close()


if __name__ == "__main__":
    main()
