"""Reads a file of labelled messages with a trained model's NLU, without starting Rasa, and judges each."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.embedding import Encoder
from bot.nlu.entities import extract
from bot.nlu.intent_model import IntentModel
from bot.nlu.language import detect
from bot.nlu.metrics import Judged

_MODEL_FILE = "intent_model.npz"
# The contract's day for the samples: "el viernes" means the 13th
REFERENCE_DAY = date(2026, 3, 11)
_ENTITY_KINDS = frozenset(
    {"amount", "amounts", "currency", "date", "date_text", "installments", "frequency", "document"}
)


class EvaluationError(ValueError):
    """A file that cannot be evaluated, or a model that cannot; the message says which and why."""


def newest_model(folder: Path) -> Path:
    """The latest trained model of a directory.

    Raises:
        EvaluationError: there is none.
    """
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise EvaluationError(f"there is no trained model in {folder}: run `aldia train` first")
    return models[-1]


def load_model(path: Path) -> IntentModel:
    """The intent model inside a model that Rasa trained.

    Raises:
        EvaluationError: the file is no model of ours.
    """
    try:
        with tarfile.open(path) as archive:
            member = next((m for m in archive if Path(m.name).name == _MODEL_FILE), None)
            content = archive.extractfile(member) if member else None
            if content is None:
                raise EvaluationError(f"{path} holds no {_MODEL_FILE}: it was trained with another pipeline")
            with np.load(io.BytesIO(content.read())) as stored:
                return IntentModel.from_arrays(dict(stored), Encoder.create())
    except (OSError, tarfile.TarError, KeyError) as error:
        raise EvaluationError(f"{path} is no usable model: {error}") from error


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file: `text`, `intent`, optionally `locale`, `alt` and `entities`.

    Raises:
        EvaluationError: with the line's number.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not UTF-8 text ({error})") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise EvaluationError(f"{path}, line {number}: not JSON ({error})") from None
        if problem := _problem(row):
            raise EvaluationError(f"{path}, line {number}: {problem}")
        rows.append(row)
    if not rows:
        raise EvaluationError(f"{path} has no rows")
    return rows


def _problem(row: Any) -> str | None:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        return "a row needs a `text`"
    if "intent" not in row and "entities" not in row:
        return "a row needs an `intent`, or `entities`, or both"
    if not isinstance(row.get("intent", ""), str) or not isinstance(row.get("locale", ""), str):
        return "`intent` and `locale` must be words"
    alt = row.get("alt") or []
    if not isinstance(alt, str | list) or not all(isinstance(name, str) for name in alt):
        return "`alt` must be an intent or a list of intents"
    if not isinstance(row.get("entities", {}), dict):
        return "`entities` must map names to values"
    return None


def unknown_intents(model: IntentModel, rows: Iterable[dict[str, Any]]) -> list[str]:
    """Labels of the rows that the model cannot give: a slip in the file, or a model of other lines."""
    return sorted({row["intent"] for row in rows if row.get("intent")} - set(model.intents))


def judge(model: IntentModel, rows: Iterable[dict[str, Any]]) -> list[Judged]:
    """Has the model read each row. Rows without `intent` (entities only) count for entities and latency
    alone.

    Args:
        model: a loaded model.
        rows: as `read_rows` gives them.
    """
    model.read("hola")  # the first message pays for loading
    return [_judge(model, row) for row in rows]


def _judge(model: IntentModel, row: dict[str, Any]) -> Judged:
    locale = str(row.get("locale") or "?")
    started = time.perf_counter()
    reading = model.read(row["text"])
    found = _entities(row["text"], locale, reading.language)
    spent = (time.perf_counter() - started) * 1000
    alt = row.get("alt") or []
    return Judged(
        text=row["text"],
        intent=str(row.get("intent") or ""),
        ranking=reading.ranking,
        locale=locale,
        alt=tuple([alt] if isinstance(alt, str) else alt),
        milliseconds=spent,
        asked_encoder=reading.asked_encoder,
        entities_right=found == row["entities"] if "entities" in row else None,
        entities_found=found,
    )


def entities_of(row: dict[str, Any]) -> dict[str, Any]:
    """The entities of a row's text, by kind, as the contract's day and the row's locale have them."""
    return _entities(row["text"], str(row.get("locale") or "?"), detect(row["text"]))


def _entities(text: str, locale: str, language: str | None) -> dict[str, Any]:
    country = locale[3:] or None
    spoken = language if language in ("es", "en") else locale[:2]
    found: dict[str, Any] = {}
    for entity in extract(text, country=country, language=spoken, today=REFERENCE_DAY):
        if entity.kind in _ENTITY_KINDS:
            found.setdefault(entity.kind, entity.value)
    return found
