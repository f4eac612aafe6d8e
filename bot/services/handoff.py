"""A person is always within reach: hand over, wait, or change one's mind."""

from __future__ import annotations

import re
from datetime import datetime

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.dispositions import Disposition
from bot.services import cases, webhooks
from bot.services.turn import Button, Turn
from bot.services.unit_of_work import InboundMessage

_NEVER_MIND = re.compile(
    r"\b(sigamos|seguimos|sigo|seguir|contigo|olv[ií]da\w*|da igual|d[eé]jalo|never ?mind|forget it|carry on|go on)\b",
    re.IGNORECASE,
)
# To somebody who seemed to be in despair. What they say of themselves is heard; a person looks all the same.
_ALL_WELL = re.compile(
    # "Estoy bien jodido", "estoy mejor muerto" are no such words: nothing but an end or a courtesy follows.
    r"(?<!no )(?<!nada )\bestoy (?:muy |ya )?(?:bien|mejor)(?=\s*(?:[,.;:!)]|$|gracias\b|de verdad\b|y\b|eh\b))"
    r"|\bi'?m (?:fine|ok|okay|all ?right|good)(?=\s*(?:[,.;:!)]|$|thanks?\b|now\b|really\b|and\b|tho|just\b))"
    r"|(?:forma|manera) de hablar|(?:era|es) (?:una )?(?:broma|un decir)|no era eso"
    r"|no (?:es|era|va) (?:por ah[ií]|para tanto)|no quer[ií]a decir|me (?:has|ha|han|hab[eé]is) entendido mal"
    r"|figure of speech|just kidding|you misunderstood"
    r"|(?:did ?n'?t|not) (?:really )?mean (?:it|that)|not what i meant",
    re.IGNORECASE,
)
# Cases that end when the debtor says "never mind"; the others are about more than a wish.
_WISHES = frozenset({"asked", "no_progress"})
CALLBACK_BUTTONS = (Button("button_keep_chatting", "deny"),)


def request_agent(turn: Turn) -> None:
    """Put the chat into the queue for a person, and say honestly what happens now."""
    cases.invoke(turn, "human")
    to_person(turn, "asked")
    _say_when(turn)


def _say_when(turn: Turn) -> None:
    """Soon, or, when nobody is at the desk, when; then a call at a time of their choice is offered."""
    if turn.app.rulebook.is_desk_open(turn.country, turn.now):
        turn.say("utter_person_coming", buttons=_ways_back(turn), hours=_desk_hours(turn))
        return
    say_closed(turn)
    for case in turn.uow.handoffs.open_in(turn.conversation.conversation_id):
        turn.uow.handoffs.change(case.handoff_id, told_at=turn.now)
    turn.audit(Tag.DESK_WAIT_TOLD, response="utter_person_later")


def say_closed(turn: Turn) -> None:
    """Nobody is here now: when there will be, and would a call suit better?"""
    turn.ask(Pending.CALLBACK, "utter_person_later", buttons=_ways_back(turn), hours=_desk_hours(turn))


def say_it_takes_longer(turn: Turn) -> None:
    """Everybody is busy: an honest word, once, and would a call suit better?"""
    turn.ask(Pending.CALLBACK, "utter_wait_longer", buttons=_ways_back(turn), hours=_desk_hours(turn))


def is_for_a_person(conversation: Conversation, message: InboundMessage) -> bool:
    """Whether a person answers this message: they have the chat now, or had it when it came."""
    returned = conversation.state.get("returned_at")
    return conversation.owner is Owner.HUMAN or (
        returned is not None and message.received_at < datetime.fromisoformat(returned)
    )


def to_person(turn: Turn, reason: str, **details: object) -> None:
    """Give the conversation to the queue; the assistant only acknowledges from here on."""
    turn.open_case(reason, **details)
    turn.conversation.owner = Owner.WAITING
    turn.conversation.state["waiting_for"] = reason
    turn.conversation.pending = Pending.NOTHING
    turn.dispose(Disposition.HANDED_OFF)
    webhooks.announce(turn, "waiting", reason)


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
        _say_when(turn)
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


def back_to_assistant(turn: Turn) -> None:
    """They need no person any more."""
    forget_waiting(turn)
    turn.conversation.owner = Owner.BOT
    turn.conversation.pending = Pending.NOTHING


def while_waiting(turn: Turn, intent: str) -> None:
    """In the queue: acknowledge, take more details, or go back to the assistant if the debtor prefers."""
    from bot.services import callbacks

    talk = turn.conversation
    back = intent == "deny" or bool(_NEVER_MIND.search(turn.heard.text))
    if talk.pending is Pending.CALLBACK and not (back and turn.heard.is_pressed) and callbacks.answer(turn):
        return
    if talk.state.get("waiting_for") == "distress":
        say_crisis_line_again(turn)
        return
    if back:
        back_to_assistant(turn)
        turn.say("utter_back_with_you")
        return
    if intent == "request_callback":
        callbacks.request(turn)
        return
    if intent == "thank":
        turn.say("utter_welcome")
        return
    if talk.state.get("waiting_for") == "represented":
        # "Their name and a phone number, if you like": asked once, kept with the case.
        cases.add_words(turn, "representation")
    turn.say("utter_still_waiting", buttons=_ways_back(turn), hours=_desk_hours(turn))


def say_crisis_line_again(turn: Turn) -> None:
    """The crisis line, for somebody in distress who waits; who says that all is well is heard first."""
    response = "utter_distress_all_well" if _ALL_WELL.search(turn.heard.text) else "utter_distress_again"
    line = turn.app.rulebook.country(turn.country).crisis_line
    hours = line.hours_in(turn.conversation.language)
    turn.say(response, line=line.name, phone=line.phone, line_hours=hours)


def forget_waiting(turn: Turn) -> None:
    """They need no person any more: the wish is closed; what a person must see to all the same stays open."""
    turn.conversation.state.pop("waiting_for", None)
    cases.close_right(turn, "human", "taken back by the debtor", "debtor")
    for case in turn.uow.handoffs.open_in(turn.conversation.conversation_id):
        if case.reason in _WISHES:
            turn.uow.handoffs.close(case.handoff_id, turn.now, "never_mind")
