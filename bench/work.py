"""What the services do all day, without servers and without the NLU: turns on every channel, the way out, desk, keepers.

Each step is a use case as the servers call it; a caller times them and looks at their statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bench.bulk import conversation_id
from bench.population import Person
from bot.audit.checkpoints import make_if_due
from bot.audit.signing import Signer
from bot.debt.contact_gate import Purpose
from bot.debt.party import ConversationId
from bot.nlu.entities import extract
from bot.services import (
    books,
    chat_window,
    contact_gate,
    delivery,
    desk_case,
    desk_queue,
    dialogue,
    queue_watch,
    reception,
)
from bot.services.application import Application
from bot.services.chat_window import Window
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.services.unit_of_work import OutboundMessage

Step = tuple[str, Callable[[], Any]]
_HALF_AN_HOUR = timedelta(minutes=30)
_SIGNER = Signer(bytes(32))


class Talk:
    """One person on one address; what the NLU would have understood is given."""

    def __init__(self, app: Application, who: Person, channel: str) -> None:
        self._app, self._who, self._channel = app, who, channel
        self.address = who.phone if channel in delivery.PUSHED else f"work-{who.number}"
        self._received: Any = None
        self._last: Sequence[OutboundMessage] = ()

    def turn(self, intent: str, text: str) -> Iterator[Step]:
        """The three transactions of a turn, and what the window asks for after it."""
        yield f"{self._channel}: receive", lambda: self._receive(text)
        yield f"{self._channel}: turn {intent}", lambda: self._decide(intent, text)
        yield f"{self._channel}: conclude", self._conclude
        if self._channel == "web":
            window = Window("web", self.address, _HALF_AN_HOUR)
            yield "web: what is new", lambda: chat_window.news(self._app, window)
            yield "web: marks of streams", lambda: self._marks()
        else:
            yield "courier: claim and record", self._send_all

    def tap(self) -> Iterator[Step]:
        """The first button of the last answer, or a yes."""
        buttons = [button for one in self._last for button in one.buttons]
        yield from self.turn("affirm", buttons[0]["payload"] if buttons else "sí, acepto")

    def _receive(self, text: str) -> None:
        self._received = reception.receive(self._app, Incoming(self._channel, self.address, None, text))

    def _decide(self, intent: str, text: str) -> None:
        if self._received.verdict != "run":
            return
        app, place = self._app, self._who.place
        found = extract(text, country=place.country, language=place.language, today=app.clock.today())
        entities = tuple(
            {
                "entity": e.kind,
                "value": e.value,
                "confidence": e.confidence,
                "alternatives": list(e.alternatives),
            }
            for e in found
        )
        heard = Heard(intent, 0.99, (), entities, place.language, text)
        dialogue.take_turn(app, self._received.message_id, heard)

    def _conclude(self) -> None:
        self._last = reception.conclude(self._app, self._received.message_id)

    def _marks(self) -> None:
        with self._app.unit_of_work(write=False) as uow:
            uow.transcripts.marks("web", [self.address])

    def _send_all(self) -> None:
        app, joins = self._app, {name: (lambda _: False) for name in delivery.PUSHED}
        while (parcel := delivery.claim(app, joins)) is not None:
            sid = f"SM{parcel.messages[0].message_id}"
            delivery.sent(app, parcel, sid)
            delivery.receipt(app, parcel.channel, sid, "delivered")


def conversation(app: Application, who: Person, channel: str) -> Iterator[Step]:
    """A whole negotiation, up to the agreement and a payment question."""
    talk = Talk(app, who, channel)
    yield from talk.turn("greet", "hola")
    yield from talk.turn("inform", who.facts)
    yield from talk.turn("ask_balance", "¿cuánto debo?")
    yield from talk.turn("ask_debt_details", "¿de qué es?")
    yield from talk.turn("report_hardship", "me he quedado sin trabajo")
    yield from talk.turn("request_installments", "¿puedo pagar en plazos?")
    yield from talk.turn("counter_offer", f"{who.sixth} al mes")
    for _ in range(3):
        yield from talk.tap()
    yield from talk.turn("ask_agreement_status", "¿cómo va mi acuerdo?")
    yield from talk.turn("ask_payment_methods", "¿cómo pago?")
    yield from talk.turn("promise_to_pay", "pago 50 el viernes")
    yield from talk.turn("dispute_debt", "esto no es mío")
    yield from talk.turn("complain", "quiero poner una reclamación")
    yield from talk.turn("data_rights", "quiero mis datos")
    yield from talk.turn("request_agent", "quiero hablar con una persona")
    yield from talk.turn("stop_contact", "no me escribáis más")


def wrong_guess(app: Application, who: Person) -> Iterator[Step]:
    """Facts that are not right: failures are counted, over every channel."""
    talk = Talk(app, who, "rest")
    yield from talk.turn("inform", f"{who.reference}, 1950-01-01, 99999")


def beside_the_turns(app: Application, user: User, number: int) -> Iterator[Step]:
    """What runs beside the turns: gate with history, desk, recovery, sweep, checkpoints.

    Args:
        number: of a conversation in bulk, with its history.
    """
    old = ConversationId(conversation_id(number))

    def gate() -> None:
        with app.unit_of_work(write=False) as uow:
            talk = uow.conversations.peek(old)
            assert talk is not None
            contact_gate.may_write(app, uow, talk, Purpose.COLLECTION)

    def look() -> None:
        with app.unit_of_work(write=False) as uow:
            uow.desk.versions([old])

    def abandoned() -> None:
        with app.unit_of_work(write=False) as uow:
            uow.inbox.abandoned(app.clock.now())

    def latest() -> None:
        with app.unit_of_work(write=False) as uow:
            uow.inbox.latest_at(["sms", "whatsapp"])

    def events() -> None:
        with app.unit_of_work() as uow:
            uow.desk.next_event(app.clock.now(), app.clock.now() + timedelta(hours=2))

    def listed() -> None:
        with app.unit_of_work(write=False) as uow:
            uow.desk.conversations(50, None, {})

    def checkpoint() -> None:
        with app.unit_of_work() as uow:
            connection: Any = uow.connection  # type: ignore[attr-defined]
            make_if_due(connection, _SIGNER, app.clock.now(), timedelta(days=3650), 10**12)
            uow.commit()

    def case() -> None:
        with suppress(DeskRefusal):
            desk_case.view(app, user, old)

    yield "gate: with history", gate
    yield "desk: queue", lambda: desk_queue.everything(app)
    yield "desk: versions", look
    yield "desk: one case", case
    yield "desk: all conversations", listed
    yield "desk: who waits", lambda: queue_watch.look(app)
    yield "desk: calls to make", events
    yield "recovery: abandoned turns", abandoned
    yield "twilio: last message", latest
    yield "sweep", lambda: books.sweep(app.unit_of_work, app.clock)
    yield "checkpoint: is one due?", checkpoint
