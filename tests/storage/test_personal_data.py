"""Encryption, erasure, cases, holds and reports on both databases; and that verifying needs little memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bench.record import build, verify
from bot.audit.export import Part, export, export_lines
from bot.audit.export_check import ExportCheck, check_export
from bot.audit.keys import ERASED
from bot.audit.sealing import PREFIX, KeyMissing, Keyring
from bot.debt.party import ConversationId, DebtorId
from bot.services.records_port import LegalHold, RightsCase
from bot.services.unit_of_work import Handoff
from bot.storage.renewal import renew
from bot.storage.unit_of_work import SqlUnitOfWorkFactory, open_factory
from tests.conftest import KEYRING
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, NOW, REF

Units = SqlUnitOfWorkFactory
CASE = RightsCase(
    "R-1", "access", CHAT, None, None, None, "ES", "countries.ES.data_request_answer", NOW, NOW.date()
)


@pytest.fixture
def talked(filled: Units) -> Units:
    """Messages of both directions, a case for a person, an offer, an agreement and a payment promise."""
    with filled() as uow:
        uow.inbox.add(samples.inbound(text="soy Marcelina"))
        uow.outbox.add(replace(samples.outbound(), text="Hola, Marcelina", menu="1. Marcelina"))
        details = {"words": "Marcelina"}
        uow.handoffs.add(Handoff("H-1", CHAT, ANA, REF, "complaint", details, NOW))
        uow.offers.put(samples.offer())
        uow.arrangements.add(samples.arrangement(), CHAT)
        uow.promises.add(samples.promise(), CHAT)
        uow.rights_cases.add(CASE)
        uow.personal_data.set_attributes([(ANA, "age_band", "65+")])
        uow.audit.append(f"conversation:{CHAT}", "MESSAGE_SENT", NOW, {"text": "Hola, Marcelina"})
        uow.commit()
    return filled


def clear(units: Units) -> str:
    """All rows that may hold personal data, as they are stored."""
    names = ("debtors", "contact_points", "conversations", "inbox", "outbox", "handoffs", "audit_entries")
    with units.engine.connect() as connection:
        return "\n".join(
            str(row) for name in names for row in connection.execute(text(f"SELECT * FROM {name}"))
        )


def test_stored_encrypted_and_read_as_it_was(talked: Units) -> None:
    stored = clear(talked)
    assert PREFIX in stored
    assert not [word for word in ("Marcelina", "Ana Peña", "600000001") if word in stored]
    with talked(write=False) as uow:
        assert uow.debtors.get(ANA) == samples.debtor()
        assert uow.conversations.by_address("whatsapp", "+34600000001") is not None
        assert uow.debtors.by_address("sms", "+34600000001") == ANA
        assert [message.text for message in uow.transcripts.of(CHAT)] == ["soy Marcelina", "Hola, Marcelina"]
        assert uow.handoffs.open_in(CHAT)[0].details == {"words": "Marcelina"}


def test_erased_and_everything_verifies(talked: Units) -> None:
    with talked() as uow:
        assert uow.personal_data.last_activity(ANA) is not None
        assert uow.personal_data.held(ANA)["inbox"][0]["text"] == "soy Marcelina"
        erased = uow.personal_data.erase(ANA, NOW)
        uow.commit()
    assert (erased.keys, erased.conversations, erased.messages) == (2, 1, 4)
    with talked(write=False) as uow:
        assert list(uow.audit.check()) == []
        entries = list(export(uow.connection, Part(ANA), uow.keys))
        counts = ExportCheck()
        lines = list(export_lines(uow.connection, Part(ANA), uow.keys, NOW, None))
        assert list(check_export(lines, counts)) == []
        assert "Marcelina" not in str(uow.personal_data.held(ANA)) + str(lines)
        debtor = uow.debtors.get(ANA)
        assert debtor is not None
        assert (debtor.full_name, debtor.phone) == ("", None)
        assert uow.conversations.by_address("whatsapp", "+34600000001") is None
        assert uow.debtors.by_address("sms", "+34600000001") is None
        assert uow.personal_data.known([ANA, DebtorId("none")]) == frozenset()
    assert counts.erased == sum("sealed" in entry for entry in entries) > 0


def test_nothing_written_after_an_erasure_can_be_read(talked: Units) -> None:
    with talked() as uow:
        uow.personal_data.erase(ANA, NOW)
        uow.inbox.add(samples.inbound("M-2", "SM2", "Marcelina otra vez"))
        uow.commit()
    assert "Marcelina" not in clear(talked)
    with talked(write=False) as uow:
        found = uow.inbox.get(samples.inbound("M-2").message_id)
        assert found is not None
        assert found.text == ERASED


def test_a_key_made_in_a_transaction_that_rolled_back_is_not_used(filled: Units) -> None:
    with filled() as uow:
        uow.keys.seal("conversation:C-9", "x")
    with filled() as uow:
        sealed = uow.keys.seal("conversation:C-9", "y")
        uow.commit()
    with filled(write=False) as uow:
        assert uow.keys.open("conversation:C-9", sealed) == "y"


def test_renewing_brings_everything_to_the_new_key(talked: Units, database_url: str) -> None:
    both = open_factory(database_url, Keyring((b"n" * 40, b"k" * 40)))
    assert dict(renew(both))["data_keys"] == 2
    assert sum(count for _, count in renew(both)) == 0
    both.dispose()
    newest = open_factory(database_url, Keyring((b"n" * 40,)))
    with newest(write=False) as uow:
        assert uow.debtors.get(ANA) == samples.debtor()
        assert uow.debtors.by_address("sms", "+34600000001") == ANA
        assert uow.conversations.by_address("whatsapp", "+34600000001") is not None
    newest.dispose()
    wrong = open_factory(database_url, Keyring((b"w" * 40,)))
    with pytest.raises(KeyMissing, match="ALDIA_DATA_KEY"), wrong(write=False) as uow:
        uow.debtors.get(ANA)
    wrong.dispose()


def test_what_an_older_version_wrote_is_read_and_then_encrypted(units: Units, database_url: str) -> None:
    older = open_factory(database_url)
    with older() as uow:
        samples.fill(uow)
        uow.inbox.add(samples.inbound(text="soy Marcelina"))
        uow.commit()
    older.dispose()
    assert "Marcelina" in clear(units)
    with units(write=False) as uow:
        assert uow.debtors.by_address("sms", "+34600000001") == ANA
        assert uow.conversations.by_address("whatsapp", "+34600000001") is not None
    with units() as uow:  # a dead number stays dead under its new form
        uow.debtors.mark_address("sms", "+34600000001", is_usable=False)
        uow.debtors.save(
            samples.debtor(), samples.HASHER.record(ANA, date(1985, 3, 12), "12345678Z", "28013")
        )
        uow.commit()
    list(renew(units))
    rows = clear(units).replace("conversation:C-1", "")
    assert "600000001" not in rows
    assert "Marcelina" not in rows
    with units(write=False) as uow:
        assert uow.debtors.by_address("sms", "+34600000001") is None
        assert uow.debtors.by_address("whatsapp", "+34600000001") == ANA


def test_cases(talked: Units) -> None:
    with talked() as uow:
        cases = uow.rights_cases
        assert cases.listed() == [replace(CASE, debtor_id=ANA)]
        assert cases.of_debtor(ANA) == cases.listed()
        assert cases.listed(due_by=NOW.date() - timedelta(days=1)) == []
        assert cases.is_open("access", ConversationId("other"), ANA)
        assert not cases.is_open("erasure", CHAT, ANA)
        cases.close("R-1", "sent", NOW)
        assert cases.listed() == []
        closed = cases.get("R-1")
        assert closed is not None
        assert (closed.status, closed.outcome, closed.closed_at) == ("closed", "sent", NOW)
        uow.commit()


def test_legal_holds(filled: Units) -> None:
    hold = LegalHold("L-1", ANA, "autos 12/2027", "counsel", NOW)
    with filled() as uow:
        uow.legal_holds.place(hold)
        assert uow.legal_holds.in_force(ANA) == [hold]
        assert uow.legal_holds.release(ANA, NOW) == ["L-1"]
        assert uow.legal_holds.in_force(ANA) == []
        uow.commit()


def test_reports(talked: Units) -> None:
    with talked(write=False) as uow:
        for since, until, count in ((None, None, 1), (NOW, NOW + timedelta(days=1), 1), (None, NOW, 0)):
            assert len(uow.reports.contacts(since, until)) == count
            assert len(uow.reports.offers(since, until)) == count
            assert len(uow.reports.agreed(since, until)) == count
            assert sum(row[3] for row in uow.reports.dispositions(since, until)) == count
        assert uow.reports.attributes() == {ANA: {"age_band": "65+"}}


def test_verifying_needs_no_more_memory_for_more_entries(sqlite_units: Units) -> None:
    def peak(entries: int) -> int:
        build(sqlite_units, entries, checkpoints=4)
        tracemalloc.start()
        verify(sqlite_units)
        found: Any = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return int(found[1])

    few = peak(2_000)
    with sqlite_units.engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM audit_entries")).scalar()
    assert count == 2_000
    many = peak(16_000)
    assert many < few + 2_000_000
    assert KEYRING.seals
