"""Cards: terms as a channel with a screen shows them, instead of the lines of the text that say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import Locale

from bot.debt.arrangements import Instalment
from bot.debt.money import Money
from bot.services import wording


@dataclass(frozen=True)
class Card:
    """One offer, summary or agreement.

    Attributes:
        title: name of a short response.
        values: what the title may say.
        stands_for: the lines of the message's text that it repeats; the lines of its schedule when empty.
        number: by which the text calls it, when there are several.
        picks: position of the message's button that chooses it.
    """

    title: str
    values: Mapping[str, Any]
    total: Money
    saving: Money
    schedule: Sequence[Instalment]
    stands_for: str = ""
    number: int | None = None
    picks: int | None = None
    kind: str = field(default="offer")  # offer | summary | agreement


def as_json(card: Card, title: Callable[[str, Mapping[str, str]], str], locale: Locale) -> dict[str, Any]:
    """The card as it is stored and shown: every figure is already a text.

    Args:
        title: puts a response's name and its values into words.
    """
    return {
        "kind": card.kind,
        "number": card.number,
        "title": title(card.title, wording.values_as_text(card.values, locale)),
        "total": wording.money(card.total, locale),
        "saving": wording.money(card.saving, locale) if card.saving else None,
        "schedule": [
            {"on": wording.day(one.due_on, locale), "amount": wording.money(one.amount, locale)}
            for one in card.schedule
        ],
        "stands_for": card.stands_for or wording.schedule(card.schedule, locale),
        "picks": card.picks,
    }
