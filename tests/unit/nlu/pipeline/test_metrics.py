"""The evaluation's figures, on rows whose figures are known by heart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.nlu import nlu
from bot.nlu import embedding
from bot.nlu.evaluation import EvaluationError, newest_model, read_rows
from bot.nlu.intent_model import IntentModel
from bot.nlu.metrics import Judged, calibration_error, confusions, critical_recall, headline, per_intent
from bot.nlu.thresholds import CLEAR, CRITICAL, UNSURE


def _row(said: str, *ranking: tuple[str, float], alt: tuple[str, ...] = ()) -> Judged:
    return Judged("x", said, ranking, "es-ES", alt)


ROWS = [
    _row("greet", ("greet", 0.9)),
    _row("greet", ("thank", 0.6), ("greet", 0.3), alt=("thank",)),
    _row("distress", ("report_hardship", 0.45), ("distress", 0.4)),
    _row("thank", ("thank", 1.0)),
]


def test_strict_and_lenient() -> None:
    assert headline(ROWS) == {
        "count": 4,
        "accuracy_strict": 0.5,
        "accuracy_lenient": 0.75,
        "macro_f1": 0.4444,
    }
    assert per_intent(ROWS)["thank"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "count": 1}


def test_an_urgent_second_is_treated_as_said() -> None:
    row = critical_recall(ROWS)["distress"]
    assert (row["recall"], row["recall_treated_as_said"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("ranking", "taken_for"),
    [
        ([("pay_now", CLEAR), ("distress", 0.4)], {"pay_now"}),
        ([("pay_now", 0.4), ("distress", CRITICAL)], {"pay_now", "distress"}),
        ([("pay_now", 0.4), ("distress", CRITICAL - 0.01)], {"pay_now"}),
        ([("pay_now", 0.4), ("complain", 0.39)], {"pay_now"}),
        ([("pay_now", 0.4), ("help", 0.2), ("stop_contact", 0.19)], {"pay_now"}),
    ],
)
def test_only_what_the_dialogue_takes_as_said_counts(
    ranking: list[tuple[str, float]], taken_for: set[str]
) -> None:
    assert _row("x", *ranking).treated_as == taken_for


def test_defended_misreadings_are_no_confusions() -> None:
    assert confusions(ROWS) == [{"said": "distress", "understood": "report_hardship", "count": 1}]


def test_true_confidence_has_no_calibration_error() -> None:
    rows = [_row("greet", ("greet", 0.75))] * 3 + [_row("greet", ("thank", 0.75))]
    assert calibration_error(rows) == 0
    assert calibration_error([_row("greet", ("thank", 1.0))]) == 1


def test_the_thresholds_are_in_order() -> None:
    assert 0 < CRITICAL <= UNSURE < CLEAR < 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[1]",
        '{"intent": "greet"}',
        '{"text": "hola"}',
        '{"text": "hola", "intent": 3}',
        '{"text": "hola", "intent": "greet", "alt": 3}',
        '{"text": "hola", "entities": ["amount"]}',
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, content: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    with pytest.raises(EvaluationError, match=r"rows\.jsonl"):
        read_rows(path)


def test_a_file_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes('{"text": "mañana", "intent": "inform"}'.encode("latin-1"))
    with pytest.raises(EvaluationError, match="UTF-8"):
        read_rows(path)


def test_no_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="aldia train"):
        newest_model(tmp_path)


def test_evaluate_prints_one_json_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "bot.nlu.evaluation.load_model",
        lambda path: IntentModel.train(["hola", "gracias"], ["greet", "thank"], None),
    )
    monkeypatch.setattr(embedding.Encoder, "create", classmethod(lambda cls: None))
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        '{"text": "hola", "intent": "greet", "locale": "es-ES"}\n'
        '{"text": "pago 50 euros", "intent": "thank", "locale": "es-ES", '
        '"entities": {"amount": 50, "currency": "EUR"}}\n'
    )
    model = tmp_path / "m.tar.gz"
    model.write_bytes(b"")
    result = CliRunner().invoke(nlu, ["evaluate", str(rows), "--model", str(model), "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["all"]["count"] == 2
    assert report["entities"] == {"count": 1, "exact": 1.0}
    assert set(report) >= {
        "languages",
        "locales",
        "intents",
        "critical",
        "latency",
        "confusions",
        "calibration_error",
    }
