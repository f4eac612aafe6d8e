"""Erasure: nothing personal can be read afterwards, and everything still verifies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.audit.sealing import PREFIX
from bot.services.application import Application
from bot.settings import Settings
from tests.records.conftest import Run
from tests.support.people import Known, Person, add

PERSONAL = ("Marcelina", "Lucía", "600111222", "28013")


def stored(app: Application) -> str:
    """All that is in the database, as text."""
    with app.unit_of_work(write=False) as uow:
        connection = uow.connection  # type: ignore[attr-defined]
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        return "\n".join(
            str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}"))
        )


def test_nothing_personal_is_stored_in_clear(app: Application, debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes, llámenme al 600111222")
    debtor.says("complain", "soy Lucía y quiero reclamar")
    assert not [each for each in PERSONAL if each in stored(app)]


def test_erased_after_the_period_and_the_proof_stays(
    run: Run, app: Application, debtor: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("audit", "checkpoint").exit_code == 0
    done = run("debtor", "erase", "AD-ES-9001", "--reason", "request")
    assert done.exit_code == 1
    assert "retention.keep_records.ES" in done.output
    monkeypatch.setenv("ALDIA_TODAY", "2031-03-12")
    done = run("debtor", "erase", "AD-ES-9001", "--reason", "request")
    assert done.exit_code == 0, done.output
    assert run("audit", "verify").exit_code == 0
    path = tmp_path / "record.jsonl"
    assert run("audit", "export", "--debtor", "T-1", "--output", str(path)).exit_code == 0
    assert run("audit", "verify-export", str(path)).exit_code == 0
    content = path.read_text(encoding="utf-8") + stored(app) + run("debtor", "data", "--debtor", "T-1").output
    assert not [each for each in PERSONAL if each in content]
    tags = [json.loads(line)["tag"] for line in path.read_text().splitlines()]
    assert "ERASURE_REFUSED" in tags
    assert "DEBTOR_ERASED" in tags
    pdf = run("audit", "export", "--debtor", "T-1", "--format", "pdf", "--output", str(tmp_path / "r.pdf"))
    assert pdf.exit_code == 0, pdf.output
    assert run("debtor", "erase", "--debtor", "T-1", "--reason", "again").exit_code == 1


def test_the_same_address_begins_anew_after_an_erasure(
    run: Run, app: Application, debtor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = debtor.conversation.conversation_id
    assert run("debtor", "erase", "AD-ES-9001", "--reason", "x", "--despite-our-default").exit_code == 0
    debtor.says("greet", "hola")
    assert debtor.conversation.conversation_id != before
    assert debtor.conversation.debtor_id is None


def test_a_legal_hold_stands_against_it(run: Run, known: Known) -> None:
    hold = run("debtor", "hold", "AD-ES-9001", "--reason", "autos 12/2027")
    assert hold.exit_code == 0, hold.output
    done = run("debtor", "erase", "AD-ES-9001", "--reason", "request", "--despite-our-default")
    assert (done.exit_code, "legal hold" in done.output) == (1, True)
    assert run("debtor", "release", "AD-ES-9001", "--reason", "closed").exit_code == 0
    assert run("debtor", "release", "AD-ES-9001", "--reason", "closed").exit_code == 1
    assert run("debtor", "erase", "AD-ES-9001", "--reason", "request").exit_code == 0
    assert run("debtor", "hold", "AD-ES-9001", "--reason", "late").exit_code == 1


def test_a_period_of_the_law_cannot_be_set_aside(run: Run, app: Application) -> None:
    known = add(app, Known(reference="AD-CL-9001", debtor_id="T-2", country="CL", currency="CLP", principal="400000",
                           interest="0", fees="0", document="12345678-5"))  # fmt: skip
    person = Person(app)
    person.says("inform", known.facts())
    done = run("debtor", "erase", "AD-CL-9001", "--reason", "request", "--despite-our-default")
    assert (done.exit_code, "retention.keep_records.CL" in done.output) == (1, True)


def test_somebody_elses_data_stay(run: Run, app: Application, debtor: Person) -> None:
    other = add(
        app, Known(reference="AD-ES-9002", debtor_id="T-2", phone="+34600999888", document="87654321X")
    )
    person = Person(app, address="other")
    person.identifies(other)
    assert run("debtor", "erase", "AD-ES-9001", "--reason", "x", "--despite-our-default").exit_code == 0
    person.says("ask_balance", "¿cuánto debo?")
    assert "600" in person.texts
    data = json.loads(run("debtor", "data", "AD-ES-9002").stdout)
    assert data["contact_points"][0]["address"] == "+34600999888"


def test_a_new_key_takes_over(
    run: Run, app: Application, debtor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALDIA_DATA_KEY", "n" * 40)
    assert run("debtor", "data", "AD-ES-9001").exit_code == 0
    assert run("keys", "renew").exit_code == 0
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", "o" * 40)  # the old key is not needed any more
    data = json.loads(run("debtor", "data", "AD-ES-9001").stdout)
    assert data["debtors"][0]["full_name"] == "Lucía Prueba"
    assert any("Marcelina" in row["text"] for row in data["inbox"])
    monkeypatch.setenv("ALDIA_DATA_KEY", "x" * 40)
    done = run("debtor", "data", "AD-ES-9001")
    assert (done.exit_code, "ALDIA_DATA_KEY" in done.output) == (1, True)
    assert "Traceback" not in done.output


def test_rows_of_the_version_before_are_encrypted(
    run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.people import build

    monkeypatch.setenv("ALDIA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ALDIA_DATA_KEY", "off")
    clear = build(sqlite_url)
    object.__setattr__(clear, "settings", Settings.from_environment())
    from bot.storage.unit_of_work import create_unit_of_work_factory

    object.__setattr__(clear, "unit_of_work", create_unit_of_work_factory(clear.settings))
    known = add(clear, Known(phone="+34600111222"))
    person = Person(clear)
    person.identifies(known)
    assert "Lucía" in stored(clear)
    assert PREFIX not in stored(clear)
    assert run("keys", "renew").exit_code == 1
    monkeypatch.delenv("ALDIA_DATA_KEY")
    done = run("keys", "renew")
    assert done.exit_code == 0, done.output
    with clear.unit_of_work(write=False) as uow:
        tables = ("debtors", "contact_points", "conversations", "inbox", "outbox")
        connection = uow.connection  # type: ignore[attr-defined]
        rows = "\n".join(
            str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}"))
        )
    assert "Lucía" not in rows
    assert "600111222" not in rows
    person.says("ask_balance", "¿cuánto debo?")
    assert "600" in person.texts


def test_an_erased_debtor_is_not_imported_again(run: Run, app: Application, tmp_path: Path) -> None:
    from datetime import date

    from bot.demo.portfolio import lines

    path = tmp_path / "portfolio.csv"
    path.write_text("".join(lines(date.today())), encoding="utf-8")
    assert run("import", str(path)).exit_code == 0
    assert run("debtor", "erase", "AD-ES-0001", "--reason", "x").exit_code == 0
    done = run("import", str(path))
    assert (done.exit_code, "erased" in done.output) == (1, True)
