"""Rights over contact and data: stop, complain, see or delete data, new contact details."""

from __future__ import annotations

from bot.audit.tags import Tag
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.debt.party import DebtorId
from bot.services import cases, consents, contact_wishes
from bot.services.delivery import PUSHED
from bot.services.turn import Button, Turn


def stop(turn: Turn) -> None:
    """Stop writing: at once, one confirmation, no debt word, no "are you sure?"."""
    from bot.services import identity

    subject = record_stop(turn, "all")
    turn.say("utter_contact_stopped")
    identity.ask_reference_if_unknown(turn, subject, "stop_contact")


def record_stop(turn: Turn, scope: str) -> DebtorId | None:
    """Place the hold and stop this conversation's messages, without a word. Returns whose hold it is, if known.

    Args:
        turn: the message that asks for it.
        scope: "channel" for the bare word on one channel, "all" when said in a sentence.
    """
    from bot.services import identity

    subject = identity.claimed_debtor(turn)
    note_stop(turn, subject, scope)
    return subject


def note_stop(turn: Turn, subject: DebtorId | None, scope: str) -> None:
    """Nothing more is sent to this person of our own accord."""
    if subject is not None:
        # The stricter reading: who stops one channel is written to on none.
        turn.place_hold(HoldKind.CEASE_CONTACT, subject, None)
    turn.conversation.state["stopped"] = True
    turn.audit(Tag.CONTACT_STOPPED, scope=scope)
    consents.stop(turn, subject, scope)
    cases.invoke(turn, "stop_contact")
    turn.dispose(Disposition.CEASE_CONTACT)
    turn.conversation.pending = Pending.NOTHING


def stop_here(turn: Turn) -> None:
    """The bare word STOP or BAJA: one confirmation, no question after it; said again, it needs no further answer.

    Where nothing is sent unasked (a web page), there is no address to stop, so the whole case is meant.
    """
    if turn.conversation.channel not in PUSHED:
        stop(turn)
        return
    if turn.conversation.state.get("stopped"):
        return
    record_stop(turn, "channel")
    turn.say("utter_contact_stopped")


def complain(turn: Turn) -> None:
    """A complaint gets a reference number, a deadline and the body to turn to; a person takes it."""
    from bot.services import identity

    subject = identity.claimed_debtor(turn)
    if subject is not None:
        turn.place_hold(HoldKind.COMPLAINT, subject, None)
    number = f"Q-{turn.message.message_id[-8:].upper()}"
    cases.invoke(turn, "complaint", number=number)
    turn.open_case("complaint", number=number, words=turn.heard.text[:1000])
    profile = turn.app.rulebook.country(turn.country)
    turn.say(
        "utter_complaint_noted",
        number=number,
        days=profile.complaint_days,
        body=profile.complaint_body_in(turn.conversation.language),
        buttons=[Button("button_person", "request_agent")],
    )


def update(turn: Turn) -> None:
    """New phone, e-mail or channel: noted for a person to confirm, so nobody else can redirect messages."""
    heard = turn.heard
    turn.open_case(
        "contact_change", phone=heard.first("phone"), email=heard.first("email"), words=heard.text[:200]
    )
    turn.say("utter_contact_change_noted")


def resume_contact(turn: Turn) -> None:
    """START or ALTA after a stop."""
    if turn.conversation.debtor_id is not None:
        turn.lift_hold(HoldKind.CEASE_CONTACT, turn.conversation.debtor_id)
    turn.audit(Tag.CONTACT_RESUMED)
    contact_wishes.lift_channel(turn)
    cases.take_back(turn, "stop_contact")
    cases.take_back(turn, "stop_channel")
    turn.conversation.state.pop("stopped", None)
    consents.resume(turn)
    turn.say("utter_contact_resumed", buttons=[Button("button_person", "request_agent")])


def ask_what_stop_means(turn: Turn) -> None:
    """A bare CANCELAR: paying off in much of Latin America, stopping elsewhere."""
    turn.ask(
        Pending.CLARIFY,
        "utter_ask_cancel_meaning",
        # Before identification not even a button may speak of paying.
        buttons=[
            Button("button_pay_now", "pay_now")
            if turn.party is not None
            else Button("button_balance", "ask_balance"),
            Button("button_stop_contact", "stop_contact"),
        ],
    )
