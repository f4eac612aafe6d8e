"""Sessions of the widget: a signed token, bound to the page that it was given to. Nothing is stored for one."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

# Separate from every other use of the installation's key (RFC 5869).
_INFO = b"aldia web session v1"


@dataclass(frozen=True)
class Session:
    """Who writes from which page.

    Attributes:
        address: of the conversation: random, so that nobody finds another's.
        origin: scheme, host and port of the page that asked for it.
        creditor: as the page names itself; shown, and kept for the people at the desk.
        expires: seconds since 1970.
    """

    address: str
    origin: str
    creditor: str
    language: str
    expires: int

    @classmethod
    def begin(cls, origin: str, creditor: str, language: str, now: datetime, lasts: timedelta) -> Session:
        """A new session with an address of 144 random bits."""
        return cls(secrets.token_urlsafe(18), origin, creditor, language, _seconds(now + lasts))

    def renewed(self, now: datetime, lasts: timedelta) -> Session:
        """The same session, for longer."""
        return replace(self, expires=_seconds(now + lasts))

    def holds(self, now: datetime, grace: timedelta = timedelta()) -> bool:
        """Whether it has not expired, or not longer ago than `grace`."""
        return now.timestamp() < self.expires + grace.total_seconds()


class Tokens:
    """Writes sessions as tokens and reads them back.

    Args:
        key: the installation's key; the tokens' own is derived from it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = derived(key, _INFO)

    def write(self, session: Session) -> str:
        """The token of a session."""
        body = _encode(json.dumps(asdict(session), separators=(",", ":"), ensure_ascii=False).encode())
        return f"{body}.{_encode(self._signature(body))}"

    def read(self, token: str) -> Session | None:
        """The session of a token, expired or not; None when we did not write it."""
        body, _, signature = token.partition(".")
        try:
            is_ours = hmac.compare_digest(_decode(signature), self._signature(body))
            content: Any = json.loads(_decode(body)) if is_ours else None
        except ValueError:
            return None
        return Session(**content) if is_ours else None

    def _signature(self, body: str) -> bytes:
        return hmac.digest(self._key, body.encode(), "sha256")


def derived(key: bytes, info: bytes) -> bytes:
    """HKDF with SHA-256 and no salt, one block: a key of 32 bytes for one purpose."""
    extracted = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not text.isascii():
        raise ValueError("a token is ASCII")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
