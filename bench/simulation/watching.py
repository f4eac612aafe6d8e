"""What happened, as seen from outside: what was transmitted, what the gate was asked, what went wrong."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest import mock

from bot.debt.accounts import Account
from bot.debt.arrangements import Offer, Terms
from bot.debt.contact_gate import Contact, Decision, GateRules, Purpose, Reach
from bot.debt.contact_gate import decide as pure_decide
from bot.debt.conversations import Conversation
from bot.debt.limits import Limits
from bot.services import agreement, contact_gate
from bot.services.turn import Turn, facts_of
from bot.services.unit_of_work import OutboundMessage


@dataclass(frozen=True)
class Asked:
    """One question that the gate was asked about a queued message, and its answer."""

    row: OutboundMessage
    talk: Conversation  # as it was then
    moment: datetime
    reach: Reach
    channel: str
    purpose: Purpose
    history: tuple[Contact, ...]
    rules: GateRules
    decision: Decision


@dataclass(frozen=True)
class Transmitted:
    """One message that reached a provider, or a debtor's own page."""

    at: datetime
    channel: str
    address: str
    row: OutboundMessage
    debtor_id: str | None  # of the conversation, then
    account: str | None


@dataclass(frozen=True)
class Said:
    """One message of a debtor, and what the simulation knows of it."""

    at: datetime
    channel: str
    address: str
    intent: str
    text: str
    message_id: str
    proves: tuple[tuple[str, str], ...] = ()  # debtor and right factor in it
    is_crash: bool = False
    needs_no_answer: bool = False  # a reaction, or one of a flood


@dataclass(frozen=True)
class Offered:
    """Terms that were put on the table, with what the rulebook allowed for the account just then."""

    account: Account
    terms: Terms
    limits: Limits


class _Faults(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = f" {record.exc_info[1]!r}" if record.exc_info and record.exc_info[1] else ""
        self.found.append(record.getMessage() + trace)


@dataclass
class Watch:
    """Everything seen in one conversation. Only looks: what it stands before answers as it would."""

    asked: list[Asked] = field(default_factory=list)
    transmitted: list[Transmitted] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    offered: list[Offered] = field(default_factory=list)
    campaign: dict[str, Purpose] = field(default_factory=dict)  # unasked messages of the simulation
    refusals: Counter[str] = field(default_factory=Counter)  # of the desk

    def __post_init__(self) -> None:
        self._row: tuple[OutboundMessage, Conversation] | None = None
        self._faults = _Faults()
        for name in ("bot", "actions"):
            logging.getLogger(name).addHandler(self._faults)
            logging.getLogger(name).propagate = False
        real_let_out, real_decide = contact_gate.let_out, pure_decide

        def let_out(app: Any, uow: Any, row: OutboundMessage, talk: Conversation) -> OutboundMessage | None:
            self._row = (row, talk)
            try:
                return real_let_out(app, uow, row, talk)
            finally:
                self._row = None

        def decide(
            moment: datetime, reach: Reach, channel: str, purpose: Purpose, history: Any, rules: GateRules
        ) -> Decision:
            decision = real_decide(moment, reach, channel, purpose, history, rules)
            if self._row is not None:
                row, talk = self._row
                asked = Asked(row, talk, moment, reach, channel, purpose, tuple(history), rules, decision)
                self.asked.append(asked)
            return decision

        real_put = agreement.put_on_table

        def put_on_table(turn: Turn, account: Account, terms: Terms, valid_days: int) -> Offer:
            limits = turn.app.rulebook.limits(account, facts_of(turn.uow, account, turn.today), turn.today)
            self.offered.append(Offered(account, terms, limits))
            return real_put(turn, account, terms, valid_days)

        self._patches: list[Any] = [
            mock.patch.object(agreement, "put_on_table", put_on_table),
            mock.patch.object(contact_gate, "let_out", let_out),
            mock.patch.object(contact_gate, "decide", decide),
        ]
        for patch in self._patches:
            patch.start()

    @property
    def faults(self) -> list[str]:
        """Errors that were logged."""
        return self._faults.found

    def last_asked(self, message_id: str) -> Asked | None:
        """The answer by which a message went out."""
        return next((a for a in reversed(self.asked) if a.row.message_id == message_id), None)

    def forget(self) -> None:
        """Begin anew."""
        for seen in (self.asked, self.transmitted, self.said, self.offered, self._faults.found):
            seen.clear()
        self.campaign.clear()
        self.refusals.clear()

    def close(self) -> None:
        """Look no more."""
        for patch in self._patches:
            patch.stop()
        for name in ("bot", "actions"):
            logging.getLogger(name).removeHandler(self._faults)
