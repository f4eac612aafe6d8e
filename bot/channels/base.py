"""The base of our connectors: what every channel does between a request and its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rasa.core.channels.channel import InputChannel
from typing_extensions import Self

from bot.channels.turns import RunRasa, Spoken, Turns
from bot.services.application import Application
from bot.services.reception import Incoming


class Connector(InputChannel):  # type: ignore[misc]
    """An input channel over `Turns`. A subclass names itself and parses its provider's requests."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.turns = Turns(app)

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> Self:
        """Build it as Rasa does for a class named in credentials.yml."""
        return cls(shared_application())

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
        return await self.turns.take(
            Incoming(self.name(), address, provider_id, text, media), run_rasa, language
        )


def within(address: str, message_id: str) -> str:
    """A message id that belongs to an address: nobody gets another's answer by guessing a message id."""
    return hashlib.sha256(f"{address}\n{message_id}".encode()).hexdigest()[:40]


@lru_cache(maxsize=1)
def shared_application() -> Application:
    """The application of this process, one for all connectors.

    Rasa builds connectors itself, from their class names: this is their entry point, hence the late import
    of the composition root.
    """
    from bot.bootstrap import application

    return application()
