"""A long record on paper: volumes that name one another, and no more memory for many than for one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.services import record_volumes
from bot.services.application import Application
from tests.records.conftest import Run
from tests.support.people import Person


def test_a_long_record_is_split_and_each_volume_names_the_one_before(
    run: Run, app: Application, debtor: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_volumes, "ENTRIES_IN_A_VOLUME", 7)
    with app.unit_of_work(write=False) as uow:
        hashes = [entry["hash"] for entry in uow.audit.of_debtor("T-1")]
    volumes = record_volumes.volumes_of(hashes)
    count = -(-len(hashes) // 7)
    assert [(volume.number, volume.of) for volume in volumes] == [(n, count) for n in range(1, count + 1)]
    assert [volume.before for volume in volumes] == [None, *(volume.digest for volume in volumes[:-1])]
    assert volumes[-1].digest == hashlib.sha256("".join(hashes).encode()).hexdigest()
    assert [volume.last for volume in volumes[:-1]] == [volume.first - 1 for volume in volumes[1:]]
    done = run("audit", "export", "AD-ES-9001", "--format", "pdf", "--output", str(tmp_path / "record.pdf"))
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in tmp_path.glob("*.pdf"))
    assert files == sorted(f"record-{n}-of-{count}.pdf" for n in range(1, count + 1))
    assert all((tmp_path / name).read_bytes().startswith(b"%PDF") for name in files)
    assert run("audit", "export", "AD-ES-9001", "--format", "pdf").exit_code == 2


@pytest.mark.parametrize(("entries", "ends"), [(0, [0]), (1, [1]), (7, [7]), (8, [7, 8]), (14, [7, 14])])
def test_how_entries_are_split(entries: int, ends: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_volumes, "ENTRIES_IN_A_VOLUME", 7)
    volumes = record_volumes.volumes_of(str(number) for number in range(entries))
    assert [volume.last for volume in volumes] == ends
    assert volumes[0].first == 1
