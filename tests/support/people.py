"""People who talk to the assistant in tests: through reception, dialogue and storage, without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.bootstrap import application
from bot.debt.accounts import Account, Balance
from bot.debt.conversations import Conversation
from bot.debt.money import Money
from bot.debt.party import AccountReference, Debtor, DebtorId, IdentityRecord
from bot.nlu.entities import extract
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.services.unit_of_work import OutboundMessage
from bot.settings import Settings
from bot.storage.migrations import migrate
from bot.storage.unit_of_work import create_unit_of_work_factory

KEY = "k" * 40
NOON = datetime(2026, 3, 11, 11, 0, tzinfo=timezone.utc)  # a Wednesday


@dataclass
class SetClock:
    """A clock that tests move."""

    at: datetime = NOON

    def now(self) -> datetime:
        """The instant that was set; it moves on by a millisecond, so that no two things happen at once."""
        self.at += timedelta(milliseconds=1)
        return self.at

    def today(self, zone: str | None = None) -> date:
        """The day that was set."""
        return self.at.date()


def build(database_url: str) -> Application:
    """An application over a migrated database, with a clock that tests move."""
    settings = Settings.from_environment({"ALDIA_DATABASE_URL": database_url, "ALDIA_IDENTITY_KEY": KEY})
    return replace(
        _rules_and_texts(),
        settings=settings,
        clock=SetClock(),
        unit_of_work=create_unit_of_work_factory(settings),
    )


@lru_cache(maxsize=1)
def _rules_and_texts() -> Application:
    """Rulebook and texts are read once: no test changes them."""
    return application(
        Settings.from_environment({"ALDIA_DATABASE_URL": "sqlite:///unused.db", "ALDIA_IDENTITY_KEY": KEY})
    )


def build_in(folder: Path) -> Application:
    """The same over a fresh SQLite file."""
    url = f"sqlite:///{folder / 'aldia.db'}"
    migrate(url)
    return build(url)


@dataclass(frozen=True)
class Known:
    """One debtor of a test and what they know."""

    reference: str = "AD-ES-9001"
    debtor_id: str = "T-1"
    country: str = "ES"
    language: str = "es"
    creditor: str = "Financiera Ribera"
    currency: str = "EUR"
    principal: str = "400.00"
    interest: str = "120.00"
    fees: str = "80.00"
    days_past_due: int = 120
    installments_broken: int = 0
    born: str = "1985-03-12"
    document: str = "12345678Z"
    postal_code: str = "28013"
    phone: str | None = None

    def facts(self) -> str:
        """Reference and two factors in one message."""
        born = f"{date.fromisoformat(self.born):%d/%m/%Y}"
        return f"{self.reference}, nací el {born} y mi código postal es {self.postal_code}"


def add(app: Application, known: Known) -> Known:
    """Put a debtor with an account into the database."""
    today = NOON.date()
    money = {
        part: Money.of(Decimal(getattr(known, part)), known.currency)
        for part in ("principal", "interest", "fees")
    }
    debtor = Debtor(
        DebtorId(known.debtor_id),
        "Lucía Prueba",
        known.country,
        known.language,
        None,
        known.phone,
        None,
        "web",
    )
    hasher = app.hasher
    record = IdentityRecord(
        debtor.debtor_id,
        hasher.date_of_birth(known.born),
        hasher.document(known.document),
        tuple(hasher.last_four(known.document)),
        hasher.postal_code(known.postal_code),
    )
    account = Account(
        AccountReference(known.reference), known.creditor, debtor.debtor_id, known.country, "Tarjeta", Balance(**money),
        opened_on=today - timedelta(days=known.days_past_due + 700), due_on=today - timedelta(days=known.days_past_due),
        last_payment_on=None, installments_broken=known.installments_broken,
    )  # fmt: skip
    with app.unit_of_work() as uow:
        uow.debtors.save(debtor, record)
        uow.accounts.save(account)
        uow.commit()
    return known


@dataclass
class Person:
    """Somebody writing on one address of one channel. The test says what the NLU understood."""

    app: Application
    address: str = "someone"
    channel: str = "rest"
    last: Sequence[OutboundMessage] = field(default_factory=tuple)

    def says(
        self,
        intent: str,
        text: str = "",
        *,
        confidence: float = 0.99,
        ranking: Sequence[tuple[str, float]] = (),
        language: str | None = None,
        entities: Sequence[Mapping[str, Any]] | None = None,
        message_id: str | None = None,
        media: tuple[Mapping[str, Any], ...] = (),
    ) -> list[str]:
        """Send a message; entities are taken from the text unless given. Returns the names of the answers."""
        text = text or ("" if media else intent)
        received = reception.receive(self.app, Incoming(self.channel, self.address, message_id, text, media))
        if received.verdict == "run":
            heard = Heard(
                intent, confidence, tuple(ranking), tuple(entities if entities is not None else self._entities(text)),
                language, text,
            )  # fmt: skip
            dialogue.take_turn(self.app, received.message_id, heard)
        self.last = reception.conclude(self.app, received.message_id)
        return self.heard

    def _entities(self, text: str) -> list[dict[str, Any]]:
        talk = self.conversation
        found = extract(
            text,
            country=str(talk.state.get("country") or "ES"),
            language=talk.language,
            today=self.app.clock.today(),
        )
        return [
            {
                "entity": e.kind,
                "value": e.value,
                "confidence": e.confidence,
                "alternatives": list(e.alternatives),
            }
            for e in found
        ]

    def presses(self, position: int) -> list[str]:
        """Tap a button of the last message that has any (0 is the first)."""
        buttons = next(m.buttons for m in reversed(self.last) if m.buttons)
        return self.says("none", buttons[position]["payload"])

    def identifies(self, known: Known) -> list[str]:
        """Give reference and two factors in one message."""
        return self.says("inform", known.facts())

    @property
    def heard(self) -> list[str]:
        """Response names of the last answer."""
        return [m.response for m in self.last]

    @property
    def texts(self) -> str:
        """All texts of the last answer."""
        return "\n".join(m.text for m in self.last)

    @property
    def conversation(self) -> Conversation:
        """The conversation as stored."""
        with self.app.unit_of_work(write=False) as uow:
            found = uow.conversations.by_address(self.channel, self.address)
            assert found is not None
            return found
