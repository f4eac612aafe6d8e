"""Checkpoints: what a removed conversation, a removed checkpoint, a wrong signature and a new key look like."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.audit.checkpoint_check import NotACopy, check_checkpoints
from bot.audit.checkpoints import Checkpoint, all_checkpoints, export_lines, make, make_if_due, public_keys
from bot.audit.signing import Signer, by_id
from bot.audit.verify import Fault, Finding, Verification, check
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage.samples import ANA, CHAT, NOW

Units = SqlUnitOfWorkFactory
SIGNER = Signer(bytes(32))
OTHER = Signer(bytes(range(32)))
TRUSTED = by_id([SIGNER.public_key])


def checkpoint(units: Units, signer: Signer = SIGNER, minutes: int = 0) -> Checkpoint | None:
    with units() as uow:
        made = make(uow.connection, signer, NOW + timedelta(minutes=minutes))
        uow.commit()
    return made


def append(units: Units, chain: str = f"debtor:{ANA}") -> None:
    with units() as uow:
        uow.audit.append(chain, "PAYMENT_POSTED", NOW, {"amount": "1.00"})
        uow.commit()


def findings(
    units: Units, outside: Sequence[str] = (), trusted: dict[str, str] | None = None
) -> list[Finding]:
    counts = Verification()
    with units(write=False) as uow:
        found = list(check(uow.connection, counts))
        found += check_checkpoints(uow.connection, counts, TRUSTED if trusted is None else trusted, outside)
    assert counts.findings == len(found)
    return found


def tamper(units: Units, *statements: str) -> None:
    tables = ("audit_entries", "audit_checkpoints", "audit_checkpoint_heads")
    with units.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        else:
            for name in ("no_update", "no_delete"):
                for table in tables:
                    connection.execute(text(f"DROP TRIGGER {table}_{name}"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


@pytest.fixture
def sealed(filled: Units) -> Units:
    """Three checkpoints; between them entries were written."""
    checkpoint(filled)
    append(filled)
    checkpoint(filled, minutes=1)
    append(filled)
    checkpoint(filled, minutes=2)
    return filled


def copy_of(units: Units) -> list[str]:
    with units(write=False) as uow:
        return list(export_lines(uow.connection))


def test_a_checkpoint_lists_only_what_moved(sealed: Units) -> None:
    with sealed(write=False) as uow:
        made = list(all_checkpoints(uow.connection))
    assert [(each.seq, each.heads, each.entries) for each in made] == [(1, 2, 2), (2, 1, 3), (3, 1, 4)]
    assert findings(sealed, copy_of(sealed)) == []
    assert checkpoint(sealed) is None


def test_a_conversation_removed_with_its_chain_and_head_is_named(sealed: Units) -> None:
    chain = f"conversation:{CHAT}"
    tamper(
        sealed,
        f"DELETE FROM audit_entries WHERE chain = '{chain}'",
        f"DELETE FROM audit_head WHERE chain = '{chain}'",
        f"DELETE FROM conversations WHERE conversation_id = '{CHAT}'",
    )
    assert [(f.chain, f.fault) for f in findings(sealed)] == [(chain, Fault.REMOVED)]
    assert "checkpoint 1 saw entry 1" in str(findings(sealed)[0])


def test_removed_also_from_the_checkpoint_it_still_shows(sealed: Units) -> None:
    chain = f"conversation:{CHAT}"
    tamper(
        sealed,
        f"DELETE FROM audit_entries WHERE chain = '{chain}'",
        f"DELETE FROM audit_head WHERE chain = '{chain}'",
        f"DELETE FROM conversations WHERE conversation_id = '{CHAT}'",
        f"DELETE FROM audit_checkpoint_heads WHERE chain = '{chain}'",
    )
    assert [f.fault for f in findings(sealed)] == [Fault.CHECKPOINT_ALTERED]


def test_a_rewritten_history_shows_in_the_copy_kept_outside(sealed: Units) -> None:
    copy = copy_of(sealed)
    tamper(sealed, "DELETE FROM audit_checkpoints", "DELETE FROM audit_checkpoint_heads")
    assert {f.fault for f in findings(sealed, copy)} == {Fault.CHECKPOINT_REMOVED}
    with sealed() as uow:  # made anew, with the right key
        make(uow.connection, SIGNER, NOW)
        uow.commit()
    assert findings(sealed) == []
    assert {f.fault for f in findings(sealed, copy)} >= {Fault.CHECKPOINT_ALTERED, Fault.CHECKPOINT_REMOVED}


@pytest.mark.parametrize("column", ["made_at", "root", "previous_hash", "hash", "signature", "key_id"])
def test_an_altered_checkpoint_is_named(sealed: Units, column: str) -> None:
    tamper(sealed, f"UPDATE audit_checkpoints SET {column} = '{'0' * 64}' WHERE seq = 2")
    assert any(f.seq == 2 and f.fault.value.startswith("checkpoint_") for f in findings(sealed))


def test_a_gap_between_checkpoints_is_named(sealed: Units) -> None:
    tamper(sealed, "DELETE FROM audit_checkpoints WHERE seq = 2")
    assert (3, Fault.CHECKPOINT_REMOVED) in [(f.seq, f.fault) for f in findings(sealed)]


def test_another_key_takes_over_and_the_old_ones_still_verify(sealed: Units) -> None:
    append(sealed)
    assert checkpoint(sealed, OTHER, minutes=3)
    assert findings(sealed, trusted=by_id([OTHER.public_key])) == []
    with sealed(write=False) as uow:
        keys = public_keys(uow.connection)
    assert [key["key_id"] for key in keys] == [SIGNER.key_id, OTHER.key_id]
    assert keys[0]["valid_until"] == keys[1]["valid_from"]


def test_the_newest_must_be_signed_by_a_trusted_key(sealed: Units) -> None:
    found = findings(sealed, trusted=by_id([OTHER.public_key]))
    assert [f.fault for f in found] == [Fault.CHECKPOINT_UNSIGNED]


def test_it_is_made_when_due(filled: Units) -> None:
    def due(minutes: int, entries: int = 100) -> bool:
        with filled() as uow:
            made = make_if_due(
                uow.connection, SIGNER, NOW + timedelta(minutes=minutes), timedelta(hours=1), entries
            )
            uow.commit()
        return made is not None

    assert due(0)
    append(filled)
    assert not due(59)
    assert due(59, entries=1)
    append(filled)
    assert due(120)


def test_checkpoints_cannot_be_changed(sealed: Units) -> None:
    for statement in ("UPDATE audit_checkpoints SET root = 'x'", "DELETE FROM audit_checkpoint_heads"):
        with sealed.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))


def test_what_is_no_copy_is_refused(sealed: Units) -> None:
    for line in ("nonsense", '{"checkpoint": {"seq": 1}}', "[]", '{"other": {}}'):
        with pytest.raises(NotACopy, match="line 1"):
            findings(sealed, [line])
