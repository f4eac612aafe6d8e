"""What is changed in Rasa gives what Rasa gives: the same rules and the same order of components."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner

from bot.runner import rasa_fixes
from bot.settings import CHECKOUT


def key(*states: dict[str, Any]) -> str:
    return json.dumps(list(states))


LISTENS = {"prev_action": {"action_name": "action_listen"}}
LOOKUP = {
    key({}, {**LISTENS, "user": {"intent": "greet"}}): "action_greet",
    key({}, {**LISTENS, "user": {"intent": "inform"}}): "action_inform",
    key(
        {}, {**LISTENS, "user": {"intent": "inform"}}, {"prev_action": {"action_name": "action_inform"}}
    ): "action_listen",
}
STATES = [
    [{}, {**LISTENS, "user": {"intent": intent, "entities": entities, "text": text}}, *after]
    for intent in ("greet", "inform", "other")
    for entities in ((), ("amount",), ("amount", "date"))
    for text in ("hola", "50 al mes")
    for after in ([], [{"prev_action": {"action_name": "action_inform"}}])
]


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa with our changes, for one test."""
    monkeypatch.setattr(RulePolicy, "_get_possible_keys", RulePolicy._get_possible_keys)
    monkeypatch.setattr(DaskGraphRunner, "run", DaskGraphRunner.run)


def fitting(lookup: dict[str, str], policy: Any) -> list[set[str]]:
    return [policy._get_possible_keys(lookup, states) for states in [*STATES, *STATES]]


def test_the_rules_that_fit_are_the_same(patched: None) -> None:
    before = fitting(LOOKUP, RulePolicy.__new__(RulePolicy))
    assert any(before)
    rasa_fixes._remember_rules()
    assert fitting(LOOKUP, RulePolicy.__new__(RulePolicy)) == before


def test_a_rule_with_a_text_is_found_by_its_text(patched: None) -> None:
    lookup = {**LOOKUP, key({}, {**LISTENS, "user": {"text": "hola"}}): "action_greet"}
    before = fitting(lookup, RulePolicy.__new__(RulePolicy))
    rasa_fixes._remember_rules()
    assert fitting(lookup, RulePolicy.__new__(RulePolicy)) == before


def test_components_run_after_what_they_need(patched: None) -> None:
    needs = {
        "predict": {"a": "classify", "b": "extract"},
        "extract": {"a": "classify"},
        "classify": {"m": "__message__"},
    }
    nodes = {name: SimpleNamespace(needs=of) for name, of in needs.items()}
    nodes["unused"] = SimpleNamespace(needs={})
    ran: list[tuple[str, Any]] = []

    def node(name: str) -> Any:
        def run(*inputs: Any) -> tuple[str, str]:
            ran.append((name, inputs))
            return name, f"from {name}"

        return run

    schema = SimpleNamespace(
        target_names=["predict"], minimal_graph_schema=lambda _: SimpleNamespace(nodes=nodes)
    )
    runner = DaskGraphRunner.__new__(DaskGraphRunner)
    runner._graph_schema, runner._instantiated_nodes = schema, {name: node(name) for name in nodes}
    rasa_fixes._run_graph_directly()
    for _ in range(2):
        ran.clear()
        assert runner.run(inputs={"__message__": "hola"}) == {"predict": "from predict"}
        assert ran == [
            ("classify", (("__message__", "hola"),)),
            ("extract", (("classify", "from classify"),)),
            ("predict", (("classify", "from classify"), ("extract", "from extract"))),
        ]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_each_rule_is_one_intent_and_one_action() -> None:
    """So that nothing is left to predict once the action ran."""
    rules = [
        rule for path in sorted((CHECKOUT / "data" / "rules").glob("*.yml")) for rule in read(path)["rules"]
    ]
    assert len(rules) > 30
    assert [
        rule["rule"] for rule in rules if [list(step) for step in rule["steps"]] != [["intent"], ["action"]]
    ] == []


def predictions_of_a_turn() -> int:
    """How often Rasa's own loop asks what comes next, ten times at most."""
    asked = []

    class Processor(MessageProcessor):  # type: ignore[misc]
        def __init__(self) -> None:
            """Without a model."""
            self.nlg = None

        def _should_handle_message(self, _: Any) -> bool:
            return len(asked) < 10

        def predict_next_with_tracker_if_should(self, _: Any) -> Any:
            asked.append("what next?")
            return SimpleNamespace(name=lambda: "action_ask_balance"), SimpleNamespace(
                is_end_to_end_prediction=False
            )

        async def _run_action(self, action: Any, *_: Any) -> bool:
            return bool(self.should_predict_another_action(action.name()))

    asyncio.run(Processor()._run_prediction_loop(None, None))
    return len(asked)


def test_a_turn_ends_with_its_action(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another test of this process may have put the changes in place.
    monkeypatch.setattr(MessageProcessor, "should_predict_another_action", staticmethod(lambda _: True))
    assert predictions_of_a_turn() == 10  # for ever, if the loop were not stopped
    rasa_fixes._end_with_the_answer()
    assert predictions_of_a_turn() == 1


def test_what_rules_and_lines_name_is_in_the_domain() -> None:
    """Nobody looks any more at each message for what the domain lacks."""
    domain = read(CHECKOUT / "domain.yml")
    ruled = {
        step["intent"]
        for path in (CHECKOUT / "data" / "rules").glob("*.yml")
        for rule in read(path)["rules"]
        for step in rule["steps"]
        if "intent" in step
    }
    lines = {
        intent
        for path in (CHECKOUT / "data" / "nlu").rglob("*.yml")
        for intent in re.findall(r"^\s*- intent: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert ruled | lines == set(domain["intents"])
