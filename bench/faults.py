"""Everything goes wrong while people talk: `python -m bench.faults --kills 200 --seed 1`.

A cluster (two of each server, PostgreSQL, Redis, a proxy) serves a crowd over SMS, WhatsApp, Telegram and the web page
while processes are killed at random moments (`kill -9`) and started again as a supervisor does, PostgreSQL and Redis
crash, an action server hangs, and the providers are down for a while. Then it is looked at whether each message that was
taken was answered, none twice, nothing is half-done and the record is sound. Ends with 1 if not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from sqlalchemy import text

from bench.debtors import Crowd, Plan
from bench.engines import PostgreSql, Redis, engines
from bench.providers import Providers
from bench.servers import LOGS, bring_in, environment
from bench.verdict import MORE_SENT, stored
from bot.bootstrap import application
from bot.runner.cluster import Cluster, Counts, Node
from bot.runner.model import ensure_model
from bot.services.application import Application
from bot.settings import Settings
from bot.storage.migrations import migrate

_CHANNELS = (("web", 40), ("whatsapp", 20), ("sms", 20), ("telegram", 20))
_KINDS = ("rasa", "actions", "jobs", "desk", "proxy")
_HANGS = 12.0  # longer than Rasa waits for an action server
_DOWN = 20.0
_PATIENCE = 150.0
# What was being handed to a provider that has no way to be asked: a person looks, it is never sent again. And a turn that
# two processes died over, or for which no action server came back in time: the debtor is told, and a person looks.
_WITH_A_PERSON = ("unclear or failed sending", "failed turns")


@dataclass
class Harm:
    """What was done, and what came of it that can be seen from outside."""

    done: Counter[str] = field(default_factory=Counter)
    # Seconds until a killed server answered again, and which.
    back_after: list[tuple[float, str]] = field(default_factory=list)


class Saboteur:
    """Does harm at random moments until enough was killed."""

    def __init__(
        self, cluster: Cluster, postgresql: PostgreSql, redis: Redis, providers: Providers, chance: Random
    ) -> None:
        self._cluster, self._postgresql, self._redis = cluster, postgresql, redis
        self._providers, self._chance = providers, chance
        self.harm = Harm()
        # By the server's name: when it was killed last, and what brings it back.
        self._killed: dict[str, float] = {}
        self._returning: dict[str, asyncio.Task[None]] = {}

    async def work(self, kills: int, others: int) -> None:
        """Kill so many processes, and in between do so many of the other harms."""
        plan = ["kill"] * kills + [self._chance.choice(list(self._others)) for _ in range(others)]
        self._chance.shuffle(plan)
        for act in plan:
            await asyncio.sleep(self._chance.uniform(0.1, 1.5))
            await self._others.get(act, self._kill)()
        if self._returning:
            await asyncio.wait(list(self._returning.values()))

    @property
    def _others(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            "PostgreSQL restarted": self._restart_postgresql,
            "Redis restarted": self._restart_redis,
            "action server hung": self._hang,
            "providers down": self._providers_down,
        }

    async def _kill(self) -> None:
        """One that runs; of each kind one is left, except now and then."""
        kind = self._chance.choice(_KINDS)
        running = [node for node in self._cluster.of(kind) if node.is_running]
        if len(running) < 2 and (kind == "proxy" or self._chance.random() < 0.8):
            running = [node for node in self._cluster.nodes if node.kind != "proxy" and node.answers()]
        if not running:
            await asyncio.sleep(1.0)
            return
        node = self._chance.choice(running)
        node.kill()
        self.harm.done[f"{node.kind} killed"] += 1
        self._killed[node.name] = time.monotonic()
        # Killed while it was coming back: started once more by what brings it back, or there would be two of it on one
        # port, of which each new one fails.
        if node.name not in self._returning:
            task = asyncio.create_task(self._bring_back(node))
            self._returning[node.name] = task
            task.add_done_callback(lambda _: self._returning.pop(node.name, None))

    async def _bring_back(self, node: Node) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 1.0))
        while True:
            node.start()
            while node.is_running and not await asyncio.to_thread(node.answers):
                await asyncio.sleep(0.2)
            if node.is_running:
                break
            # Started while the database was away: a supervisor starts it again.
            await asyncio.sleep(1.0)
        self.harm.back_after.append((time.monotonic() - self._killed[node.name], node.name))

    async def _restart_postgresql(self) -> None:
        await asyncio.to_thread(self._postgresql.restart)
        self.harm.done["PostgreSQL restarted"] += 1

    async def _restart_redis(self) -> None:
        await asyncio.to_thread(self._redis.restart)
        self.harm.done["Redis restarted"] += 1

    async def _hang(self) -> None:
        running = [node for node in self._cluster.of("actions") if node.answers()]
        if running:
            node = self._chance.choice(running)
            node.signal(signal.SIGSTOP)
            await asyncio.sleep(_HANGS)
            if node.is_running:
                node.signal(signal.SIGCONT)
            self.harm.done["action server hung"] += 1

    async def _providers_down(self) -> None:
        self._providers.is_down = True
        await asyncio.sleep(_DOWN)
        self._providers.is_down = False
        self.harm.done["providers down"] += 1


def run(
    folder: Path, *, kills: int, others: int, debtors: int, think: float, seed: int, ports: Sequence[int]
) -> dict[str, Any]:
    """Do it, and say what was seen.

    Args:
        folder: where the database goes.
        kills: how many processes are killed.
        others: how many other harms are done.
        debtors: conversations at the same time.
        think: seconds before the next message, on average.
        seed: of everything random here.
        ports: free ports, fourteen at least.
    """
    model = ensure_model(folder / "training.log").path
    with engines(folder / "pg", ports[-1]) as (postgresql, redis):
        variables = environment(postgresql.url, folder, ports[-2])
        variables["ALDIA_REDIS_URL"] = redis.url
        migrate(postgresql.url)
        app = application(Settings.from_environment(variables))
        bring_in(app, range(1, 200 + kills * debtors // 3))
        counts = Counts()
        cluster = Cluster(variables, LOGS, counts, ports, model)
        cluster.start()
        try:
            crowd, harm = asyncio.run(
                _talk(cluster, postgresql, redis, ports[-2], kills, others, debtors, think, seed)
            )
            found = _seen(app, crowd, harm)
        finally:
            cluster.stop()
            app.unit_of_work.dispose()  # type: ignore[attr-defined]
    return found


async def _talk(
    cluster: Cluster,
    postgresql: PostgreSql,
    redis: Redis,
    port: int,
    kills: int,
    others: int,
    debtors: int,
    think: float,
    seed: int,
) -> tuple[Crowd, Harm]:
    providers = Providers()
    providers.base = cluster.url
    saboteur = Saboteur(cluster, postgresql, redis, providers, Random(seed))
    # A connection to a server that was killed is of no use to the next message.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        await providers.start(port, client)
        plan = Plan(debtors, think, None, 10**9, _CHANNELS, patience=_PATIENCE, persists=_PATIENCE)
        crowd = Crowd(cluster.url, client, providers, plan)
        talking = asyncio.create_task(crowd.talk())
        try:
            await saboteur.work(kills, others)
            crowd.close()
            await talking
        finally:
            talking.cancel()
            await providers.stop()
    return crowd, saboteur.harm


def _seen(app: Application, crowd: Crowd, harm: Harm) -> dict[str, Any]:
    verdict = stored(app, crowd.providers.taken["telegram"])
    problems = dict(verdict["problems"])
    for accepted in _WITH_A_PERSON:  # which `_NONE_OF` counts
        problems.pop(accepted, None)
    # Killed between Telegram's taking a message and our noting it, nobody can say whether it went out: it is not sent
    # again, a person is told, and its debtor, but nobody else, may have waited in vain.
    unclear, errors = _unclear(app), Counter(crowd.tally.errors)
    if (
        0
        < problems.get(MORE_SENT, 0)
        <= sum(n for (channel, _), n in unclear.items() if channel == "telegram")
    ):
        del problems[MORE_SENT]
    waited_in_vain = (Counter(crowd.tally.silent) & unclear).total()
    errors["silence"] -= waited_in_vain
    doubled = {part: times for part, times in crowd.providers.seen.items() if times > 1}
    if doubled:
        problems["sent twice over Twilio"] = len(doubled)
    with app.unit_of_work(write=False) as uow:
        findings = [str(one) for one in uow.audit.check()]
        connection: Any = uow.connection  # type: ignore[attr-defined]
        for name, query in _NONE_OF.items():
            count = int(connection.execute(text(query)).scalar())
            if count:
                problems[name] = count
    if findings:
        problems["faults of the record"] = findings[:5]
    back = sorted(harm.back_after)
    return {
        "harm": dict(harm.done),
        "seconds": round(crowd.elapsed, 1),
        "turns": crowd.tally.turns,
        "conversations": crowd.tally.conversations,
        "agreed": crowd.tally.agreed,
        "errors": dict(+errors),
        "waited for a sending that is unclear": waited_in_vain,
        "samples": crowd.tally.samples,
        "counts": verdict["counts"],
        "problems": problems,
        "back_after_s": {
            "median": round(back[len(back) // 2][0], 1),
            "most": round(back[-1][0], 1),
            "of": back[-1][1],
        }
        if back
        else {},
        "slowest_answer_s": round(max((max(t) for t in crowd.tally.times.values()), default=0) / 1000, 1),
    }


def _unclear(app: Application) -> Counter[tuple[str, str]]:
    """Answers of which nobody can say whether they went out, by channel and address."""
    found: Counter[tuple[str, str]] = Counter()
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        for conversation_id, _ in connection.execute(text(_UNCLEAR)).all():
            talk = uow.conversations.get(conversation_id)  # which reads the address: it is encrypted
            assert talk is not None
            found[talk.channel, talk.address] += 1
    return found


# An answer of several messages is one that was waited for.
_UNCLEAR = "SELECT DISTINCT conversation_id, cause FROM outbox WHERE status = 'unclear'"
_NONE_OF = {
    "accounts with two open arrangements": """SELECT count(*) FROM (SELECT account FROM arrangements
        WHERE status IN ('active', 'late') GROUP BY account HAVING count(*) > 1) AS doubled""",
    "arrangements without instalments": """SELECT count(*) FROM arrangements AS one WHERE NOT EXISTS
        (SELECT 1 FROM instalments WHERE instalments.arrangement_id = one.arrangement_id)""",
    "accepted offers without an arrangement": """SELECT count(*) FROM offers WHERE status = 'accepted' AND NOT EXISTS
        (SELECT 1 FROM arrangements WHERE arrangements.account = offers.account)""",
    "messages without an answer or a person": """SELECT count(*) FROM inbox WHERE status = 'done' AND NOT EXISTS
        (SELECT 1 FROM outbox WHERE outbox.cause = inbox.message_id) AND NOT EXISTS
        (SELECT 1 FROM handoffs WHERE handoffs.conversation_id = inbox.conversation_id)""",
    "failed turns without a case": """SELECT count(*) FROM inbox WHERE status = 'failed' AND NOT EXISTS
        (SELECT 1 FROM handoffs WHERE handoffs.conversation_id = inbox.conversation_id)""",
    "unclear sendings without a case": """SELECT count(*) FROM outbox WHERE status IN ('unclear', 'failed')
        AND NOT EXISTS (SELECT 1 FROM handoffs WHERE handoffs.conversation_id = outbox.conversation_id)""",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Do harm, print what came of it, and end with 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--others", type=int, default=12, help="restarts of engines, hangs, providers down")
    parser.add_argument("--debtors", type=int, default=12, help="conversations at the same time")
    parser.add_argument("--think", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ports", type=int, default=5900, help="the first of twenty free ports")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="aldia-faults-") as name:
        found = run(
            Path(name),
            kills=options.kills,
            others=options.others,
            debtors=options.debtors,
            think=options.think,
            seed=options.seed,
            ports=range(options.ports, options.ports + 20),
        )
    print(json.dumps(found, indent=2, ensure_ascii=False))
    if found["errors"] or found["problems"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
