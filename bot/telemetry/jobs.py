"""What time triggers, counted: how often it ran, how it ended, when it last went well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.telemetry.metrics import JOB_RUNS, JOB_SUCCESS


@contextmanager
def counted(name: str) -> Iterator[None]:
    """`with counted("checkpoints"):` counts one run; an error in it is counted and goes on.

    Args:
        name: a word of the code.
    """
    try:
        yield
    except BaseException:
        JOB_RUNS.add(name, "failed")
        raise
    JOB_RUNS.add(name, "done")
    JOB_SUCCESS.put(time.time(), name)
