"""How a long record on paper is split into volumes that name one another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

ENTRIES_IN_A_VOLUME = 5_000  # about 500 pages, and some 200 MB of memory while it is set


@dataclass(frozen=True)
class Volume:
    """One file of a record on paper. Each names the digest at which the one before it ended, so none can be missing.

    Attributes:
        first, last: numbers of its entries.
        digest: of the hashes of every entry from the first volume's first to its own last.
    """

    number: int
    of: int
    first: int
    last: int
    digest: str
    before: str | None


def volumes_of(hashes: Iterable[str]) -> list[Volume]:
    """How the entries are split, from a first reading that keeps nothing but the digests."""
    digest, count, ends = hashlib.sha256(), 0, list[tuple[int, str]]()
    for count, each in enumerate(hashes, 1):
        digest.update(each.encode())
        if count % ENTRIES_IN_A_VOLUME == 0:
            ends.append((count, digest.hexdigest()))
    if not ends or ends[-1][0] != count:
        ends.append((count, digest.hexdigest()))
    begins = [(0, None), *ends[:-1]]
    return [
        Volume(number, len(ends), begin + 1, end, this, before)
        for number, ((begin, before), (end, this)) in enumerate(zip(begins, ends, strict=True), 1)
    ]
