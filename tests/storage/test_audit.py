"""The record: appending, refusing change, and finding whatever was altered, removed or reordered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.audit.canonical import canonical_json, entry_hash
from bot.audit.export import json_line
from bot.audit.log import UndocumentedEntry
from bot.audit.tags import PAYLOAD, Tag
from bot.audit.verify import Fault, Finding, Verification
from bot.debt.arrangements import Kind
from bot.debt.party import MessageId
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, NOW, eur

Units = SqlUnitOfWorkFactory
CHAIN = f"conversation:{CHAT}"


@pytest.fixture
def record(filled: Units) -> Units:
    """A conversation of six entries and a debtor of three, over several transactions."""
    for turn in range(1, 6):
        with filled() as uow:
            at = NOW + timedelta(minutes=turn)
            uow.audit.append(
                CHAIN, "MESSAGE_RECEIVED", at, {"text": f"turno {turn}"}, message_id=MessageId(f"M-{turn}")
            )
            if turn % 2:
                uow.audit.append(f"debtor:{ANA}", "PAYMENT_POSTED", at, {"amount": eur(f"{turn}.00")})
            uow.commit()
    return filled


def findings(units: Units) -> list[Finding]:
    with units(write=False) as uow:
        return list(uow.audit.check())


def tamper(units: Units, *statements: str) -> None:
    """Change the record as somebody with every right on the database could."""
    with units.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        else:
            for name in ("no_update", "no_delete", "no_replace"):
                connection.execute(text(f"DROP TRIGGER audit_entries_{name}"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_a_sound_record_has_no_findings(record: Units) -> None:
    counts = Verification()
    with record(write=False) as uow:
        assert list(uow.audit.check(counts)) == []
    assert (counts.entries, counts.chains, counts.is_sound) == (10, 2, True)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("payload", "'{}'"),
        ("tag", "'MESSAGE_SENT'"),
        ("at", "'2026-03-11T11:03:00.000000Z'"),
        ("message_id", "NULL"),
        ("edition", "'x'"),
        ("rule_id", "'x'"),
        ("id", "'x'"),
        ("hash", "'x'"),
    ],
)
def test_an_altered_column_is_named(record: Units, column: str, value: str) -> None:
    tamper(record, f"UPDATE audit_entries SET {column} = {value} WHERE chain = '{CHAIN}' AND seq = 3")
    found = findings(record)
    assert (found[0].chain, found[0].seq, found[0].fault) == (CHAIN, 3, Fault.ALTERED)
    assert found[0].entry_id is not None
    assert found[0].entry_id in str(found[0])


def test_an_entry_altered_with_its_hash_breaks_the_link(record: Units) -> None:
    with record(write=False) as uow:
        row = uow.connection.execute(
            text(f"SELECT * FROM audit_entries WHERE chain = '{CHAIN}' AND seq = 3")
        ).one()
    forged = entry_hash(
        row.previous_hash, row.id, row.chain, 3, row.at, row.tag, "{}", row.message_id, None, None
    )
    tamper(
        record,
        f"UPDATE audit_entries SET payload = '{{}}', hash = '{forged}' WHERE chain = '{CHAIN}' AND seq = 3",
    )
    assert [(f.seq, f.fault) for f in findings(record)] == [(4, Fault.REORDERED)]


def test_the_last_entry_altered_with_its_hash_leaves_the_head(record: Units) -> None:
    with record(write=False) as uow:
        row = uow.connection.execute(
            text(f"SELECT * FROM audit_entries WHERE chain = '{CHAIN}' AND seq = 6")
        ).one()
    forged = entry_hash(
        row.previous_hash, row.id, row.chain, 6, row.at, row.tag, "{}", row.message_id, None, None
    )
    tamper(
        record,
        f"UPDATE audit_entries SET payload = '{{}}', hash = '{forged}' WHERE chain = '{CHAIN}' AND seq = 6",
    )
    assert [(f.seq, f.fault) for f in findings(record)] == [(6, Fault.HEAD_ALTERED)]


def test_a_removed_entry_is_named_by_what_follows_it(record: Units) -> None:
    tamper(record, f"DELETE FROM audit_entries WHERE chain = '{CHAIN}' AND seq IN (3, 4)")
    found = findings(record)
    assert [(f.seq, f.fault) for f in found] == [(5, Fault.REMOVED)]
    assert "3 to 4" in found[0].detail


def test_a_removed_first_entry(record: Units) -> None:
    tamper(record, f"DELETE FROM audit_entries WHERE chain = '{CHAIN}' AND seq = 1")
    assert [(f.seq, f.fault) for f in findings(record)] == [(2, Fault.REMOVED)]


def test_a_removed_tail(record: Units) -> None:
    tamper(record, f"DELETE FROM audit_entries WHERE chain = '{CHAIN}' AND seq > 4")
    assert [(f.seq, f.fault) for f in findings(record)] == [(4, Fault.TAIL_REMOVED)]


def test_two_entries_that_changed_places(record: Units) -> None:
    tamper(
        record,
        f"UPDATE audit_entries SET seq = 99 WHERE chain = '{CHAIN}' AND seq = 3",
        f"UPDATE audit_entries SET seq = 3 WHERE chain = '{CHAIN}' AND seq = 4",
        f"UPDATE audit_entries SET seq = 4 WHERE chain = '{CHAIN}' AND seq = 99",
    )
    found = {(f.seq, f.fault) for f in findings(record)}
    assert {(3, Fault.REORDERED), (4, Fault.REORDERED), (3, Fault.ALTERED), (4, Fault.ALTERED)} <= found


@pytest.mark.parametrize("with_head", [False, True])
@pytest.mark.parametrize("chain", [CHAIN, f"debtor:{ANA}"])
def test_a_removed_chain(record: Units, chain: str, with_head: bool) -> None:
    statements = [f"DELETE FROM audit_entries WHERE chain = '{chain}'"]
    if with_head:
        statements.append(f"DELETE FROM audit_head WHERE chain = '{chain}'")
    tamper(record, *statements)
    assert [(f.chain, f.fault) for f in findings(record)] == [(chain, Fault.CHAIN_REMOVED)]


def test_a_removed_head(record: Units) -> None:
    tamper(record, f"DELETE FROM audit_head WHERE chain = '{CHAIN}'")
    assert [(f.chain, f.fault) for f in findings(record)] == [(CHAIN, Fault.HEAD_ALTERED)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET tag = 'X'",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE seq = 1",
    ],
)
def test_the_database_refuses_change(record: Units, statement: str) -> None:
    with record.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))
    assert findings(record) == []


def test_postgresql_refuses_to_truncate(postgresql_url: str) -> None:
    from bot.storage.unit_of_work import open_factory

    units = open_factory(postgresql_url)
    with units.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("TRUNCATE audit_entries"))
    units.dispose()


def test_sqlite_refuses_to_replace(sqlite_units: Units) -> None:
    with sqlite_units() as uow:
        samples.fill(uow)
        uow.commit()
    replacing = "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries"
    with sqlite_units.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(replacing))


def test_entries_of_one_unit_are_chained_in_order(filled: Units) -> None:
    with filled() as uow:
        for number in range(50):
            uow.audit.append(CHAIN, "MESSAGE_SENT", NOW, {"position": number})
        uow.commit()
    with filled(write=False) as uow:
        sent = [e for e in uow.audit.of_debtor(ANA) if e["tag"] == "MESSAGE_SENT"]
        assert [e["payload"]["position"] for e in sent] == list(range(50))
        assert [e["seq"] for e in sent] == list(range(2, 52))


def test_a_unit_of_work_records_in_three_statements(filled: Units) -> None:
    from sqlalchemy import event

    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(filled.engine, "before_cursor_execute", note)
    with filled() as uow:
        seen.clear()
        for _ in range(6):
            uow.audit.append(CHAIN, "MESSAGE_SENT", NOW, {})
            uow.audit.append(f"debtor:{ANA}", "HOLD_PLACED", NOW, {})
        uow.commit()
    assert len(seen) == 3


def test_export_is_the_debtors_chain_and_their_conversations_in_order(record: Units) -> None:
    with record() as uow:
        uow.audit.append("conversation:C-9", "MESSAGE_RECEIVED", NOW, {"text": "someone else"})
        uow.commit()
    with record(write=False) as uow:
        entries = list(uow.audit.of_debtor(ANA))
    assert len(entries) == 10
    assert [e["at"] for e in entries] == sorted(e["at"] for e in entries)
    assert {e["chain"] for e in entries} == {CHAIN, f"debtor:{ANA}"}
    for entry in entries:
        again = json.loads(json_line(entry))
        columns = ("id", "chain", "seq", "at", "tag")
        stored = {fact: how["stored"] for fact, how in again.get("sealed", {}).items()}
        digest = entry_hash(
            again["previous_hash"],
            *(again[name] for name in columns),
            canonical_json({**again["payload"], **stored}),
            *(again[name] for name in ("message_id", "edition", "rule_id")),
        )
        assert digest == again["hash"]


def test_values_are_stored_in_their_own_form(filled: Units) -> None:
    payload = {
        "amount": eur("12.50"),
        "day": date(2026, 3, 1),
        "moment": datetime(2026, 3, 1, 6, tzinfo=timezone(timedelta(hours=-6))),
        "share": Decimal("0.40"),
        "kind": Kind.SETTLEMENT,
        "set": frozenset({"b", "a"}),
        "text": "ñ\x00💶",
    }
    with filled() as uow:
        uow.audit.append(CHAIN, "OFFER_MADE", NOW, payload)
        uow.commit()
    with filled(write=False) as uow:
        stored = next(e for e in uow.audit.of_debtor(ANA) if e["tag"] == "OFFER_MADE")["payload"]
        assert list(uow.audit.check()) == []
    assert stored == {
        "amount": {"amount": "12.50", "currency": "EUR"},
        "day": "2026-03-01",
        "moment": "2026-03-01T12:00:00.000000Z",
        "share": "0.40",
        "kind": "settlement",
        "set": ["a", "b"],
        "text": "ñ\x00💶",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        lambda audit: audit.append(CHAIN, "SOMETHING", NOW, {}),
        lambda audit: audit.append(CHAIN, "IDENTITY_ATTEMPTED", NOW, {"date_of_birth": "1985-03-12"}),
        lambda audit: audit.append(CHAIN, "ACCOUNT_CHANGED", NOW, {"phone": "+34600000001"}),
    ],
)
def test_undocumented_entries_are_refused(sqlite_units: Units, wrong: Callable[..., None]) -> None:
    with sqlite_units() as uow, pytest.raises(UndocumentedEntry):
        wrong(uow.audit)


@pytest.mark.parametrize("payload", [{"x": object()}, {"x": float("nan")}])
def test_what_is_no_plain_value_is_refused(sqlite_units: Units, payload: dict[str, object]) -> None:
    with sqlite_units() as uow, pytest.raises((TypeError, ValueError)):
        uow.audit.append(CHAIN, "OFFER_MADE", NOW, payload)


def test_a_moment_without_time_zone_is_refused(sqlite_units: Units) -> None:
    with sqlite_units() as uow, pytest.raises(ValueError, match="time zone"):
        uow.audit.append(CHAIN, "OFFER_MADE", NOW.replace(tzinfo=None), {})


def test_every_tag_documents_its_payload() -> None:
    assert set(PAYLOAD) == set(Tag)
