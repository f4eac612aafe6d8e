"""The Rasa component that sets the normalised entities of `bot.nlu.entities` on each message."""

from __future__ import annotations

import logging
import os
from datetime import date
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.entities import Entity, extract
from bot.nlu.language import detect

logger = logging.getLogger(__name__)

_ENGLISH_COUNTRIES = frozenset({"US", "GB", "IE", "AU", "NZ", "CA"})


def _iso_date(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DebtEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Sets amounts, dates, documents and the rest on messages; needs no training."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the default configuration.

        Returns:
            `default_country`: ISO code where the message says none; None goes by the words.
            `default_language`: "es" or "en" where the text is too short to tell.
        """
        return {"default_country": None, "default_language": "es"}

    def __init__(self, config: dict[str, Any]) -> None:
        """Keep the configuration.

        Args:
            config: As in `get_default_config`.
        """
        self._country = (config.get("default_country") or "").upper() or None
        self._language = config.get("default_language") or "es"
        # The first spaCy and phone look-ups cost seconds: pay at load, not on a debtor's first message
        extract("puedo pagar 50 al 600112233", country="ES", language="es", today=date(2026, 1, 1))
        extract("i can pay 50 on friday", country="US", language="en", today=date(2026, 1, 1))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DebtEntityExtractor:
        """Build the component (see parent class).

        Args:
            config: As in `get_default_config`.
            model_storage: Not used.
            resource: Not used.
            execution_context: Not used.

        Returns:
            The component.
        """
        return cls(config)

    @staticmethod
    def required_packages() -> list[str]:
        """Name the packages needed.

        Returns:
            Import names.
        """
        return ["spacy", "phonenumbers", "stdnum", "holidays"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message to those already set.

        Args:
            messages: Messages to read.

        Returns:
            The same messages.
        """
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            found = [self._as_rasa(entity) for entity in self._read(text, message.get(METADATA) or {})]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave training data as it is: annotated entities teach other components.

        Args:
            training_data: Training data.

        Returns:
            The same training data.
        """
        return training_data

    def _read(self, text: str, metadata: dict[str, Any]) -> list[Entity]:
        locale = str(metadata.get("locale") or "").replace("_", "-")
        said, _, region = locale.partition("-")
        country = str(metadata.get("country") or region or self._country or "").upper() or None
        fallback = said.lower() or (
            "en" if country in _ENGLISH_COUNTRIES else self._language if country is None else "es"
        )
        language = detect(text)
        if language not in ("es", "en"):
            language = fallback
        today = (
            _iso_date(metadata.get("today"))
            or _iso_date(metadata.get("reference_date"))
            or _iso_date(os.environ.get("ALDIA_TODAY"))
            or date.today()
        )
        try:
            return extract(text, country=country, language=language, today=today)
        except Exception:
            # A message that breaks a reader must still reach the dialogue, without entities
            logger.exception("Entity extraction failed on a message of %d characters", len(text))
            return []

    def _as_rasa(self, entity: Entity) -> dict[str, Any]:
        data: dict[str, Any] = {
            "entity": entity.kind,
            "value": entity.value,
            "start": entity.start,
            "end": entity.end,
            "confidence": entity.confidence,
            "extractor": type(self).__name__,
        }
        if entity.alternatives:
            data["alternatives"] = list(entity.alternatives)
        return data
