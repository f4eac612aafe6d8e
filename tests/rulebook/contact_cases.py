"""Worked examples of the contact gate: reads the sentences of rulebook/cases/contact and asks the gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from bot.debt.contact_gate import CHANNELS, Blocked, Contact, Decision, Purpose, Reach, Result, Window, decide
from bot.debt.holds import HoldKind
from bot.rulebook.jurisdictions import Jurisdictions
from bot.rulebook.jurisdictions.schema import DAYS
from bot.rulebook.reading import read_yaml
from tests.properties.gates import acknowledged
from tests.rulebook.cases import DIRECTORY


@dataclass(frozen=True)
class ContactCase:
    """One worked example as written, with what its file says for all."""

    file: str
    sentence: str
    content: Mapping[str, Any]

    def local(self, text: object) -> datetime:
        """A local time of the case as an instant."""
        naive = datetime.fromisoformat(str(text))
        return naive.replace(tzinfo=ZoneInfo(self.content["in"])).astimezone(timezone.utc)

    def written(self, at: datetime) -> str:
        """An instant as cases write it."""
        return f"{at.astimezone(ZoneInfo(self.content['in'])):%Y-%m-%d %H:%M}"


def read_contact_cases() -> Iterator[ContactCase]:
    """Every worked example of the contact gate."""
    for path in sorted((DIRECTORY / "cases" / "contact").glob("*.yml")):
        content, problem = read_yaml(path)
        assert problem is None, problem
        for node in content["cases"]:
            yield ContactCase(path.name, node["case"], {**content["defaults"], **node})


def asked(case: ContactCase, jurisdictions: Jurisdictions) -> Decision:
    """What the gate answers."""
    node = case.content
    place = node["jurisdiction"]
    if "region" in node:  # as a debtor's file names it; null is one whose region nobody knows
        place = jurisdictions.place(place, node["region"])
    rules = jurisdictions.gate(place)
    rules = acknowledged(rules) if node.get("is_acknowledged") else rules
    history = [_contact(case, each) for each in node.get("history", ())]
    return decide(
        case.local(node["at"]), _person(case), node["channel"], Purpose(node["purpose"]), history, rules
    )


def _person(case: ContactCase) -> Reach:
    node = case.content
    zones = (ZoneInfo(node["in"]), *map(ZoneInfo, node.get("also_in", ())))
    return Reach(
        zones=zones if node.get("is_place_known", True) else (),
        consents=frozenset(node.get("consents", ())),
        wrote_on=frozenset(node.get("wrote_on", ())),
        opted_out=frozenset(node.get("opted_out", ())),
        holds=frozenset(map(HoldKind, node.get("holds", ()))),
        answers_at=case.local(node["answers"]) if "answers" in node else None,
        inconvenient=tuple(map(_window, node.get("inconvenient", ()))),
        convenient=tuple(map(_window, node.get("convenient", ()))),
        creditor=node.get("creditor"),
        debt=node.get("debt"),
    )


def _contact(case: ContactCase, node: Mapping[str, Any]) -> Contact:
    return Contact(
        at=case.local(node["at"]),
        channel=node.get("channel", "sms" if case.file != "US.yml" else "email"),
        purpose=Purpose(node.get("purpose", "collection")),
        result=Result[node.get("result", "attempt").upper()],
        answers_at=case.local(node["answers"]) if "answers" in node else None,
        creditor=node.get("creditor"),
        debt=node.get("debt"),
    )


def _window(node: Mapping[str, Any]) -> Window:
    def minute(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    days = frozenset(DAYS.index(day) for day in node["days"])
    channels = frozenset(CHANNELS if "all" in node["channels"] else node["channels"])
    return Window("the person's own", days, minute(node["start"]), minute(node["end"]), channels)


def in_words(case: ContactCase, decision: Decision) -> Any:
    """A decision as cases write it."""
    if isinstance(decision, Blocked):
        until = decision.next_allowed_at
        return {
            "fact": decision.fact_id,
            "kind": decision.kind.value,
            "next": case.written(until) if until is not None else "never",
        }
    return {"allowed_by": decision.fact_id} if decision.fact_id is not None else "allowed"
