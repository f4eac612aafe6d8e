"""Whether a server can do its work, truthfully and cheaply: /health, /ready and /version of all four servers.

/health says that the process lives, and no more: restarting it would mend nothing else. /ready says whether this
process can do its work now, with every reason why not. What all servers would lack at once and can do without for a
while (Redis, the action servers: messages are still taken and kept) is "degraded" and no reason: else one dead Redis would
take every server out of service. A backlog, and jobs that are late, make the jobs process alone unready: taking the others
out of service would only make both worse. Nothing secret or personal is in any of them.
"""

from __future__ import annotations

import asyncio
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bot.channels.sending import Sender
from bot.runner.model import fingerprint
from bot.services import jobs
from bot.services.application import Application
from bot.services.delivery import LOST_AFTER
from bot.settings import TOKEN_HEADER
from bot.storage.engine import SPACE, file_of
from bot.storage.errors import NotMigrated, StorageError
from bot.storage.migrations import HEAD, serves

# A check gives the reasons, each a sentence, why there is no going on; none when all is well.
Check = Callable[[], list[str]]

_HOLDS_SECONDS = 1.0
_ANSWER_SECONDS = 3.0
# Longer than an abandoned turn takes to be taken over twice, and than the longest look of a courier.
_OLDEST = timedelta(minutes=2)
_FINGERPRINT_HOLDS = 60.0
_REACH_SECONDS = 1.0
# What SQLite's write-ahead log grows to before it is written back.
_LEAST_FREE = 4 * 1024 * 1024


class Readiness:
    """The checks of one process, answered from memory for a second.

    Args:
        needed: one at least, by name; without one of them it is not ready. Each runs in a thread and is given three
            seconds.
        useful: what it can do without for a while.
    """

    def __init__(self, needed: Mapping[str, Check], useful: Mapping[str, Check] | None = None) -> None:
        self._useful = useful or {}
        self._checks = checks = {**needed, **self._useful}
        self._threads = ThreadPoolExecutor(len(checks), thread_name_prefix="ready")
        # A check that hangs is not begun a second time.
        self._running: dict[str, asyncio.Future[list[str]]] = {}
        self._asking: asyncio.Task[dict[str, list[str]]] | None = None
        self._asked_at = float("-inf")

    async def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether it is ready, and what to answer."""
        if self._asking is None or (
            self._asking.done() and time.monotonic() - self._asked_at > _HOLDS_SECONDS
        ):
            self._asked_at = time.monotonic()
            self._asking = asyncio.create_task(self._ask())
        lacks = {name: found for name, found in (await asyncio.shield(self._asking)).items() if found}
        reasons = {name: found for name, found in lacks.items() if name not in self._useful}
        status = "not ready" if reasons else "ready"
        report = {"status": status, "checks": sorted(self._checks), "reasons": reasons}
        if degraded := {name: found for name, found in lacks.items() if name in self._useful}:
            report["degraded"] = degraded
        return not reasons, report

    async def _ask(self) -> dict[str, list[str]]:
        loop = asyncio.get_running_loop()
        for name, check in self._checks.items():
            if name not in self._running or self._running[name].done():
                self._running[name] = loop.run_in_executor(self._threads, check)
        await asyncio.wait(list(self._running.values()), timeout=_ANSWER_SECONDS)
        return {name: _outcome(future) for name, future in self._running.items()}


def _outcome(future: asyncio.Future[list[str]]) -> list[str]:
    if not future.done():
        return [f"no answer within {_ANSWER_SECONDS:.0f} s"]
    error = future.exception()
    return [f"cannot be checked ({type(error).__name__})"] if error is not None else future.result()


def database(app: Application) -> Check:
    """Whether the database answers, takes what this process writes, and has the tables that this version needs."""
    file = file_of(app.settings.database_url)

    def check() -> list[str]:
        try:
            with app.unit_of_work(write=False) as uow:
                found, is_read_only = uow.operations.revision(), uow.operations.is_read_only()
        except NotMigrated:
            return [f"has not the tables of revision {HEAD}: run `aldia migrate`"]
        except StorageError as error:
            return [f"cannot be used ({type(error).__name__})"]
        if not serves(found):
            return [f"is at revision {found} and {HEAD} is needed: run `aldia migrate`"]
        if is_read_only:
            return ["takes no writes: it is a standby, or set to read-only"]
        if SPACE.is_short or (file is not None and shutil.disk_usage(file.parent).free < _LEAST_FREE):
            return ["has no space: the disk is full"]
        return []

    return check


def redis(url: str) -> Check:
    """Whether Redis answers."""
    from redis import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(url, socket_timeout=_REACH_SECONDS, socket_connect_timeout=_REACH_SECONDS)

    def check() -> list[str]:
        try:
            client.ping()
        except RedisError as error:
            return [f"cannot be reached ({type(error).__name__})"]
        return []

    return check


def actions(urls: Sequence[str], token: str | None) -> Check:
    """Whether an action server answers, and knows us.

    Args:
        urls: of their webhooks; one that answers is enough.
        token: what they want to be shown, if anything.
    """
    headers = {} if token is None else {TOKEN_HEADER: token}
    asked = [
        urllib.request.Request(f"{url.removesuffix('/webhook')}/actions", headers=headers)  # noqa: S310
        for url in urls
    ]
    # Straight to them, whatever proxy the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def check() -> list[str]:
        why = "none answers"
        for request in asked:
            try:
                with opener.open(request, timeout=_REACH_SECONDS):
                    return []
            except urllib.error.HTTPError as error:
                why = "refuse ALDIA_ACTIONS_TOKEN" if error.code == 403 else f"answer {error.code}"
            except OSError:
                continue
        return [why]

    return check


def model(path: Path, is_loaded: Callable[[], bool]) -> Check:
    """Whether the model is loaded and was trained on the data that is here."""
    known: list[tuple[float, str]] = []

    def check() -> list[str]:
        if not is_loaded():
            return ["is not loaded"]
        if not known or time.monotonic() - known[-1][0] > _FINGERPRINT_HOLDS:
            known[:] = [(time.monotonic(), fingerprint())]
        wanted = known[-1][1]
        return (
            [] if path.name == f"{wanted}.tar.gz" else [f"is {_stem(path)} and the data here wants {wanted}"]
        )

    return check


def backlog(app: Application, senders: Sequence[Sender]) -> Check:
    """Whether messages wait that nobody works on."""
    channels = [sender.channel for sender in senders]

    def check() -> list[str]:
        now = app.clock.now()
        with app.unit_of_work(write=False) as uow:
            found = uow.operations.backlog(channels, now, now - LOST_AFTER)
        return [
            f"the oldest message {what} has waited {int((now - since).total_seconds())} s"
            for what, since in (
                ("to be answered", found.inbox_since),
                ("to be sent", found.outbox_since),
            )
            if since is not None and now - since > _OLDEST
        ]

    return check


def late_jobs(app: Application) -> Check:
    """Whether every job has succeeded in its time, in whatever process."""
    began = app.clock.now()

    def check() -> list[str]:
        with app.unit_of_work(write=False) as uow:
            runs = uow.operations.runs()
        return [f"{name} is late" for name in jobs.late(runs, app.clock.now(), began)]

    return check


def common(app: Application) -> dict[str, Check]:
    """What every server needs."""
    return {"database": database(app)}


def useful(app: Application) -> dict[str, Check]:
    """What every server can do without for a while."""
    return {"redis": redis(app.settings.redis_url)} if app.settings.redis_url else {}


def version_of(app: Application, loaded: Path | None = None) -> dict[str, Any]:
    """What runs here: to be compared between servers while a new version is rolled out.

    Args:
        loaded: the model's file, in the server that has one.
    """
    try:
        product = version("aldia")
    except PackageNotFoundError:
        product = "unknown"
    try:
        found: str | None = _revision(app)
    except Exception:
        found = None
    return {
        "version": product,
        "commit": app.settings.commit,
        "model": None if loaded is None else _stem(loaded),
        "migration": {"needed": HEAD, "found": found},
        "rulebook": app.rulebook.edition(app.clock.today()),
    }


def _revision(app: Application) -> str:
    with app.unit_of_work(write=False) as uow:
        return uow.operations.revision()


def _stem(path: Path) -> str:
    return path.name.removesuffix(".tar.gz")
