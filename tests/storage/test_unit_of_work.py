"""Transactions: nothing lasts unless committed, writers wait for one another, errors speak our words."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.debt.accounts import Account
from bot.debt.party import MessageId
from bot.storage import engine as engine_module
from bot.storage.errors import (
    NotMigrated,
    ReadOnly,
    StorageBusy,
    StorageConflict,
    StorageError,
    StorageUnavailable,
)
from bot.storage.migrations import HEAD, current_revision, is_migrated, migrate
from bot.storage.unit_of_work import SqlUnitOfWorkFactory, open_factory
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, NOW, REF, eur

Units = SqlUnitOfWorkFactory


def test_nothing_lasts_without_commit(filled: Units) -> None:
    with filled() as uow:
        uow.inbox.add(samples.inbound())
        uow.audit.append(f"conversation:{CHAT}", "MESSAGE_RECEIVED", NOW, {})
    with filled(write=False) as uow:
        assert uow.inbox.get(MessageId("M-1")) is None
        assert len(list(uow.audit.of_debtor(ANA))) == 2


def test_an_error_rolls_back_and_is_not_hidden(filled: Units) -> None:
    def fail() -> None:
        with filled() as uow:
            uow.inbox.add(samples.inbound())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with filled(write=False) as uow:
        assert uow.inbox.get(MessageId("M-1")) is None


def test_a_reading_unit_refuses_to_write(filled: Units) -> None:
    with filled(write=False) as uow, pytest.raises(ReadOnly):
        uow.inbox.add(samples.inbound())


def test_a_closed_unit_cannot_commit(filled: Units) -> None:
    with filled() as uow:
        pass
    with pytest.raises(StorageError):
        uow.commit()


def test_what_a_row_refers_to_must_be_there(filled: Units) -> None:
    with filled() as uow, pytest.raises(StorageConflict):
        uow.accounts.save(samples.account("AD-ES-0002", debtor_id="nobody"))


def test_concurrent_turns_lose_no_update(filled: Units) -> None:
    def pay(_: int) -> None:
        for _ in range(5):
            with filled() as uow:
                uow.debtors.lock(ANA)
                uow.conversations.get(CHAT)
                account = uow.accounts.get(REF)
                assert account is not None
                uow.accounts.save(_paid(account))
                uow.audit.append(f"debtor:{ANA}", "PAYMENT_POSTED", NOW, {"amount": eur("1.00")})
                uow.commit()

    threads = [threading.Thread(target=pay, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with filled(write=False) as uow:
        account = uow.accounts.get(REF)
        assert account is not None
        assert account.balance.total == eur("580.00")
        assert list(uow.audit.check()) == []
        assert len(list(uow.audit.of_debtor(ANA))) == 22


def _paid(account: Account) -> Account:
    return replace(account, balance=account.balance.reduced_by(eur("1.00")))


def test_two_transactions_open_one_chain_at_once(filled: Units) -> None:
    barrier = threading.Barrier(4)

    def append() -> None:
        barrier.wait()
        with filled() as uow:
            uow.audit.append("debtor:new", "HOLD_PLACED", NOW, {"kind": "dispute"})
            uow.commit()

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with filled(write=False) as uow:
        assert list(uow.audit.check()) == []
        assert [entry["seq"] for entry in uow.audit.of_debtor("new")] == [1, 2, 3, 4]


def test_reading_does_not_wait_for_a_writer(filled: Units) -> None:
    with filled() as writer:
        writer.inbox.add(samples.inbound())
        started = time.monotonic()
        with filled(write=False) as reader:
            assert reader.conversations.get(CHAT) is not None
            assert reader.inbox.get(MessageId("M-1")) is None
        assert time.monotonic() - started < 1


def test_a_locked_database_is_busy(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.2)
    units = open_factory(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    with pytest.raises(StorageBusy), units():
        pass
    assert 0.1 < time.monotonic() - started < 3
    other.rollback()
    other.close()
    with units() as uow:
        assert uow.accounts.get(REF) is None
    units.dispose()


def test_a_row_held_too_long_is_busy(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 1)
    units = open_factory(postgresql_url)
    with units() as uow:
        samples.fill(uow)
        uow.commit()
    with units() as holder:
        holder.conversations.get(CHAT)
        with units() as waiting, pytest.raises(StorageBusy):
            waiting.conversations.get(CHAT)
    units.dispose()


def test_an_empty_database_is_not_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sub' / 'aldia.db'}"
    assert current_revision(url) is None
    assert not is_migrated(url)
    (tmp_path / "sub").mkdir()
    units = open_factory(url)
    with pytest.raises(NotMigrated, match="run `aldia migrate`"):
        units()
    migrate(url)
    with units() as uow:
        assert uow.accounts.get(REF) is None
    units.dispose()


@pytest.mark.parametrize(("revision", "serves"), [("0001", False), ("9999", True)])
def test_older_tables_do_not_serve_and_newer_ones_do(database_url: str, revision: str, serves: bool) -> None:
    """A server of the version before may be started again once the database is ahead of it."""
    units = open_factory(database_url)
    with units.engine.connect() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        connection.commit()
    assert is_migrated(database_url) is serves
    if serves:
        with units() as uow:
            assert uow.accounts.get(REF) is None
    else:
        with pytest.raises(NotMigrated):
            units()
    units.dispose()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert migrate(database_url) == HEAD
    assert is_migrated(database_url)


def test_a_version_that_is_taken_back_migrates_nothing(database_url: str) -> None:
    """Its deployment runs `aldia migrate` as every one does, on tables that it knows nothing of."""
    units = open_factory(database_url)
    with units.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    units.dispose()
    assert migrate(database_url) == current_revision(database_url) == "9999"


def test_a_machine_that_is_gone_is_not_waited_for(postgresql_url: str) -> None:
    units = open_factory(postgresql_url)
    with units() as uow:
        given = uow.connection.connection.dbapi_connection.get_dsn_parameters()
    units.dispose()
    waits = int(given["keepalives_idle"]) + int(given["keepalives_count"]) * int(given["keepalives_interval"])
    assert max(waits, int(given["connect_timeout"]), int(given["tcp_user_timeout"]) / 1000) <= 20


def test_an_unreachable_database_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        open_factory(f"sqlite:///{tmp_path / 'missing' / 'aldia.db'}")()
    with pytest.raises(StorageUnavailable):
        open_factory("postgresql://nobody@127.0.0.1:1/none")()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "no address"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StorageError):
        open_factory(url)
