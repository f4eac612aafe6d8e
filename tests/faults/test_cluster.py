"""A cluster whose processes die, hang and restart while people talk: a short run of what `make faults` does at length."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench import faults
from tests.support.running import free_ports

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        not os.environ.get("ALDIA_FAULTS"),
        reason="ports of a killed server can be taken by tests beside it: by itself, with ALDIA_FAULTS=1, or make faults",
    ),
]


def test_nothing_is_lost_doubled_or_half_done(tmp_path: Path) -> None:
    ports = free_ports(14)
    found = faults.run(tmp_path, kills=8, others=2, debtors=5, think=1.0, seed=20261125, ports=ports)
    assert found["errors"] == {}, found["samples"]
    assert found["problems"] == {}
    assert sum(found["harm"].values()) == 10
    assert found["turns"] > 20
