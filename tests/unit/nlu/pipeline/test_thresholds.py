"""What `evaluate` counts as treated as said is what the dialogue does: the same figures, the same intents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.nlu import thresholds
from bot.rulebook.book import Rulebook
from bot.services.steps import EVEN_SECOND, URGENT

RULEBOOK = Path(__file__).resolve().parents[4] / "rulebook"


def test_the_rulebook_has_the_same_confidences() -> None:
    rules = Rulebook.load(RULEBOOK).conversation(date(2026, 3, 11))
    assert rules.clear_confidence == thresholds.CLEAR
    assert rules.unsure_confidence == thresholds.UNSURE
    assert rules.care_confidence == thresholds.CRITICAL


def test_the_dialogue_has_the_same_intents() -> None:
    assert frozenset(thresholds.CRITICAL_INTENTS) == URGENT
    assert frozenset(thresholds.EVEN_SECOND) == EVEN_SECOND
