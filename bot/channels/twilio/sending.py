"""How answers go out by SMS and WhatsApp: put together, kept short, sent once, looked up where that is in doubt."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.channels.sending import CannotTell, NotNeeded, Parcel, Refused, Sent, TryLater, Unreachable
from bot.channels.twilio import faults, sms_text, templates
from bot.channels.twilio.api import Api, Listed
from bot.channels.twilio.configuration import SenderEntry, TwilioSection
from bot.channels.twilio.routing import sender_for
from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage

# Twilio's limit for a body on every channel: https://www.twilio.com/docs/api/errors/21658
MAX_BODY = 1600
# By how much our clock may have been ahead of Twilio's when a message was made. Looking too far back costs nothing: what is
# known to be another message is left out.
_SLACK = timedelta(hours=24)


@dataclass(frozen=True)
class Part:
    """One request to Twilio: a text, or a template with its variables. `text` is what the debtor reads, if known."""

    text: str | None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


class TwilioSender(ABC):
    """What both channels have in common. A subclass says what one parcel is made of."""

    channel = ""

    def __init__(self, app: Application, section: TwilioSection, api: Api) -> None:
        self._app = app
        self._section = section
        self._entries = section.of(self.channel)
        self.api = api
        # Templates that are not what channels.yml takes them for; filled in once Twilio was asked.
        self.broken: set[str] = set()

    async def send(self, parcel: Parcel) -> Sent:
        """See `Sender.send`. Of several parts, those that an earlier try sent are not sent again."""
        entry = sender_for(self._entries, parcel)
        parts = self._parts(parcel, self._app.clock.now())
        sids = await self._gone_out_before(parcel, parts)
        for number, part in enumerate(parts):
            if sids[number] is None:
                request = self._request(parcel, entry, part, number, len(parts))
                sids[number] = await self._once(parcel, request)
        return _sent(parcel, parts, str(sids[-1]))

    async def _gone_out_before(self, parcel: Parcel, parts: Sequence[Part]) -> list[str | None]:
        """The SID of each part that an earlier try sent; asked only where that can be."""
        fault = parcel.messages[0].error
        if not parcel.attempts or (len(parts) == 1 and not faults.may_have_gone_out(fault)):
            return [None] * len(parts)
        try:
            return await self._known(parcel, parts)
        except TryLater as error:
            # The doubt is kept: what is recorded of this try is the fault of the one before.
            raise TryLater(fault or error.code, error.seconds) from error

    async def _once(self, parcel: Parcel, request: Mapping[str, Any]) -> str:
        try:
            return await self.api.send(**request)
        except Unreachable as error:
            # Twilio answers STOP itself where Advanced Opt-Out is off, and then takes no confirmation of ours.
            if error.code == faults.STOPPED and parcel.messages[0].response == "utter_contact_stopped":
                raise NotNeeded(error.code) from error
            raise

    async def find(self, parcel: Parcel) -> Sent | None:
        """See `Sender.find`: what Twilio lists for this address, since the parcel was made, with its text."""
        parts = self._parts(parcel, parcel.messages[0].claimed_at or parcel.claimed_at)
        sids = await self._known(parcel, parts)
        return None if None in sids else _sent(parcel, parts, str(sids[-1]))

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        """See `Sender.joins`."""
        return False

    @abstractmethod
    def _parts(self, parcel: Parcel, at: datetime) -> tuple[Part, ...]:
        """What one parcel is made of, at a moment."""

    def _may_be_template(self, parcel: Parcel) -> bool:
        return False

    def _to(self, parcel: Parcel) -> str:
        return parcel.address

    async def _known(self, parcel: Parcel, parts: Sequence[Part]) -> list[str | None]:
        """The SID of each part that Twilio has, None for one that it surely does not have.

        Raises:
            CannotTell: a template's text is not ours, and there is a message that may be it.
        """
        listed = await self.api.sent_to(self._to(parcel), parcel.messages[0].created_at - _SLACK)
        unknown = await asyncio.to_thread(self._without_others, listed)
        found: list[str | None] = []
        for part in parts:
            same = next((one for one in unknown if _is_same(one.body, part.text)), None)
            if same is None and unknown and self._may_be_template(parcel):
                raise CannotTell("template")
            found.append(same.sid if same is not None else None)
            unknown = [one for one in unknown if one is not same]
        return found

    def _without_others(self, listed: Sequence[Listed]) -> list[Listed]:
        """Those that are not known to be another message of ours, perhaps with the same words."""
        with self._app.unit_of_work(write=False) as uow:
            return [one for one in listed if not uow.outbox.of_provider(self.channel, one.sid)]

    def _request(
        self, parcel: Parcel, entry: SenderEntry, part: Part, number: int, count: int
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "to": self._to(parcel),
            "status_callback": self._callback(parcel, number, count),
        }
        if entry.messaging_service is not None:
            request["messaging_service_sid"] = entry.messaging_service
        if entry.number is not None:
            request["from_"] = self._to_twilio(entry.number)
        if part.template is None:
            return {**request, "body": part.text}
        return {**request, "content_sid": part.template, "content_variables": json.dumps(part.variables)}

    def _to_twilio(self, address: str) -> str:
        return address

    def _callback(self, parcel: Parcel, number: int, count: int) -> str:
        """Where Twilio reports to, with our own id: a report can overtake the answer to our request."""
        part = f"&part={number + 1}&of={count}" if count > 1 else ""
        base = self._app.settings.public_url
        return f"{base}/webhooks/twilio/status?id={parcel.messages[0].message_id}{part}"


class SmsSender(TwilioSender):
    """SMS: the messages of an answer as one while they are short, in numbered parts when they are long."""

    channel = "sms"

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        """While they are one text within the configured number of segments."""
        return self._fits(self._text(messages))

    def _parts(self, parcel: Parcel, at: datetime) -> tuple[Part, ...]:
        text = self._text(parcel.messages)
        if not text:
            raise Refused("empty")
        return tuple(Part(part) for part in sms_text.in_parts(text, self._fits))

    def _text(self, messages: Sequence[OutboundMessage]) -> str:
        return sms_text.plain("\n".join(_said(message, "\n") for message in messages))

    def _fits(self, text: str) -> bool:
        return len(text) <= MAX_BODY and sms_text.segments(text) <= self._section.sms.max_segments

    def _request(
        self, parcel: Parcel, entry: SenderEntry, part: Part, number: int, count: int
    ) -> dict[str, Any]:
        # Off: what is recorded is what is sent, character by character.
        return {**super()._request(parcel, entry, part, number, count), "smart_encoded": False}


class WhatsAppSender(TwilioSender):
    """WhatsApp: free text and buttons within a day of the debtor's last message, an approved template after it."""

    channel = "whatsapp"

    def _parts(self, parcel: Parcel, at: datetime) -> tuple[Part, ...]:
        (message,) = parcel.messages
        whatsapp = self._section.whatsapp
        if not templates.is_open(parcel.last_inbound_at, at):
            return (Part(None, *templates.outside(whatsapp, message, self.broken)),)
        tappable = templates.with_buttons(whatsapp, message, self.broken)
        if tappable is not None:
            return (Part(message.text, *tappable),)
        text = _said(message, "\n\n")
        if not text:
            raise Refused("empty")
        return tuple(Part(part) for part in sms_text.in_parts(text, lambda part: len(part) <= MAX_BODY))

    def _may_be_template(self, parcel: Parcel) -> bool:
        return parcel.messages[0].response in self._section.whatsapp.templates

    def _to(self, parcel: Parcel) -> str:
        return self._to_twilio(parcel.address)

    def _to_twilio(self, address: str) -> str:
        return f"whatsapp:{address}"


def _said(message: OutboundMessage, between: str) -> str:
    return between.join(filter(None, (message.text, message.menu)))


def _is_same(listed: str, text: str | None) -> bool:
    # A trial account puts a line of Twilio's own before the text.
    return text is not None and listed.rstrip().endswith(text.rstrip())


def _sent(parcel: Parcel, parts: Sequence[Part], sid: str) -> Sent:
    """What to record: the exact text, unless it is a template's or the one message as it is stored."""
    message = parcel.messages[0]
    exact = "\n".join(
        part.text if part.text is not None else json.dumps(dict(part.variables)) for part in parts
    )
    as_stored = len(parcel.messages) == 1 and exact in (
        message.text,
        _said(message, "\n"),
        _said(message, "\n\n"),
    )
    return Sent(sid, None if as_stored else exact)
