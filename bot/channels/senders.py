"""The senders of every channel that is on, for a process without connectors: the jobs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.configuration import load_channels
from bot.channels.failures import log_failure
from bot.channels.sending import Sender
from bot.services.application import Application


def configured_senders(app: Application) -> list[Sender]:
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
        from bot.channels.twilio.senders import senders_of

        found += senders_of(app, channels.twilio, Api(app.settings.twilio))
    return found


async def check_senders(app: Application, senders: Sequence[Sender]) -> None:
    """Ask the providers, once, whether what channels.yml names is there; never raises."""
    if not app.settings.twilio.account_sid:
        return
    from bot.channels.twilio.senders import note_unusable_templates
    from bot.channels.twilio.sending import TwilioSender

    try:
        section = load_channels(app.settings.channels_file).twilio
        await note_unusable_templates(app, section, [one for one in senders if isinstance(one, TwilioSender)])
    except Exception as error:
        log_failure("the templates could not be checked", "-", error)
