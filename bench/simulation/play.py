"""One simulated conversation: somebody in some country, over days, on one or two channels, with all that comes between."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.simulation import desk, speech
from bench.simulation.people import Simulated, born, portfolio
from bench.simulation.providers import STORED, Providers
from bench.simulation.watching import Said, Transmitted
from bench.simulation.world import World
from bot.audit.checkpoints import make
from bot.debt.contact_gate import Purpose
from bot.debt.conversations import Conversation
from bot.debt.party import ConversationId, DebtorId, MessageId
from bot.nlu.entities import extract
from bot.rulebook.jurisdictions.gate import holidays_of
from bot.services import books, queue_watch, reception
from bot.services.delivery import PUSHED
from bot.services.payments_in import COLUMNS as PAYMENT_COLUMNS
from bot.services.payments_in import import_payments
from bot.services.portfolio import import_portfolio
from bot.services.reception import Incoming, Received
from bot.services.unit_of_work import OutboundMessage

# What time triggers, besides the outbox: everything of the product that a schedule or a loop calls.
SWEEPS: tuple[Callable[[Any], object], ...] = (
    queue_watch.look,
    lambda app: books.sweep(app.unit_of_work, app.clock),
)
_UNASKED = {
    "utter_reminder": Purpose.COLLECTION,
    "receipt_payment": Purpose.SERVICE,
    "agreement_copy": Purpose.AGREEMENT_CONFIRMATION,
    "notice_rights": Purpose.RIGHTS_NOTICE,
}
_NEXT_DUE = "SELECT min(due_at) FROM outbox WHERE status = 'queued' AND due_at > ? AND due_at <= ?"
_IDENTIFIED = "SELECT count(*) FROM conversations WHERE verified_at IS NOT NULL AND channel = ?"
_LAST_DAYS = timedelta(days=40)
_MOST_STOPS = 60


@dataclass
class Chat:
    """One address of one channel, and who writes there now."""

    channel: str
    address: str
    writer: Simulated
    character: str
    language: str
    buttons: tuple[Mapping[str, str], ...] = ()


class Play:
    """A conversation by its number: the same seed and number give the same one."""

    def __init__(self, world: World, seed: int, number: int) -> None:
        self.world, self.number = world, number
        self.dice = random.Random(f"{seed}:{number}")
        dice = self.dice
        self.people = [born(dice, 2 * number), born(dice, 2 * number + 1)]
        self.main = self.people[0]
        self.zone = ZoneInfo(self.main.base.time_zone)
        world.begin(self._beginning(), is_acknowledged=dice.random() < 0.75)
        self.app = world.app
        self.providers = Providers(world, dice)
        lines = portfolio(self.people, world.clock.today())
        report = import_portfolio(
            lines, self.app.unit_of_work, self.app.hasher, world.clock, name="simulated"
        )  # type: ignore[arg-type]
        assert report.refused_count == 0, report.refused
        character = dice.choice(list(speech.CHARACTERS))
        self.chats = [self._chat(character) for _ in range(1 if dice.random() < 0.7 else 2)]
        self._sent = 0

    def run(self) -> None:
        """Live it to the end."""
        for _ in range(self.dice.randint(4, 16)):
            self._step()
        self._end()

    # -- steps --------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        dice, chat = self.dice, self.dice.choice(self.chats)
        luck = dice.random()
        if luck < 0.08:
            self.campaign(chat)
        elif luck < 0.11:
            self._pay()
        elif luck < 0.12:
            self._checkpoint()
        elif luck < 0.135 and len(self.people) > 1:
            # Somebody else takes the phone.
            chat.writer, chat.character = self.people[1], dice.choice(list(speech.CHARACTERS))
        elif luck < 0.20:
            self.advance(self._pause())
        else:
            self._turn(chat)
        desk.act(self, chat)
        self.providers.report()

    def _turn(self, chat: Chat) -> None:
        dice = self.dice
        self.advance(timedelta(seconds=dice.choice((4, 15, 40, 120, 400))))
        if dice.random() < 0.04:
            self.advance(timedelta(minutes=31))  # the identification ends
        if dice.random() < 0.5 and not self.world.peek(_IDENTIFIED, chat.channel):
            self._identify(chat)
            return
        weights = speech.weights_of(chat.character)
        (what,) = dice.choices(list(weights), list(weights.values()))
        if what in ("guess", "inform") or dice.random() < 0.05:
            self._identify(chat)
        elif what == "press" and chat.buttons:
            place = dice.randrange(len(chat.buttons))
            with_number = chat.channel in ("sms", "whatsapp") and dice.random() < 0.8
            self.say(chat, "inform", str(place + 1) if with_number else chat.buttons[place]["payload"])
        elif what in ("amount", "counter_offer", "promise_to_pay") and dice.random() < 0.8:
            text = speech.proposal(what, chat.writer, self.world.clock.today(), dice, chat.language)
            self.say(chat, "inform" if what == "amount" else what, text)
        elif what == "media":
            kind = dice.choice(("image", "voice", "sticker", "reaction", "document"))
            self.say(chat, "inform", "", media=({"kind": kind},))
        elif what == "flood":
            for _ in range(3):
                self.say(chat, "insult", speech.words_for("insult", chat.language, dice), is_flooding=True)
        elif what == "again" and self.world.watch.said:
            last = self.world.watch.said[-1]
            self.say(chat, last.intent, last.text, proves=last.proves)
        else:
            what = "affirm" if what in ("press", "again", "amount") else what
            self.say(chat, what, speech.words_for(what, chat.language, dice))

    def _identify(self, chat: Chat) -> None:
        is_right = chat.character != "someone_else" and self.dice.random() < 0.85
        text, right = speech.identity(
            chat.writer, self.dice, is_right=is_right, with_reference=self.dice.random() < 0.8
        )
        # Neighbours share a postal code: what is right of one is right of the other, too.
        told = chat.writer.factors()
        proves = ((p.debtor_id, f) for p in self.people for f in right if p.factors()[f] == told[f])
        self.say(chat, "inform", text, proves=tuple(proves))

    # -- a message ----------------------------------------------------------------------------------------------

    def say(
        self,
        chat: Chat,
        intent: str,
        text: str,
        *,
        media: tuple[Mapping[str, Any], ...] = (),
        is_flooding: bool = False,
        proves: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """A message through reception, action, outbox and provider, as the connectors and Rasa pass it on."""
        app, dice = self.app, self.dice
        provider_id = str(UUID(int=dice.getrandbits(128)))
        incoming = Incoming(
            chat.channel,
            chat.address,
            provider_id,
            text,
            media,
            country=chat.writer.country if dice.random() < 0.5 else None,
            is_flooding=is_flooding,
        )
        at = self.world.clock.at
        received = reception.receive(app, incoming)
        is_crash = received.verdict == "run" and dice.random() < 0.02
        needs_none = is_flooding or any(item["kind"] == "reaction" for item in media)
        said = Said(
            at, chat.channel, chat.address, intent, text, received.message_id, proves, is_crash, needs_none
        )
        self.world.watch.said.append(said)
        if dice.random() < 0.03:
            assert reception.receive(app, incoming).verdict == "duplicate"
        if is_crash:
            received = self._begun_again(received) or received
        if received.verdict == "run" and not (is_crash and dice.random() < 0.5):
            self.world.run_action(self._understood(chat, intent, received))
        rows = reception.conclude(app, received.message_id)
        for row in rows:
            if row.channel not in PUSHED:
                self.on_page(row, chat)
        chat.buttons = next((row.buttons for row in reversed(rows) if row.buttons), chat.buttons)
        self.providers.send_due()

    def _begun_again(self, received: Received) -> Received | None:
        """The process died; another one finds the message when the lease has run out."""
        self.advance(reception.LEASE + timedelta(seconds=1))
        with self.app.unit_of_work(write=False) as uow:
            message = uow.inbox.get(received.message_id)
        assert message is not None
        return reception.begin_again(self.app, message)

    def _understood(self, chat: Chat, intent: str, received: Received) -> dict[str, Any]:
        """What Rasa's NLU would hand to the action."""
        dice, text = self.dice, received.rasa_text
        if text.startswith("/"):
            intent = text[1:]
            found: list[Any] = []
        else:
            found = extract(
                text, country=received.country, language=chat.language, today=self.world.clock.today()
            )
        sure = text.startswith("/") or dice.random() < 0.85
        confidence = 0.99 if sure else dice.uniform(0.15, 0.95)
        second = dice.choice(list(speech.weights_of("anybody")))
        ranking = [{"name": intent, "confidence": confidence}]
        if not sure:
            ranking.append({"name": second, "confidence": dice.uniform(0, confidence)})
        return {
            "text": text,
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": ranking,
            "entities": [
                {
                    "entity": e.kind,
                    "value": e.value,
                    "confidence": e.confidence,
                    "alternatives": list(e.alternatives),
                }
                for e in found
            ],
            "language": chat.language if len(text) > 12 else None,
            "metadata": {"message_id": received.message_id},
        }

    def on_page(self, row: OutboundMessage, chat: Chat) -> None:
        """What a debtor's own request carries reaches them at once."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.peek(row.conversation_id)
        assert talk is not None
        seen = Transmitted(self.world.clock.at, row.channel, chat.address, row, talk.debtor_id, talk.account)
        self.world.watch.transmitted.append(seen)

    # -- what comes unasked -------------------------------------------------------------------------------------

    def campaign(self, chat: Chat) -> None:
        """The business writes of its own accord, at any hour: the gate has to see to it."""
        dice = self.dice
        channel = dice.choice(sorted(PUSHED))
        address = chat.address if channel == chat.channel else self.main.phone
        response = dice.choice([*_UNASKED, "utter_reminder", "utter_reminder"])
        self._sent += 1
        # Never used before in this process: keys are remembered by conversation.
        message_id = MessageId(f"M-unasked-{self.number}-{self._sent}")
        with self.app.unit_of_work() as uow:
            talk = uow.conversations.by_address(channel, address)
            if talk is None:
                talk = Conversation(
                    ConversationId(f"C-unasked-{self.number}-{self._sent}"), channel, address, self.main.base.language,
                    debtor_id=DebtorId(self.main.debtor_id), opened_at=self.world.clock.at,
                )  # fmt: skip
                uow.conversations.add(talk)
            elif talk.debtor_id != self.main.debtor_id:
                return
            uow.outbox.add(
                OutboundMessage(
                    message_id,
                    talk.conversation_id,
                    None,
                    0,
                    response,
                    "es",
                    talk.language,
                    "Hola",
                    (),
                    self.world.clock.now(),
                    "queued",
                    channel,
                )  # fmt: skip
            )
            uow.commit()
        self.world.watch.campaign[message_id] = _UNASKED[response]
        self.providers.send_due()

    def _pay(self) -> None:
        debt = self.dice.choice(self.main.debts)
        share = self.dice.choice((0.05, 0.2, 0.5, 1.0))
        amount = max(1, round(float(debt.total) * share))
        row = {
            "payment_reference": f"PAY-{self.dice.getrandbits(32):08x}",
            "account_reference": debt.reference,
            "amount": str(amount),
            "currency": self.main.base.currency,
            "paid_on": self.world.clock.today().isoformat(),
        }
        lines = [",".join(PAYMENT_COLUMNS) + "\n", ",".join(row[c] for c in PAYMENT_COLUMNS) + "\n"]
        import_payments(lines, self.app.unit_of_work, self.world.clock, name="simulated")  # type: ignore[arg-type]

    def _checkpoint(self) -> None:
        with self.app.unit_of_work() as uow:
            make(uow.connection, self.world.signer, self.world.clock.now())  # type: ignore[attr-defined]
            uow.commit()

    # -- time ---------------------------------------------------------------------------------------------------

    def advance(self, by: timedelta) -> None:
        """Let time pass; whatever falls due meanwhile happens when it falls due."""
        target, clock = self.world.clock.at + by, self.world.clock
        for _ in range(_MOST_STOPS):
            due = self._next_due(target)
            if due is None:
                break
            clock.at = max(clock.at, due)
            self.providers.send_due()
        clock.at = max(clock.at, target)
        self.providers.send_due()
        if by > timedelta(minutes=10):
            for sweep in SWEEPS:
                sweep(self.app)
            self.providers.send_due()

    def _next_due(self, until: datetime) -> datetime | None:
        now = self.world.clock.at.strftime(STORED)
        found = self.world.peek(_NEXT_DUE, now, until.strftime(STORED))
        return datetime.strptime(found, STORED).replace(tzinfo=timezone.utc) if found else None

    def _is_sending(self) -> bool:
        return bool(self.world.peek("SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'sending')"))

    def _pause(self) -> timedelta:
        """Minutes, hours, days; or until a night, a Sunday, a holiday or the day on which the clocks change."""
        dice, now = self.dice, self.world.clock.at
        kind = dice.choice(("minutes", "hours", "days", "night", "sunday", "holiday", "clocks"))
        if kind in ("minutes", "hours", "days"):
            return timedelta(**{kind: dice.randint(1, {"minutes": 90, "hours": 20, "days": 12}[kind])})
        target = now + timedelta(days=1)
        if kind == "sunday":
            target = now + timedelta(days=(6 - now.weekday()) % 7 or 7)
        elif kind == "holiday":
            days = sorted(day for day in holidays_of(self.main.country) if day > now.date())
            target = datetime.combine(days[0], time(12), timezone.utc)
        elif kind == "clocks":
            target = _clock_change(now, self.zone) or target
        local = target.astimezone(self.zone)
        hour = dice.choice((1, 2, 3)) if kind in ("night", "clocks") else dice.randint(6, 22)
        local = local.replace(hour=hour, minute=dice.randrange(60))
        return max(timedelta(minutes=1), min(local.astimezone(timezone.utc) - now, timedelta(days=45)))

    def _beginning(self) -> datetime:
        at = datetime(2026, 1, 10, tzinfo=timezone.utc) + timedelta(
            minutes=self.dice.randrange(500 * 24 * 60)
        )
        if self.dice.random() < 0.15:
            at = (_clock_change(at, self.zone) or at) - timedelta(minutes=self.dice.randrange(48 * 60))
        return at

    def _end(self) -> None:
        """Let everything that is on its way arrive."""
        clock = self.world.clock
        until = clock.at + _LAST_DAYS
        self.advance(timedelta(seconds=31))
        self.advance(timedelta(minutes=12))
        # A try that was cut short is looked at again after half a minute.
        while (due := self._next_due(until)) is not None or self._is_sending():
            self.advance(max((due or clock.at) - clock.at, timedelta(seconds=31)))
        self.providers.report()
        self._checkpoint()

    def _chat(self, character: str) -> Chat:
        dice = self.dice
        channel = dice.choice((*sorted(PUSHED), "web", "rest"))
        address = f"{channel}-{dice.getrandbits(40)}"
        if channel in ("sms", "whatsapp"):
            # The number that the portfolio knows, or one that nobody knows.
            address = self.main.phone if dice.random() < 0.6 else f"+3460{dice.randrange(10**7):07d}"
        return Chat(channel, address, self.main, character, self.main.base.language)


def _clock_change(after: datetime, zone: ZoneInfo) -> datetime | None:
    at = after.replace(minute=0, second=0, microsecond=0)
    for _ in range(200):
        following = at + timedelta(days=1)
        if at.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            return following
        at = following
    return None
