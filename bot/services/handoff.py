"""A person is always within reach: hand over, wait, call back, or change one's mind."""

from __future__ import annotations

import re

from bot.audit.tags import Tag
from bot.debt.conversations import Owner, Pending
from bot.debt.dispositions import Disposition
from bot.services.turn import Button, Turn

_NEVER_MIND = re.compile(
    r"\b(sigamos|seguimos|sigo|seguir|contigo|olv[ií]da\w*|da igual|d[eé]jalo|never ?mind|forget it|carry on|go on)\b",
    re.IGNORECASE,
)
CALLBACK_BUTTONS = (Button("button_keep_chatting", "deny"),)


def request_agent(turn: Turn) -> None:
    """Put the chat into the queue for a person, and say honestly what happens now."""
    to_person(turn, "asked")
    turn.say("utter_person_coming", buttons=_ways_back(turn), hours=_desk_hours(turn))


def to_person(turn: Turn, reason: str, **details: object) -> None:
    """Give the conversation to the queue; the assistant only acknowledges from here on."""
    turn.open_case(reason, **details)
    turn.conversation.owner = Owner.WAITING
    turn.conversation.state["waiting_for"] = reason
    turn.conversation.pending = Pending.NOTHING
    turn.dispose(Disposition.HANDED_OFF)


def _desk_hours(turn: Turn) -> str:
    return turn.app.rulebook.country(turn.country).desk_hours_in(turn.conversation.language)


def _ways_back(turn: Turn) -> tuple[Button, ...]:
    back = Button("button_keep_chatting", "deny")
    return (Button("button_call_me", "request_callback"), back)


def offer_person(turn: Turn, reason: str) -> None:
    """Nothing moves: offer a person once, not a loop; the second time, hand over."""
    talk = turn.conversation
    turn.audit(Tag.NO_PROGRESS, reason=reason)
    if talk.state.get("person_offered"):
        to_person(turn, "no_progress", about=reason)
        turn.say("utter_person_coming", buttons=_ways_back(turn), hours=_desk_hours(turn))
        return
    talk.state["person_offered"] = True
    turn.ask(
        Pending.HUMAN,
        "utter_offer_person",
        buttons=(Button("button_person", "request_agent"), Button("button_call_me", "request_callback")),
    )


def answer_offer_of_person(turn: Turn) -> bool:
    """Yes or no to "would you like a person?"."""
    if turn.heard.intent == "affirm":
        request_agent(turn)
        return True
    if turn.heard.intent == "deny":
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    return False


def callback(turn: Turn) -> None:
    """Ask when to call, or note the time that was said."""
    heard = turn.heard
    time, day = heard.first("time_of_day"), heard.day
    if time is None and day is None and not _names_a_time(heard.text):
        turn.ask(Pending.CALLBACK, "utter_ask_callback_time", hours=_desk_hours(turn))
        return
    _note_callback(turn)


def answer_callback(turn: Turn) -> bool:
    """The time that was asked for, in whatever words."""
    if turn.heard.intent == "deny":
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    if turn.heard.intent in (
        "inform",
        "request_callback",
        "affirm",
        "promise_to_pay",
        "request_extension",
    ) or (turn.heard.has("time_of_day", "date", "phone")):
        _note_callback(turn)
        return True
    return False


def _note_callback(turn: Turn) -> None:
    heard = turn.heard
    turn.audit(Tag.CALLBACK_REQUESTED, time=heard.first("time_of_day"), day=heard.first("date"))
    turn.open_case(
        "callback", time=heard.first("time_of_day"), day=heard.first("date"), words=heard.text[:200]
    )
    turn.conversation.pending = Pending.NOTHING
    turn.say("utter_callback_noted", hours=_desk_hours(turn))


def _names_a_time(text: str) -> bool:
    words = (
        "tarde",
        "mañana",
        "manana",
        "noche",
        "rato",
        "luego",
        "hora",
        "later",
        "morning",
        "afternoon",
        "evening",
    )
    return any(word in text.lower() for word in words)


def while_waiting(turn: Turn, intent: str) -> None:
    """In the queue: acknowledge, take more details, or go back to the assistant if the debtor prefers."""
    talk = turn.conversation
    if talk.pending is Pending.CALLBACK and answer_callback(turn):
        return
    if talk.state.get("waiting_for") == "distress":
        line = turn.app.rulebook.country(turn.country).crisis_line
        hours = line.hours_in(talk.language)
        turn.say("utter_distress_again", line=line.name, phone=line.phone, line_hours=hours)
        return
    if intent == "deny" or _NEVER_MIND.search(turn.heard.text):
        case = turn.uow.handoffs.waiting_in(talk.conversation_id)
        if case is not None and case.reason == "asked":
            turn.uow.handoffs.close(case.handoff_id)
        talk.owner = Owner.BOT
        talk.state.pop("waiting_for", None)
        turn.say("utter_back_with_you")
        return
    if intent == "request_callback":
        callback(turn)
        return
    if intent == "thank":
        turn.say("utter_welcome")
        return
    turn.say("utter_still_waiting", buttons=_ways_back(turn), hours=_desk_hours(turn))
