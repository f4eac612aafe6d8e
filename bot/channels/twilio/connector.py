"""Twilio's webhooks at /webhooks/twilio/: /sms and /whatsapp for messages, /status for what became of ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from twilio.request_validator import RequestValidator

from bot.channels.base import Connector, Surroundings
from bot.channels.failures import log_failure
from bot.channels.sending import Sender
from bot.channels.turns import RunRasa
from bot.channels.twilio import faults, updates
from bot.channels.twilio.api import Api
from bot.channels.twilio.catch_up import CatchUp
from bot.channels.twilio.policy import country_of, may_reduce
from bot.channels.twilio.routing import written_to
from bot.channels.twilio.senders import note_unusable_templates, senders_of
from bot.channels.twilio.sending import TwilioSender
from bot.channels.twilio.signature import signed_values
from bot.channels.web_request import BadRequest, read_body
from bot.services import delivery
from bot.services.reception import Incoming

logger = logging.getLogger(__name__)

# Nothing is said in the answer: what there is to say goes out by itself.
_NOTHING = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class TwilioInput(Connector):
    """SMS and WhatsApp. Off without an account; a channel is off without a sender in channels.yml."""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._access = self.app.settings.twilio
        self._section = self.channels.twilio
        self._validator = RequestValidator(self._access.auth_token or "")
        self._base = self.app.settings.public_url.rstrip("/")
        self._on = {entry.channel for entry in self._section.senders} if self._access.account_sid else set()
        self._catching_up: asyncio.Task[None] | None = None
        if self._access.account_sid and not self._on:
            logger.warning("channels.yml names no sender in twilio.senders: SMS and WhatsApp are off")

    @classmethod
    def name(cls) -> str:
        """Name of the connector and of its path; its channels are sms and whatsapp."""
        return "twilio"

    @cached_property
    def _api(self) -> Api:
        return Api(self._access)

    def senders(self) -> Sequence[Sender]:
        """One for each channel that is on."""
        return self._senders

    @cached_property
    def _senders(self) -> list[TwilioSender]:
        return senders_of(self.app, self._section, self._api) if self._on else []

    async def begin(self, run_rasa: RunRasa) -> None:
        """Look for what was missed, and once whether WhatsApp's templates are what channels.yml takes them for."""
        if self._on:
            self._catching_up = asyncio.create_task(self.catch_up(run_rasa).run())
            await note_unusable_templates(self.app, self._section, self._senders)

    async def end(self) -> None:
        """Stop looking."""
        if self._catching_up is not None:
            self._catching_up.cancel()

    def catch_up(self, run_rasa: RunRasa) -> CatchUp:
        """What fetches the messages that did not reach us."""
        return CatchUp(self.app, self._api, self._section.senders, partial(self._message, run_rasa=run_rasa))

    def blueprint(self, on_new_message: RunRasa) -> Blueprint:
        """The routes."""
        routes = Blueprint("twilio_webhook")

        async def message(request: Request) -> HTTPResponse:
            values = await self._signed(request)
            return values if isinstance(values, HTTPResponse) else await self._message(values, on_new_message)

        @routes.post("/status", stream=True)
        async def status(request: Request) -> HTTPResponse:
            values = await self._signed(request)
            return values if isinstance(values, HTTPResponse) else await self._status(values, request)

        for channel in ("sms", "whatsapp"):
            routes.add_route(message, f"/{channel}", methods=["POST"], name=channel, stream=True)
        return routes

    async def _signed(self, request: Request) -> Mapping[str, str] | HTTPResponse:
        """The values of a request of Twilio's, or the answer to any other request."""
        if not self._on:
            return _plain(404)
        try:
            body = await read_body(request)
        except BadRequest as problem:
            return _plain(problem.status)
        query = f"?{request.query_string}" if request.query_string else ""
        values = signed_values(
            self._validator,
            f"{self._base}{request.path}{query}",
            request.content_type,
            body,
            request.headers.get("x-twilio-signature", ""),
        )
        if values is None:
            logger.warning(
                "a call of Twilio's webhook was refused: it is not signed with the account's token"
            )
            return _plain(403)
        return values

    async def _message(self, values: Mapping[str, str], run_rasa: RunRasa) -> HTTPResponse:
        try:
            written = updates.written(values)
        except updates.NotUnderstood as problem:
            logger.warning("Twilio sent %s", problem)
            return _plain(400)
        if written.channel not in self._on:
            logger.warning(
                "a message over %s was refused: channels.yml names no sender for it", written.channel
            )
            return _plain(404)
        received = await self.accept(run_rasa, self._incoming(written))
        return _plain(503) if received is None else _twiml()

    def _incoming(self, written: updates.Written) -> Incoming:
        country, rulebook = country_of(written.address), self.app.rulebook
        known = country if country in rulebook.country_codes() else rulebook.country_of_phone(written.address)
        entry = written_to(self._section.of(written.channel), {"to": written.to, "service": written.service})
        stated = entry.debt_reduction if entry is not None else None
        via: dict[str, Any] = {
            "to": written.to,
            "service": written.service,
            "no_reduction": not may_reduce(written.channel, stated, country),
        }
        return Incoming(
            written.channel,
            written.address,
            written.message_id,
            written.text,
            written.media,
            via={key: value for key, value in via.items() if value},
            country=known,
            language=rulebook.country(known).languages[0] if known is not None else None,
            command=written.opted,
            is_confirmed=written.opted is not None,
        )

    async def _status(self, values: Mapping[str, str], request: Request) -> HTTPResponse:
        try:
            told = updates.status(values)
        except updates.NotUnderstood as problem:
            logger.warning("Twilio sent %s", problem)
            return _plain(400)
        try:
            await asyncio.to_thread(self._record, told, request.args.get("id"), _is_last(request))
        except Exception as error:
            log_failure("a delivery status could not be recorded", "-", error)
            return _plain(503)
        return _plain(204)

    def _record(self, told: updates.Status, message_id: Any, is_last: bool) -> None:
        """Note what became of a message. Of several parts the last one speaks for all, unless another one failed."""
        status, sid = told.status, told.sid
        if status is None or (status != "failed" and not is_last):
            return
        if not is_last and message_id is not None:
            with self.app.unit_of_work(write=False) as uow:
                row = uow.outbox.get(message_id)
            sid = row.provider_id or sid if row is not None else sid
        if status == "failed" and told.code in faults.WAITS:
            status = "waiting"
        unusable = status == "failed" and told.code in faults.UNREACHABLE
        delivery.receipt(
            self.app, told.channel, sid, status, told.code, unusable=unusable, message_id=message_id
        )


def _is_last(request: Request) -> bool:
    return bool(request.args.get("part") == request.args.get("of"))


def _twiml() -> HTTPResponse:
    return raw(_NOTHING, content_type="text/xml; charset=utf-8")


def _plain(status: int) -> HTTPResponse:
    return raw(b"", status=status, content_type="text/plain; charset=utf-8")
