"""Lines that a program makes from the written ones: precedence in composed messages, slips of the keyboard."""

from __future__ import annotations

import string

import pytest

from bot.nlu.made_lines import Line, slip, with_made_lines
from bot.nlu.thresholds import CRITICAL_INTENTS, PRECEDENCE

NAMES = [f"{a}{b}" for a in string.ascii_lowercase for b in "aeo"]
CRITICAL = [(f"no me vuelvan a escribir nunca más a casa de {name}", "stop_contact") for name in NAMES]
REST = [(f"cuánto es lo que les debo de la {name}, díganme", "ask_balance") for name in NAMES]
WRITTEN = CRITICAL + REST


def _made() -> list[Line]:
    return with_made_lines(WRITTEN)[len(WRITTEN) :]


def test_written_lines_come_first_and_whole() -> None:
    lines = with_made_lines(WRITTEN)[: len(WRITTEN)]
    assert {(line.text, line.intent) for line in lines} == set(WRITTEN)
    assert {line.weight for line in lines} == {1.0}


def test_a_composed_line_means_what_goes_first_and_counts_less() -> None:
    composed = [line for line in _made() if line.weight < 1]
    assert composed
    for line in composed:
        assert line.intent == "stop_contact"
        assert "vuelvan" in line.text.lower()
        assert "les debo" in line.text


def test_the_order_of_the_files_changes_nothing() -> None:
    assert with_made_lines(WRITTEN) == with_made_lines(reversed(WRITTEN))


def test_a_new_line_leaves_most_made_ones_as_they_were() -> None:
    before = {line.text for line in _made()}
    after = {
        line.text for line in with_made_lines([*WRITTEN, ("borren mis datos de una vez", "data_rights")])
    }
    assert len(before & after) >= len(before) * 0.6


@pytest.mark.parametrize(
    "text", ["No me escribáis más, de verdad os lo pido", "please stop calling my mother's house"]
)
def test_a_slip_is_small(text: str) -> None:
    slipped = slip(text)
    assert slipped == slip(text) != text
    assert abs(len(slipped) - len(text)) <= len(text) // 8
    assert slipped.isascii()


def test_every_critical_intent_has_its_place() -> None:
    assert set(PRECEDENCE) == set(CRITICAL_INTENTS)
    assert min(PRECEDENCE, key=lambda name: PRECEDENCE[name]) == "distress"
