"""Disclosures as given, and the codes by which a person checks that it is us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select

from bot.debt.disclosures import Code, Moment
from bot.debt.party import ConversationId, DebtorId
from bot.services.disclosures_port import Disclosed, VerificationCode
from bot.storage.tables import conversations, disclosures_given, verification_codes
from bot.storage.transaction import Transaction

_GIVEN = disclosures_given.c
_IN_ORDER = select(disclosures_given).order_by(_GIVEN.given_at, _GIVEN.message_id, _GIVEN.code)
_HERE = _IN_ORDER.where(_GIVEN.conversation_id == bindparam("conversation_id"))
_HERE_OR_TO_THEM = _IN_ORDER.where(
    or_(_GIVEN.conversation_id == bindparam("conversation_id"), _GIVEN.debtor_id == bindparam("debtor_id"))
)
_TALKS = select(conversations.c.conversation_id).where(conversations.c.debtor_id == bindparam("debtor_id"))
_TO_THEM = _IN_ORDER.where(
    or_(
        _GIVEN.debtor_id == bindparam("debtor_id"),
        _GIVEN.debtor_id.is_(None) & _GIVEN.conversation_id.in_(_TALKS),
    )
)
_ADD = insert(disclosures_given)
_ADD_CODE = insert(verification_codes)
_GET_CODE = select(verification_codes).where(verification_codes.c.code_hash == bindparam("code_hash"))
_FORGET = delete(verification_codes).where(
    verification_codes.c.conversation_id == bindparam("of_conversation"),
    verification_codes.c.expires_at <= bindparam("at"),
)


class SqlDisclosures:
    """See `bot.services.disclosures_port.Disclosures`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, disclosed: Sequence[Disclosed]) -> None:
        rows = [
            {**vars(each), "code": each.code.value, "moment": each.moment.value, "facts": list(each.facts)}
            for each in disclosed
        ]
        if rows:
            self._tx.write(_ADD, rows)

    def given(self, conversation_id: ConversationId, debtor_id: DebtorId | None) -> Sequence[Disclosed]:
        if debtor_id is None:
            return self._read(_HERE, {"conversation_id": conversation_id})
        return self._read(_HERE_OR_TO_THEM, {"conversation_id": conversation_id, "debtor_id": debtor_id})

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Disclosed]:
        return self._read(_TO_THEM, {"debtor_id": debtor_id})

    def _read(self, asked: Any, values: dict[str, Any]) -> list[Disclosed]:
        return [_to_disclosed(row._mapping) for row in self._tx.read(asked, values)]


class SqlVerificationCodes:
    """See `bot.services.disclosures_port.VerificationCodes`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, code: VerificationCode) -> None:
        self._tx.write(_FORGET, {"of_conversation": code.conversation_id, "at": code.created_at})
        self._tx.write(_ADD_CODE, vars(code))

    def get(self, code_hash: str) -> VerificationCode | None:
        row = self._tx.read(_GET_CODE, {"code_hash": code_hash}).first()
        return VerificationCode(**row._mapping) if row is not None else None


def _to_disclosed(row: Any) -> Disclosed:
    values = {**row, "code": Code(row["code"]), "moment": Moment(row["moment"]), "facts": tuple(row["facts"])}
    return Disclosed(**values)
