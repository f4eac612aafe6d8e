"""One turn: which use case answers a message, given what is open; one transaction from reading to the exact texts."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.holds import HoldKind
from bot.debt.party import MessageId
from bot.services import (
    balance,
    buttons,
    contact_wishes,
    data_requests,
    handoff,
    identity,
    pondering,
    representatives,
    resume,
    smalltalk,
    undoing,
    withdrawal,
)
from bot.services.application import Application
from bot.services.steps import (
    BEFORE_IDENTITY,
    EVEN_SECOND,
    NO_INTRODUCTION,
    OPEN_QUESTIONS,
    SOMEONE_ELSE,
    STEPS,
    TO_ANYBODY,
    URGENT,
    WHILE_WAITING,
)
from bot.services.turn import Button, Turn
from bot.services.understood import Heard
from bot.services.unit_of_work import Interrupted, OutboundMessage, WriteConflict

_OWN_QUESTION = {
    ("dispute_debt", Pending.DISPUTE),
    ("report_payment", Pending.DISPUTE),
    ("report_payment", Pending.PAYMENT_PROOF),
    ("data_rights", Pending.RECTIFY),
    ("legal_representation", Pending.REPRESENTATIVE),
}
# What a right needs to know is asked, and heard, while a person is awaited too.
_RIGHTS_ASKED = frozenset({Pending.HOURS, Pending.DATA_RIGHT, Pending.RECTIFY, Pending.REPRESENTATIVE})
_SECOND_THOUGHTS = re.compile(
    r"chang\w+ my mind|second thoughts?|no wait|wait,? no|cambi\w+ de (?:idea|opini[oó]n|parecer)|me lo he pensado"
    r"|lo pens[eé] mejor|no,? espera|espere?,? no",
    re.IGNORECASE,
)
# Small answers ("3", "el viernes") whose intent the NLU cannot tell are understood by the open question.
_BARE = ("amount", "amounts", "installments", "date", "choice", "fraction", "frequency", "time_of_day")
# In which a lock goes away, or a database that was restarted comes back.
_BREATH_SECONDS = 1.0


def take_turn(app: Application, message_id: MessageId, heard: Heard) -> tuple[OutboundMessage, ...]:
    """Decide and store the answer to one message; a replay of the same message gives the stored answer.

    Args:
        message_id: an inbox row.
        heard: what the NLU understood.

    Returns:
        The messages to send, already in the outbox with their exact texts.

    Raises:
        Interrupted: the database could not be used twice running.
    """
    try:
        return _take_turn(app, message_id, heard)
    except WriteConflict:
        # The same debtor agreed on another channel at the same moment: decide again, on what now stands.
        return _take_turn(app, message_id, heard)
    except Interrupted:
        # Again, too; what was stored after all, with its end unheard, is found and only returned.
        time.sleep(_BREATH_SECONDS)
        return _take_turn(app, message_id, heard)


def _take_turn(app: Application, message_id: MessageId, heard: Heard) -> tuple[OutboundMessage, ...]:
    with app.unit_of_work() as uow:
        message = uow.inbox.get(message_id)
        if message is None:
            return ()
        if message.reply is not None:
            return tuple(uow.outbox.of_cause(message_id))
        conversation = uow.conversations.get(message.conversation_id)
        if conversation is None:
            return ()
        if handoff.is_for_a_person(conversation, message):
            uow.inbox.decide(message_id, [])
            uow.commit()
            return ()
        pressed = _pressed(app, conversation, message.text)
        turn = Turn(app, uow, conversation, message, pressed or heard)
        turn.audit(
            Tag.MESSAGE_UNDERSTOOD,
            intent=turn.heard.intent,
            confidence=f"{turn.heard.confidence:.2f}",
            pressed=turn.heard.is_pressed,
        )
        if pressed is None and buttons.is_token(message.text):
            # Pressed while the turn before was still running, which has answered that question.
            stale_button(turn)
        else:
            route(turn)
        rows = finish(turn)
        uow.commit()
    return rows


def finish(turn: Turn) -> tuple[OutboundMessage, ...]:
    """Put the answer into words and store it with the conversation, in the turn's transaction."""
    if not turn.conversation.state.get("introduced"):
        turn.conversation.state["introduced"] = True
        if turn.heard.intent not in NO_INTRODUCTION:
            turn.say_first("utter_introduction")
    language = turn.conversation.language
    if language != turn.language_before:
        turn.audit(Tag.LANGUAGE_CHOSEN, language=language, **{"from": turn.language_before})
    rows = tuple(turn.outbox())
    turn.conversation.state["answered_at"] = turn.now.isoformat()
    turn.uow.inbox.decide(turn.message.message_id, [{"outbox_id": row.message_id} for row in rows])
    turn.uow.conversations.save(turn.conversation)
    return rows


def stale_button(turn: Turn) -> None:
    """A button of an earlier answer, or of another conversation: never acted on."""
    turn.say("utter_button_expired")
    resume.ask_again(turn)


def _pressed(app: Application, conversation: Conversation, text: str) -> Heard | None:
    """A button of ours, by its token or its number: certain, whatever the NLU made of it."""
    button = buttons.pressed(conversation, text, app.clock.now())
    if button is None:
        return None
    return Heard(button["intent"], 1.0, entities=tuple(button["entities"]), is_pressed=True)


def route(turn: Turn) -> None:
    """Choose what answers: rights first, then identity data, then the open question, then the intent's own step."""
    talk = turn.conversation
    identity.expire_verification(turn)
    follow_language(turn)
    turn.heard = turn.heard.without_next_year(turn.today)
    if undoing.is_meant(turn):
        undoing.undo(turn)
        return
    if turn.heard.first("not_representative"):
        representatives.not_one(turn)
        return
    if talk.owner is Owner.BOT and (withdrawal.hear(turn) or balance.switch(turn)):
        return
    if not turn.heard.is_pressed and pondering.is_said(turn.heard.text):
        turn.heard = replace(turn.heard, intent="goodbye", confidence=1.0, _by_kind={})
    was_stopped = bool(talk.state.get("stopped"))
    unsure_of_critical = settle_intent(turn)
    intent = turn.heard.intent
    if _protect(turn) or contact_wishes.take(turn):
        pass
    elif talk.owner is Owner.WAITING and intent not in WHILE_WAITING and talk.pending not in _RIGHTS_ASKED:
        handoff.while_waiting(turn, intent)
    elif turn.heard.language == "other" and intent not in URGENT:
        smalltalk.foreign_language(turn)
    elif _identity(turn) or _open_question(turn) or _clarify(turn):
        pass
    else:
        step(turn, intent)
    if unsure_of_critical:
        undoing.offer(turn, was_stopped)
    if turn.heard.intent != "out_of_scope":
        talk.state.pop("misses", None)


def step(turn: Turn, intent: str) -> None:
    """Run an intent's use case, after identification where it needs one."""
    todo = STEPS.get(intent, STEPS["out_of_scope"])
    if todo.needs_party and representatives.speaks(turn):
        representatives.no_debt_here(turn)
        return
    if todo.needs_party and turn.party is None:
        identity.ask(turn, resume=intent)
        return
    todo.use_case(turn)


def go_on_with(turn: Turn, kept: Mapping[str, Any]) -> None:
    """Take up what the person wanted before a question had to be asked."""
    if kept["intent"] == data_requests.IDENTIFIED_FOR_DATA:
        turn.say("utter_data_identified")
        return
    turn.heard = replace(
        turn.heard,
        intent=str(kept["intent"]),
        confidence=1.0,
        entities=tuple(kept.get("entities") or ()),
        _by_kind={},
    )
    step(turn, turn.heard.intent)


def _identity(turn: Turn) -> bool:
    """Identity data in the message is used first; then what was wanted goes on."""
    talk, intent = turn.conversation, turn.heard.intent
    if turn.party is not None or intent in BEFORE_IDENTITY or representatives.speaks(turn):
        return False
    if talk.pending is not Pending.IDENTITY and not turn.heard.has(
        "account_reference", "document", "date_of_birth", "last_four"
    ):
        return False
    wanted = STEPS.get(intent)
    if (
        wanted is not None
        and wanted.needs_party
        and intent not in ("counter_offer", "promise_to_pay", "report_payment")
    ):
        talk.state.setdefault("resume", {"intent": intent, "entities": []})
    if not identity.hear(turn):
        return False
    if turn.party is not None:
        wanted_before = talk.state.pop("resume", None)
        if wanted_before is not None or talk.pending is Pending.NOTHING:
            go_on_with(turn, wanted_before or {"intent": "ask_balance"})
    return True


def _protect(turn: Turn) -> bool:
    """A reference given only to stop messages or report a death: place the hold, disclose nothing."""
    what = turn.conversation.state.get("protect")
    if what is None or not turn.heard.has("account_reference", "document"):
        return False
    kinds = {
        "wrong_person": HoldKind.WRONG_PARTY,
        "report_death": HoldKind.DECEASED,
        "stop_contact": HoldKind.CEASE_CONTACT,
        "legal_representation": HoldKind.REPRESENTED,
    }
    identity.take_claims(turn)
    subject = identity.claimed_debtor(turn)
    if subject is not None:
        turn.place_hold(kinds[what], subject, None)
    turn.conversation.state.pop("protect")
    turn.conversation.state.pop("claims", None)
    turn.conversation.pending = Pending.NOTHING
    turn.say("utter_protected")
    return True


def _open_question(turn: Turn) -> bool:
    talk, intent = turn.conversation, turn.heard.intent
    if talk.pending is Pending.CLARIFY:
        return _answer_clarify(turn)
    question = OPEN_QUESTIONS.get(talk.pending)
    if question is None or (intent in URGENT and (intent, talk.pending) not in _OWN_QUESTION):
        return False
    if turn.party is None and talk.pending not in TO_ANYBODY:
        return False
    if intent == "deny" and not turn.heard.is_pressed and _SECOND_THOUGHTS.search(turn.heard.text):
        # "Actually no wait, changed my mind": no is not what they say; the question is put again.
        resume.ask_again(turn)
        return turn.has_spoken
    if _is_unsure(turn) and turn.heard.has(*_BARE):
        turn.heard = replace(turn.heard, intent="inform", confidence=1.0, _by_kind={})
    return question(turn)


# -- confidence ---------------------------------------------------------------------------------------------------


def settle_intent(turn: Turn) -> bool:
    """Treat a critical intent as said even when unsure. Returns whether we were unsure of it."""
    heard, rules = turn.heard, turn.app.rulebook.conversation(turn.today)
    if heard.is_pressed or heard.confidence >= rules.clear_confidence:
        return False
    ranking = heard.ranking[:2] or ((heard.intent, heard.confidence),)
    for place, (name, confidence) in enumerate(ranking):
        if name in SOMEONE_ELSE or name not in URGENT:
            # Condolences for a living mother hurt: a faint sign of a death or a stranger is asked about.
            continue
        if name == "legal_representation" and not representatives.is_in_words(heard.text):
            # It would close the chat to whoever asked what a message is about.
            continue
        needed = rules.care_confidence if name in EVEN_SECOND else rules.critical_confidence
        if confidence >= needed and (place == 0 or name in EVEN_SECOND):
            turn.heard = replace(heard, intent=name, confidence=1.0, _by_kind={})
            turn.is_guess = True
            return True
    return False


def _is_unsure(turn: Turn) -> bool:
    rules = turn.app.rulebook.conversation(turn.today)
    return not turn.heard.is_pressed and turn.heard.confidence < rules.clear_confidence


def _clarify(turn: Turn) -> bool:
    """Between two meanings ask which, once; if nothing fits, say what can be done here."""
    heard, talk = turn.heard, turn.conversation
    if not _is_unsure(turn):
        talk.state.pop("clarified", None)
        return False
    rules = turn.app.rulebook.conversation(turn.today)
    asked = int(talk.state.get("clarified", 0))
    meanings = [
        name
        for name, _ in heard.ranking
        if name in STEPS and name not in ("out_of_scope", "inform", "insult")
    ][:2]
    if heard.confidence < rules.unsure_confidence or len(meanings) < 2 or asked >= rules.clarify_tries:
        if heard.intent in SOMEONE_ELSE:
            handoff.offer_person(turn, "unclear")
            return True
        if heard.confidence >= rules.unsure_confidence and len(meanings) >= 1:
            return False
        turn.heard = replace(heard, intent="out_of_scope", _by_kind={})
        smalltalk.out_of_scope(turn)
        return True
    if heard.intent not in meanings:
        return False
    if turn.party is None and (needing := next((m for m in meanings if STEPS[m].needs_party), None)):
        # Before identification not even a button may speak of paying.
        identity.ask(turn, resume=needing)
        return True
    talk.state["clarified"] = asked + 1
    talk.state["before_clarify"] = talk.pending.value
    talk.state["meanings"] = meanings
    turn.audit(Tag.INTENT_CLARIFIED, meanings=meanings)
    turn.ask(Pending.CLARIFY, "utter_clarify", buttons=[Button(f"meaning_{name}", name) for name in meanings])
    return True


def _answer_clarify(turn: Turn) -> bool:
    talk, heard = turn.conversation, turn.heard
    talk.pending = Pending(talk.state.pop("before_clarify", Pending.NOTHING.value))
    meanings = talk.state.pop("meanings", [])
    if heard.intent == "affirm" and not heard.is_pressed and heard.choice is None:
        # A yes to "which of these two?" is neither, and surely no yes to what was asked before.
        handoff.offer_person(turn, "unclear")
        return True
    number = heard.choice
    if heard.is_pressed or number is None or not -1 <= number <= len(meanings) or number == 0:
        # Pressed, or said again in other words: it stands for itself.
        return _open_question(turn) if talk.pending is not Pending.CLARIFY else False
    go_on_with(turn, {"intent": meanings[number if number < 0 else number - 1]})
    return True


def follow_language(turn: Turn) -> None:
    """Answer in the language of the message. One word ("ok", "stop") sets it at the start and changes nothing later."""
    is_new = not turn.conversation.state.get("introduced")
    if turn.heard.language not in ("es", "en") or turn.heard.is_pressed:
        return
    if is_new or len(turn.heard.text.split()) > 2:
        turn.conversation.language = turn.heard.language
        turn.conversation.state["language_told"] = True
