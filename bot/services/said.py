"""What a turn says, before it is put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.debt.disclosures import Due
from bot.debt.party import MessageId
from bot.services.cards import Card


@dataclass(frozen=True)
class Button:
    """A reply that the debtor can tap. `title` is the name of a short response."""

    title: str
    intent: str
    entities: tuple[Mapping[str, Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """What a person at the desk wrote, or what was written before: the text as it is, under an id of its own."""

    text: str
    message_id: MessageId
    variant: str


@dataclass(frozen=True)
class Said:
    """One message to say.

    Attributes:
        words: a person's own, instead of the response's.
        discloses: what it tells the person because a fact asks for it.
        before, after: lines of the same message that do nothing else.
    """

    response: str
    values: Mapping[str, Any]
    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()
    words: Words | None = None
    discloses: tuple[Due, ...] = ()
    before: tuple[Said, ...] = ()
    after: tuple[Said, ...] = ()
