"""Sends what is in the outbox: in order within a conversation, each parcel once, again only when that is safe."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from bot.channels.failures import log_failure
from bot.channels.sending import (
    CannotTell,
    ChannelError,
    InDoubt,
    NotNeeded,
    Parcel,
    Refused,
    Sender,
    Sent,
    TryLater,
    Unclear,
    Unreachable,
    Waits,
)
from bot.services import contact_gate, delivery
from bot.services.application import Application
from bot.telemetry.context import working_on
from bot.telemetry.metrics import DELIVERY_FAULTS
from bot.telemetry.stages import stage

logger = logging.getLogger(__name__)

_AT_ONCE = 16
# How soon a message is seen that another process put into the outbox.
_LOOK_EVERY = 0.5
# Shorter than `delivery.LOST_AFTER`: by then nobody is still sending it.
_SEND_SECONDS = 20.0
_RECORD_TRIES = 5
# By so much the clock is set, in one look and in seconds, before it is not trusted.
_JUMP = 5.0


class Courier:
    """The sending side of one process. Several processes share an outbox.

    Args:
        senders: one for each channel that can send now.
        steady: seconds that passed, whatever the clock is set to.
    """

    def __init__(
        self, app: Application, senders: Sequence[Sender], steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._senders = {sender.channel: sender for sender in senders}
        self._joins = {sender.channel: sender.joins for sender in senders}
        self._awake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._steady = steady
        self._ahead: float | None = None  # the clock, at the last look, of what passed
        self._trusted_from = 0.0

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled; what is being sent then is finished and recorded."""
        if self._senders:
            await asyncio.to_thread(contact_gate.prepare, self._app)
        try:
            while self._senders:
                await self._send_all_due()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), _LOOK_EVERY)
                self._awake.clear()
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=2.0)

    async def drain(self) -> None:
        """Send everything that is due now and wait for it."""
        while True:
            self._awake.clear()
            await self._send_all_due()
            if self._sending:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
            elif not self._awake.is_set():  # what ended during the look may have let the next one go
                return

    async def _send_all_due(self) -> None:
        while len(self._sending) < _AT_ONCE:
            try:
                parcel = await asyncio.to_thread(
                    delivery.claim, self._app, self._joins, lost=self._knows_what_is_lost()
                )
            except Exception as error:
                log_failure("the outbox could not be read", "-", error)
                return
            if parcel is None:
                return
            task = asyncio.create_task(self._deliver(parcel))
            self._sending.add(task)
            task.add_done_callback(self._done)

    def _knows_what_is_lost(self) -> bool:
        """Not after the clock was set forward, until what is being sent, here or elsewhere, has surely ended."""
        steady = self._steady()
        ahead = self._app.clock.now().timestamp() - steady
        if self._ahead is not None and ahead - self._ahead > _JUMP:
            logger.warning("the clock was set forward by %.0f s", ahead - self._ahead)
            self._trusted_from = steady + delivery.LOST_AFTER.total_seconds()
        self._ahead = ahead
        return steady >= self._trusted_from

    def _done(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._awake.set()

    async def _deliver(self, parcel: Parcel) -> None:
        first = parcel.messages[0]
        with working_on(first.cause, first.conversation_id), stage("send"):
            await self._send(parcel)

    async def _send(self, parcel: Parcel) -> None:
        sender = self._senders[parcel.channel]
        try:
            if parcel.is_lost:
                sent = await self._found(sender, parcel)
            else:
                sent = await asyncio.wait_for(sender.send(parcel), _SEND_SECONDS)
        except _StillLost:
            return
        except InDoubt as error:
            DELIVERY_FAULTS.add(parcel.channel, "InDoubt")
            # Left as a try that was cut short: when it counts as lost, the provider is asked.
            logger.warning("%s: a message may or may not have gone out (%s)", parcel.channel, error.code)
        except ChannelError as error:
            DELIVERY_FAULTS.add(parcel.channel, type(error).__name__)
            logger.warning("%s: %s (%s)", parcel.channel, type(error).__name__, error.code)
            await self._record(parcel, _outcome_of(error))
        except (asyncio.TimeoutError, Exception) as error:
            DELIVERY_FAULTS.add(parcel.channel, "Unclear")
            log_failure("a message may or may not have gone out", parcel.messages[0].message_id, error)
            await self._record(parcel, _outcome_of(Unclear(type(error).__name__)))
        else:
            await self._record(parcel, _taken(sent) if sent is not None else delivery.not_gone)

    async def _found(self, sender: Sender, parcel: Parcel) -> Sent | None:
        """Whether a try that was cut short went out after all; None if it surely did not."""
        try:
            return await asyncio.wait_for(sender.find(parcel), _SEND_SECONDS)
        except CannotTell as error:
            raise Unclear(error.code) from error
        except (ChannelError, asyncio.TimeoutError) as error:
            # Asked again when this claim, too, has run out.
            logger.warning("%s cannot say what became of a message", parcel.channel)
            raise _StillLost from error

    async def _record(self, parcel: Parcel, outcome: Callable[[Application, Parcel], Any]) -> None:
        for attempt in range(_RECORD_TRIES):
            try:
                await asyncio.to_thread(outcome, self._app, parcel)
                return
            except Exception as error:
                log_failure("a delivery could not be recorded", parcel.messages[0].message_id, error)
                await asyncio.sleep(0.2 * 2**attempt)


class _StillLost(Exception):
    """Nobody can say yet whether the interrupted try went out."""


def _taken(sent: Sent) -> Callable[[Application, Parcel], Any]:
    return lambda app, parcel: delivery.sent(app, parcel, sent.provider_id, sent.text)


def _outcome_of(error: ChannelError) -> Callable[[Application, Parcel], Any]:
    if isinstance(error, TryLater):
        seconds = error.seconds
        return lambda app, parcel: delivery.postponed(app, parcel, error.code, seconds)
    record = {
        Refused: delivery.refused,
        Unreachable: delivery.undeliverable,
        Waits: delivery.waits,
        NotNeeded: delivery.not_needed,
    }.get(type(error), delivery.unclear)
    return lambda app, parcel: record(app, parcel, error.code)
