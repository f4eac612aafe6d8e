"""Words that act before and without the NLU, menus instead of buttons, and what a channel cannot show."""

from __future__ import annotations

import pytest

from bot.debt.conversations import Owner
from bot.debt.holds import HoldKind
from bot.debt.party import DebtorId
from bot.services import reception
from bot.services.application import Application
from bot.services.reception import Incoming, Received
from tests.support.people import Known, Person


def sends(app: Application, text: str, **more: object) -> Received:
    channel = str(more.pop("channel", "sms"))
    return reception.receive(app, Incoming(channel, "+34600111222", None, text, **more))  # type: ignore[arg-type]


def names(received: Received) -> list[str]:
    return [row.response for row in received.replies]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
@pytest.mark.parametrize("word", ["STOP", "Baja.", "¡ALTO!", "parar", "CANCEL", "quit"])
def test_a_stop_word_gets_one_confirmation_and_no_second(app: Application, channel: str, word: str) -> None:
    assert names(sends(app, word, channel=channel)) == ["utter_contact_stopped"]
    again = sends(app, word, channel=channel)
    assert (again.verdict, names(again)) == ("answered", [])


def test_a_stop_word_acts_silently_while_a_person_owns_the_chat(app: Application, known: Known) -> None:
    debtor = Person(app, "+34600111222", "sms")
    debtor.identifies(known)
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(debtor.conversation.conversation_id)
        assert talk is not None
        talk.owner = Owner.HUMAN
        uow.conversations.save(talk)
        uow.commit()
    assert names(sends(app, "STOP")) == []
    assert debtor.conversation.state["stopped"]
    with app.unit_of_work(write=False) as uow:
        kinds = [hold.kind for hold in uow.holds.in_force(DebtorId(known.debtor_id))]
    assert kinds == [HoldKind.CEASE_CONTACT]


def test_start_after_stop_and_start_at_first(app: Application) -> None:
    assert names(sends(app, "ALTA")) == ["utter_introduction", "utter_greet"]
    sends(app, "BAJA")
    assert names(sends(app, "ALTA")) == ["utter_contact_resumed"]


@pytest.mark.parametrize("word", ["INFO", "información", "HELP", "ayuda"])
def test_info_says_who_we_are(app: Application, word: str) -> None:
    assert names(sends(app, word))[-1] == "utter_info"


def test_a_bare_cancelar_is_asked_about(app: Application) -> None:
    assert names(sends(app, "CANCELAR"))[-1] == "utter_ask_cancel_meaning"


def test_a_stop_word_is_heard_in_a_flood_and_everything_else_is_kept(app: Application) -> None:
    assert names(sends(app, "hola", is_flooding=True)) == ["utter_introduction", "utter_slow_down"]
    silent = sends(app, "hola otra vez", is_flooding=True)
    assert (silent.verdict, names(silent)) == ("answered", [])
    assert names(sends(app, "STOP", is_flooding=True)) == ["utter_contact_stopped"]
    with app.unit_of_work(write=False) as uow:
        kept = [row.text for row in uow.transcripts.of(silent.conversation_id) if hasattr(row, "received_at")]
    assert kept == ["hola", "hola otra vez", "STOP"]


@pytest.mark.parametrize(
    ("kind", "response"),
    [("voice", "utter_voice_note"), ("sticker", "utter_sticker"), ("image", "utter_media")],
)
def test_what_cannot_be_read_is_answered_kindly(app: Application, kind: str, response: str) -> None:
    assert names(sends(app, "", media=({"kind": kind, "id": "f-1"},)))[-1] == response


def test_commands_of_a_channel_need_no_model(app: Application) -> None:
    assert names(sends(app, "/start", command="start", channel="telegram"))[-1] == "utter_greet"
    assert names(sends(app, "/help", command="help", channel="telegram")) == ["utter_info"]
    assert names(sends(app, "/language", command="language", channel="telegram")) == ["utter_languages"]
    assert names(sends(app, "/stop", command="stop", channel="telegram")) == ["utter_contact_stopped"]


def test_country_and_language_of_a_first_message(app: Application) -> None:
    received = sends(app, "INFO", country="GB", language="en")
    assert {row.language for row in received.replies} == {"en"}
    assert sends(app, "INFO", country="XX", language="en").verdict == "answered"


class TestMenu:
    """Where there are no buttons, their numbers are understood."""

    @pytest.fixture
    def debtor(self, app: Application, known: Known) -> Person:
        person = Person(app, "+34600111222", "sms")
        person.identifies(known)
        return person

    def test_buttons_are_numbered_lines(self, debtor: Person) -> None:
        menu = next(row.menu for row in debtor.last if row.menu)
        titles = [button["title"] for row in debtor.last for button in row.buttons]
        assert [line.split(". ", 1)[1] for line in menu.splitlines()[1:]] == titles

    @pytest.mark.parametrize("text", ["2", " 2.", "opción 2", "La 2", "2️⃣"])
    def test_a_number_is_the_button(self, debtor: Person, text: str) -> None:
        assert debtor.says("inform", text)[0] == "utter_ask_affordability"

    def test_a_number_beyond_the_menu_is_only_a_number(self, debtor: Person) -> None:
        assert "utter_ask_affordability" not in debtor.says("counter_offer", "60 al mes")

    def test_no_menu_where_there_are_buttons(self, app: Application, known: Known) -> None:
        person = Person(app, "tab", "web")
        person.identifies(known)
        assert [row.menu for row in person.last] == [""] * len(person.last)
