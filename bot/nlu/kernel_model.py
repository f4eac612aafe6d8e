"""Kernel ridge classifier over likeness in words, characters and meaning, with calibrated confidences.

A message is like a training line when they share words and n-grams and when a sentence encoder puts them
close; every line votes with the weight that ridge regression gave it. Solved exactly in one factorisation:
no epochs, no chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix

FloatArray = npt.NDArray[np.float32]
HalfArray = npt.NDArray[np.float16]
IntArray = npt.NDArray[np.int64]


_BLOCK = 1000
_ASKED = 3000
_DOUBT = 0.01
"""No message is surer than 0.99: that much of the chance is spread over all intents. Makes held-out lines likeliest."""


@dataclass(frozen=True)
class Fitted:
    """What `fit` learnt: a weight for each line and intent, and how to read scores as confidences."""

    weights: FloatArray
    scale: float
    asked: IntArray  # the lines whose held-out scores were worked out
    held_out: FloatArray  # the scores of each of them by a model that never saw it


def text_likeness(rows: csr_matrix) -> HalfArray:
    """Dot products of all pairs of rows, 0..1; in half precision, because there are hundreds of millions."""
    out = np.empty((rows.shape[0], rows.shape[0]), dtype=np.float16)
    columns = rows.T.tocsr()
    for start in range(0, rows.shape[0], _BLOCK):
        out[start : start + _BLOCK] = (rows[start : start + _BLOCK] @ columns).toarray()
    return out


def likeness_kernel(
    words: FloatArray | HalfArray, meaning: FloatArray | None, words_share: float
) -> FloatArray:
    """How much lines resemble each other, all in all: the steeper the closer they are.

    Args:
        words: likeness in words; 1 is the same.
        meaning: likeness in meaning; None goes by the words alone.
        words_share: of the words in the sum.
    """
    by_words = np.exp(words.astype(np.float32) - 1)
    if meaning is None:
        return np.asarray(by_words)
    return np.asarray(words_share * by_words + (1 - words_share) * np.exp(meaning - 1))


def training_kernel(words: HalfArray, lines: FloatArray | None, words_share: float) -> FloatArray:
    """`likeness_kernel` of all pairs of training lines, made block by block.

    Args:
        words: likeness in words of all pairs.
        lines: the lines' unit vectors; None goes by the words alone.
        words_share: of the words in the sum.
    """
    out = np.empty(words.shape, dtype=np.float32)
    for start in range(0, len(out), _BLOCK):
        rows = slice(start, start + _BLOCK)
        meaning = None if lines is None else lines[rows] @ lines.T
        out[rows] = likeness_kernel(words[rows], meaning, words_share)
    return out


def fit(
    kernel: FloatArray, labels: IntArray, intents: int, ridge: float, counts: FloatArray | None = None
) -> Fitted:
    """Solves the ridge regression of the intents on the lines' likeness.

    Args:
        kernel: n x n, the same value all along the diagonal; overwritten to save memory.
        labels: the intent's number of each line.
        intents: how many intents there are.
        ridge: added to the diagonal; how much a line may be mistaken.
        counts: how much each line counts; None counts all the same. Only those that count fully are asked how
            sure the model is.

    Returns:
        The weights, with the softmax scale that makes confidences true on held-out lines. Held-out scores
        come from the closed form of leave-one-out: y - weight / diagonal of the inverse.
    """
    counts = np.ones(len(labels), dtype=np.float32) if counts is None else counts
    kernel[np.diag_indices_from(kernel)] += (ridge / counts).astype(np.float32)
    wanted = np.eye(intents, dtype=np.float32)[labels]
    # Transposed, a symmetric matrix is the same one in the order that LAPACK wants: no copy of a gigabyte
    factor, lower = cho_factor(kernel.T, lower=True, overwrite_a=True, check_finite=False)
    weights = cho_solve((factor, lower), wanted, check_finite=False).astype(np.float32)
    asked = _some(np.flatnonzero(counts >= 1))
    diagonal = _inverse_diagonal(factor, asked)
    held_out = (wanted[asked] - weights[asked] / diagonal[:, None]).astype(np.float32)
    return Fitted(weights, fit_scale(held_out, labels[asked]), asked, held_out)


def _some(lines: IntArray) -> IntArray:
    # Enough to fit one number; all of them would take as long as the regression itself
    return lines[:: len(lines) // _ASKED + 1]


def _inverse_diagonal(factor: FloatArray, lines: IntArray) -> FloatArray:
    """Some of the diagonal of the inverse of L L', from the columns of the inverse of L."""
    out = np.empty(len(lines), dtype=np.float32)
    for start in range(0, len(lines), _BLOCK):
        block = lines[start : start + _BLOCK]
        columns = np.zeros((len(factor), len(block)), dtype=np.float32, order="F")
        columns[block, np.arange(len(block))] = 1
        columns = solve_triangular(factor, columns, lower=True, overwrite_b=True, check_finite=False)
        out[start : start + len(block)] = np.einsum("ij,ij->j", columns, columns)
    return out


def fit_scale(scores: FloatArray, labels: IntArray) -> float:
    """The softmax scale that makes the held-out labels likeliest (temperature scaling, Guo et al. 2017)."""

    def loss(logarithm: float) -> float:
        chances = confidences(scores, float(np.exp(logarithm)))
        return float(-np.log(chances[np.arange(len(labels)), labels] + 1e-9).mean())

    # By its logarithm: among large scales all losses are alike, and the search would stop there
    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.5), np.log(60.0)), method="bounded").x))


def confidences(scores: FloatArray, scale: float) -> FloatArray:
    """Scores as chances that add up to 1 over the last axis, none surer than what is known allows."""
    shifted = scale * (scores - scores.max(axis=-1, keepdims=True))
    powers = np.exp(shifted)
    chances = powers / powers.sum(axis=-1, keepdims=True)
    return np.asarray((1 - _DOUBT) * chances + _DOUBT / scores.shape[-1], dtype=np.float32)


class Postings:
    """The training lines' n-grams, turned round: for each n-gram the lines that have it."""

    def __init__(
        self, starts: IntArray, lines: npt.NDArray[np.int32], weights: FloatArray, count: int
    ) -> None:
        self.starts, self.lines, self.weights, self.count = starts, lines, weights, count

    @classmethod
    def of(cls, rows: csr_matrix) -> Postings:
        """Args: rows: one training line each."""
        columns = rows.tocsc()
        return cls(
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32),
            columns.data.astype(np.float32),
            rows.shape[0],
        )

    def likeness(self, index: IntArray, weight: FloatArray) -> FloatArray:
        """Dot product of one text with every training line."""
        pairs: Sequence[tuple[int, int, float]] = [
            (a, b, w)
            for a, b, w in zip(self.starts[index], self.starts[index + 1], weight, strict=True)
            if b > a
        ]
        if not pairs:
            return np.zeros(self.count, dtype=np.float32)
        lines = np.concatenate([self.lines[a:b] for a, b, _ in pairs])
        parts = np.concatenate([self.weights[a:b] * w for a, b, w in pairs])
        return np.bincount(lines, weights=parts, minlength=self.count).astype(np.float32)
