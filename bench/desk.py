"""`python -m bench.desk`: 200 waiting conversations and 20 people at the desk, each with an open queue."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.bootstrap import application
from bot.debt.conversations import Conversation, Owner
from bot.debt.party import ConversationId
from bot.demo.desk import PASSWORD
from bot.demo.portfolio import load
from bot.runner.processes import start, stop, wait_until
from bot.services import desk_people
from bot.services.application import Application
from bot.services.unit_of_work import Handoff
from bot.settings import Settings
from bot.storage.migrations import migrate

_REASONS = ("asked", "distress", "out_of_rules", "dispute", "no_progress", "callback")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--waiting", type=int, default=200)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--port", type=int, default=5990)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aldia-bench-") as folder:
        print(json.dumps(measure(Path(folder), options), indent=2))


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Start a desk, let everybody look at the list as often as their pages would, and time it."""
    environment = {
        **os.environ,
        "ALDIA_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "ALDIA_IDENTITY_KEY": "b" * 40,
        "ALDIA_DESK_PORT": str(options.port),
    }
    settings = Settings.from_environment(environment)
    migrate(settings.database_url)
    app = application(settings)
    load(app.unit_of_work, app.hasher, app.clock)
    names = _fill(app, options.waiting, options.people)
    desk = start("desk", ["bot.runner.desk_server"], environment, folder / "desk.log")
    base = f"http://127.0.0.1:{options.port}"
    try:
        wait_until(lambda: _answers(base), [desk], 30)
        times: dict[str, list[float]] = {"list": [], "conversation": []}
        threads = [
            threading.Thread(target=_work, args=(base, name, options.seconds, times)) for name in names
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        stop([desk])
    return {
        "waiting": options.waiting,
        "people": options.people,
        **{k: _figures(v) for k, v in times.items()},
    }


def _fill(app: Application, waiting: int, people: int) -> list[str]:
    with app.unit_of_work(write=False) as uow:
        accounts = [a for d in ("D-ES-01", "D-ES-06", "D-MX-03") for a in uow.accounts.of_debtor(d)]  # type: ignore[arg-type]
    now = app.clock.now()
    with app.unit_of_work() as uow:
        for number in range(waiting):
            account = accounts[number % len(accounts)] if accounts and number % 3 else None
            talk = Conversation(
                conversation_id=ConversationId(f"C-bench-{number:04d}"),
                channel=("web", "whatsapp", "telegram")[number % 3],
                address=f"bench-{number}",
                language=("es", "en")[number % 4 == 0],
                owner=Owner.WAITING,
                debtor_id=account.debtor_id if account else None,
                account=account.reference if account else None,
                verified_at=now if account else None,
                last_inbound_at=now,
                opened_at=now,
            )
            uow.conversations.add(talk)
            since = now - timedelta(seconds=number)
            reason = _REASONS[number % len(_REASONS)]
            uow.handoffs.add(
                Handoff(f"H-{number}", talk.conversation_id, talk.debtor_id, talk.account, reason, {}, since)
            )
        uow.commit()
    names = [f"agent{number:02d}" for number in range(people)]
    digest = desk_people.hasher().hash(PASSWORD)
    for name in names:
        user = replace(desk_people.add_user(app, name, role="agent", password=PASSWORD).user)
        with app.unit_of_work() as uow:
            uow.desk_people.change(user.user_id, must_change=False, password_hash=digest)
            uow.commit()
    return names


def _work(base: str, name: str, seconds: float, times: dict[str, list[float]]) -> None:
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        client.post("/sign-in", data={"name": name, "password": PASSWORD})
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            page = _timed(client, "/queue/rows", times["list"])
            links = re.findall(r"/c/(C-bench-\d+)", page)
            if links and number % 5 == 0:
                _timed(client, f"/c/{links[number % len(links)]}/parts", times["conversation"])
            # As often as a page is told of a change on a busy day.
            time.sleep(1.0)


def _timed(client: httpx.Client, path: str, times: list[float]) -> str:
    began = time.perf_counter()
    response = client.get(path)
    times.append((time.perf_counter() - began) * 1000)
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")
    return response.text


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _figures(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return {"requests": len(times), "p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1)}


if __name__ == "__main__":
    main()
