"""`aldia verify-code`: whether a code that somebody reads out is one of ours."""

from __future__ import annotations

import click

from bot.cli.common import application_for, database_option, json_option, print_json


@click.command("verify-code")
@click.argument("code")
@database_option
@json_option
def verify_code(code: str, database: str | None, as_json: bool) -> None:
    """Say whether we gave the verification CODE, and where and when. Exit code 1 if we do not know it.

    \b
    Example:
      aldia verify-code K7QM-4T2X
    """
    from bot.services.proof import look_up

    found = look_up(application_for(database), code)
    if as_json:
        given = (
            {
                "channel": found.channel,
                "given_at": found.given_at.isoformat(),
                "conversation": found.conversation_id,
            }
            if found is not None
            else {}
        )
        print_json({"is_ours": found is not None, **given})
    elif found is not None:
        click.echo(f"Ours: given by {found.channel} on {found.given_at:%Y-%m-%d %H:%M} ({found.zone}).")
        click.echo(f"Conversation {found.conversation_id}.")
    if found is None:
        if not as_json:
            click.echo("Not ours, or expired: tell the person not to share data in that chat.")
        raise SystemExit(1)
