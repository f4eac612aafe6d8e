"""What is changed in Rasa gives what Rasa gives: the same action and the same order of components."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.runner import rasa_fixes
from bot.settings import CHECKOUT


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa with our changes, for one test."""
    monkeypatch.setattr(MessageProcessor, "_predict_next_with_tracker", _predict)
    monkeypatch.setattr(DaskGraphRunner, "run", DaskGraphRunner.run)


def _predict(self: Any, tracker: Any) -> tuple[str, int]:
    """What a policy that looks at everything would say; each time it is asked it is another object."""
    self.asked.append(tracker)
    latest = tracker.latest_message
    return (f"{latest.intent_name} {[e['entity'] for e in latest.entities]}", len(self.asked))


class Asked(MessageProcessor):  # type: ignore[misc]
    """A processor without a model that counts what it is asked."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked: list[Any] = []


def of_a_turn(intent: str, *entities: str, before: Sequence[str] = ()) -> DialogueStateTracker:
    """A tracker as the policies see it: of one turn, or with a history."""
    tracker = DialogueStateTracker("someone", [])
    tracker.update_with_events(
        [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)],
        Domain.empty(),
    )
    for name in (*before, intent):
        found = [{"entity": entity, "value": "1"} for entity in (entities if name is intent else ())]
        tracker.update(UserUttered(f"a text for {name}", {"name": name, "confidence": 1.0}, found))
    return tracker


def test_what_follows_an_intent_is_predicted_once(patched: None) -> None:
    rasa_fixes._remember_predictions()
    processor = Asked()
    turns = [
        ("greet",),
        ("inform", "amount"),
        ("greet",),
        ("inform", "date"),
        ("inform", "amount"),
        ("inform",),
    ]
    said = [processor._predict_next_with_tracker(of_a_turn(*turn)) for turn in turns]
    assert [words for words, _ in said] == [f"{intent} {list(entities)}" for intent, *entities in turns]
    assert [number for _, number in said] == [1, 2, 1, 3, 2, 4]
    other = Asked()  # another model
    assert other._predict_next_with_tracker(of_a_turn("greet")) == ("greet []", 1)


def test_what_has_a_history_is_predicted_by_rasa(patched: None) -> None:
    rasa_fixes._remember_predictions()
    processor = Asked()
    in_a_form = of_a_turn("greet")
    in_a_form.update(ActiveLoop("a_form"))
    told = of_a_turn("greet")
    told.trigger_followup_action("action_inform")
    after = of_a_turn("greet")
    after.update(ActionExecuted("action_greet"))
    unknown = of_a_turn("")
    trackers = [of_a_turn("greet", before=["inform"]), in_a_form, told, unknown]
    for _ in range(2):
        for tracker in trackers:
            processor._predict_next_with_tracker(tracker)
    assert len(processor.asked) == 2 * len(trackers)
    processor._predict_next_with_tracker(of_a_turn("greet"))
    processor._predict_next_with_tracker(after)  # another action before it: another question
    assert len(processor.asked) == 2 * len(trackers) + 2


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


def test_no_slot_is_filled_by_a_message_nor_counts_in_a_prediction() -> None:
    """So that nothing need be looked for, and what follows an intent can be remembered."""
    domain = read(CHECKOUT / "domain.yml")
    assert all(slot["mappings"] == [{"type": "custom"}] for slot in domain["slots"].values())
    assert all(slot["influence_conversation"] is False for slot in domain["slots"].values())
    assert not domain.get("forms")
