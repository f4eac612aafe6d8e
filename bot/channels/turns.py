"""One turn from a message to what is spoken: in order, bounded in time, always answered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter, time_ns
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.channels.failures import log_failure
from bot.services import reception
from bot.services.application import Application
from bot.services.reception import Incoming, Received
from bot.services.unit_of_work import OutboundMessage
from bot.telemetry import metrics, tracing
from bot.telemetry.context import working_on
from bot.telemetry.log_lines import tell
from bot.telemetry.stages import stage

RunRasa = Callable[[UserMessage], Awaitable[Any]]

# A turn takes some 20 ms; one that takes this long will not come back, and the debtor is still waiting.
TURN_SECONDS = 30.0


# By then a turn whose process died has been taken over (`reception.LEASE`, `recovery`), and ended or given up.
ORDER_SECONDS = 60.0
# How soon it is seen that another process has decided an earlier message; of this one's own turns it is told.
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Spoken:
    """One message to the debtor."""

    text: str
    buttons: tuple[Mapping[str, str], ...] = ()


class Answer(OutputChannel):  # type: ignore[misc]
    """Keeps what the action said. It is in the outbox already: the action server stores it before it answers."""

    def __init__(self) -> None:
        self.said: list[Spoken] = []

    @classmethod
    def name(cls) -> str:
        """What Rasa calls it."""
        return "outbox"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """One message, if it is one of the outbox."""
        if message.get("outbox_id"):
            self.said.append(Spoken(message["text"], tuple(message.get("buttons") or ())))


class _Arrival:
    """When a message came in and when it was stored, for numbers and traces."""

    def __init__(self, *, is_again: bool = False) -> None:
        self.is_again = is_again  # its turn was begun before, by a process that ended
        self.began = perf_counter()
        self.arrived_ns = self.stored_ns = time_ns()

    def stored(self, channel: str, verdict: str) -> None:
        """The message was stored, or could not be."""
        self.stored_ns = time_ns()
        metrics.MESSAGES.add(channel, verdict)
        metrics.STAGE_SECONDS.observe(perf_counter() - self.began, "webhook")


class Turns:
    """Runs the turns of this process, for all connectors."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._ended = _Ended()
        self._running: dict[str, asyncio.Task[tuple[Spoken, ...]]] = {}
        # Called with the id of a conversation in which there is something new to send or to show.
        self.listeners: list[Callable[[str], None]] = []

    def is_running(self, message_id: str) -> bool:
        """Whether this process is at work on a message."""
        return message_id in self._running

    async def take(self, incoming: Incoming, run_rasa: RunRasa, language: str = "es") -> tuple[Spoken, ...]:
        """Store a message, run its turn and return the answer; never raises.

        Args:
            incoming: the message.
            run_rasa: Rasa's handler of a `UserMessage`.
            language: "es" or "en", for the one case that no conversation could be read.
        """
        arrival = _Arrival()
        received = await self._receive(incoming, arrival)
        if received is None:
            return (self._busy(language),)
        if received.verdict == "duplicate" and received.replies:
            return spoken(received.replies)
        # The turn goes on when the debtor's connection breaks: what was begun is finished and stored.
        return await asyncio.shield(self._begin(received, incoming.channel, run_rasa, arrival, language))

    async def accept(self, incoming: Incoming, run_rasa: RunRasa) -> Received | None:
        """Store a message and return at once; its turn runs on as a task of its own. Never raises.

        Returns:
            None if nothing could be stored: the provider must be told to deliver it again.
        """
        arrival = _Arrival()
        received = await self._receive(incoming, arrival)
        if received is not None and received.verdict != "duplicate":
            self._begin(received, incoming.channel, run_rasa, arrival)
        return received

    async def run(self, received: Received, channel: str, run_rasa: RunRasa) -> None:
        """Run the turn of a message that was stored before."""
        await asyncio.shield(self._begin(received, channel, run_rasa, _Arrival(is_again=True)))

    async def finish(self, seconds: float) -> None:
        """Wait for the turns under way, this long at most."""
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)

    def _begin(
        self, received: Received, channel: str, run_rasa: RunRasa, arrival: _Arrival, language: str = "es"
    ) -> asyncio.Task[tuple[Spoken, ...]]:
        task = self._running.get(received.message_id)
        if task is None:
            task = asyncio.create_task(self._observed(received, channel, run_rasa, arrival, language))
            self._running[received.message_id] = task
            task.add_done_callback(lambda _: self._running.pop(received.message_id, None))
        return task

    async def _receive(self, incoming: Incoming, arrival: _Arrival) -> Received | None:
        for last in (False, True):
            try:
                received = await asyncio.to_thread(reception.receive, self._app, incoming)
                arrival.stored(incoming.channel, received.verdict)
                return received
            except Exception as error:
                # The first two messages of a new conversation can collide; the second try finds the first.
                if last:
                    log_failure("a message could not be stored", "-", error)
        arrival.stored(incoming.channel, "lost")
        return None

    async def _observed(
        self, received: Received, channel: str, run_rasa: RunRasa, arrival: _Arrival, language: str
    ) -> tuple[Spoken, ...]:
        """The turn, with its time, its trace, and its message's id in every log line."""
        with working_on(received.message_id, received.conversation_id):
            span = tracing.begin_turn(
                channel, arrival.arrived_ns, arrival.stored_ns, is_again=arrival.is_again
            )
            try:
                return await self._run(received, channel, run_rasa, language)
            finally:
                seconds = perf_counter() - arrival.began
                metrics.TURN_SECONDS.observe(seconds, channel)
                tell("concluded", channel=channel, seconds=round(seconds, 4))
                if span is not None:
                    tracing.end(span, None)

    async def _run(
        self, received: Received, channel: str, run_rasa: RunRasa, language: str
    ) -> tuple[Spoken, ...]:
        keeper = asyncio.create_task(self._keep_lease(received))
        try:
            if received.verdict == "run":
                await self._wait_for_earlier(received)
                answer = await self._run_rasa(received, channel, run_rasa)
                if answer:
                    return answer
            return await self._conclude(received, language)
        finally:
            keeper.cancel()
            self._ended.tell(received.conversation_id)
            for listener in self.listeners:
                listener(received.conversation_id)

    async def _wait_for_earlier(self, received: Received) -> None:
        """Until the messages before it are decided, in whichever process; one that never is holds it up for a while."""
        if received.is_next:
            return
        end = asyncio.get_running_loop().time() + ORDER_SECONDS
        while asyncio.get_running_loop().time() < end:
            with self._ended.watched(received.conversation_id) as ended:
                try:
                    if await asyncio.to_thread(reception.is_next, self._app, received.message_id):
                        return
                except Exception as error:
                    log_failure("the order of messages could not be read", received.message_id, error)
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(ended.wait(), _LOOK_EVERY)

    async def _keep_lease(self, received: Received) -> None:
        """A sign of life for a turn that takes long, so that no other process begins it again."""
        while True:
            await asyncio.sleep(reception.LEASE.total_seconds() / 3)
            try:
                await asyncio.to_thread(reception.still_running, self._app, received.message_id)
            except Exception as error:
                log_failure("a lease could not be kept", received.message_id, error)

    async def _run_rasa(
        self, received: Received, channel: str, run_rasa: RunRasa
    ) -> tuple[Spoken, ...] | None:
        """The answer; None if nothing was said, or it is not known whether."""
        answer = Answer()
        message = UserMessage(
            received.rasa_text,
            answer,
            received.conversation_id,
            input_channel=channel,
            metadata={
                "message_id": received.message_id,
                "country": received.country,
                "locale": received.language,
            },
        )
        try:
            await asyncio.wait_for(run_rasa(message), TURN_SECONDS)
        except Exception as error:
            log_failure("the dialogue failed", received.message_id, error)
            return None
        return tuple(answer.said) or None

    async def _conclude(self, received: Received, language: str) -> tuple[Spoken, ...]:
        """What stands in the outbox; an apology, if the turn gave no answer."""
        for last in (False, True):
            try:
                with stage("conclude"):
                    rows = await asyncio.to_thread(reception.conclude, self._app, received.message_id)
                return spoken(rows)
            except Exception as error:
                if last:
                    log_failure("a turn could not be concluded", received.message_id, error)
        return (self._busy(language),)

    def _busy(self, language: str) -> Spoken:
        return Spoken(reception.busy_sentence(self._app, language))


class _Ended:
    """Lets the waiting turns of a conversation know that another turn of it has ended in this process."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)

    @contextmanager
    def watched(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """An event that is set when a turn of the conversation ends."""
        event = asyncio.Event()
        self._waiting[conversation_id].append(event)
        try:
            yield event
        finally:
            self._waiting[conversation_id].remove(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def tell(self, conversation_id: str) -> None:
        """A turn has ended."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()


def spoken(rows: Sequence[OutboundMessage]) -> tuple[Spoken, ...]:
    """Outbox rows as a channel speaks them."""
    return tuple(Spoken(row.text, row.buttons) for row in rows)
