"""Links that bring a debtor's chat to us, by the hash of their token."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select, update

from bot.services.unit_of_work import ChatLink
from bot.storage.tables import chat_links
from bot.storage.transaction import Transaction

_ADD = insert(chat_links)
_GET = select(chat_links).where(chat_links.c.token_hash == bindparam("token_hash"))
_USE = (
    update(chat_links)
    .where(
        and_(
            chat_links.c.token_hash == bindparam("of_hash"),
            chat_links.c.channel == bindparam("of_channel"),
            chat_links.c.used_at.is_(None),
            chat_links.c.expires_at > bindparam("at"),
        )
    )
    .values(used_at=bindparam("at"), used_by=bindparam("address"))
)


class SqlChatLinks:
    """See `bot.services.unit_of_work.ChatLinks`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, link: ChatLink) -> None:
        row = {
            "token_hash": link.token_hash,
            "debtor_id": link.debtor_id,
            "channel": link.channel,
            "created_at": link.created_at,
            "expires_at": link.expires_at,
            "used_at": link.used_at,
            "used_by": link.used_by,
        }
        self._tx.write(_ADD, row)

    def get(self, token_hash: str) -> ChatLink | None:
        row = self._tx.read(_GET, {"token_hash": token_hash}).first()
        if row is None:
            return None
        used_by = None if row.used_by is None else self._tx.keys.keyring.read_address(row.used_by)
        return ChatLink(**{**row._mapping, "used_by": used_by})

    def use(self, token_hash: str, channel: str, address: str, at: datetime) -> bool:
        asked: dict[str, object] = {"of_hash": token_hash, "of_channel": channel, "at": at}
        asked["address"] = self._tx.keys.keyring.address(address)
        return int(self._tx.write(_USE, asked).rowcount) == 1
