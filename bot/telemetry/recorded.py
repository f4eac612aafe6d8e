"""What was committed to the record is what is counted and logged: one place, after the commit, for every process.

So nothing is counted that was rolled back, no use case need know of it, and a number can be checked against the record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from bot.telemetry import metrics
from bot.telemetry.context import hashed
from bot.telemetry.log_lines import logger, tell

_CHAIN = "conversation:"


class Written(Protocol):
    """An entry of the record as it was handed over, before anything of it was encrypted."""

    @property
    def chain(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def rule_id(self) -> str | None: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def committed(entries: Sequence[Written]) -> None:
    """Count and log the entries of a unit of work that was committed."""
    for entry in entries:
        count = _COUNTS.get(entry.tag)
        if count is not None:
            count(entry.facts)
    if logger.isEnabledFor(logging.INFO):
        for message_id, group in groupby(entries, lambda entry: entry.message_id):
            if message_id is not None:
                _tell_of_turn(message_id, list(group))
        for entry in entries:
            told = _TOLD.get(entry.tag)
            if told is not None:
                told(entry)


def _understood(facts: Mapping[str, Any]) -> None:
    metrics.UNDERSTOOD.add(facts.get("intent"))
    if facts.get("intent") == "out_of_scope":
        metrics.FALLBACKS.add("out_of_scope")


def _decided_by_gate(facts: Mapping[str, Any]) -> None:
    if facts.get("outcome") != "allowed":
        metrics.GATE_REFUSALS.add(facts.get("outcome"), facts.get("fact_id"))


_COUNTS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "MESSAGE_UNDERSTOOD": _understood,
    "INTENT_CLARIFIED": lambda _: metrics.FALLBACKS.add("clarified"),
    "NO_PROGRESS": lambda _: metrics.FALLBACKS.add("no_progress"),
    "TURN_FAILED": lambda _: metrics.TURNS_FAILED.add(),
    "DISPOSITION_SET": lambda facts: metrics.DISPOSITIONS.add(facts.get("disposition")),
    "OFFER_MADE": lambda facts: metrics.OFFERS.add(facts.get("kind")),
    "COUNTER_OFFER_DECIDED": lambda facts: metrics.COUNTER_OFFERS.add(facts.get("verdict")),
    "OFFER_ACCEPTED": lambda facts: metrics.AGREEMENTS.add(facts.get("kind")),
    "PROMISE_MADE": lambda _: metrics.AGREEMENTS.add("promise"),
    "HANDED_OFF": lambda facts: metrics.HANDOFFS.add(facts.get("reason")),
    "HOLD_PLACED": lambda facts: metrics.HOLDS.add(facts.get("kind")),
    "RIGHT_INVOKED": lambda facts: metrics.RIGHTS.add(facts.get("right")),
    "IDENTITY_ATTEMPTED": lambda facts: metrics.IDENTITY.add(facts.get("outcome")),
    "CONTACT_DECIDED": _decided_by_gate,
    "MESSAGE_DELIVERY": lambda facts: metrics.DELIVERIES.add(facts.get("channel"), facts.get("status")),
}


def _tell_of_turn(message_id: str, entries: Sequence[Written]) -> None:
    """The lines of one turn: accepted; decided, by which rules, to say what; stored."""
    shared: dict[str, Any] = {"message_id": message_id}
    by_tag: dict[str, list[Written]] = {}
    for entry in entries:
        by_tag.setdefault(entry.tag, []).append(entry)
    if received := by_tag.get("MESSAGE_RECEIVED"):
        facts = received[0].facts
        where = hashed(received[0].chain.removeprefix(_CHAIN))
        tell("accepted", **shared, conversation=where, channel=facts.get("channel"), media=facts.get("media"))
    if "TURN_FAILED" in by_tag:
        tell("turn failed", level=logging.ERROR, **shared)
    said = by_tag.get("MESSAGE_SENT", [])
    understood = by_tag.get("MESSAGE_UNDERSTOOD")
    if not said and not understood:
        return
    facts = understood[0].facts if understood else {}
    heard = {name: facts[name] for name in ("intent", "confidence", "pressed") if name in facts}
    rules = list(dict.fromkeys(entry.rule_id for entry in entries if entry.rule_id is not None))
    responses = [entry.facts.get("response") for entry in said]
    tell("decided", **shared, **heard, rules=rules, responses=responses)
    if said:
        tell("stored", **shared, outbox=[entry.facts.get("outbox_id") for entry in said])


def _tell_delivery(entry: Written) -> None:
    facts = entry.facts
    outbox_id, status = str(facts.get("outbox_id")), str(facts.get("status"))
    level = logging.WARNING if status in ("failed", "unclear") else logging.INFO
    known = {name: facts[name] for name in ("channel", "code") if facts.get(name) is not None}
    # An answer's id begins with that of the message it answers.
    tell(status, level=level, message_id=outbox_id.partition(".")[0], outbox=outbox_id, **known)


def _tell_gate(entry: Written) -> None:
    facts = entry.facts
    outbox_id = str(facts.get("outbox_id"))
    ruling: dict[str, Any] = {"outcome": facts.get("outcome"), "fact": facts.get("fact_id")}
    tell("contact gate", message_id=outbox_id.partition(".")[0], outbox=outbox_id, **ruling)


_TOLD: Mapping[str, Callable[[Written], None]] = {
    "MESSAGE_DELIVERY": _tell_delivery,
    "CONTACT_DECIDED": _tell_gate,
}
