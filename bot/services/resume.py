"""Coming back to the open question after something else was said."""

from __future__ import annotations

from bot.debt.conversations import Pending
from bot.services import handoff
from bot.services.turn import Button, Turn

_QUESTIONS = {
    Pending.IDENTITY: "utter_again_identity",
    Pending.AFFORDABILITY: "utter_again_affordability",
    Pending.OFFERS: "utter_again_offers",
    Pending.SUMMARY: "utter_again_summary",
    Pending.PROMISE: "utter_again_promise",
    Pending.NEW_DATE: "utter_again_new_date",
    Pending.CALLBACK: "utter_again_callback",
    Pending.ACCOUNT: "utter_again_account",
    Pending.DISPUTE: "utter_again_dispute",
    Pending.PAYMENT_PROOF: "utter_again_payment_proof",
}


def ask_again(turn: Turn) -> None:
    """Repeat the open question in a short form; nothing when none is open."""
    pending = turn.conversation.pending
    response = _QUESTIONS.get(pending)
    if response is None or (pending is Pending.IDENTITY and turn.conversation.state.get("protect")):
        # Who is not the person is not asked who they are.
        return
    buttons: tuple[Button, ...] = ()
    if pending is Pending.SUMMARY:
        buttons = (Button("button_accept", "affirm"), Button("button_not_yet", "deny"))
    elif pending is Pending.CALLBACK:
        buttons = handoff.CALLBACK_BUTTONS
    turn.say(response, buttons=buttons)
