"""The mathematics of the classifier: its closed forms agree with the long way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import kernel_model
from bot.nlu.text_features import TextFeatures

LINES = [
    "cuánto debo",
    "cuanto debo hoy",
    "quiero pagar",
    "pagar ya",
    "hola buenas",
    "buenas tardes",
    "hola",
    "debo algo",
]
LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 0])


def _likeness() -> kernel_model.HalfArray:
    return kernel_model.text_likeness(TextFeatures.fit(LINES).matrix(LINES))


def _kernel() -> kernel_model.FloatArray:
    return kernel_model.training_kernel(_likeness(), None, 1.0)


def test_held_out_scores_are_those_of_a_model_without_the_line() -> None:
    kernel, counts = _kernel(), np.array([1, 1, 0.3, 1, 1, 0.5, 1, 1], dtype=np.float32)
    fitted = kernel_model.fit(kernel.copy(), LABELS, 3, 0.1, counts)
    assert fitted.asked.tolist() == [0, 1, 3, 4, 6, 7]
    for place, i in enumerate(fitted.asked):
        rest = np.arange(len(LINES)) != i
        without = kernel_model.fit(kernel[np.ix_(rest, rest)].copy(), LABELS[rest], 3, 0.1, counts[rest])
        assert fitted.held_out[place] == pytest.approx(kernel[i, rest] @ without.weights, abs=1e-4)


def test_a_line_that_counts_for_little_pulls_little() -> None:
    def pull(count: float) -> float:
        counts = np.ones(len(LINES), dtype=np.float32)
        counts[2] = count
        return float(kernel_model.fit(_kernel(), LABELS, 3, 0.1, counts).weights[2, 1])

    assert 0 < pull(0.1) < pull(1.0)


def test_words_and_meaning_add_up() -> None:
    lines = np.eye(len(LINES), 3, dtype=np.float32)
    both = kernel_model.training_kernel(_likeness(), lines, 0.25)
    words, meaning = np.exp(_likeness().astype(np.float32) - 1), np.exp(lines @ lines.T - 1)
    assert both == pytest.approx(0.25 * words + 0.75 * meaning, abs=1e-5)


def test_postings_give_the_same_likeness_as_the_matrix() -> None:
    features = TextFeatures.fit(LINES)
    rows = features.matrix(LINES)
    postings = kernel_model.Postings.of(rows)
    for i, line in enumerate(LINES):
        assert postings.likeness(*features.vector(line)) == pytest.approx(
            _likeness()[i].astype(float), abs=1e-3
        )


def test_unknown_words_are_like_nothing() -> None:
    features = TextFeatures.fit(LINES)
    postings = kernel_model.Postings.of(features.matrix(LINES))
    assert not postings.likeness(*features.vector("")).any()


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=8), st.floats(0.5, 60))
def test_confidences_add_up_and_keep_the_order(scores: list[float], scale: float) -> None:
    chances = kernel_model.confidences(np.array(scores), scale)
    assert chances.sum() == pytest.approx(1, abs=1e-4)
    assert chances[int(np.argmax(scores))] == chances.max()


def test_the_scale_makes_confidence_true() -> None:
    # Always wrong in a fifth of the cases: no scale may claim more than about 80 % sure
    labels = np.array([0] * 80 + [1] * 20)
    scores = np.tile(np.array([1.0, 0.0], dtype=np.float32), (100, 1))
    scale = kernel_model.fit_scale(scores, labels)
    assert kernel_model.confidences(scores[0], scale)[0] == pytest.approx(0.8, abs=0.01)


@given(st.text(max_size=300))
def test_any_text_has_a_vector_of_at_most_unit_length(text: str) -> None:
    index, weight = TextFeatures.fit(LINES).vector(text)
    assert len(index) == len(set(index.tolist()))
    assert float((weight**2).sum()) <= 1 + 1e-4
