"""Twilio's senders as channels.yml sets them up, in whichever process sends."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.channels.twilio.api import Api
from bot.channels.twilio.checks import unusable_templates
from bot.channels.twilio.configuration import TwilioSection
from bot.channels.twilio.sending import SmsSender, TwilioSender, WhatsAppSender
from bot.services.application import Application

logger = logging.getLogger(__name__)


def senders_of(app: Application, section: TwilioSection, api: Api) -> list[TwilioSender]:
    """One for each channel that has a sender of ours."""
    on = {entry.channel for entry in section.senders}
    return [kind(app, section, api) for kind in (SmsSender, WhatsAppSender) if kind.channel in on]


async def note_unusable_templates(
    app: Application, section: TwilioSection, senders: Sequence[TwilioSender]
) -> None:
    """Ask once whether WhatsApp's templates are what channels.yml takes them for; the others are not used."""
    whatsapp = next((sender for sender in senders if sender.channel == "whatsapp"), None)
    if whatsapp is None:
        return
    for problem in await unusable_templates(section.whatsapp, whatsapp.api):
        logger.error("%s: %s", app.settings.channels_file, problem)
        for sender in senders if problem.is_sure else ():
            sender.broken.add(problem.sid)
