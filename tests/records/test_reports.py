"""Fairness and outcomes: intervals, groups that differ, attributes that are loaded and erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.application import Application
from bot.services.reports import Rate
from tests.records.conftest import Run
from tests.support.people import Known, Person, add


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_intervals(count: int, of: int, low: float, high: float) -> None:
    assert [round(bound, 4) for bound in Rate(count, of).interval] == [low, high]


@given(of=st.integers(0, 10_000), data=st.data())
def test_an_interval_holds_its_share(of: int, data: st.DataObject) -> None:
    rate = Rate(data.draw(st.integers(0, of)), of)
    low, high = rate.interval
    assert 0 <= low <= high <= 1
    assert rate.share is None or low - 1e-9 <= rate.share <= high + 1e-9
    assert not rate.differs_from(rate)


def test_groups_that_differ_are_marked() -> None:
    assert Rate(90, 100).differs_from(Rate(40, 100))
    assert not Rate(9, 10).differs_from(Rate(0, 10))


def test_fairness_over_conversations(run: Run, app: Application, debtor: Person, tmp_path: Path) -> None:
    debtor.says("counter_offer", "50 al mes")
    other = add(app, Known(reference="AD-ES-9002", debtor_id="T-2", document="87654321X"))
    Person(app, address="other").identifies(other)
    path = tmp_path / "attributes.csv"
    path.write_text("debtor_id,age_band\nT-1,65+\nT-2,\nT-9,18-29\n", encoding="utf-8")
    done = run("import-attributes", str(path), "--json")
    assert (done.exit_code, json.loads(done.stdout)["taken"]) == (1, 2)
    rows = json.loads(run("report", "fairness", "--json").stdout)
    found = {(row["dimension"], row["group"]): row for row in rows}
    assert {dimension for dimension, _ in found} == {"segment", "country", "language", "channel", "age_band"}
    assert found["country", "ES"]["rates"]["offered"] == {
        "count": 1, "of": 2, "share": 0.5, "low": 0.0945, "high": 0.9055,
    }  # fmt: skip
    assert found["age_band", "65+"]["rates"]["offered"]["count"] == 1
    assert found["age_band", "(unknown)"]["people"] == 1
    assert "age_band" in run("report", "fairness").output
    assert json.loads(run("report", "fairness", "--from", "2030-01-01", "--json").stdout) == []
    assert run("debtor", "erase", "AD-ES-9001", "--reason", "x", "--despite-our-default").exit_code == 0
    rows = json.loads(run("report", "fairness", "--json").stdout)
    assert not [row for row in rows if row["group"] == "65+"]


def test_outcomes(run: Run, debtor: Person) -> None:
    debtor.says("complain", "quiero reclamar")
    rows = json.loads(run("report", "outcomes", "--json").stdout)
    assert rows[0]["dimension"] == "all"
    assert sum(row["rate"]["count"] for row in rows if row["dimension"] == "all") == 1
    assert "RIGHT_PARTY_CONTACT" in run("report", "outcomes").output
    assert run("report", "outcomes", "--from", "2027-01-02", "--to", "2027-01-01").exit_code == 2


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"debtor_id\nT-1\n", b"debtor_id,Country!\nT-1,x\n", b"\xff"]
)
def test_files_without_attributes_are_refused(run: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    done = run("import-attributes", str(tmp_path / "x.csv"))
    assert done.exit_code == 1
    assert "Traceback" not in done.output
