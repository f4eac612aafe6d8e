"""Ed25519 keys of the checkpoints: reading a private one, naming a public one, checking a signature."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")


class NoSigningKey(Exception):
    """A checkpoint was asked for and there is no key to sign it with."""

    def __init__(self) -> None:
        super().__init__(
            "there is no key to sign checkpoints with: set ALDIA_AUDIT_KEY to 64 random hexadecimal digits, "
            "or to a file that holds them (openssl rand -hex 32)"
        )


class Signer:
    """Signs checkpoints. Args: seed: 32 random bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
        self.key_id = key_id(self.public_key)

    def sign(self, digest: str) -> str:
        """Signature, in hexadecimal, over a checkpoint's hash."""
        return self._key.sign(_message(digest)).hex()


def seed_of(text: str) -> bytes:
    """The 32 bytes of a private key written as 64 hexadecimal digits.

    Raises:
        ValueError: it is written otherwise.
    """
    return bytes.fromhex(_hex_key(text))


def public_key_of(text: str) -> str:
    """A public key as it was printed.

    Raises:
        ValueError: it is written otherwise.
    """
    return _hex_key(text).lower()


def key_id(public_key: str) -> str:
    """Short name of a public key: nobody can give it to another one."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def is_signed(public_key: str, digest: str, signature: str) -> bool:
    """Whether a signature over a checkpoint's hash is of this key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), _message(digest))
    except (InvalidSignature, ValueError):
        return False
    return True


def by_id(public_keys: Iterable[str]) -> dict[str, str]:
    """Public keys by their short name."""
    return {key_id(each): each for each in public_keys}


def _message(digest: str) -> bytes:
    return f"aldia checkpoint 1\n{digest}".encode()


def _hex_key(text: str) -> str:
    if not _HEX_KEY.fullmatch(text.strip()):
        raise ValueError("expected 64 hexadecimal digits")
    return text.strip()
