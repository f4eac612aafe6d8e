"""The senders of every channel that is on, for a process without connectors: the jobs."""

from __future__ import annotations

from bot.channels.configuration import load_channels
from bot.channels.sending import Sender
from bot.services.application import Application


async def configured_senders(app: Application) -> list[Sender]:
    """Build them, each library imported only where its channel is on.

    Raises:
        ChannelsError: channels.yml is wrong.
    """
    channels = load_channels(app.settings.channels_file)
    found: list[Sender] = []
    if app.settings.telegram.token is not None:
        from bot.channels.telegram.client import make_bot
        from bot.channels.telegram.sending import TelegramSender

        bot = make_bot(app.settings.telegram.token, app.settings.telegram.url)
        found.append(TelegramSender(bot, channels.telegram))
    if app.settings.twilio.account_sid:
        from bot.channels.twilio.api import Api
        from bot.channels.twilio.senders import note_unusable_templates, senders_of

        api = Api(app.settings.twilio)
        senders = senders_of(app, channels.twilio, api)
        await note_unusable_templates(app, channels.twilio, api, senders)
        found += senders
    return found
