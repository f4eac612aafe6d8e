"""What a channel that pushes messages gives us: a sender, and errors that say what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.services.delivery import Parcel
from bot.services.unit_of_work import OutboundMessage

__all__ = [
    "CannotTell",
    "ChannelError",
    "InDoubt",
    "NotNeeded",
    "Parcel",
    "Refused",
    "Sender",
    "Sent",
    "TryLater",
    "Unclear",
    "Unreachable",
    "Waits",
]


@dataclass(frozen=True)
class Sent:
    """What the provider took. `text` is what was transmitted, when that is not text and menu as stored."""

    provider_id: str
    text: str | None = None


class Sender(Protocol):
    """How a channel sends. One instance lives as long as the server."""

    channel: str

    async def send(self, parcel: Parcel) -> Sent:
        """Send once.

        Raises:
            ChannelError: one of the kinds below; anything else counts as `Unclear`.
        """

    async def find(self, parcel: Parcel) -> Sent | None:
        """Ask the provider whether a parcel of an interrupted try went out; None if it surely did not.

        Raises:
            CannotTell: this provider cannot be asked.
            ChannelError: it could not be asked now.
        """

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        """Whether these consecutive messages may go out as one. Never asked of a single one."""


class ChannelError(Exception):
    """A provider fault. `code` is the provider's own; no text of a debtor, no address, no secret is in it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(ChannelError):
    """Nothing was sent; it may work later. `seconds` is the provider's wish, if it has one."""

    def __init__(self, code: str, seconds: float | None = None) -> None:
        super().__init__(code)
        self.seconds = seconds


class Refused(ChannelError):
    """This message will never be taken."""


class Unreachable(ChannelError):
    """This address is blocked or does not exist: nothing more is sent to it."""


class NotNeeded(ChannelError):
    """The provider itself has told the debtor what this message says, and takes no second one."""


class Unclear(ChannelError):
    """The connection broke after the request was written: it may have gone out."""


class InDoubt(ChannelError):
    """The same, where the provider can be asked: `find` is called once it has had time to note the message."""


class Waits(ChannelError):
    """It may not be sent before the debtor writes again (or never); `code` says which rule. The operator is told."""


class CannotTell(ChannelError):
    """The provider has no way to ask what became of a message."""
