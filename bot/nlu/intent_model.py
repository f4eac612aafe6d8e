"""The intent model without Rasa: an opinion from the words, and from the meaning if in doubt."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.nlu import kernel_model
from bot.nlu.clauses import rights_first
from bot.nlu.embedding import Encoder
from bot.nlu.language import detect
from bot.nlu.text_features import TextFeatures
from bot.nlu.thresholds import CARE, CLEAR, CRITICAL_INTENTS

logger = logging.getLogger(__name__)
FloatArray = npt.NDArray[np.float32]
Ranking = tuple[tuple[str, float], ...]

_OUT_OF_SCOPE = "out_of_scope"
_IN_ANY_LANGUAGE = frozenset({"distress", "stop_contact", "greet", "thank", "goodbye", "change_language"})


@dataclass(frozen=True)
class Tuning:
    """Numbers chosen by cross-validation on the training lines (docs/nlu.md)."""

    words_share: float = 0.35  # of the likeness; the rest is meaning
    ridge: float = 0.03
    words_ridge: float = 0.15  # of the quick opinion
    sure_from: float = 0.97  # confidence from which the quick opinion stands


@dataclass(frozen=True)
class Reading:
    """How likely each intent is, likeliest first; language is "es", "en", "other", or None if too short."""

    ranking: Ranking
    language: str | None
    asked_encoder: bool


class IntentModel:
    """Ranks the intents of a message. Read-only after training, so threads may share it."""

    def __init__(
        self,
        intents: Sequence[str],
        features: TextFeatures,
        postings: kernel_model.Postings,
        stages: Mapping[str, tuple[FloatArray, float]],
        lines: FloatArray | None,
        centre: FloatArray | None,
        tuning: Tuning,
        encoder: Encoder | None,
    ) -> None:
        self.intents = tuple(intents)
        self._care = np.array([CARE if i in CRITICAL_INTENTS else 1.0 for i in intents], dtype=np.float32)
        self.features = features
        self.postings = postings
        self.stages = dict(stages)
        self.lines = lines
        self.centre = centre
        self.tuning = tuning
        self._encoder = encoder if lines is not None else None

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        encoder: Encoder | None,
        tuning: Tuning | None = None,
        counts: Sequence[float] | None = None,
    ) -> IntentModel:
        """Fits both stages.

        Args:
            texts: the training lines as typed.
            labels: the intent of each.
            encoder: None trains the quick stage only.
            tuning: the model's numbers.
            counts: how much each line counts; None counts all the same.

        Raises:
            ValueError: there are fewer than two intents.
        """
        tuning = tuning or Tuning()
        intents, numbers = np.unique(np.array(labels), return_inverse=True)
        if len(intents) < 2:
            raise ValueError("an intent classifier needs training lines of at least two intents")
        weights = np.array(counts if counts is not None else np.ones(len(texts)), dtype=np.float32)
        features = TextFeatures.fit(texts)
        rows = features.matrix(texts)
        words = kernel_model.text_likeness(rows)
        stages: dict[str, tuple[FloatArray, float]] = {}
        lines = centre = None
        if encoder is not None:
            vectors = encoder.vectors(texts)
            centre = vectors.mean(axis=0)
            lines = _centred(vectors, centre)
            kernel = kernel_model.training_kernel(words, lines, tuning.words_share)
            stages["meaning"] = cls._stage("meaning", kernel, numbers, len(intents), tuning.ridge, weights)
            del kernel
        kernel = kernel_model.training_kernel(words, None, 1.0)
        del words
        stages["words"] = cls._stage("words", kernel, numbers, len(intents), tuning.words_ridge, weights)
        return cls(
            intents.tolist(), features, kernel_model.Postings.of(rows), stages, lines, centre, tuning, encoder
        )

    @staticmethod
    def _stage(
        name: str,
        kernel: FloatArray,
        numbers: npt.NDArray[np.int64],
        intents: int,
        ridge: float,
        counts: FloatArray,
    ) -> tuple[FloatArray, float]:
        fitted = kernel_model.fit(kernel, numbers, intents, ridge, counts)
        right = float((fitted.held_out.argmax(axis=1) == numbers[fitted.asked]).mean())
        logger.info(
            "Stage %s: %.1f %% of the lines right when held out, scale %.1f.", name, 100 * right, fitted.scale
        )
        return fitted.weights, fitted.scale

    def read(self, text: str) -> Reading:
        """Ranks the intents of one message.

        Args:
            text: what the debtor typed.

        Returns:
            The reading; its ranking is empty where the text is.
        """
        language = detect(text)
        if not text.strip():
            return Reading((), language, False)
        index, weight = self.features.vector(text)
        words = self.postings.likeness(index, weight)
        chances = self._chances("words", words, None)
        asked = float(chances.max()) < self.tuning.sure_from
        if self._encoder is None or self.lines is None or self.centre is None:
            asked = False
        elif asked:
            meaning = self.lines @ _centred(self._encoder.vector(text)[None, :], self.centre)[0]
            chances = self._chances("meaning", words, meaning)
        chances = chances * self._care
        chances /= chances.sum()
        order = np.argsort(-chances)
        ranking = tuple((self.intents[i], float(chances[i])) for i in order)
        ranking = rights_first(text, ranking, self._by_words, self.tuning.sure_from)
        return Reading(_doubt_foreign(ranking) if language == "other" else ranking, language, asked)

    def _by_words(self, text: str) -> tuple[str, float]:
        chances = self._chances("words", self.postings.likeness(*self.features.vector(text)), None)
        best = int(chances.argmax())
        return self.intents[best], float(chances[best])

    def _chances(self, stage: str, words: FloatArray, meaning: FloatArray | None) -> FloatArray:
        weights, scale = self.stages[stage]
        kernel = kernel_model.likeness_kernel(words, meaning, self.tuning.words_share)
        return kernel_model.confidences(kernel @ weights, scale)

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Everything `from_arrays` needs, as arrays that `numpy.savez` writes without pickling."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "intents": np.array(self.intents),
            "idf": self.features.idf,
            "posting_starts": self.postings.starts,
            "posting_lines": self.postings.lines,
            "posting_weights": self.postings.weights.astype(np.float16),
            "lines_count": np.array(self.postings.count),
            "tuning": np.array(
                [self.tuning.words_share, self.tuning.ridge, self.tuning.words_ridge, self.tuning.sure_from]
            ),
        }
        for name, (weights, scale) in self.stages.items():
            arrays[f"weights_{name}"] = weights
            arrays[f"scale_{name}"] = np.array(scale)
        if self.lines is not None and self.centre is not None:
            arrays["lines"] = self.lines.astype(np.float16)
            arrays["centre"] = self.centre
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, npt.NDArray[np.generic]], encoder: Encoder | None
    ) -> IntentModel:
        """The model that `to_arrays` wrote.

        Args:
            arrays: as `numpy.load` gives them.
            encoder: None answers by words alone.
        """
        stages = {
            name: (
                np.asarray(arrays[f"weights_{name}"], dtype=np.float32),
                float(arrays[f"scale_{name}"].item()),
            )
            for name in ("words", "meaning")
            if f"weights_{name}" in arrays
        }
        postings = kernel_model.Postings(
            np.asarray(arrays["posting_starts"], dtype=np.int64),
            np.asarray(arrays["posting_lines"], dtype=np.int32),
            np.asarray(arrays["posting_weights"], dtype=np.float32),
            int(arrays["lines_count"].item()),
        )
        has_lines = "lines" in arrays
        return cls(
            [str(name) for name in arrays["intents"]],
            TextFeatures(np.asarray(arrays["idf"], dtype=np.float32)),
            postings,
            stages,
            np.asarray(arrays["lines"], dtype=np.float32) if has_lines else None,
            np.asarray(arrays["centre"], dtype=np.float32) if has_lines else None,
            Tuning(*[float(x) for x in arrays["tuning"].tolist()]),
            encoder,
        )


def _centred(vectors: FloatArray, centre: FloatArray) -> FloatArray:
    # E5's vectors all lie in a narrow cone; without their common part, cosines tell meanings apart.
    moved = vectors - centre
    return np.asarray(moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


def _doubt_foreign(ranking: Ranking) -> Ranking:
    # The encoder understands French or German too, but nobody here can answer in it: unless it is a greeting, a
    # cry for help or the wish for another language, the message is one that this assistant cannot serve.
    if (ranking[0][0] in _IN_ANY_LANGUAGE and ranking[0][1] >= CLEAR) or _OUT_OF_SCOPE not in dict(ranking):
        return ranking
    halved = [(name, chance / 2 + (0.5 if name == _OUT_OF_SCOPE else 0.0)) for name, chance in ranking]
    return tuple(sorted(halved, key=lambda pair: -pair[1]))
