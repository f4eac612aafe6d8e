"""Messages that Twilio could not deliver to us: it gives up after seconds, so we look through its list."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sanic.response import HTTPResponse

from bot.channels.failures import log_failure
from bot.channels.sending import ChannelError
from bot.channels.twilio import updates
from bot.channels.twilio.api import Api, Listed
from bot.channels.twilio.configuration import SenderEntry
from bot.channels.twilio.routing import written_to
from bot.services.application import Application
from bot.services.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 300.0
# Whoever wrote before that has long looked for another way.
_FARTHEST = timedelta(hours=24)
# A message is dated before its delivery to us is tried, and our clocks differ.
_SLACK = timedelta(minutes=5)


class CatchUp:
    """Takes what was missed, now and every few minutes.

    Args:
        entries: the senders of channels.yml; the account may have numbers that are none of our business.
        take: does what a call with these values would have done, and answers it.
    """

    def __init__(
        self,
        app: Application,
        api: Api,
        entries: Sequence[SenderEntry],
        take: Callable[[Mapping[str, str]], Awaitable[HTTPResponse]],
    ) -> None:
        self._app = app
        self._api = api
        self._entries = entries
        self._take = take
        self._since: datetime | None = None

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            try:
                await self.once()
            except ChannelError as error:
                logger.warning("Twilio's list of messages could not be read (%s)", error.code)
            except Exception as error:
                log_failure("missed messages could not be looked for", "-", error)
            await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> int:
        """Take every message since the last look that did not reach us. Returns how many.

        At the first look of a process that is since the last message that ever came. Where none did, there is
        nothing to catch up with: what was written to the number before it became ours is not answered.
        """
        now = self._app.clock.now()
        since = self._since or await asyncio.to_thread(self._last_message)
        missed = []
        if since is not None:
            # By a clock that was set back since then nobody knows how long ago that was.
            after = now - _FARTHEST if since > now else max(since, now - _FARTHEST)
            listed = await self._api.received(after - _SLACK)
            missed = await asyncio.to_thread(self._unknown, listed)
            answers = [await self._take(message.values) for message in missed]
            if any(answer.status >= 500 for answer in answers):
                return 0  # not stored now: looked for again from where we began
            if missed:
                logger.warning(
                    "%d messages had not reached us and were fetched from Twilio's list", len(missed)
                )
        self._since = now
        return len(missed)

    def _last_message(self) -> datetime | None:
        with self._app.unit_of_work(write=False) as uow:
            return uow.inbox.latest_at(sorted({entry.channel for entry in self._entries}))

    def _unknown(self, listed: Sequence[Listed]) -> list[Listed]:
        with self._app.unit_of_work(write=False) as uow:
            return [one for one in listed if self._is_to_us(one) and not self._is_known(uow, one)]

    def _is_to_us(self, message: Listed) -> bool:
        channel, to = updates.address_of(message.values["To"])
        entries = [entry for entry in self._entries if entry.channel == channel]
        return written_to(entries, {"to": to, "service": message.values["MessagingServiceSid"]}) is not None

    def _is_known(self, uow: UnitOfWork, message: Listed) -> bool:
        channel, _ = updates.address_of(message.values["From"])
        return uow.inbox.by_provider_id(channel, message.sid) is not None
