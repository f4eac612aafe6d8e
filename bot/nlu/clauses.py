"""A right asked for in one clause of a message whose other clause is said in stronger words."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.nlu.thresholds import PRECEDENCE

# Only what a person asks of us, and can take back. Who died, who is a stranger, what was paid or is disputed need the
# whole sentence.
_RIGHTS = frozenset({"legal_representation", "stop_contact", "request_agent", "data_rights"})
_JOINT = re.compile(
    r"[.;!?\n]+(?!\d)|,(?!\d)|\b(?:pero|aunque|adem[aá]s|but|though|also|y|and)\b", re.IGNORECASE
)
_FEWEST_WORDS = 3
_HIGHEST = 0.9  # a message of two requests is never as sure as one of one

Ranking = tuple[tuple[str, float], ...]


def rights_first(
    text: str, ranking: Ranking, read: Callable[[str], tuple[str, float]], sure_from: float
) -> Ranking:
    """The ranking, with a right in front that one clause asks for beyond doubt and the whole did not show.

    Args:
        text: the message.
        ranking: of the whole message, best first.
        read: the likeliest intent of a clause and its chance, by words alone: a millisecond or two.
        sure_from: the chance from which a clause counts.
    """
    top = PRECEDENCE.get(ranking[0][0], len(PRECEDENCE))
    if top <= PRECEDENCE["request_agent"] or ranking[0][0] == "complain":
        return ranking
    clauses = [clause.strip() for clause in _JOINT.split(text)]
    if sum(bool(clause) for clause in clauses) < 2:
        return ranking
    found: list[str] = []
    for clause in clauses:
        if len(clause.split()) < _FEWEST_WORDS:
            continue
        intent, chance = read(clause)
        if intent in _RIGHTS and chance >= sure_from and PRECEDENCE[intent] < top:
            found.append(intent)
    if not found:
        return ranking
    first = min(found, key=PRECEDENCE.__getitem__)
    rest = [(name, chance * (1 - _HIGHEST)) for name, chance in ranking if name != first]
    return ((first, _HIGHEST), *rest)
