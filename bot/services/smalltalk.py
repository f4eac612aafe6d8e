"""Greetings, thanks, questions about the assistant itself, and what lies outside its work."""

from __future__ import annotations

from bot.debt.conversations import Pending
from bot.services import cases, pondering, proof, resume
from bot.services.turn import Button, Turn, entity

MENU = (
    Button("button_balance", "ask_balance"),
    Button("button_pay_in_parts", "request_installments"),
    Button("button_person", "request_agent"),
)


def greet(turn: Turn) -> None:
    """Answer a greeting; the introduction goes first in a new conversation."""
    if turn.conversation.pending is not Pending.NOTHING:
        turn.say("utter_greet_back")
        resume.ask_again(turn)
        return
    turn.say("utter_greet" if turn.party is None else "utter_greet_known", buttons=MENU)


def goodbye(turn: Turn) -> None:
    """Say goodbye and leave the door open; what is on the table stays there."""
    talk, account = turn.conversation, turn.account
    if account is not None and talk.pending in (Pending.OFFERS, Pending.SUMMARY):
        days = [offer.expires_on for offer in turn.on_table(account)]
        if days:
            turn.say("utter_take_your_time", expires_on=min(days))
            return
    turn.say("utter_no_hurry" if pondering.is_said(turn.heard.text) else "utter_goodbye")


def thank(turn: Turn) -> None:
    """Take thanks, and come back to the open question if there is one."""
    turn.say("utter_welcome")
    resume.ask_again(turn)


def help_(turn: Turn) -> None:
    """What can be done here."""
    turn.say("utter_help", buttons=() if _is_open(turn) else MENU)
    resume.ask_again(turn)


def ask_bot(turn: Turn) -> None:
    """Never claim to be human."""
    if turn.conversation.state.get("introduced"):
        # The introduction that opens a conversation says the same.
        turn.say(
            "utter_ask_bot", buttons=() if _is_open(turn) else (Button("button_person", "request_agent"),)
        )
    elif not _is_open(turn):
        turn.say("utter_greet", buttons=MENU)
    resume.ask_again(turn)


def change_language(turn: Turn) -> None:
    """Switch between Spanish and English, or say which languages there are."""
    talk, text = turn.conversation, turn.heard.text.lower()
    talk.state["language_told"] = True
    chosen = turn.heard.first("language")
    if chosen in ("es", "en"):
        talk.language = chosen
        cases.fulfil(turn, "language")
        turn.say("utter_language_changed")
        resume.ask_again(turn)
        return
    wants_english = any(word in text for word in ("ingl", "engl"))
    wants_spanish = any(word in text for word in ("espa", "spanish", "castell"))
    if wants_english and wants_spanish:
        # "Spanish no, English yes" and "no hablo inglés, español": the one that is not refused.
        refused_english = any(
            f"no {word}" in text or f"{word} no" in text for word in ("inglés", "ingles", "english")
        )
        wants_english, wants_spanish = not refused_english, refused_english
    if wants_english or wants_spanish:
        talk.language = "en" if wants_english else "es"
        cases.fulfil(turn, "language")
        turn.say("utter_language_changed")
    elif any(word in text for word in ("idioma", "lengua", "language")):
        talk.language = "es" if talk.language == "en" else "en"
        cases.fulfil(turn, "language")
        turn.say("utter_language_changed")
    else:
        turn.say("utter_languages")
    resume.ask_again(turn)


def choose_language(turn: Turn) -> None:
    """The channel's own menu entry for the language: the two there are, as buttons."""
    turn.say(
        "utter_languages",
        buttons=[
            Button("button_spanish", "change_language", (entity("language", "es"),)),
            Button("button_english", "change_language", (entity("language", "en"),)),
        ],
    )


def out_of_scope(turn: Turn) -> None:
    """Say kindly what can be done here; the third time running, offer a person."""
    talk = turn.conversation
    misses = int(talk.state.get("misses", 0)) + 1
    talk.state["misses"] = misses
    if misses >= 3:
        talk.state["misses"] = 0
        turn.ask(Pending.HUMAN, "utter_offer_person", buttons=(Button("button_person", "request_agent"),))
        return
    turn.say("utter_out_of_scope", buttons=() if _is_open(turn) else MENU)
    resume.ask_again(turn)


def foreign_language(turn: Turn) -> None:
    """Neither Spanish nor English: a polite answer in both."""
    turn.say("utter_foreign_language", buttons=(Button("button_person", "request_agent"),))


def insult(turn: Turn) -> None:
    """Stay calm, offer a person, never answer in kind."""
    talk = turn.conversation
    angry = int(talk.state.get("insults", 0)) + 1
    talk.state["insults"] = angry
    turn.say(
        "utter_insult" if angry == 1 else "utter_insult_again",
        buttons=(Button("button_person", "request_agent"),),
    )
    if angry == 1:
        resume.ask_again(turn)


def affirm(turn: Turn) -> None:
    """A yes to nothing in particular; if a question is open, it still is; with an agreement, what comes next."""
    from bot.services import balance

    if _is_open(turn):
        resume.ask_again(turn)
        if turn.has_spoken:
            return
    arrangement = turn.uow.arrangements.open_for(turn.account.reference) if turn.account is not None else None
    if arrangement is not None:
        balance.say_arrangement(turn, arrangement)
        return
    turn.say("utter_what_next", buttons=MENU)


def deny(turn: Turn) -> None:
    """A no to nothing in particular; to identification, the reason for it; to a sum, what they could manage."""
    from bot.services import hardship, negotiation

    if turn.conversation.pending is Pending.IDENTITY:
        proof.answer(turn)
        resume.ask_again(turn)
        return
    if turn.party is not None and not turn.heard.is_pressed and hardship.is_too_much(turn.heard.text):
        negotiation.start(turn)
        return
    turn.say("utter_all_right", buttons=MENU)


def _is_open(turn: Turn) -> bool:
    return turn.conversation.pending is not Pending.NOTHING
