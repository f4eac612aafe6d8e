"""People of the desk: accounts, passwords, skills, and access for programs."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.audit.tags import Tag
from bot.services.application import Application
from bot.services.desk_port import Token, User
from bot.services.desk_roles import DeskRefusal, Role
from bot.services.unit_of_work import UnitOfWork, WriteConflict

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
MIN_PASSWORD = 12
_MAX_PASSWORD = 200
_TOKEN_DAYS = 365
# A password takes 64 MiB and 0.1 s to check: a flood of them must not take the memory from everybody else.
_AT_ONCE = threading.BoundedSemaphore(4)
LANGUAGES = ("es", "en")


@dataclass(frozen=True)
class Created:
    """A new account, with its password, which is shown once."""

    user: User
    password: str


@lru_cache(maxsize=1)
def hasher() -> PasswordHasher:
    """Argon2id with the parameters of RFC 9106 for little memory (64 MiB)."""
    return PasswordHasher()


def is_right(password_hash: str, password: str) -> bool:
    """Whether a password is the one that was hashed."""
    try:
        with _AT_ONCE:
            return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def add_user(
    app: Application,
    name: str,
    *,
    role: str,
    full_name: str = "",
    password: str | None = None,
    languages: Sequence[str] = (),
    creditors: Sequence[str] = (),
    actor: str = "command line",
) -> Created:
    """Add somebody. Without a password one is made; either way they choose their own at the first sign-in.

    Raises:
        DeskRefusal: bad_name, bad_role, bad_language, weak_password or name_taken.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise DeskRefusal("bad_name")
    if role not in {one.value for one in Role}:
        raise DeskRefusal("bad_role", allowed=", ".join(one.value for one in Role))
    check_languages(languages)
    chosen = password or secrets.token_urlsafe(12)
    check_password(chosen, name)
    user = User(
        user_id=f"U-{uuid4().hex[:12]}",
        name=name,
        full_name=full_name.strip()[:80] or name.capitalize(),
        role=role,
        password_hash=hasher().hash(chosen),
        created_at=app.clock.now(),
        must_change=True,
        languages=tuple(languages),
        creditors=tuple(creditors),
    )
    try:
        with app.unit_of_work() as uow:
            if uow.desk_people.by_name(name) is not None:
                raise DeskRefusal("name_taken")
            uow.desk_people.add(user)
            note_change(uow, user.user_id, app.clock.now(), actor, "added", role=role)
            uow.commit()
    except WriteConflict:
        raise DeskRefusal("name_taken") from None
    return Created(user, chosen)


def note_change(
    uow: UnitOfWork, user_id: str, now: datetime, actor: str, outcome: str, **payload: object
) -> None:
    """Write an entry about an account into its own chain."""
    facts = {"user_id": user_id, "actor": actor, "outcome": outcome, **payload}
    uow.audit.append(f"desk:{user_id}", Tag.DESK_USER_CHANGED.value, now, facts)


def check_password(password: str, name: str) -> None:
    """Do nothing if a password may be used.

    Raises:
        DeskRefusal: weak_password.
    """
    if (
        not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD
        or name in password.lower()
        or len(set(password)) < 5
    ):
        raise DeskRefusal("weak_password", least=str(MIN_PASSWORD))


def check_languages(languages: Sequence[str]) -> None:
    """Do nothing if these are languages of ours.

    Raises:
        DeskRefusal: bad_language.
    """
    if not set(languages) <= set(LANGUAGES):
        raise DeskRefusal("bad_language", allowed=", ".join(LANGUAGES))


def everybody(app: Application) -> Sequence[User]:
    """All accounts, by name."""
    with app.unit_of_work(write=False) as uow:
        return uow.desk_people.all()


def named(app: Application, name: str) -> User:
    """An account by its name.

    Raises:
        DeskRefusal: no_such_person.
    """
    with app.unit_of_work(write=False) as uow:
        user = uow.desk_people.by_name(name.strip().lower())
    if user is None:
        raise DeskRefusal("no_such_person")
    return user


def set_disabled(app: Application, user_id: str, *, disabled: bool, actor: str) -> None:
    """Shut somebody out at once, or let them in again.

    Raises:
        DeskRefusal: no_such_person.
    """
    now = app.clock.now()
    with app.unit_of_work() as uow:
        _require_person(uow, user_id)
        uow.desk_people.change(user_id, disabled_at=now if disabled else None)
        if disabled:
            uow.desk_people.end_sessions_of(user_id)
        note_change(uow, user_id, now, actor, "disabled" if disabled else "enabled")
        uow.commit()


def change_account(
    app: Application,
    user_id: str,
    *,
    role: str,
    languages: Sequence[str],
    creditors: Sequence[str],
    actor: str,
) -> None:
    """Change role and skills; who is signed in has to do so again.

    Raises:
        DeskRefusal: bad_role, bad_language or no_such_person.
    """
    if role not in {one.value for one in Role}:
        raise DeskRefusal("bad_role", allowed=", ".join(one.value for one in Role))
    check_languages(languages)
    with app.unit_of_work() as uow:
        _require_person(uow, user_id)
        uow.desk_people.change(user_id, role=role, languages=list(languages), creditors=list(creditors))
        uow.desk_people.end_sessions_of(user_id)
        note_change(uow, user_id, app.clock.now(), actor, "changed", role=role, columns=["role", "skills"])
        uow.commit()


def reset_password(app: Application, user_id: str, *, actor: str) -> str:
    """Give a new password, to be changed at the next sign-in; a second factor is taken off. Returns it.

    Raises:
        DeskRefusal: no_such_person.
    """
    password = secrets.token_urlsafe(12)
    digest = hasher().hash(password)
    with app.unit_of_work() as uow:
        user = _require_person(uow, user_id)
        uow.desk_people.change(
            user_id, password_hash=digest, must_change=True, totp_secret=None, totp_step=None
        )
        uow.desk_people.end_sessions_of(user_id)
        uow.identity_attempts.clear(f"desk:{user.name}")
        note_change(uow, user_id, app.clock.now(), actor, "password_reset")
        uow.commit()
    return password


def _require_person(uow: UnitOfWork, user_id: str) -> User:
    user = uow.desk_people.get(user_id)
    if user is None:
        raise DeskRefusal("no_such_person")
    return user


# -- programs -------------------------------------------------------------------------------------------------------


def add_token(app: Application, user: User, label: str, *, actor: str, days: int = _TOKEN_DAYS) -> str:
    """Access for a program with the rights of a user. Returns the token, which is shown once."""
    secret = f"aldia_{secrets.token_urlsafe(32)}"
    now = app.clock.now()
    token = Token(
        hash_of(secret), user.user_id, label.strip()[:80] or "token", now, now + timedelta(days=days)
    )
    with app.unit_of_work() as uow:
        uow.desk_people.add_token(token)
        note_change(uow, user.user_id, now, actor, "token_added")
        uow.commit()
    return secret


def user_of_token(app: Application, secret: str) -> User | None:
    """Whose token it is, if it may still be used."""
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        token = uow.desk_people.token(hash_of(secret))
        if token is None or token.revoked_at is not None or token.expires_at <= now:
            return None
        user = uow.desk_people.get(token.user_id)
    return user if user is not None and user.disabled_at is None else None


def revoke_tokens(app: Application, user: User, *, actor: str) -> int:
    """Take all of a user's tokens away. Returns how many."""
    now = app.clock.now()
    with app.unit_of_work() as uow:
        tokens = [one for one in uow.desk_people.tokens_of(user.user_id) if one.revoked_at is None]
        for token in tokens:
            uow.desk_people.revoke_token(token.token_hash, now)
        note_change(uow, user.user_id, now, actor, "tokens_revoked")
        uow.commit()
    return len(tokens)


def hash_of(secret: str) -> str:
    """What is stored of a random secret: it needs no salt, nobody can guess it."""
    return hashlib.sha256(secret.encode()).hexdigest()
