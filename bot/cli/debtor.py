"""Commands about one person: everything held about them, their hours and channels, legal holds, erasure."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.common import application_for, database_option, note, print_json

if TYPE_CHECKING:
    from bot.debt.party import DebtorId
    from bot.services.application import Application

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _whom(command: _Command) -> _Command:
    command = click.option("--by", metavar="NAME", help="Who does it.  [default: the system's user]")(command)
    command = click.option("--debtor", "debtor_id", metavar="ID", help="The debtor, instead of a REFERENCE.")(command)
    return click.argument("reference", required=False)(command)


def _find(app: Application, reference: str | None, debtor_id: str | None) -> DebtorId:
    from bot.services.debtors import find

    if (reference is None) == (debtor_id is None):
        raise click.UsageError("Give an account's REFERENCE or --debtor ID.")
    with app.unit_of_work(write=False) as uow:
        return find(uow, reference, debtor_id)


def _user(by: str | None) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


@click.group()
def debtor() -> None:
    """Give a person their data, see when they want to be written to, keep or erase what is held about them."""


@debtor.command()
@_whom
@database_option
def data(reference: str | None, debtor_id: str | None, by: str | None, database: str | None) -> None:
    """Write everything held about the debtor of account REFERENCE as one JSON document: the answer to a request for access.

    \b
    Example:
      aldia debtor data AD-ES-0001 > data.json
    """
    from bot.services.personal_data import give

    app = application_for(database)
    print_json(give(app, _find(app, reference, debtor_id), _user(by)))


@debtor.command()
@_whom
@click.option("--reason", required=True, help="Why, for the record.")
@click.option("--despite-our-default", is_flag=True, help="Also within a period that we chose and no law asks for.")
@database_option
def erase(
    reference: str | None,
    debtor_id: str | None,
    by: str | None,
    reason: str,
    despite_our_default: bool,
    database: str | None,
) -> None:
    """Erase the personal data of the debtor of account REFERENCE, for good; the record still proves what was done.

    Refused, with code 1, under a legal hold and while the record must be kept (rulebook/retention.yml).

    \b
    Example:
      aldia debtor erase AD-ES-0001 --reason "request R-0A1B2C3D4E"
    """
    from bot.services.personal_data import Refused
    from bot.services.personal_data import erase as erase_all

    app = application_for(database)
    whom = _find(app, reference, debtor_id)
    done = erase_all(app, whom, reason, _user(by), despite_our_default=despite_our_default)
    if isinstance(done, Refused):
        raise click.ClickException(f"Nothing was erased: {done.sentence}.")
    click.echo(f"Erased {whom}: {done.keys} keys destroyed, {done.conversations} conversations emptied.")
    note("Copies of the database still hold the keys until they expire: see docs/records.md.")


@debtor.command()
@_whom
@click.option("--reason", required=True, help="The matter for which everything is kept.")
@database_option
def hold(reference: str | None, debtor_id: str | None, by: str | None, reason: str, database: str | None) -> None:
    """Place a legal hold: nothing of the debtor of account REFERENCE is erased until it is released.

    \b
    Example:
      aldia debtor hold AD-ES-0001 --reason "court file 12/2027"
    """
    from bot.services.personal_data import place_hold

    app = application_for(database)
    placed = place_hold(app, _find(app, reference, debtor_id), reason, _user(by))
    click.echo(f"Legal hold {placed.hold_id} is in force.")


@debtor.command()
@_whom
@click.option("--reason", required=True, help="Why it ends.")
@database_option
def release(
    reference: str | None, debtor_id: str | None, by: str | None, reason: str, database: str | None
) -> None:
    """Release every legal hold on the debtor of account REFERENCE.

    \b
    Example:
      aldia debtor release AD-ES-0001 --reason "court file 12/2027 closed"
    """
    from bot.services.personal_data import release_holds

    app = application_for(database)
    count = release_holds(app, _find(app, reference, debtor_id), reason, _user(by))
    click.echo(f"Released: {count}.")


@debtor.command()
@_whom
@click.option("--clear", metavar="REASON", help="End all of them, because the person said so, and how.")
@database_option
def hours(reference: str | None, debtor_id: str | None, by: str | None, clear: str | None, database: str | None) -> None:
    """Show when and by what the debtor of account REFERENCE wants to be written to, in their own words' sense.

    \b
    Examples:
      aldia debtor hours AD-ES-0001
      aldia debtor hours AD-ES-0001 --clear "said so by phone on 5 March"
    """
    from bot.services import contact_wishes
    from bot.services.wish_words import described

    app = application_for(database)
    whom = _find(app, reference, debtor_id)
    if clear is not None:
        if not clear.strip():
            raise click.BadParameter("say how they said so", param_hint="--clear")
        click.echo(f"Ended: {contact_wishes.clear(app, whom, clear.strip(), _user(by))}.")
        return
    found = contact_wishes.of_debtor(app, whom)
    for wish in found:
        click.echo(f"{wish.asked_at:%Y-%m-%d}  {described(wish.kind, wish.details, 'en')}")
    if not found:
        click.echo("No wishes: the law's hours and ours hold.")
