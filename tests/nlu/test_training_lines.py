"""The training lines are our own: none of the validation samples, none twice under two intents."""

from __future__ import annotations

from collections import defaultdict

from bot.nlu.training_lines import bare
from tests.nlu.corpus import training_lines, validation_texts


def test_no_validation_sample_is_a_training_line() -> None:
    lines = defaultdict(list)
    for line in training_lines():
        lines[bare(line.text)].append(f"{line.file}:{line.number} {line.text!r}")
    samples = {bare(text) for text in validation_texts()}
    found = sorted(place for sample in samples for place in lines.get(sample, []))
    assert not found, f"{len(found)} training lines are validation samples: " + "; ".join(found)


def test_every_line_has_intent_and_locale() -> None:
    lines = training_lines()
    assert len(lines) > 10_000
    assert all(line.intent and line.locale for line in lines)


def test_a_line_has_one_intent_in_its_language() -> None:
    intents = defaultdict(set)
    for line in training_lines():
        intents[line.locale[:2], bare(line.text)].add(line.intent)
    # Two lines that read alike must not teach opposite things
    assert [key for key, names in intents.items() if len(names) > 1] == []
