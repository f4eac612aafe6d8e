"""Texts made to keep a regular expression busy: everything that reads what people write, at the length it lets in."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.channels.twilio import sms_text
from bot.debt.conversations import Conversation
from bot.debt.party import ConversationId
from bot.nlu import language, normalise
from bot.nlu.entities import extract
from bot.services import buttons, desk_masks, desk_wording, dialogue, identity_words, reception, relay
from bot.services.application import Application
from bot.services.desk_turn import desk_turn
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.desk.conftest import new_user, waiting
from tests.support.people import NOON, Known, Person, add

# Repeated up to the length, with an end that makes a match fail: what backtracks goes back over all of it.
PIECES = [
    *(
        "a",
        "1",
        " ",
        ".",
        "-",
        "_",
        "\n",
        "\t",
        "$",
        "€",
        "é",
        "\u0301",
        "\u200b",
        "😀",
        "1.",
        "1,",
        "1 ",
        "- ",
        ". ",
    ),
    *(
        "a-",
        "A1-",
        "AB-1-",
        "1/",
        "1/1/",
        "uno ",
        "mil ",
        "y ",
        "cien mil ",
        "de ",
        "a las ",
        "twenty ",
        "and ",
        "of ",
    ),
    *(
        "the ",
        "hundred ",
        "el ",
        "lunes ",
        "enero ",
        "ref ",
        "dni ",
        "de enero de ",
        "1 de ",
        "% ",
        "por ciento ",
        "k",
        "1k",
    ),
    *("x@", "@", "a.b", "https://", "b-", "/", "{", "{{", "[[", "'", '"', "\\", "(", "no ", "ni "),
]
ENDS = ["", "x", "1"]


def texts(length: int) -> list[str]:
    return [(piece * (length // len(piece) + 1))[: length - 1] + end for piece in PIECES for end in ENDS]


def slowest(read: Callable[[str], object], length: int) -> tuple[float, str]:
    """The longest that any text takes, in processor time."""
    found = (0.0, "")
    for text in texts(length):
        begun = time.thread_time()
        read(text)
        found = max(found, (time.thread_time() - begun, text[:20]))
    return found


def grows_fairly(read: Callable[[str], object], length: int, seconds: float) -> None:
    taken, text = slowest(read, length)
    assert taken < seconds, f"{taken:.2f} s for {length} characters like {text!r}"


@pytest.mark.parametrize("country", ["ES", "CO", "US"])
def test_entities(country: str) -> None:
    spoken = "en" if country in ("US", "GB") else "es"
    talk = Conversation(ConversationId("C"), "web", "a", spoken)

    def read(text: str) -> object:
        shown = reception._for_rasa(talk, text, NOON)
        return extract(shown, country=country, language=spoken, today=NOON.date())

    read("el 3 de mayo pago 1.200,50 en 3 cuotas, dni 12345678Z")  # what is loaded at first use
    grows_fairly(read, reception.MAX_READ, 0.5)


@pytest.mark.parametrize("read", [normalise.clean, normalise.for_words, normalise.tokens, language.detect])
def test_what_the_nlu_does_first(read: Callable[[str], object]) -> None:
    grows_fairly(read, reception.MAX_READ * 10, 1.0)


def test_reception_reads_a_hundred_thousand_characters(app: Application) -> None:
    person = Person(app)
    person.says("greet", "hola")
    for text in texts(100_000)[:: len(ENDS) * 8]:
        begun = time.thread_time()
        received = reception.receive(app, Incoming("rest", person.address, None, text))
        assert time.thread_time() - begun < 1.5, text[:20]
        assert len(received.rasa_text) <= reception.MAX_READ


def test_a_number_of_a_menu() -> None:
    talk = Conversation(ConversationId("C"), "sms", "+34600", "es")
    buttons.clear(talk, NOON)
    buttons.issue(talk, "greet", [])
    grows_fairly(lambda text: buttons.pressed(talk, text, NOON), 100_000, 0.2)
    grows_fairly(buttons.is_token, 100_000, 0.2)
    assert buttons.pressed(talk, " Opción 1. ", NOON) is not None


def test_identity_data(app: Application) -> None:
    add(app, Known())
    person = Person(app)
    person.says("ask_balance", "cuánto debo")
    for text in texts(reception.MAX_READ)[:: len(ENDS) * 8]:
        received = reception.receive(app, Incoming("rest", person.address, None, text))
        if received.verdict != "run":
            continue
        begun = time.thread_time()
        dialogue.take_turn(app, received.message_id, Heard("inform", 0.9, text=received.rasa_text))
        assert time.thread_time() - begun < 1.0, text[:20]
    own = (identity_words._REFERENCE, identity_words._TOKENS, identity_words._GB_POSTCODE)
    for pattern in (*own, *identity_words._BIRTHS):
        grows_fairly(lambda text, pattern=pattern: pattern.findall(text), reception.MAX_READ, 0.2)  # type: ignore[misc]


def test_what_the_desk_shows_and_checks(app: Application) -> None:
    grows_fairly(
        lambda text: desk_masks.masked_text(text, ["Lucía Prueba", "a" * 80]), reception.MAX_STORED, 1.0
    )
    person, ana = waiting(app), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    with desk_turn(app, ana, talk) as turn:
        grows_fairly(lambda text: desk_wording.check(turn, text), relay.MAX_MESSAGE, 1.0)


def test_what_goes_out_by_sms() -> None:
    grows_fairly(sms_text.segments, relay.MAX_MESSAGE, 0.5)
    grows_fairly(sms_text.plain, relay.MAX_MESSAGE, 0.5)
