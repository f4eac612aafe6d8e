"""Hashed words and character n-grams of a message as sparse unit vectors, without a vocabulary to keep."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from bot.nlu.normalise import for_words, tokens

BUCKETS = 1 << 18
_HALF = BUCKETS // 2  # words live in the lower half, characters in the upper one
_CHAR_SIZES = (2, 3, 4, 5)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]


def _grams(text: str) -> tuple[list[int], list[int]]:
    words = tokens(text)
    word_ids = [crc32(w.encode()) % _HALF for w in words]
    word_ids += [
        crc32(f"{a} {b}".encode()) % _HALF for a, b in zip(["^", *words], [*words, "$"], strict=True)
    ]
    char_ids = []
    for word in words:
        padded = f" {word} "
        for size in _CHAR_SIZES:
            if len(padded) < size:
                break
            char_ids += [
                _HALF + crc32(padded[i : i + size].encode()) % _HALF for i in range(len(padded) - size + 1)
            ]
    return word_ids, char_ids


class TextFeatures:
    """Weighs the n-grams of a text by how rare they are in the training lines."""

    def __init__(self, idf: FloatArray) -> None:
        self.idf = idf

    @classmethod
    def fit(cls, texts: Sequence[str]) -> TextFeatures:
        """Counts in how many of the lines each n-gram occurs.

        Args:
            texts: the training lines, as debtors typed them.
        """
        seen = np.zeros(BUCKETS, dtype=np.float32)
        for text in texts:
            for ids in _grams(for_words(text)):
                seen[np.unique(np.array(ids, dtype=np.int64))] += 1
        return cls((np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32))

    def vector(self, text: str) -> tuple[IntArray, FloatArray]:
        """The n-grams of a text and their weights.

        Words and characters each have unit length and count half, so the dot product of two texts is in 0..1.

        Returns:
            Bucket numbers and weights, both empty where the text has none.
        """
        parts = []
        for ids in _grams(for_words(text)):
            index, count = np.unique(np.array(ids, dtype=np.int64), return_counts=True)
            weight = (1 + np.log(count)).astype(np.float32) * self.idf[index]
            length = float(np.sqrt((weight**2).sum())) or 1.0
            parts.append((index, (weight / length * np.sqrt(0.5)).astype(np.float32)))
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """The vectors of many texts, one row each."""
        vectors = [self.vector(text) for text in texts]
        starts = np.cumsum([0] + [len(index) for index, _ in vectors])
        return csr_matrix(
            (np.concatenate([w for _, w in vectors]), np.concatenate([i for i, _ in vectors]), starts),
            shape=(len(texts), BUCKETS),
        )
