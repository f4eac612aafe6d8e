"""A cluster whose processes die, hang and restart while people talk: a short run of what `make faults` does at length."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import faults
from tests.support.running import kept_ports

# Beside other tests its debtors, not the servers, now and then lose their streams and wait for minutes.
pytestmark = [
    pytest.mark.stack,
    # Ten servers start, and eight again: on a busy machine that alone takes minutes.
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        "ALDIA_FAULTS" not in os.environ, reason="by itself: with ALDIA_FAULTS=1, or make faults"
    ),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own, whose parent every run beside this one closes to PostgreSQL's user."""
    name = tempfile.mkdtemp(prefix="aldia-faults-")
    yield Path(name)
    shutil.rmtree(name, ignore_errors=True)


def test_nothing_is_lost_doubled_or_half_done(folder: Path) -> None:
    # Nobody else may get the port of a server while it is dead.
    ports = kept_ports(14)
    found = faults.run(folder, kills=8, others=2, debtors=5, think=1.0, seed=20261125, ports=ports)
    assert found["errors"] == {}, found["samples"]
    assert found["problems"] == {}
    assert sum(found["harm"].values()) == 10
    assert found["turns"] > 20
    assert found["counts"]["failed turns"] <= found["turns"] // 10, "apologies instead of answers"
