"""Identification by a person: they type in what the debtor said, and the assistant's own check answers yes or no."""

from __future__ import annotations

from collections.abc import Mapping

from bot.audit.tags import Tag
from bot.debt.conversations import Pending
from bot.debt.party import ConversationId
from bot.services import identity
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_turn import desk_turn
from bot.services.turn import entity
from bot.services.understood import Heard

FIELDS = ("account_reference", "date_of_birth", "last_four", "postal_code")
_MAX = 40
_OUTCOMES = {
    "utter_identified": "verified",
    "utter_identity_failed": "failed",
    "utter_identity_locked": "locked",
}


def check(app: Application, user: User, conversation_id: ConversationId, given: Mapping[str, str]) -> str:
    """Compare what was said with what is stored, as keyed hashes; the person never sees the latter.

    Args:
        given: of FIELDS, what the debtor said; the date of birth as 1985-03-12.

    Returns:
        verified, failed, locked or incomplete. Failures and locks count as they do in the chat.
    """
    with desk_turn(app, user, conversation_id) as turn:
        if turn.party is not None:
            return "verified"
        said = {name: given.get(name, "").strip()[:_MAX] for name in FIELDS}
        needed = app.rulebook.identity(turn.today).factors_needed
        if sum(bool(said[name]) for name in FIELDS[1:]) < needed or not (said[FIELDS[0]] or turn.subject):
            return "incomplete"
        entities = tuple(entity(name, value) for name, value in said.items() if value)
        turn.heard = Heard("inform", 1.0, entities=entities, is_pressed=True)
        identity.hear(turn)
        outcome = next((_OUTCOMES[one] for one in turn.responses if one in _OUTCOMES), "incomplete")
        turn.conversation.pending = Pending.NOTHING
        turn.unsay()
        turn.audit(Tag.IDENTITY_ATTEMPTED, outcome=outcome)
    return outcome
