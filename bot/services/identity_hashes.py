"""Keyed hashes of identity data: what is kept of birth date, document and postal code, and how to compare."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from bot.debt.party import DebtorId, IdentityRecord

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")
_LAST = 4


class IdentityHasher:
    """HMAC-SHA256 with the installation's identity key; each kind of datum is hashed apart."""

    def __init__(self, key: bytes) -> None:
        """Args: key: the secret of `Settings.identity_key`; another key makes every stored hash useless."""
        if not key:
            raise ValueError("the identity key is empty")
        self._key = key

    def date_of_birth(self, value: date | str) -> str:
        """Hash of a date, or of its ISO form."""
        return self.digest("date_of_birth", value.isoformat() if isinstance(value, date) else value.strip())

    def document(self, value: str) -> str:
        """Hash of a document number, however it is spaced, dotted or cased."""
        return self.digest("document", _plain(value))

    def last_four(self, value: str) -> tuple[str, ...]:
        """Hashes of the readings of "the last four": the last four characters, and the last four digits.

        "12345678Z" reads as 678Z and as 5678. Takes a whole document, or only its end as a person says it.
        """
        plain = _plain(value)
        digits = "".join(c for c in plain if c.isdigit())
        readings = dict.fromkeys(r for r in (plain[-_LAST:], digits[-_LAST:]) if len(r) == _LAST)
        return tuple(self.digest("last_four", reading) for reading in readings)

    def postal_code(self, value: str) -> str:
        """Hash of a postal code without spaces and case ("sw1a 1aa" is SW1A1AA)."""
        return self.digest("postal_code", _plain(value))

    def record(
        self, debtor_id: DebtorId, date_of_birth: date, document: str, postal_code: str
    ) -> IdentityRecord:
        """The hashes to keep of one debtor."""
        return IdentityRecord(
            debtor_id=debtor_id,
            date_of_birth=self.date_of_birth(date_of_birth),
            document_number=self.document(document),
            last_four=self.last_four(document),
            postal_code=self.postal_code(postal_code),
        )

    def digest(self, purpose: str, text: str) -> str:
        """Hash of any text for one purpose, in hexadecimal."""
        return hmac.digest(self._key, f"{purpose}\x1f{text}".encode(), "sha256").hex()

    @staticmethod
    def same(one: str, other: str) -> bool:
        """Compare two hashes in constant time."""
        return hmac.compare_digest(one.encode(), other.encode())

    @staticmethod
    def same_as_any(one: str, others: Iterable[str]) -> bool:
        """Compare with several hashes, all of them every time."""
        # Summed, not `any`: that would stop at the first match.
        return sum(hmac.compare_digest(one.encode(), other.encode()) for other in others) > 0


def _plain(value: str) -> str:
    folded = unicodedata.normalize("NFKC", value).upper()
    return _NOT_ALPHANUMERIC.sub("", folded)
