"""`aldia link`: a link with which a debtor opens a chat that we know to be meant for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

if TYPE_CHECKING:
    from bot.services.application import Application

_MOST_DAYS = 90


@click.command()
@click.argument("reference")
@click.option(
    "--channel",
    type=click.Choice(["telegram"]),
    default="telegram",
    help="Where it opens.  [default: telegram]",
)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=14,
    show_default=True,
    help=f"How long it can be opened, {_MOST_DAYS} at most.",
)
@database_option
@json_option
def link(reference: str, channel: str, days: int, database: str | None, as_json: bool) -> None:
    """Print a link for the debtor of the account REFERENCE.

    It works once. Whoever opens it is still asked who they are before anything is said: send it all the same only
    to an address that is the debtor's.

    \b
    Example:
      aldia link AD-ES-0001 --days 7
    """
    from bot.services import chat_links

    app = application_for(database)
    bot = _bot_name(app)
    made = chat_links.make(app, reference, channel, days)
    url = f"https://t.me/{bot}?start={made.token}"
    if as_json:
        print_json({"url": url, "channel": channel, "expires_at": made.expires_at.isoformat()})
        return
    click.echo(url)
    note(f"It works once, until {made.expires_at:%Y-%m-%d %H:%M} UTC.")


def _bot_name(app: Application) -> str:
    from bot.channels.configuration import load_channels

    stated = load_channels(app.settings.channels_file).telegram.bot_name
    if stated:
        return stated
    access = app.settings.telegram
    if access.token is None:
        raise click.ClickException(
            f"The bot's name is not known: set ALDIA_TELEGRAM_TOKEN, or telegram.bot_name in {app.settings.channels_file}."
        )
    from bot.channels.telegram.client import name_of

    name = asyncio.run(name_of(access.token, access.url))
    if name is None:
        raise click.ClickException(
            "Telegram does not tell the bot's name: check ALDIA_TELEGRAM_TOKEN and the connection, or set "
            f"telegram.bot_name in {app.settings.channels_file}."
        )
    return name
