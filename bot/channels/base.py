"""The base of our connectors: what every channel does between a request and its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic.request import Request
from typing_extensions import Self

from bot.channels.configuration import Channels, load_channels
from bot.channels.limits import RateLimits
from bot.channels.sending import Sender
from bot.channels.turns import RunRasa, Spoken, Turns
from bot.services.application import Application
from bot.services.reception import Incoming, Received


@dataclass(frozen=True)
class Surroundings:
    """What all connectors of a process share."""

    app: Application
    channels: Channels
    limits: RateLimits
    turns: Turns

    @classmethod
    def of(cls, app: Application, channels: Channels | None = None) -> Surroundings:
        """Build them for an application.

        Raises:
            ChannelsError: channels.yml is wrong.
        """
        channels = channels or load_channels(app.settings.channels_file)
        limits = RateLimits(
            channels.limits.per_address, channels.limits.per_network, app.settings.redis_url
        )
        return cls(app, channels, limits, Turns(app))


class Connector(InputChannel):  # type: ignore[misc]
    """An input channel over `Turns`. A subclass names itself and parses its provider's requests."""

    is_limited = True  # whether one address may send only so many messages

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.app = surroundings.app
        self.channels = surroundings.channels
        self.turns = surroundings.turns

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> Self:
        """Build it as Rasa does for a class named in credentials.yml."""
        return cls(shared_surroundings())

    def senders(self) -> Sequence[Sender]:
        """How this connector's channels send, where answers leave by themselves; none while it is switched off."""
        return ()

    async def begin(self, run_rasa: RunRasa) -> None:
        """Called once the server runs; to register with the provider, for example."""

    def changed(self, conversation_id: str) -> None:
        """Another process has put something into a conversation."""

    async def end(self) -> None:
        """Called before the server stops."""

    async def answer(
        self,
        run_rasa: RunRasa,
        *,
        address: str,
        text: str,
        message_id: str | None = None,
        media: tuple[Mapping[str, Any], ...] = (),
        language: str = "es",
    ) -> tuple[Spoken, ...]:
        """Take one message of the person behind an address and return what is said to them.

        Args:
            run_rasa: Rasa's handler of a `UserMessage`.
            address: who writes, as this channel names them.
            text: what they wrote, maybe empty.
            message_id: the sender's id of the message, by which a repeated delivery is known.
            media: what came besides the text.
            language: of the sentence for when nothing could be stored.
        """
        provider_id = None if message_id is None else within(address, message_id)
        incoming = Incoming(self.name(), address, provider_id, text, media)
        return await self.turns.take(await self._counted(incoming), run_rasa, language)

    async def accept(self, run_rasa: RunRasa, incoming: Incoming) -> Received | None:
        """Store one message and return at once; its turn and its answer follow by themselves.

        Returns:
            None if nothing could be stored: let the provider deliver it again (503).
        """
        return await self.turns.accept(await self._counted(incoming), run_rasa)

    async def allows_network(self, request: Request) -> bool:
        """Count a request of a network address; answer 429 when this says no."""
        return await self.surroundings.limits.allows_network(request.remote_addr or request.ip)

    async def _counted(self, incoming: Incoming) -> Incoming:
        allowed = not self.is_limited or await self.surroundings.limits.allows_address(incoming.channel, incoming.address)
        return incoming if allowed else replace(incoming, is_flooding=True)


def within(address: str, message_id: str) -> str:
    """A message id that belongs to an address: nobody gets another's answer by guessing a message id."""
    return hashlib.sha256(f"{address}\n{message_id}".encode()).hexdigest()[:40]


@lru_cache(maxsize=1)
def shared_surroundings() -> Surroundings:
    """What the connectors of this process share.

    Rasa builds connectors itself, from their class names: this is their entry point, hence the late import
    of the composition root.
    """
    from bot.bootstrap import application

    return Surroundings.of(application())
