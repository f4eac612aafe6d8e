"""`aldia desk`: accounts of the people who work at the desk, and access for programs."""

from __future__ import annotations

import sys

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

_ROLES = ("agent", "supervisor", "compliance", "administrator")


@click.group()
def desk() -> None:
    """Accounts of the desk, where people take over.

    \b
    Example:
      aldia desk add-user marta --role agent --full-name "Marta Vidal" --language es
    """


@desk.command("add-user")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What they may do.")
@click.option("--full-name", default="", help="As colleagues see it; debtors see the first part.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    type=click.Choice(("es", "en")),
    help="A skill; may be repeated.  [default: all]",
)
@click.option("--creditor", "creditors", multiple=True, help="A skill; may be repeated.  [default: all]")
@click.option(
    "--generate", is_flag=True, help="Make a password and print it once, instead of asking for one."
)
@database_option
def add_user(
    name: str,
    role: str,
    full_name: str,
    languages: tuple[str, ...],
    creditors: tuple[str, ...],
    generate: bool,
    database: str | None,
) -> None:
    """Add NAME. The password is asked for, or made; they choose their own at the first sign-in."""
    from bot.services import desk_people

    password = None
    if not generate and sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    created = desk_people.add_user(
        application_for(database),
        name,
        role=role,
        full_name=full_name,
        password=password,
        languages=languages,
        creditors=creditors,
    )
    note(f"{created.user.name} can sign in as {role}.")
    if password is None:
        note("The password, shown only now, to be changed at the first sign-in:")
        click.echo(created.password)


@desk.command("list")
@database_option
@json_option
def list_users(database: str | None, as_json: bool) -> None:
    """List every account."""
    from bot.services import desk_people

    users = [
        {
            "name": user.name,
            "full_name": user.full_name,
            "role": user.role,
            "languages": list(user.languages),
            "creditors": list(user.creditors),
            "second_factor": user.totp_secret is not None,
            "disabled": user.disabled_at is not None,
        }
        for user in desk_people.everybody(application_for(database))
    ]
    if as_json:
        print_json(users)
        return
    for user in users:
        state = "disabled" if user["disabled"] else "second factor" if user["second_factor"] else ""
        click.echo(f"{user['name']:<20} {user['role']:<14} {user['full_name']:<28} {state}".rstrip())


@desk.command()
@click.argument("name")
@database_option
def disable(name: str, database: str | None) -> None:
    """Shut NAME out at once; their sessions end."""
    _set_disabled(name, database, disabled=True)


@desk.command()
@click.argument("name")
@database_option
def enable(name: str, database: str | None) -> None:
    """Let NAME in again."""
    _set_disabled(name, database, disabled=False)


def _set_disabled(name: str, database: str | None, *, disabled: bool) -> None:
    from bot.services import desk_people

    app = application_for(database)
    user = desk_people.named(app, name)
    desk_people.set_disabled(app, user.user_id, disabled=disabled, actor="command line")
    note(f"{user.name} is {'shut out' if disabled else 'let in again'}.")


@desk.command("reset-password")
@click.argument("name")
@database_option
def reset_password(name: str, database: str | None) -> None:
    """Give NAME a new password, printed once; a second factor is taken off."""
    from bot.services import desk_people

    app = application_for(database)
    user = desk_people.named(app, name)
    password = desk_people.reset_password(app, user.user_id, actor="command line")
    note(f"The new password of {user.name}, shown only now, to be changed at the next sign-in:")
    click.echo(password)


@desk.command("add-token")
@click.argument("name")
@click.option("--label", required=True, help="What it is for.")
@click.option(
    "--days", type=click.IntRange(1, 730), default=365, show_default=True, help="How long it holds."
)
@database_option
def add_token(name: str, label: str, days: int, database: str | None) -> None:
    """Give a program access with the rights of NAME; the token is printed once."""
    from bot.services import desk_people

    app = application_for(database)
    token = desk_people.add_token(app, desk_people.named(app, name), label, actor="command line", days=days)
    note("The token, shown only now:")
    click.echo(token)


@desk.command("revoke-tokens")
@click.argument("name")
@database_option
def revoke_tokens(name: str, database: str | None) -> None:
    """Take all tokens of NAME away."""
    from bot.services import desk_people

    app = application_for(database)
    count = desk_people.revoke_tokens(app, desk_people.named(app, name), actor="command line")
    note(f"{count} tokens were taken away.")
