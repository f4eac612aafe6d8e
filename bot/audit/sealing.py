"""Encryption of personal data with a key for each chain, so that destroying the key erases and the hashes still hold.

What is hashed and kept of a personal fact is a commitment to it and its ciphertext. While the key is there, the fact can be
read and, with its salt, shown to be the one that was committed to; without the key neither is possible any more.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "sealed:1:"
_ADDRESS = "address:1:"
_NONCE, _SALT = 12, 16


class KeyMissing(Exception):
    """Something is sealed by a key that is not among those given."""

    def __init__(self) -> None:
        super().__init__(
            "personal data is encrypted with a key that was not given: set ALDIA_DATA_KEY to the keys in use, "
            "the newest first, and ALDIA_IDENTITY_KEY to the installation's"
        )


def is_sealed(value: object) -> bool:
    """Whether a stored value is ciphertext."""
    return isinstance(value, str) and value.startswith(PREFIX)


class DataKey:
    """The key of one subject: a conversation or a debtor, by the name of its chain."""

    def __init__(self, key: bytes, subject: str) -> None:
        self._cipher = AESGCM(key)
        self._subject = subject.encode()

    def seal(self, text: str) -> str:
        """Encrypt a text; the result also commits to it."""
        salt, nonce, content = os.urandom(_SALT), os.urandom(_NONCE), text.encode()
        sealed = nonce + self._cipher.encrypt(nonce, salt + content, self._subject)
        return f"{PREFIX}{commitment(salt, content)}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str) -> tuple[str, bytes]:
        """The text and its salt.

        Raises:
            KeyMissing: it was sealed for another subject or by another key.
        """
        raw = base64.b64decode(sealed.rpartition(":")[2])
        try:
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._subject)
        except InvalidTag:
            raise KeyMissing from None
        return plain[_SALT:].decode(), plain[:_SALT]


def commitment(salt: bytes, content: bytes) -> str:
    """What binds a sealed value to its content: says nothing about it without the salt."""
    return hashlib.sha256(b"aldia fact\x00" + salt + content).hexdigest()


def commitment_in(sealed: str) -> str:
    """The commitment that a sealed value carries."""
    return sealed[len(PREFIX) :].partition(":")[0]


class Keyring:
    """The installation's keys, newest first: they wrap the subjects' keys and encrypt addresses.

    Addresses are looked up, so the same one gives the same ciphertext.

    Args:
        secrets: newest first; the first wraps, all unwrap.
        seals: False while servers of a version that cannot read sealed data still run: nothing new is sealed then.
    """

    def __init__(self, secrets: tuple[bytes, ...], *, seals: bool = True) -> None:
        self._wrapping = {}
        self._addressing = []
        for secret in secrets:
            material = HKDF(hashes.SHA256(), 96, salt=None, info=b"aldia data key 1").derive(secret)
            self._wrapping[hashlib.sha256(material).hexdigest()[:16]] = AESGCM(material[:32])
            self._addressing.append(AESSIV(material[32:]))
        self.seals = seals and bool(secrets)
        self.newest = next(iter(self._wrapping), "")

    def lacks(self, names: Sequence[str]) -> list[str]:
        """Those of some keys, by their short names, that were not given."""
        return [name for name in names if name not in self._wrapping]

    def wrap(self, key: bytes, subject: str) -> str:
        """Encrypt a subject's key with the newest key."""
        nonce = os.urandom(_NONCE)
        sealed = self._wrapping[self.newest].encrypt(nonce, key, subject.encode())
        return base64.b64encode(nonce + sealed).decode()

    def unwrap(self, wrapped: str, by: str, subject: str) -> bytes:
        """A subject's key.

        Raises:
            KeyMissing: the key that wrapped it was not given.
        """
        if by not in self._wrapping:
            raise KeyMissing
        raw = base64.b64decode(wrapped)
        try:
            return self._wrapping[by].decrypt(raw[:_NONCE], raw[_NONCE:], subject.encode())
        except InvalidTag:
            raise KeyMissing from None

    def address(self, address: str) -> str:
        """An address as it is stored."""
        return self._address(address, 0) if self.seals and address else address

    def addresses(self, address: str) -> list[str]:
        """Every form in which an address may be stored: sealed by each key, or clear."""
        if not address:
            return [address]
        return [*(self._address(address, place) for place in range(len(self._addressing))), address]

    def read_address(self, stored: str) -> str:
        """The address that was stored.

        Raises:
            KeyMissing: none of the keys gives it.
        """
        if not stored.startswith(_ADDRESS):
            return stored
        raw = base64.b64decode(stored[len(_ADDRESS) :])
        for cipher in self._addressing:
            try:
                return cipher.decrypt(raw, None).decode()
            except InvalidTag:
                continue
        raise KeyMissing

    def is_newest(self, stored: str) -> bool:
        """Whether an address is stored as it would be now."""
        return self.address(self.read_address(stored)) == stored

    def _address(self, address: str, place: int) -> str:
        return _ADDRESS + base64.b64encode(self._addressing[place].encrypt(address.encode(), None)).decode()


NO_KEYS = Keyring((), seals=False)
