"""Signing in to the desk: password, second factor, locks, and sessions that end."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from bot.audit.tags import Tag
from bot.debt.clocks import CLOCKS_DIFFER
from bot.services.application import Application
from bot.services.desk_people import check_password, hash_of, hasher, is_right, note_change
from bot.services.desk_port import Session, User
from bot.services.desk_roles import DeskRefusal
from bot.services.unit_of_work import UnitOfWork

IDLE = timedelta(minutes=20)
LIFETIME = timedelta(hours=10)
_TOUCH_EVERY = timedelta(seconds=30)
# Wrong passwords for one name, and from one network, before it is shut for a while.
_MOST_FAILURES, _MOST_FROM_NETWORK = 5, 30
_LOCK = timedelta(minutes=15)
_STEP_SECONDS = 30


@dataclass(frozen=True)
class SignedIn:
    """What the browser keeps (`secret`, in its cookie), and whether a code is still missing."""

    secret: str
    user: User
    needs_code: bool


@dataclass(frozen=True)
class Known:
    """Who a request comes from."""

    user: User
    session: Session


def sign_in(app: Application, name: str, password: str, network: str) -> SignedIn:
    """Check a name and a password.

    Raises:
        DeskRefusal: bad_login: whatever was wrong; locked: too many failures.
    """
    name, now = name.strip().lower()[:60], app.clock.now()
    subjects = ((f"desk:{name}", _MOST_FAILURES), (f"desk-network:{network}", _MOST_FROM_NETWORK))
    with app.unit_of_work(write=False) as uow:
        user = uow.desk_people.by_name(name)
        is_locked = any(uow.identity_attempts.locked_until(subject, now, _LOCK) for subject, _ in subjects)
    if is_locked:
        raise _locked()
    # An unknown name takes as long as a wrong password.
    is_good = is_right(user.password_hash if user is not None else _nobodys_hash(), password[:200])
    if user is None or not is_good or user.disabled_at is not None:
        _fail(app, user, subjects, now)
        raise DeskRefusal("bad_login")
    needs_code = user.totp_secret is not None
    secret = secrets.token_urlsafe(32)
    with app.unit_of_work() as uow:
        # Of many guesses at once those that come after the lock count as wrong, right or not.
        if any(
            uow.identity_attempts.locked_until(subject, now, _LOCK) is not None for subject, _ in subjects
        ):
            raise _locked()
        uow.identity_attempts.clear(f"desk:{name}")
        uow.desk_people.end_sessions_before(now - LIFETIME, now - IDLE)
        csrf, stage = secrets.token_urlsafe(24), "code" if needs_code else "full"
        uow.desk_people.add_session(Session(hash_of(secret), user.user_id, csrf, stage, now, now))
        _note(uow, user.user_id, now, "password" if needs_code else "signed_in")
        uow.commit()
    return SignedIn(secret, user, needs_code)


def _locked() -> DeskRefusal:
    return DeskRefusal("locked", minutes=str(int(_LOCK.total_seconds() // 60)))


_NOBODYS: list[str] = []


def _nobodys_hash() -> str:
    if not _NOBODYS:
        _NOBODYS.append(hasher().hash(secrets.token_urlsafe(16)))
    return _NOBODYS[0]


def _fail(app: Application, user: User | None, subjects: tuple[tuple[str, int], ...], now: datetime) -> None:
    with app.unit_of_work() as uow:
        outcome = "failed"
        for subject, most in subjects:
            uow.identity_attempts.fail(subject, now)
            if uow.identity_attempts.failures_since(subject, now - _LOCK) >= most:
                uow.identity_attempts.lock(subject, now + _LOCK)
                outcome = "locked"
        # What was typed as a name may be a password: it is not kept.
        _note(uow, user.user_id if user is not None else "unknown", now, outcome)
        uow.commit()


def _note(uow: UnitOfWork, user_id: str, now: datetime, outcome: str) -> None:
    payload = {"actor": user_id, "outcome": outcome}
    uow.audit.append(f"desk:{user_id}", Tag.DESK_SIGNED_IN.value, now, payload)


def give_code(app: Application, secret: str, code: str) -> SignedIn:
    """Check the second factor; the session starts anew under another secret.

    Raises:
        DeskRefusal: bad_code, locked, or signed_out when there is no such session.
    """
    known, now = known_by(app, secret, stage="code"), app.clock.now()
    if known is None:
        raise DeskRefusal("signed_out")
    user, subject = known.user, f"desk-code:{known.user.user_id}"
    with app.unit_of_work() as uow:
        if uow.identity_attempts.locked_until(subject, now, _LOCK) is not None:
            raise _locked()
        step = _matching_step(app, user, code, now)
        if step is None:
            uow.identity_attempts.fail(subject, now)
            if uow.identity_attempts.failures_since(subject, now - _LOCK) >= _MOST_FAILURES:
                uow.identity_attempts.lock(subject, now + _LOCK)
                uow.desk_people.end_session(known.session.session_hash)
            _note(uow, user.user_id, now, "bad_code")
            uow.commit()
            raise DeskRefusal("bad_code")
        uow.identity_attempts.clear(subject)
        uow.desk_people.change(user.user_id, totp_step=step)
        uow.desk_people.end_session(known.session.session_hash)
        renewed, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        uow.desk_people.add_session(Session(hash_of(renewed), user.user_id, csrf, "full", now, now))
        _note(uow, user.user_id, now, "signed_in")
        uow.commit()
    return SignedIn(renewed, user, needs_code=False)


def known_by(app: Application, secret: str, *, stage: str = "full", is_active: bool = True) -> Known | None:
    """Who holds a session.

    Args:
        stage: the stage that it must have reached.
        is_active: a person did something; a page that only keeps itself up to date does not keep a session alive.
    """
    now, digest = app.clock.now(), hash_of(secret)
    with app.unit_of_work(write=False) as uow:
        session = uow.desk_people.session(digest)
        user = uow.desk_people.get(session.user_id) if session is not None else None
    if session is None or user is None or user.disabled_at is not None or session.stage != stage:
        return None
    if now - session.created_at > LIFETIME or not -CLOCKS_DIFFER <= now - session.seen_at <= IDLE:
        return None  # or last seen later than now: the clock was set back, and nobody knows how long ago that was
    if is_active and now - session.seen_at > _TOUCH_EVERY:
        with app.unit_of_work() as uow:
            uow.desk_people.change_session(digest, seen_at=now)
            uow.commit()
    return Known(user, session)


def sign_out(app: Application, known: Known) -> None:
    """End this session."""
    with app.unit_of_work() as uow:
        uow.desk_people.end_session(known.session.session_hash)
        _note(uow, known.user.user_id, app.clock.now(), "signed_out")
        uow.commit()


def change_password(app: Application, known: Known, old: str, new: str) -> None:
    """Choose a new password; every other session of this person ends.

    Raises:
        DeskRefusal: bad_login (the old one is wrong), locked (too often), same_password or weak_password.
    """
    user, now = known.user, app.clock.now()
    # Whoever found a page open must not find the password out by trying.
    subjects = ((f"desk-change:{user.user_id}", _MOST_FAILURES),)
    with app.unit_of_work(write=False) as uow:
        if uow.identity_attempts.locked_until(subjects[0][0], now, _LOCK) is not None:
            raise _locked()
    if not is_right(user.password_hash, old[:200]):
        _fail(app, user, subjects, now)
        raise DeskRefusal("bad_login")
    if old == new:
        raise DeskRefusal("same_password")
    check_password(new, user.name)
    digest = hasher().hash(new)
    with app.unit_of_work() as uow:
        uow.desk_people.change(user.user_id, password_hash=digest, must_change=False)
        uow.desk_people.end_sessions_of(user.user_id, but=known.session.session_hash)
        note_change(uow, user.user_id, app.clock.now(), user.user_id, "password_changed")
        uow.commit()


# -- second factor --------------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret for an authenticator app; nothing is stored before a code of it was given."""
    return pyotp.random_base32()


def address_of(user: User, secret: str) -> str:
    """What the QR code for the app holds."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name="Al Día"))


def turn_on_code(app: Application, user: User, secret: str, code: str, *, session: str = "") -> None:
    """Ask for a code from now on; sessions that began without one end.

    Args:
        session: the hash of the one that goes on.

    Raises:
        DeskRefusal: bad_code, or not_allowed: whoever found a page open must not put their own in its place.
    """
    now = app.clock.now()
    if user.totp_secret is not None:
        raise DeskRefusal("not_allowed")
    if not _is_secret(secret) or _step_of(secret, code, now, None) is None:
        raise DeskRefusal("bad_code")
    with app.unit_of_work() as uow:
        uow.desk_people.change(user.user_id, totp_secret=_cipher(app).encrypt(secret.encode()).decode())
        uow.desk_people.end_sessions_of(user.user_id, but=session)
        note_change(uow, user.user_id, now, user.user_id, "second_factor_on")
        uow.commit()


def _is_secret(secret: str) -> bool:
    try:
        return len(secret) == 32 and len(base64.b32decode(secret)) == 20
    except (binascii.Error, ValueError):
        return False


def _matching_step(app: Application, user: User, code: str, now: datetime) -> int | None:
    try:
        secret = _cipher(app).decrypt((user.totp_secret or "").encode()).decode()
    except InvalidToken:
        return None
    return _step_of(secret, code, now, user.totp_step)


def _step_of(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """The time step that a code belongs to: now, just before or just after, and never one used before."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_SECONDS
    for step in (present, present - 1, present + 1):
        is_same = secrets.compare_digest(
            totp.at(step * _STEP_SECONDS), code.strip().encode("ascii", "ignore").decode()
        )
        if is_same and (used is None or step > used):
            return step
    return None


def _cipher(app: Application) -> Fernet:
    key = hashlib.sha256(b"desk second factor" + app.settings.identity_key).digest()
    return Fernet(base64.urlsafe_b64encode(key))
