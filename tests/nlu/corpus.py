"""Where the quality tests find the validation samples, and training lines that stand for the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.nlu.training_lines import TrainingLine, read_lines

CHECKOUT = Path(__file__).resolve().parents[2]
VALIDATION = CHECKOUT.parent / "shared" / "nlu"


def validation_files() -> list[Path]:
    """The labelled samples; skips the test where they are not beside the checkout."""
    files = [VALIDATION / f"validation_{language}.jsonl" for language in ("es", "en")]
    if not all(file.exists() for file in files):
        pytest.skip("the validation samples (../shared/nlu) are not on this machine")
    return files


def validation_texts() -> list[str]:
    """What every validation sample says, those of entities too; skips the test where they are not there."""
    validation_files()
    rows = [
        row
        for file in sorted(VALIDATION.glob("validation*.jsonl"))
        for row in file.read_text("utf-8").splitlines()
    ]
    return [json.loads(row)["text"] for row in rows if row.strip()]


def training_lines() -> list[TrainingLine]:
    """All lines of data/nlu."""
    return read_lines(CHECKOUT / "data" / "nlu")


def folds(lines: list[TrainingLine], parts: int) -> Iterator[tuple[list[TrainingLine], list[TrainingLine]]]:
    """Splits lines into learnt and held-out ones, every intent and locale in each part."""
    ordered = sorted(lines, key=lambda line: (line.intent, line.locale, line.number))
    for part in range(parts):
        yield (
            [line for i, line in enumerate(ordered) if i % parts != part],
            [line for i, line in enumerate(ordered) if i % parts == part],
        )
