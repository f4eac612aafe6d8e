"""What Rasa 3.6 does on every turn and need not, and what it does not tell; each change with its reason."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

_REMEMBERED = 2_000


def apply() -> None:
    """Put the changes in place. To be called once, after Rasa was imported and before it serves."""
    _check_action_schema_once()
    _run_graph_directly()
    _remember_predictions()
    _end_with_the_answer()
    _leave_the_domain_alone()
    _leave_slots_alone()
    _leave_out_cors()
    _tell_of_the_nlu()


def _tell_of_the_nlu() -> None:
    """Time the understanding of each message, and log what it was taken for: Rasa tells it at DEBUG, with the words."""
    from rasa.core.processor import MessageProcessor

    from bot.telemetry.log_lines import tell
    from bot.telemetry.stages import stage

    parse = MessageProcessor.parse_message

    async def parse_message(self: Any, *arguments: Any, **named: Any) -> Any:
        with stage("nlu"):
            parsed = await parse(self, *arguments, **named)
        intent = parsed.get("intent") or {}
        tell("parsed", intent=intent.get("name"), confidence=f"{intent.get('confidence') or 0.0:.2f}")
        return parsed

    MessageProcessor.parse_message = parse_message


def _check_action_schema_once() -> None:
    """Check the action server's answers with a validator that is built once.

    Rasa calls `jsonschema.validate`, which checks the schema itself against its meta-schema before every
    use: 40 ms of processor time a turn, four fifths of all that Rasa does in one.
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator_class = validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate(self: Any, result: Any) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


def _run_graph_directly() -> None:
    """Call the few components of a prediction one after the other.

    Rasa looks for the nodes that it needs, builds a graph for dask and has dask schedule it, anew for each message and
    each prediction; the nodes and their order are always the same.
    """
    from rasa.engine.exceptions import GraphRunError
    from rasa.engine.runner.dask import DaskGraphRunner

    def run(
        self: Any, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        wanted = tuple(targets or self._graph_schema.target_names)
        orders = self.__dict__.setdefault("_orders", {})
        if wanted not in orders:
            orders[wanted] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)), wanted)
        # As the nodes expect it: the name with the value.
        known: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, needs in orders[wanted]:
                known[name] = self._instantiated_nodes[name](*(known.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(known[name] for name in wanted)

    DaskGraphRunner.run = run


def _in_order(schema: Any, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The nodes that the targets need, each after those that it needs itself."""
    found: dict[str, tuple[str, ...]] = {}

    def visit(name: str) -> None:
        if name in found or name not in schema.nodes:
            return  # an input, such as the message
        needs = tuple(schema.nodes[name].needs.values())
        for need in needs:
            visit(need)
        found[name] = needs

    for target in targets:
        visit(target)
    return list(found.items())


def _remember_predictions() -> None:
    """Predict once what follows an intent, with its entities, at the begin of a conversation.

    Each turn is such a begin (`bot.channels.tracker_store`), and no slot counts (`tests/unit/runner/test_rasa_fixes.py`):
    RulePolicy would go through all rules three times, read each from its JSON, and find the same. Anything else, such
    as a tracker with a history in `rasa shell`, is predicted by Rasa.
    """
    from rasa.core.processor import MessageProcessor

    predict = MessageProcessor._predict_next_with_tracker

    def predicted(self: Any, tracker: Any) -> Any:
        begins_with = _begin_of(tracker)
        if begins_with is None:
            return predict(self, tracker)
        remembered: OrderedDict[Any, Any] = self.__dict__.setdefault("_remembered", OrderedDict())
        if begins_with not in remembered:
            remembered[begins_with] = predict(self, tracker)
            if len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)
        return remembered[begins_with]

    MessageProcessor._predict_next_with_tracker = predicted


def _begin_of(tracker: Any) -> tuple[Any, ...] | None:
    """What a prediction for the first message of a conversation depends on; None if it is not the first, or no intent."""
    from rasa.shared.core.events import UserUttered

    first = [event for event in tracker.events if isinstance(event, UserUttered)]
    if len(first) != 1 or tracker.followup_action or tracker.active_loop or not first[0].intent_name:
        return None
    entities = sorted(repr((e.get("entity"), e.get("role"), e.get("group"))) for e in first[0].entities)
    return (tracker.latest_action_name, first[0].intent_name, *entities)


def _end_with_the_answer() -> None:
    """Predict nothing after an action.

    Each rule is one intent and one action (`tests/unit/runner/test_rasa_fixes.py`), and each turn begins with a tracker
    that listens (`bot.channels.tracker_store`): what a second prediction would find is known.
    """
    from rasa.core.processor import MessageProcessor

    MessageProcessor.should_predict_another_action = staticmethod(lambda _: False)


def _leave_the_domain_alone() -> None:
    """Do not look at each message for an intent or entity that the domain lacks.

    Rasa builds an empty domain each time to see whether ours is one, only to warn; training checks the same.
    """
    from rasa.core.processor import MessageProcessor

    MessageProcessor._check_for_unseen_features = lambda _self, _parsed: None


def _leave_slots_alone() -> None:
    """Do not look whether a message fills a slot: none fills one (`tests/unit/runner/test_rasa_fixes.py`)."""
    from rasa.core.processor import MessageProcessor

    async def extract_nothing(self: Any, output_channel: Any, tracker: Any) -> Any:
        return tracker

    MessageProcessor.run_action_extract_slots = extract_nothing


def _leave_out_cors() -> None:
    """Do not look at each answer whether another page may read it: the chat does so itself, for its own routes."""
    import rasa.server

    rasa.server.configure_cors = lambda *_arguments, **_named: None
