"""A clock for servers that a test sets while they run: only theirs, and only what it shows, not how fast time passes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import pytest

_SHOWS = "import time; print(time.time())"


class ServersClock:
    """The clock of every process that is started with its variables, by libfaketime.

    Args:
        folder: where the file is that says what it shows.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set(timedelta())

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """What the processes are started with. The test is skipped where a process cannot be told another time."""
        found = importlib.util.find_spec("libfaketime")
        if found is None or found.origin is None:
            pytest.skip("libfaketime is not installed: there is none for this system")
        library = Path(found.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
        variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            # The steady clock, by which processes wait, goes on as it does when somebody sets a real one.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        self.set(timedelta(days=1))
        shown = [
            float(
                subprocess.run(
                    [sys.executable, "-c", _SHOWS], env=env, capture_output=True, check=True
                ).stdout
            )
            for env in ({}, variables)
        ]
        self.set(timedelta())
        if not 86_000 < shown[1] - shown[0] < 87_000:
            pytest.skip("libfaketime does not work here")
        return variables

    def set(self, ahead: timedelta) -> None:
        """Set it, at once for all processes.

        Args:
            ahead: by how much it is ahead of the true one; negative when it is behind.
        """
        written = self._file.with_suffix(".new")
        written.write_text(f"{ahead.total_seconds():+.0f}\n", encoding="ascii")
        written.replace(self._file)
