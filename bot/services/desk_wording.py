"""What a person is told about a text before it goes out: forbidden words, the hour, an unknown reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.debt.contact_gate import Blocked, Purpose
from bot.services import contact_gate
from bot.services.delivery import PUSHED
from bot.services.desk_turn import DeskTurn

# Sums of money or words of debt: not for somebody of whom we do not know who they are.
_ABOUT_DEBT = re.compile(
    r"deud|adeud|saldo|\bmora\b|cuota|pr[eé]stamo|cr[eé]dito|acreedor|\bdebt|\bow(e|ed|es|ing)\b|balance|arrears"
    r"|instal+ment|\bloan|creditor|overdue|[€$£]\s?\d|\d\s?(€|eur|euros|pesos|soles|usd|d[oó]lar)",
    re.IGNORECASE,
)

_FORBIDDEN = {
    "es": "Redacción que la norma de su país no permite",
    "en": "Wording that their country's rules forbid",
}
_NOT_NOW = {
    "es": "Ahora no se le puede escribir: quedará en espera o no saldrá",
    "en": "They may not be written to now: it will wait, or not go out",
}


@dataclass(frozen=True)
class Finding:
    """One thing about a text. `stop`: it is not sent; `warn`: the writer has to confirm."""

    rule_id: str
    action: str
    why: dict[str, str]
    words: str


def _by_the_law(turn: DeskTurn, text: str, known: set[str]) -> list[Finding]:
    """What the jurisdiction has against these words, or against writing now; each names its fact."""
    talk, found = turn.conversation, []
    for wrong in turn.app.rulebook.check_wording(
        text, talk.language, turn.place, Purpose.REPLY, author="person"
    ):
        words = text[wrong.start : wrong.end]
        if wrong.fact_id is not None and not any(words.lower() in other.lower() for other in known):
            found.append(Finding(wrong.fact_id, "warn", _FORBIDDEN, words))
    ruling = (
        contact_gate.may_write(turn.app, turn.uow, talk, Purpose.REPLY) if talk.channel in PUSHED else None
    )
    if ruling is not None and isinstance(ruling.decision, Blocked):
        found.append(Finding(ruling.decision.fact_id, "warn", _NOT_NOW, ""))
    return found


def check(turn: DeskTurn, text: str) -> list[Finding]:
    """Everything to be said about a text, the gravest first."""
    found = [
        Finding(rule.rule_id, rule.action, dict(rule.why), words)
        for rule in turn.app.rulebook.forbidden_words
        if (words := rule.found_in(text)) is not None
    ]
    found += _by_the_law(turn, text, {finding.words for finding in found})
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
