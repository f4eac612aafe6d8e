"""The root of a list of hashes (the tree of RFC 6962), computed as they come and in the memory of a few of them."""

from __future__ import annotations

import hashlib
import json


def head_leaf(chain: str, seq: int, digest: str) -> bytes:
    """Leaf for one chain's head."""
    content = json.dumps([chain, seq, digest], separators=(",", ":")).encode()
    return hashlib.sha256(b"\x00" + content).digest()


class Root:
    """Takes leaves in order and gives the root of all taken so far."""

    def __init__(self) -> None:
        self.count = 0
        self._full: list[tuple[int, bytes]] = []  # roots of full trees, the largest first

    def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        self.count += 1
        size, node = 1, leaf
        while self._full and self._full[-1][0] == size:
            node = _join(self._full.pop()[1], node)
            size *= 2
        self._full.append((size, node))

    def hexdigest(self) -> str:
        """The root, in hexadecimal; of nothing: the hash of nothing."""
        if not self._full:
            return hashlib.sha256(b"").hexdigest()
        node = self._full[-1][1]
        for _, left in reversed(self._full[:-1]):
            node = _join(left, node)
        return node.hex()


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
