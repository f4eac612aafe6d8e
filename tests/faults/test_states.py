"""Whatever is said, paid, pressed, decided at the desk or cut short by a crash, in any order: what must hold, holds.

A state machine makes stories of at most thirty steps over a debtor's three chats, the books, the desk and the clock,
on both databases, and looks after each step at the database itself.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text

from bot.debt.arrangements import Arrangement
from bot.debt.conversations import Owner
from bot.debt.holds import FORBIDS_OFFERS
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId, DebtorId
from bot.services import dialogue, reception, relay
from bot.services.application import Application
from bot.services.books import sweep
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from bot.services.payments_in import import_payments
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.storage.tables import accounts, arrangements, conversations, inbox
from tests.desk.conftest import new_user
from tests.faults.books import faults_of, imported
from tests.support.people import Known, Person, add, build

ACCOUNT, DEBTOR = AccountReference("AD-ES-9001"), DebtorId("T-1")
KNOWN = Known(principal="5800.00")
OWED = Money.of("6000.00", "EUR")
CHATS = ("web", "telegram", "sms")
HEADER = "account_reference,amount,currency,paid_on,payment_reference"
TALK = (
    ("greet", "hola"),
    ("ask_balance", "cuánto debo"),
    ("request_installments", "puedo pagarlo a plazos"),
    ("request_discount", "me hacéis un descuento"),
    ("counter_offer", "500 al mes"),
    ("counter_offer", "te doy 4500 y lo cerramos"),
    ("counter_offer", "te doy 1 euro y lo cerramos"),
    ("inform", "600 euros"),
    ("inform", "la primera"),
    ("affirm", "acepto"),
    ("affirm", "acepto"),
    ("affirm", "sí"),
    ("deny", "mejor no"),
    ("promise_to_pay", "pago 100 el viernes"),
    ("change_agreement", "quiero cambiar la fecha"),
    ("out_of_scope", "qué tiempo hace"),
)
RIGHTS = (
    ("dispute_debt", "esa deuda no es mía"),
    ("report_payment", "ya lo pagué"),
    ("stop_contact", "no me escribáis más"),
    ("report_hardship", "me he quedado sin trabajo"),
    ("request_agent", "quiero hablar con una persona"),
    ("inform", "AD-ES-9001, nací el 01/01/1970 y mi código postal es 08001"),
)
FACTS = ("inform", Known().facts())
BIDS = ("500 al mes", "te doy 5000 y lo cerramos", "700 al mes")
# Mostly talk about paying: after a right there is nothing left to agree on.
SAID = st.one_of(*[st.sampled_from(TALK)] * 8, st.sampled_from((FACTS,)), st.sampled_from(RIGHTS))


class Killed(BaseException):
    """The process is gone at this point."""


class MortalUnits:
    """Units of work of a process that dies at a commit: just before it or just after it."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.dies_in: int | None = None  # commits from now
        self.after = False

    def __call__(self, *, write: bool = True) -> Any:
        unit = self._real(write=write)
        if write and self.dies_in is not None:
            commit = unit.commit

            def mortal() -> None:
                assert self.dies_in is not None
                self.dies_in -= 1
                if self.dies_in >= 0:
                    commit()
                    return
                if self.after:
                    commit()
                raise Killed

            unit.commit = mortal
        return unit

    def dispose(self) -> None:
        self._real.dispose()  # type: ignore[attr-defined]


class Story(RuleBasedStateMachine):
    """One debtor with one account, three chats, somebody at the desk, and the bank's file."""

    new_database: ClassVar[Callable[[], str]]

    @initialize()
    def begin(self) -> None:
        """A debtor who owes 6,000 and has said who they are in each chat."""
        app = build(type(self).new_database())
        self.units = MortalUnits(app.unit_of_work)
        self.app: Application = replace(app, unit_of_work=self.units)
        imported(self.app, KNOWN)
        self.agent: User = new_user(self.app, "ana")
        self.people = {channel: Person(self.app, f"address-{channel}", channel) for channel in CHATS}
        self.heard: dict[str, Heard] = {}
        self.paid = Money.of("0.00", "EUR")
        self.payments: dict[str, str] = {}
        self.known: set[str] = set()
        for person in self.people.values():
            person.says(*FACTS)

    def _balance(self) -> Money:
        with self.app.unit_of_work(write=False) as uow:
            account = uow.accounts.get(ACCOUNT)
            assert account is not None
            return account.balance.total

    def _arrangements(self) -> list[Arrangement]:
        with self.app.unit_of_work(write=False) as uow:
            ids = [row[0] for row in uow.connection.execute(select(arrangements.c.arrangement_id))]
            return [found for one in ids if (found := uow.arrangements.get(one)) is not None]

    def _forbidden(self) -> bool:
        with self.app.unit_of_work(write=False) as uow:
            return any(hold.kind in FORBIDS_OFFERS for hold in uow.holds.in_force(DEBTOR, ACCOUNT))

    def _agreed_since(self, balance: Money, was_forbidden: bool) -> None:
        """What came new in this step: whole, from the balance of that moment, and not under a hold."""
        for one in self._arrangements():
            if one.arrangement_id not in self.known:
                self.known.add(one.arrangement_id)
                assert one.terms.total + one.terms.saving == balance
                assert one.terms.total.minor > 0
                assert all(i.amount.minor > 0 for i in one.terms.schedule)
                assert not was_forbidden

    def _owner(self, person: Person) -> Owner:
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address(person.channel, person.address)
            return Owner.BOT if talk is None else talk.owner

    @rule(channel=st.sampled_from(CHATS), said=SAID)
    def says(self, channel: str, said: tuple[str, str]) -> None:
        """A message; the assistant answers it, or is silent because a person has the chat."""
        balance, forbidden = self._balance(), self._forbidden()
        person = self.people[channel]
        owner = self._owner(person)
        person.says(*said)
        assert bool(person.last) == (owner is not Owner.HUMAN)
        self._agreed_since(balance, forbidden)

    @rule(
        channel=st.sampled_from(CHATS),
        bid=st.sampled_from(BIDS),
        other=st.sampled_from(CHATS),
        yes=st.booleans(),
    )
    def haggles(self, channel: str, bid: str, other: str, yes: bool) -> None:
        """They say who they are and bid; then a yes in this chat, or in another where something else may be open."""
        self.says(channel, FACTS)
        self.says(channel, ("counter_offer", bid))
        if yes:
            self.says(other, ("affirm", "acepto"))

    @rule()
    def holds_are_lifted(self) -> None:
        """Somebody looked at the case: collection may go on."""
        with self.app.unit_of_work() as uow:
            for hold in uow.holds.in_force(DEBTOR):
                uow.holds.lift(hold.kind, DEBTOR, hold.account, self.app.clock.now())
            uow.commit()

    @rule(channel=st.sampled_from(CHATS), position=st.integers(0, 5), thief=st.sampled_from(CHATS))
    def presses(self, channel: str, position: int, thief: str) -> None:
        """A button: one's own, or one that was shown in another chat."""
        tokens = [b["payload"] for m in self.people[channel].last for b in m.buttons]
        if not tokens:
            return
        balance, forbidden = self._balance(), self._forbidden()
        person = self.people[thief]
        person.says("none", tokens[position % len(tokens)])
        if thief != channel:
            assert "utter_agreed" not in person.heard
        self._agreed_since(balance, forbidden)

    @rule(
        channel=st.sampled_from(CHATS),
        said=SAID,
        commits=st.integers(0, 2),
        after=st.booleans(),
        again=st.booleans(),
    )
    def dies(self, channel: str, said: tuple[str, str], commits: int, after: bool, again: bool) -> None:
        """The process dies in the middle of a turn; the provider may deliver again; another process recovers it."""
        balance, forbidden = self._balance(), self._forbidden()
        person, provider_id = self.people[channel], uuid.uuid4().hex
        owner = self._owner(person)
        incoming = Incoming(channel, person.address, provider_id, said[1])
        self.units.dies_in, self.units.after = commits, after
        try:
            received = reception.receive(self.app, incoming)
            if received.verdict == "run":
                dialogue.take_turn(self.app, received.message_id, self._understood(person, said))
            reception.conclude(self.app, received.message_id)
        except Killed:
            pass
        finally:
            self.units.dies_in = None
        with self.app.unit_of_work(write=False) as uow:
            taken = uow.inbox.by_provider_id(channel, provider_id) is not None
        if again or not taken:  # not stored, so not acknowledged: the provider delivers it again
            received = reception.receive(self.app, incoming)
            if received.verdict == "run":
                dialogue.take_turn(self.app, received.message_id, self._understood(person, said))
                reception.conclude(self.app, received.message_id)
        self._recover(person, said)
        with self.app.unit_of_work(write=False) as uow:
            message = uow.inbox.by_provider_id(channel, provider_id)
            assert message is not None
            person.last = uow.outbox.of_cause(message.message_id)
        assert bool(person.last) == (owner is not Owner.HUMAN)
        self._agreed_since(balance, forbidden)

    def _understood(self, person: Person, said: tuple[str, str]) -> Heard:
        return Heard(said[0], 0.99, (), tuple(person._entities(said[1])), None, said[1])

    def _recover(self, person: Person, said: tuple[str, str]) -> None:
        """As `bot.channels.recovery` does, after the lease."""
        self.app.clock.at += 2 * reception.LEASE  # type: ignore[attr-defined]
        with self.app.unit_of_work(write=False) as uow:
            abandoned = list(uow.inbox.abandoned(self.app.clock.now()))
        for message in abandoned:
            assert reception.begin_again(self.app, message) is not None
            if message.reply is None:
                dialogue.take_turn(self.app, message.message_id, self._understood(person, said))
            reception.conclude(self.app, message.message_id)

    @rule(amount=st.sampled_from(("0.01", "50.00", "100.00", "599.99", "700.00")), repeat=st.booleans())
    def pays(self, amount: str, repeat: bool) -> None:
        """A line of the bank's file; the same one again changes nothing."""
        if repeat and self.payments:
            reference, amount = next(iter(self.payments.items()))
        else:
            reference = f"P-{len(self.payments)}"
        day = self.app.clock.today()
        before = self._balance()
        report = import_payments(
            [HEADER, f"{ACCOUNT},{amount},EUR,{day},{reference}"], self.app.unit_of_work, self.app.clock
        )
        if reference in self.payments:
            assert report.posted == 0
            assert self._balance() == before
        else:
            assert report.posted == 1
            self.payments[reference] = amount
            self.paid += Money.of(amount, "EUR")

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        """Days go by; due dates are looked at."""
        self.app.clock.at += timedelta(days=days)  # type: ignore[attr-defined]
        sweep(self.app.unit_of_work, self.app.clock)

    @precondition(lambda self: hasattr(self, "app"))
    @rule(channel=st.sampled_from(CHATS), act=st.sampled_from(("claim", "release", "send", "back", "close")))
    def at_the_desk(self, channel: str, act: str) -> None:
        """Somebody takes, answers, returns or ends a chat; what may not be done is refused and changes nothing."""
        with self.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.by_address(channel, self.people[channel].address)
        if talk is None:
            return
        acts: dict[str, Callable[[ConversationId], object]] = {
            "claim": lambda which: relay.claim(self.app, self.agent, which),
            "release": lambda which: relay.release(self.app, self.agent, which, "comida"),
            "send": lambda which: relay.send(
                self.app, self.agent, which, "Hola, soy Ana", key=uuid.uuid4().hex
            ),
            "back": lambda which: relay.hand_back(self.app, self.agent, which, "hecho"),
            "close": lambda which: relay.close(self.app, self.agent, which, "PROMISE_TO_PAY"),
        }
        with suppress(DeskRefusal):
            acts[act](talk.conversation_id)

    @invariant()
    def money_is_conserved(self) -> None:
        """What was owed less what was paid, never below nothing."""
        if not hasattr(self, "app"):
            return
        left = OWED - self.paid if self.paid.minor < OWED.minor else Money.of("0.00", "EUR")
        assert self._balance() == left

    @invariant()
    def one_open_arrangement_and_nothing_half_done(self) -> None:
        """At most one open for the account; no message left waiting; rows agree with one another."""
        if not hasattr(self, "app"):
            return
        assert sum(one.is_open for one in self._arrangements()) <= 1
        with self.app.unit_of_work(write=False) as uow:
            connection = uow.connection
            pending = select(func.count()).select_from(inbox).where(inbox.c.status == "pending")
            assert connection.execute(pending).scalar() == 0
            assert connection.execute(select(func.count()).select_from(accounts)).scalar() == 1
            assert connection.execute(select(func.count()).select_from(conversations)).scalar() <= len(CHATS)

    def teardown(self) -> None:
        """The whole record is sound at the end of each story."""
        if hasattr(self, "app"):
            assert faults_of(self.app) == []
            self.units.dispose()


def _run(new_database: Callable[[], str], stories: int) -> None:
    machine = type("Story", (Story,), {"new_database": staticmethod(new_database)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=stories,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_on_sqlite(sqlite_template: Path) -> None:
    """Each story on a copy of a migrated file."""
    with tempfile.TemporaryDirectory() as folder:

        def new() -> str:
            path = Path(folder) / f"{uuid.uuid4().hex}.db"
            shutil.copy(sqlite_template, path)
            return f"sqlite:///{path}"

        _run(new, 25)


def test_on_postgresql(postgresql_url: str) -> None:
    """Each story on the same database, emptied before."""
    from sqlalchemy import create_engine

    def new() -> str:
        engine = create_engine(postgresql_url, future=True)
        with engine.begin() as connection:
            names = connection.execute(
                text(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                )
            )
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {', '.join(name for (name,) in names)} CASCADE"))
        engine.dispose()
        return postgresql_url

    _run(new, 15)


@pytest.mark.parametrize(("after", "stored"), [(False, 0), (True, 1)])
def test_a_crash_is_a_crash(sqlite_url: str, after: bool, stored: int) -> None:
    """The tool of these tests: a process that dies before its commit leaves nothing, after it everything."""
    app = build(sqlite_url)
    units = MortalUnits(app.unit_of_work)
    units.dies_in, units.after = 0, after
    with pytest.raises(Killed):
        add(replace(app, unit_of_work=units), Known())
    with app.unit_of_work(write=False) as uow:
        assert uow.connection.execute(select(func.count()).select_from(accounts)).scalar() == stored
