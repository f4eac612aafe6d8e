"""What `aldia run` shows while it works: a line for each step, with a spinner where there is a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.markup import escape


class Progress:
    """Writes steps to standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, doing: str) -> Iterator[Step]:
        """Show a step while it lasts, and its outcome with its time when it is done."""
        step, started = Step(doing), time.monotonic()
        if not self._console.is_terminal:
            self.line(f"  … {doing}")
        with self._console.status(escape(doing)) if self._console.is_terminal else nullcontext():
            yield step
        self.line(f"  ✓ {step.done} ({time.monotonic() - started:.1f} s)")

    def line(self, text: str = "") -> None:
        """Write one line."""
        self._console.print(escape(text))


class Step:
    """One step; `done` is what to write at its end."""

    def __init__(self, doing: str) -> None:
        self.done = doing
