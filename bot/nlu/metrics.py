"""Figures of an intent evaluation, from what was said and what was understood; no model, no files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bot.nlu.thresholds import CLEAR, CRITICAL, CRITICAL_INTENTS, EVEN_SECOND, UNSURE


@dataclass(frozen=True)
class Judged:
    """One message: what it means, what was understood, and what that took."""

    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...]
    locale: str = "?"
    alt: tuple[str, ...] = ()
    milliseconds: float = 0.0
    asked_encoder: bool = False
    entities_right: bool | None = None  # None where the row says nothing about entities
    entities_found: dict[str, Any] = field(default_factory=dict)

    @property
    def top(self) -> str:
        return self.ranking[0][0] if self.ranking else ""

    @property
    def confidence(self) -> float:
        return self.ranking[0][1] if self.ranking else 0.0

    @property
    def is_strict(self) -> bool:
        return self.top == self.intent

    @property
    def is_lenient(self) -> bool:
        return self.is_strict or self.top in self.alt

    @property
    def treated_as(self) -> frozenset[str]:
        """What the dialogue takes the message for: the first, and an urgent second while the first is not clear.

        The same as `settle_intent` of the dialogue does, on the ranking that Rasa's parse result shows.
        """
        if self.confidence >= CLEAR:
            return frozenset({self.top})
        second = {n for n, c in self.ranking[1:2] if n in EVEN_SECOND and c >= CRITICAL}
        return frozenset({self.top} | second)


def _mean(facts: Sequence[bool]) -> float | None:
    return round(sum(facts) / len(facts), 4) if facts else None


def _share(rows: Sequence[Judged], holds: Callable[[Judged], bool]) -> float | None:
    return _mean([holds(row) for row in rows])


def _f1_scores(rows: Sequence[Judged]) -> dict[str, float]:
    said, understood = Counter(r.intent for r in rows), Counter(r.top for r in rows)
    right = Counter(r.intent for r in rows if r.is_strict)
    return {name: 2 * right[name] / (said[name] + understood[name]) for name in said}


def per_intent(rows: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and count of each intent that occurs as a label."""
    said, understood = Counter(r.intent for r in rows), Counter(r.top for r in rows)
    right, f1 = Counter(r.intent for r in rows if r.is_strict), _f1_scores(rows)
    table = {}
    for name in sorted(said):
        precision = right[name] / understood[name] if understood[name] else 0.0
        recall = right[name] / said[name]
        table[name] = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(f1[name], 4),
            "count": said[name],
        }
    return table


def headline(rows: Sequence[Judged]) -> dict[str, float | None]:
    """Strict and lenient accuracy and macro-F1 of some rows."""
    return {
        "count": len(rows),
        "accuracy_strict": _share(rows, lambda r: r.is_strict),
        "accuracy_lenient": _share(rows, lambda r: r.is_lenient),
        "macro_f1": round(sum(_f1_scores(rows).values()) / len({r.intent for r in rows}), 4)
        if rows
        else None,
    }


def critical_recall(rows: Sequence[Judged]) -> dict[str, dict[str, float | None]]:
    """For each critical intent, how often it was understood, and how often it is at least acted on."""
    table = {}
    for name in CRITICAL_INTENTS:
        own = [r for r in rows if r.intent == name]
        others = [r for r in rows if r.intent != name and name not in r.alt]
        if own:
            table[name] = {
                "count": len(own),
                "recall": _mean([r.top == name or r.top in r.alt for r in own]),
                "recall_treated_as_said": _mean([name in r.treated_as or r.top in r.alt for r in own]),
                "false_alarms": _mean([r.top == name for r in others]),
                "false_alarms_treated_as_said": _mean([name in r.treated_as for r in others]),
            }
    return table


def calibration_error(rows: Sequence[Judged], bins: int = 10) -> float:
    """Expected calibration error: how far confidence is from being right, over bins of equal width."""
    confidence = np.array([r.confidence for r in rows])
    right = np.array([r.is_lenient for r in rows], dtype=float)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    error = sum(
        abs(confidence[place == b].mean() - right[place == b].mean()) * float((place == b).mean())
        for b in range(bins)
        if (place == b).any()
    )
    return round(float(error), 4)


def latency(rows: Sequence[Judged]) -> dict[str, float | None]:
    """Milliseconds a message, median and 95th percentile: all, and with and without the encoder."""
    groups = {
        "all": rows,
        "quick": [r for r in rows if not r.asked_encoder],
        "encoder": [r for r in rows if r.asked_encoder],
    }
    table: dict[str, float | None] = {"encoder_share": _share(rows, lambda r: r.asked_encoder)}
    for name, group in groups.items():
        if group:
            p50, p95 = np.percentile([r.milliseconds for r in group], [50, 95])
            table[f"{name}_p50_ms"], table[f"{name}_p95_ms"] = round(float(p50), 2), round(float(p95), 2)
    return table


def dialogue(rows: Sequence[Judged]) -> dict[str, float | None]:
    """What the thresholds make of the rows: acted on (and rightly), asked which of two, nothing fits."""
    acted = [r for r in rows if r.confidence >= CLEAR]
    asked = [r for r in rows if UNSURE <= r.confidence < CLEAR]
    return {
        "acted": _share(rows, lambda r: r.confidence >= CLEAR),
        "acted_right": _share(acted, lambda r: r.is_lenient),
        "asked": _share(rows, lambda r: UNSURE <= r.confidence < CLEAR),
        "asked_has_it": _share(asked, lambda r: any(n in (r.intent, *r.alt) for n, _ in r.ranking[:2])),
        "nothing_fits": _share(rows, lambda r: r.confidence < UNSURE),
    }


def confusions(rows: Sequence[Judged], most: int = 20) -> list[dict[str, Any]]:
    """The pairs most often taken for one another, leaving out what the second label defends."""
    pairs = Counter((r.intent, r.top) for r in rows if not r.is_lenient)
    return [{"said": a, "understood": b, "count": n} for (a, b), n in pairs.most_common(most)]


def entities_exact(rows: Sequence[Judged]) -> dict[str, float | None]:
    """In how many of the rows that are labelled with entities all of them, and no others, were found."""
    labelled = [r for r in rows if r.entities_right is not None]
    return {"count": len(labelled), "exact": _share(labelled, lambda r: r.entities_right is True)}


def summary(rows: Sequence[Judged]) -> dict[str, Any]:
    """Everything above, by language and by locale too, as one JSON-able document."""
    languages, locales = sorted({r.locale[:2] for r in rows}), sorted({r.locale for r in rows})
    return {
        "all": headline(rows),
        "languages": {x: headline([r for r in rows if r.locale[:2] == x]) for x in languages},
        "locales": {x: headline([r for r in rows if r.locale == x]) for x in locales},
        "intents": per_intent(rows),
        "critical": critical_recall(rows),
        "out_of_scope_recall": _share(
            [r for r in rows if r.intent == "out_of_scope"], lambda r: r.is_lenient
        ),
        "calibration_error": calibration_error(rows) if rows else None,
        "dialogue": dialogue(rows),
        "entities": entities_exact(rows),
        "latency": latency(rows),
        "confusions": confusions(rows),
    }
