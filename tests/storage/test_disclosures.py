"""Disclosures as given and verification codes, on both databases; what an erasure leaves of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.debt.disclosures import Code, Moment
from bot.debt.party import ConversationId, MessageId
from bot.services.disclosures_port import Disclosed, VerificationCode
from bot.storage.errors import StorageConflict
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage.samples import ANA, CHAT, NOW, REF

ROW = Disclosed(
    MessageId("M-1.0"), Code.MINI_MIRANDA, CHAT, ANA, REF, Moment.IDENTIFIED, "US",
    ("US.disclosures.mini_miranda_initial",), "utter_notice_mini_miranda", "0" * 16, "en", NOW,
)  # fmt: skip
CODE = VerificationCode("hash", CHAT, "sms", "ES", NOW, NOW + timedelta(hours=24))


def test_given_here_or_to_them_in_order(filled: SqlUnitOfWorkFactory) -> None:
    opening = replace(
        ROW,
        message_id=MessageId("M-0.0"),
        code=Code.AI,
        debtor_id=None,
        account=None,
        given_at=NOW - timedelta(1),
    )
    with filled() as uow:
        uow.disclosures.add([ROW, replace(ROW, code=Code.VALIDATION)])
        uow.disclosures.add([opening])
        uow.disclosures.add([])
        uow.commit()
    with filled(write=False) as uow:
        here = [opening, ROW, replace(ROW, code=Code.VALIDATION)]
        assert list(uow.disclosures.given(CHAT, None)) == here
        assert list(uow.disclosures.given(CHAT, ANA)) == here
        assert list(uow.disclosures.given(ConversationId("C-other"), ANA)) == here[1:]
        assert list(uow.disclosures.given(ConversationId("C-other"), None)) == []
        assert [row for row in uow.disclosures.of_debtor(ANA) if row.debtor_id == ANA] == here[1:]


def test_a_message_gives_a_thing_once(filled: SqlUnitOfWorkFactory) -> None:
    with filled() as uow:
        uow.disclosures.add([ROW])
        with pytest.raises(StorageConflict):
            uow.disclosures.add([ROW])


def test_a_code_is_found_and_expired_ones_of_the_chat_are_forgotten(filled: SqlUnitOfWorkFactory) -> None:
    later = NOW + timedelta(hours=25)
    with filled() as uow:
        uow.verification_codes.add(CODE)
        assert uow.verification_codes.get("hash") == CODE
        assert uow.verification_codes.get("other") is None
        uow.verification_codes.add(replace(CODE, code_hash="new", created_at=later, expires_at=later))
        assert uow.verification_codes.get("hash") is None
        assert uow.verification_codes.get("new") is not None


def test_an_erasure_keeps_the_proof_and_drops_the_codes(filled: SqlUnitOfWorkFactory) -> None:
    with filled() as uow:
        talk = uow.conversations.get(CHAT)
        assert talk is not None
        talk.debtor_id = ANA
        uow.conversations.save(talk)
        uow.disclosures.add([ROW])
        uow.verification_codes.add(CODE)
        assert [row["code"] for row in uow.personal_data.held(ANA)["disclosures_given"]] == ["mini_miranda"]
        uow.personal_data.erase(ANA, NOW)
        assert list(uow.disclosures.of_debtor(ANA)) == [ROW]
        assert uow.verification_codes.get("hash") is None
