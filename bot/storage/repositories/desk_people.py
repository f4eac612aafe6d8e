"""Users of the desk, their sessions and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from bot.services.desk_port import Session, Token, User
from bot.storage.desk_tables import desk_sessions, desk_tokens, desk_users
from bot.storage.transaction import Transaction

_SESSION = desk_sessions.c.session_hash == bindparam("of_session")
_END_OLD = delete(desk_sessions).where(
    or_(desk_sessions.c.created_at < bindparam("created"), desk_sessions.c.seen_at < bindparam("seen"))
)
_END_OTHERS = delete(desk_sessions).where(
    and_(desk_sessions.c.user_id == bindparam("of_user"), desk_sessions.c.session_hash != bindparam("but"))
)


class SqlDeskPeople:
    """See `bot.services.desk_port.DeskPeople`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, user: User) -> None:
        """Store a new user.

        Raises:
            StorageConflict: the name is taken.
        """
        row = asdict(user) | {
            "languages": list(user.languages),
            "creditors": list(user.creditors),
            "preferences": dict(user.preferences),
        }
        self._tx.write(insert(desk_users), row)

    def get(self, user_id: str) -> User | None:
        return self._user(desk_users.c.user_id == user_id)

    def by_name(self, name: str) -> User | None:
        return self._user(desk_users.c.name == name)

    def _user(self, condition: Any) -> User | None:
        row = self._tx.read(select(desk_users).where(condition)).first()
        return _to_user(row) if row else None

    def all(self) -> Sequence[User]:
        return [_to_user(row) for row in self._tx.read(select(desk_users).order_by(desk_users.c.name))]

    def change(self, user_id: str, **columns: Any) -> None:
        self._tx.write(update(desk_users).where(desk_users.c.user_id == user_id).values(**columns))

    def add_session(self, session: Session) -> None:
        self._tx.write(insert(desk_sessions), asdict(session))

    def session(self, session_hash: str) -> Session | None:
        statement = select(desk_sessions).where(desk_sessions.c.session_hash == session_hash)
        row = self._tx.read(statement).first()
        return Session(**row._mapping) if row else None

    def change_session(self, session_hash: str, **columns: Any) -> None:
        self._tx.write(update(desk_sessions).where(_SESSION).values(**columns), {"of_session": session_hash})

    def end_session(self, session_hash: str) -> None:
        self._tx.write(delete(desk_sessions).where(_SESSION), {"of_session": session_hash})

    def end_sessions_of(self, user_id: str, but: str = "") -> None:
        self._tx.write(_END_OTHERS, {"of_user": user_id, "but": but})

    def end_sessions_before(self, created: datetime, seen: datetime) -> int:
        return int(self._tx.write(_END_OLD, {"created": created, "seen": seen}).rowcount)

    def add_token(self, token: Token) -> None:
        self._tx.write(insert(desk_tokens), asdict(token))

    def token(self, token_hash: str) -> Token | None:
        row = self._tx.read(select(desk_tokens).where(desk_tokens.c.token_hash == token_hash)).first()
        return Token(**row._mapping) if row else None

    def tokens_of(self, user_id: str) -> Sequence[Token]:
        statement = (
            select(desk_tokens).where(desk_tokens.c.user_id == user_id).order_by(desk_tokens.c.created_at)
        )
        return [Token(**row._mapping) for row in self._tx.read(statement)]

    def revoke_token(self, token_hash: str, at: datetime) -> None:
        statement = update(desk_tokens).where(desk_tokens.c.token_hash == token_hash)
        self._tx.write(statement.values(revoked_at=at))


def _to_user(row: Any) -> User:
    columns = dict(row._mapping)
    columns |= {"languages": tuple(row.languages), "creditors": tuple(row.creditors)}
    return User(**columns)
