"""The Rasa component around `IntentModel`: sets intent, ranking and language on messages."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.embedding import Encoder
from bot.nlu.intent_model import IntentModel, Reading, Tuning
from bot.nlu.language import detect
from bot.nlu.made_lines import with_made_lines

logger = logging.getLogger(__name__)

_FILE = "intent_model.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DebtIntentClassifier(GraphComponent, IntentClassifier):
    """Tells what a debtor wants, how sure that is, and in which language it was said."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Options of config.yml: `ranking_length` (0 shows all), `use_encoder`, and those of `Tuning`."""
        return {"ranking_length": 10, "use_encoder": True}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DebtIntentClassifier:
        """Creates an untrained component (see parent class)."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the model on the lines that have text and intent, and persists it.

        Raises:
            ValueError: there are fewer than two intents.
        """
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        lines = with_made_lines((e.get(TEXT), e.get(INTENT)) for e in examples)
        logger.info(
            "Learning %d written lines and %d made from them.", len(examples), len(lines) - len(examples)
        )
        options = {k: v for k, v in self._config.items() if k in Tuning.__dataclass_fields__}
        self._model = IntentModel.train(
            [line.text for line in lines],
            [line.intent for line in lines],
            self._encoder(self._config),
            Tuning(**options),
            [line.weight for line in lines],
        )
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _FILE, **self._model.to_arrays())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DebtIntentClassifier:
        """Loads a trained component.

        Raises:
            ValueError: the model holds no trained classifier, or was trained by another version.
        """
        try:
            with model_storage.read_from(resource) as folder, np.load(folder / _FILE) as stored:
                model = IntentModel.from_arrays(dict(stored), cls._encoder(config))
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(
                f"the model has no usable intent classifier ({error}): train it again"
            ) from error
        component = cls(config, model_storage, resource, model)
        model.read("hola, cuánto debo")  # the encoder's first sentence is slow: not a debtor's
        return component

    @staticmethod
    def _encoder(config: dict[str, Any]) -> Encoder | None:
        return Encoder.create() if config.get("use_encoder", True) else None

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets `intent`, `intent_ranking` and `language` on each message."""
        for message in messages:
            self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        text = str(message.get(TEXT) or "")
        reading = self._model.read(text) if self._model else Reading((), detect(text), False)
        message.set("language", reading.language, add_to_output=True)
        length = int(self._config.get("ranking_length") or 0) or len(reading.ranking)
        shown = [
            {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: chance}
            for name, chance in reading.ranking[:length]
        ]
        nothing = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 0.0}
        message.set(INTENT, shown[0] if shown else nothing, add_to_output=True)
        message.set("intent_ranking", shown, add_to_output=True)
