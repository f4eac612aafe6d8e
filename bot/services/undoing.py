"""What was taken for something grave though we were unsure: it acts at once, and can be undone by whoever wrote it."""

from __future__ import annotations

import re

from bot.audit.tags import Tag
from bot.debt.conversations import Owner, Pending
from bot.debt.holds import HoldKind
from bot.services import cases, consents, handoff, smalltalk
from bot.services.turn import Button, Turn, entity

_NOT_MEANT = re.compile(
    r"\bno (?:era|es) eso\b|\bno (?:quer[ií]a|quise|quiero) decir (?:eso|lo)|no me refer[ií]a|entend\w+ mal|mal ?entendid"
    r"|not what i (?:meant|said)|that'?s not it\b|(?:didn'?t|don'?t) mean|misunderst",
    re.IGNORECASE,
)


def offer(turn: Turn, was_stopped: bool) -> None:
    """Say that it can be put right, and keep what would have to be undone."""
    turn.say(
        "utter_if_misunderstood", buttons=[Button("button_not_what_i_meant", "deny", (entity("undo", True),))]
    )
    turn.conversation.state["undo"] = [
        {"kind": hold.kind.value, "account": hold.account}
        for hold in turn.holds()
        if hold.placed_at == turn.now
    ]
    turn.conversation.state["undo_stop"] = not was_stopped and bool(turn.conversation.state.get("stopped"))


def is_meant(turn: Turn) -> bool:
    """Whether they press that it was not meant, or say so right after they were told that they can."""
    if turn.heard.first("undo"):
        return True
    offered = (turn.conversation.state.get("buttons") or {}).values()
    is_offered = any(one.get("entity") == "undo" for button in offered for one in button["entities"])
    return is_offered and not turn.heard.is_pressed and bool(_NOT_MEANT.search(turn.heard.text))


def undo(turn: Turn) -> None:
    """Lift what was placed and go back."""
    talk = turn.conversation
    for kept in talk.state.pop("undo", []):
        debtor_id = talk.debtor_id
        if debtor_id is not None:
            turn.lift_hold(HoldKind(kept["kind"]), debtor_id, kept["account"], because="misunderstood")
    cases.take_back(turn)
    handoff.forget_waiting(turn)
    for key in ("acts_for", "representative", "representative_asked", "callback"):
        talk.state.pop(key, None)
    if talk.state.pop("undo_stop", False):
        talk.state.pop("stopped", None)
        turn.audit(Tag.CONTACT_RESUMED)
        consents.undo(turn)
    talk.owner = Owner.BOT
    talk.disposition = None
    talk.pending = Pending.NOTHING
    turn.say("utter_undone", buttons=smalltalk.MENU)
