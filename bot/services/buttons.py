"""Buttons of the newest answer: opaque tokens that hold for one conversation and for a day, or a number of a menu."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.debt.conversations import Conversation

# Channels on which a button is a line of text with a number.
WITHOUT_BUTTONS = frozenset({"sms", "whatsapp"})
_HOLD_FOR = timedelta(hours=24)
_TOKEN = re.compile(r"b-[A-Za-z0-9_-]{12}")
# Longer than any number of a menu with its words: what comes from outside is not matched at any length.
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"\W*(?:opci[oó]n|option|n[uú]mero|number|la|el|the)?\W*(\d{1,2})\W*", re.IGNORECASE)


def clear(conversation: Conversation, now: datetime) -> None:
    """Begin a new answer: what stood on the buttons before no longer holds."""
    conversation.state["buttons"] = {}
    conversation.state["menu"] = []
    conversation.state["buttons_until"] = (now + _HOLD_FOR).isoformat()


def issue(conversation: Conversation, intent: str, entities: list[Mapping[str, Any]]) -> str:
    """A token for a button of this answer."""
    token = f"b-{secrets.token_urlsafe(9)}"
    conversation.state["buttons"][token] = {"intent": intent, "entities": [dict(one) for one in entities]}
    if conversation.channel in WITHOUT_BUTTONS:
        conversation.state["menu"].append(token)
    return token


def pressed(conversation: Conversation, text: str, now: datetime) -> Mapping[str, Any] | None:
    """What stands behind a pressed button, or behind a number of the menu; None for any other text."""
    state = conversation.state
    until = state.get("buttons_until")
    if until is not None and datetime.fromisoformat(until) < now:
        return None
    text = text.strip()
    menu = state.get("menu") or []
    number = _NUMBER.fullmatch(text) if menu and len(text) <= _LONGEST_NUMBER else None
    if number is not None and 1 <= int(number.group(1)) <= len(menu):
        text = menu[int(number.group(1)) - 1]
    found: Mapping[str, Any] | None = (state.get("buttons") or {}).get(text)
    return found


def is_token(text: str) -> bool:
    """Whether a text can only come from a button of ours, of whatever age and conversation."""
    return _TOKEN.fullmatch(text.strip()) is not None
