"""What a person is told about a text before it goes out: forbidden words, the hour, an unknown reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.debt.contact_gate import Blocked, Purpose
from bot.rulebook.schema import LANGUAGES
from bot.rulebook.wording.check import FORBIDDEN
from bot.services import contact_gate
from bot.services.delivery import PUSHED
from bot.services.desk_turn import DeskTurn

# Sums of money or words of debt: not for somebody of whom we do not know who they are.
_ABOUT_DEBT = re.compile(
    r"deud|adeud|saldo|\bmora\b|cuota|pr[eé]stamo|cr[eé]dito|acreedor|\bdebt|\bow(e|ed|es|ing)\b|balance|arrears"
    r"|instal+ment|\bloan|creditor|overdue|[€$£]\s?\d|\d\s?(€|eur|euros|pesos|soles|usd|d[oó]lar)",
    re.IGNORECASE,
)

_GAP = {"es": "Falta rellenar algo", "en": "Something is not filled in"}
_NOT_NOW = {
    "es": "Ahora no se le puede escribir: quedará en espera o no saldrá",
    "en": "They may not be written to now: it will wait, or not go out",
}


@dataclass(frozen=True)
class Finding:
    """One thing about a text. `stop`: it is not sent; `warn`: the writer has to confirm."""

    rule_id: str
    action: str
    why: Mapping[str, str]
    words: str


def _wording(turn: DeskTurn, text: str) -> list[Finding]:
    """What the rules of words have against it, in either language: people mix them."""
    found: dict[str, Finding] = {}
    for language in LANGUAGES:
        wrong = turn.app.rulebook.check_wording(text, language, turn.place, Purpose.REPLY, author="person")
        for one in wrong:
            if one.start == one.end:
                continue  # how it reads: that is the writer's own
            action = "stop" if one.severity == FORBIDDEN else "warn"
            words = text[one.start : one.end]
            found.setdefault(
                one.rule_id, Finding(one.fact_id or one.rule_id, action, one.says or _GAP, words)
            )
    return list(found.values())


def _hours(turn: DeskTurn) -> list[Finding]:
    """What the contact gate has against writing now."""
    talk = turn.conversation
    ruling = (
        contact_gate.may_write(turn.app, turn.uow, talk, Purpose.REPLY) if talk.channel in PUSHED else None
    )
    if ruling is None or not isinstance(ruling.decision, Blocked):
        return []
    return [Finding(ruling.decision.fact_id, "warn", _NOT_NOW, "")]


def check(turn: DeskTurn, text: str) -> list[Finding]:
    """Everything to be said about a text, the gravest first."""
    found = [*_wording(turn, text), *_hours(turn)]
    if turn.party is None and (match := _ABOUT_DEBT.search(text)):
        why = {
            "es": "La persona no está identificada: no se habla de una deuda",
            "en": "The person is not identified: nothing about a debt may be said",
        }
        found.append(Finding("identity.nothing_before", "stop", why, match.group()))
    if not turn.app.rulebook.is_desk_open(turn.country, turn.now):
        why = {
            "es": "Fuera del horario de contacto de su país",
            "en": "Outside the contact hours of their country",
        }
        found.append(Finding(f"desk_hours.{turn.country}", "warn", why, ""))
    return sorted(found, key=lambda finding: finding.action != "stop")
