"""Exports: whole, readable, and shown to be touched when they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.services.application import Application
from tests.records.conftest import Run
from tests.support.people import Person


@pytest.fixture
def file(run: Run, debtor: Person, tmp_path: Path) -> Path:
    path = tmp_path / "record.jsonl"
    assert run("audit", "export", "AD-ES-9001", "--output", str(path)).exit_code == 0
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def test_an_export_is_readable_and_sound(run: Run, file: Path) -> None:
    lines = read(file)
    assert any(line["payload"].get("text") == "mi vecina Marcelina lo sabe todo" for line in lines)
    assert lines[-1]["tag"] == "EXPORT_END"
    done = run("audit", "verify-export", str(file), "--public-key", lines[-1]["public_key"])
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[2]["payload"].update(text="otra cosa"),
        lambda lines: lines[2].update(at="2026-03-11T11:00:00.000000Z"),
        lambda lines: lines.pop(3),
        lambda lines: lines.pop(),
        lambda lines: lines.insert(3, lines.pop(4)),
        lambda lines: lines[-1]["payload"].update(entries=1),
        lambda lines: lines[-1].update(signature="0" * 128),
        lambda lines: lines[-1].update(public_key="x"),
        lambda lines: lines.append(lines[2]),
        lambda lines: lines[2].update(seq="x"),
        lambda lines: lines[2].update(sealed=[1]),
    ],
)
def test_a_touched_export_is_named(run: Run, file: Path, change: Any) -> None:
    lines = read(file)
    change(lines)
    write(file, lines)
    done = run("audit", "verify-export", str(file))
    assert done.exit_code == 1
    assert done.stderr
    assert "Traceback" not in done.stderr + done.output


def test_an_export_signed_by_another_is_not_taken(run: Run, file: Path) -> None:
    done = run("audit", "verify-export", str(file), "--public-key", "22" * 32)
    assert done.exit_code == 1
    assert run("audit", "verify-export", str(file), "--public-key", "22").exit_code == 2


def test_a_file_that_is_no_export(run: Run, tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe\x00", b"{}\n[]\n", b'{"tag": 1}\n'):
        (tmp_path / "x").write_bytes(content)
        assert run("audit", "verify-export", str(tmp_path / "x")).exit_code == 1


def test_a_period_holds_everybody(run: Run, debtor: Person, tmp_path: Path) -> None:
    path = tmp_path / "march.jsonl"
    done = run("audit", "export", "--from", "2026-03-11", "--to", "2026-03-11", "--output", str(path))
    assert done.exit_code == 0, done.output
    assert {line["chain"].partition(":")[0] for line in read(path)} == {"debtor", "conversation", "export"}
    assert run("audit", "verify-export", str(path)).exit_code == 0
    assert run("audit", "export", "--from", "2026-03-12", "--output", str(path)).exit_code == 0
    assert len(read(path)) == 1


def test_what_cannot_be_exported_is_said(run: Run, debtor: Person) -> None:
    assert run("audit", "export").exit_code == 2
    assert run("audit", "export", "X", "--debtor", "Y").exit_code == 2
    assert run("audit", "export", "--from", "2026-03-12", "--to", "2026-03-11").exit_code == 2
    for words in (("AD-ES-0404",), ("--debtor", "nobody")):
        done = run("audit", "export", *words)
        assert done.exit_code == 1
        assert "There is no" in done.stderr


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_pdf_holds_whatever_was_written(
    run: Run, app: Application, debtor: Person, tmp_path: Path, language: str
) -> None:
    for text in ("\x07\x1b[31m rojo", "中文 😀 \u202e", "<b>x</b> & </para>", "x" * 5_000, "a\n" * 300):
        debtor.says("out_of_scope", text)
    path = tmp_path / "record.pdf"
    done = run(
        "audit", "export", "ad-es-9001", "--format", "pdf", "--language", language, "--output", str(path)
    )
    assert done.exit_code == 0, done.stderr
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    pages = int(done.stderr.split()[0])
    assert len(re.findall(rb"/Type /Page\b(?!s)", content)) == pages > 3
    assert b"DejaVuSans" in content


def test_a_pdf_of_nothing(run: Run, debtor: Person, tmp_path: Path) -> None:
    path = tmp_path / "none.pdf"
    done = run("audit", "export", "--from", "2030-01-01", "--format", "pdf", "--output", str(path))
    assert done.exit_code == 0, done.stderr


def test_checkpoints_from_the_command_line(run: Run, debtor: Person, tmp_path: Path) -> None:
    assert run("audit", "checkpoint").exit_code == 0
    assert "No checkpoint was needed" in run("audit", "checkpoint").output
    copy = tmp_path / "copy.jsonl"
    copy.write_text(run("audit", "checkpoints").stdout)
    done = run("audit", "verify", "--checkpoints", str(copy), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["checkpoints"] == 1
    assert len(json.loads(run("audit", "keys", "--json").stdout)) == 1
    copy.write_text("nonsense\n")
    assert run("audit", "verify", "--checkpoints", str(copy)).exit_code == 1
