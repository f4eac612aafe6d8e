"""Providers that take, lose, delay and refuse messages, and report what became of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from bench.simulation.watching import Transmitted
from bench.simulation.world import World
from bot.channels.courier import Courier
from bot.channels.sending import (
    CannotTell,
    InDoubt,
    NotNeeded,
    Parcel,
    Refused,
    Sent,
    TryLater,
    Unclear,
    Unreachable,
    Waits,
)
from bot.services import delivery
from bot.services.unit_of_work import OutboundMessage

# How SQLite keeps an instant.
STORED = "%Y-%m-%d %H:%M:%S.%f"
_DUE = (
    "SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'sending' "
    "OR (status = 'queued' AND (due_at IS NULL OR due_at <= ?)))"
)
_MESSENGER_WINDOW = timedelta(hours=24)


class Provider:
    """One channel's provider; a real one behaves within what this one does."""

    def __init__(self, world: World, channel: str, dice: random.Random) -> None:
        self._world, self.channel, self._dice = world, channel, dice
        self._taken: dict[str, str] = {}  # of messages: our id, its id
        self.receipts: list[tuple[str, str]] = []

    async def send(self, parcel: Parcel) -> Sent:
        """Take it, or not."""
        last, now = parcel.last_inbound_at, self._world.clock.at
        is_late = last is None or now - last > _MESSENGER_WINDOW
        if self.channel == "whatsapp" and is_late and self._dice.random() < 0.4:
            raise Waits("63016")  # no template was approved
        luck = self._dice.random()
        if luck < 0.03:
            raise TryLater("429", self._dice.choice((None, 1.0, 40.0)))
        if luck < 0.04:
            raise Refused("30007")
        if luck < 0.045:
            raise Unreachable("30003")
        if luck < 0.05:
            raise NotNeeded("21610")
        if luck < 0.07:
            if self._dice.random() < 0.5:
                self._take(parcel)
            raise InDoubt("timeout") if luck < 0.06 else Unclear("broken")
        return Sent(self._take(parcel))

    async def find(self, parcel: Parcel) -> Sent | None:
        """Whether it was taken."""
        if self.channel == "telegram":
            raise CannotTell("telegram")
        known = self._taken.get(parcel.messages[0].message_id)
        return Sent(known) if known is not None else None

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        """Short texts go out as one."""
        return self.channel == "sms" and sum(len(m.text) for m in messages) < 300

    def _take(self, parcel: Parcel) -> str:
        provider_id = f"P-{self.channel}-{len(self._taken)}"
        with self._world.app.unit_of_work(write=False) as uow:
            talk = uow.conversations.peek(parcel.messages[0].conversation_id)
        assert talk is not None
        for message in parcel.messages:
            self._taken[message.message_id] = provider_id
            self._world.watch.transmitted.append(
                Transmitted(
                    self._world.clock.at, self.channel, parcel.address, message, talk.debtor_id, talk.account
                )
            )
        for status in ("sent", "delivered", "read", "failed"):
            if self._dice.random() < (0.05 if status == "failed" else 0.4):
                self.receipts.append((provider_id, status))
        return provider_id


class Providers:
    """All channels that push, and the courier between them and the outbox."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self._world, self._dice = world, dice
        self._all = [Provider(world, name, dice) for name in ("sms", "whatsapp", "telegram")]
        self._courier = Courier(world.app, self._all, lambda: world.clock.at.timestamp())

    def send_due(self) -> None:
        """Send everything that may go out now."""
        now = self._world.clock.at.strftime(STORED)
        if self._world.peek(_DUE, now):
            self._world.loop.run_until_complete(self._courier.drain())

    def report(self) -> None:
        """Some receipts arrive, in any order, some twice."""
        for provider in self._all:
            self._dice.shuffle(provider.receipts)
            while provider.receipts and self._dice.random() < 0.7:
                provider_id, status = provider.receipts.pop()
                for _ in range(1 if self._dice.random() < 0.9 else 2):
                    unusable = status == "failed" and self._dice.random() < 0.1
                    code = "30008" if status == "failed" else None
                    delivery.receipt(
                        self._world.app, provider.channel, provider_id, status, code, unusable=unusable
                    )
