"""Conversations by id and by address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update

from bot.audit.keys import SubjectKeys, subject_of
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.dispositions import Disposition
from bot.debt.party import ConversationId, DebtorId
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import conversation_parts, conversations
from bot.storage.transaction import Transaction

_GET = select(conversations).where(conversations.c.conversation_id == bindparam("conversation_id"))
_GET_AND_LOCK = _GET.with_for_update()
_BY_ADDRESS = select(conversations).where(
    and_(
        conversations.c.channel == bindparam("channel"),
        conversations.c.address.in_(bindparam("addresses", expanding=True)),
    )
)
_BY_ADDRESS_AND_LOCK = _BY_ADDRESS.with_for_update()
_OF_DEBTOR = (
    select(conversations)
    .where(conversations.c.debtor_id == bindparam("debtor_id"))
    .order_by(conversations.c.opened_at, conversations.c.conversation_id)
)
_ADD = insert(conversations)
_ADD_PART = upsert(conversation_parts)  # the first part gets its row when the second begins
_THIS_PART = and_(
    conversation_parts.c.conversation_id == bindparam("of_conversation"),
    conversation_parts.c.part == bindparam("of_part"),
)
_OWN = update(conversation_parts).where(_THIS_PART).values(debtor_id=bindparam("owner"))
_OWN_IF_NOBODYS = _OWN.where(conversation_parts.c.debtor_id.is_(None))
_SAVE = (
    update(conversations)
    .where(conversations.c.conversation_id == bindparam("of_conversation"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in conversations.c
            if column.name != "conversation_id"
        }
    )
)


class SqlConversations:
    """See `bot.services.unit_of_work.Conversations`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def get(self, conversation_id: ConversationId) -> Conversation | None:
        # A row can be held only by a transaction that may write.
        statement = _GET_AND_LOCK if self._tx.writes else _GET
        row = self._tx.read(statement, {"conversation_id": conversation_id}).first()
        return to_conversation(row, self._tx.keys) if row else None

    def peek(self, conversation_id: ConversationId) -> Conversation | None:
        row = self._tx.read(_GET, {"conversation_id": conversation_id}).first()
        return to_conversation(row, self._tx.keys) if row else None

    def by_address(self, channel: str, address: str) -> Conversation | None:
        statement = _BY_ADDRESS_AND_LOCK if self._tx.writes else _BY_ADDRESS
        asked = {"channel": channel, "addresses": self._tx.keys.keyring.addresses(address)}
        row = self._tx.read(statement, asked).first()
        return to_conversation(row, self._tx.keys) if row else None

    def add(self, conversation: Conversation) -> None:
        """Store a new conversation.

        Raises:
            StorageConflict: its id or its address is there already (two first messages at once).
        """
        self._tx.write(_ADD, _to_row(conversation, self._tx.keys))

    def begin_part(self, conversation: Conversation, at: datetime) -> None:
        name, owner = conversation.conversation_id, conversation.debtor_id
        ended = {"conversation_id": name, "part": conversation.part, "debtor_id": owner}
        self._tx.write(_ADD_PART, {**ended, "began_at": conversation.opened_at or at})
        self._tx.write(
            _OWN_IF_NOBODYS, {"of_conversation": name, "of_part": conversation.part, "owner": owner}
        )
        conversation.part += 1
        begun = {"conversation_id": name, "part": conversation.part, "debtor_id": None}
        self._tx.write(_ADD_PART, {**begun, "began_at": at})
        self._tx.keys.at_part(name, conversation.part)

    def own_part(self, conversation: Conversation, debtor_id: DebtorId) -> None:
        named = {"of_conversation": conversation.conversation_id, "of_part": conversation.part}
        self._tx.write(_OWN, {**named, "owner": debtor_id})

    def save(self, conversation: Conversation) -> None:
        row = {f"new_{name}": value for name, value in _to_row(conversation, self._tx.keys).items()}
        row["of_conversation"] = row.pop("new_conversation_id")
        self._tx.write(_SAVE, row)

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Conversation]:
        rows = self._tx.read(_OF_DEBTOR, {"debtor_id": debtor_id}).all()
        self._tx.keys.prefetch(subject_of(row.conversation_id, row.part) for row in rows)
        return [to_conversation(row, self._tx.keys) for row in rows]


def _to_row(conversation: Conversation, keys: SubjectKeys) -> dict[str, Any]:
    subject = subject_of(conversation.conversation_id, conversation.part)
    keys.at_part(conversation.conversation_id, conversation.part)
    return {
        "conversation_id": conversation.conversation_id,
        "channel": conversation.channel,
        "address": keys.keyring.address(conversation.address),
        "language": conversation.language,
        "owner": conversation.owner.value,
        "debtor_id": conversation.debtor_id,
        "account": conversation.account,
        "verified_at": conversation.verified_at,
        "last_inbound_at": conversation.last_inbound_at,
        "opened_at": conversation.opened_at,
        "disposition": conversation.disposition.value if conversation.disposition else None,
        "pending": conversation.pending.value,
        "assignee": conversation.assignee,
        "part": conversation.part,
        "state": keys.seal_json(subject, conversation.state),
    }


def to_conversation(row: Any, keys: SubjectKeys) -> Conversation:
    """The conversation in a row."""
    keys.at_part(row.conversation_id, row.part)
    return Conversation(
        conversation_id=ConversationId(row.conversation_id),
        channel=row.channel,
        address=keys.keyring.read_address(row.address),
        language=row.language,
        owner=Owner(row.owner),
        debtor_id=row.debtor_id,
        account=row.account,
        verified_at=row.verified_at,
        last_inbound_at=row.last_inbound_at,
        opened_at=row.opened_at,
        disposition=Disposition(row.disposition) if row.disposition else None,
        pending=Pending(row.pending),
        assignee=row.assignee,
        part=row.part,
        state=keys.open_json(subject_of(row.conversation_id, row.part), row.state, {}),
    )
