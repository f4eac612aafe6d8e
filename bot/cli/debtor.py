"""Commands about one person: everything held about them, their hours and channels, legal holds, erasure."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

if TYPE_CHECKING:
    from bot.debt.party import DebtorId
    from bot.services.application import Application

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _whom(command: _Command) -> _Command:
    command = click.option("--by", metavar="NAME", help="Who does it.  [default: the system's user]")(command)
    command = click.option("--debtor", "debtor_id", metavar="ID", help="The debtor, instead of a REFERENCE.")(
        command
    )
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
@click.argument("reference", required=False)
@click.option("--debtor", "debtor_id", metavar="ID", help="The debtor, instead of a REFERENCE.")
@database_option
@json_option
def disclosures(reference: str | None, debtor_id: str | None, database: str | None, as_json: bool) -> None:
    """List what the debtor of account REFERENCE was told because a fact asks for it: when, in which wording, and why.

    \b
    Example:
      aldia debtor disclosures AD-US-0001
    """
    from bot.services.disclosures import given_to

    app = application_for(database)
    found = given_to(app, _find(app, reference, debtor_id))
    if as_json:
        print_json([{**vars(one), "given_at": one.given_at.isoformat()} for one in found])
        return
    for one in found:
        about = one.account or "everything"
        click.echo(
            f"{one.given_at:%Y-%m-%d %H:%M} UTC  {one.code.value}  {one.language}  {about}  {one.conversation_id}"
        )
        click.echo(f"    {one.response} {one.text_version}, message {one.message_id}: {', '.join(one.facts)}")
    click.echo(f"{len(found)} disclosures.")


@debtor.command()
@_whom
@click.option("--give", metavar="CHANNEL", help="Record that the person authorised a channel.")
@click.option("--withdraw", metavar="CHANNEL", help="Record that the person took it back.")
@click.option("--proof", help="Where the proof is: a letter, a form, a recording.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="When they said it.  [default: now]")
@click.option("--creditor", help="For this creditor only.  [default: every creditor]")
@click.option("--written", is_flag=True, help="In a letter or a form, not said to the desk.")
@database_option
@json_option
def consents(
    reference: str | None,
    debtor_id: str | None,
    by: str | None,
    give: str | None,
    withdraw: str | None,
    proof: str | None,
    day: datetime | None,
    creditor: str | None,
    written: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """List the channels that the debtor of account REFERENCE authorised or took back; with an option, add to them.

    \b
    Examples:
      aldia debtor consents AD-CO-0001
      aldia debtor consents AD-CO-0001 --give whatsapp --proof "form 2231" --on 2026-11-02 --written
      aldia debtor consents AD-CO-0001 --withdraw sms --proof "call of 12 November"
    """
    from bot.debt.consents import How
    from bot.services.consents import enter, listed

    app = application_for(database)
    whom = _find(app, reference, debtor_id)
    if give is not None and withdraw is not None:
        raise click.UsageError("Give --give or --withdraw, not both.")
    channel = give or withdraw
    if channel is not None:
        _check_consent(channel, proof, day, app, is_given=give is not None)
        at = day.replace(tzinfo=timezone.utc) if day is not None else None
        how = How.WRITTEN if written else How.DESK
        enter(
            app,
            whom,
            channel.lower(),
            is_given=give is not None,
            how=how,
            by=_user(by),
            proof=proof,
            at=at,
            creditor=creditor,
        )
    with app.unit_of_work(write=False) as uow:
        person = uow.debtors.get(whom)
        found = listed(uow, person) if person is not None else []
    if as_json:
        print_json(found)
        return
    for row in found:
        word = (
            "given" if row["is_given"] else "not given" if row["how"] == "preferred_channel" else "withdrawn"
        )
        details = "; ".join(
            f"{name}: {row[name]}" for name in ("creditor", "by", "proof", "text_version") if row[name]
        )
        click.echo(
            f"{(row['at'] or '')[:10]:10}  {row['channel']:9} {word:9}  {row['purpose']}, {row['how']}  {details}".rstrip()
        )


def _check_consent(
    channel: str, proof: str | None, day: datetime | None, app: Application, *, is_given: bool
) -> None:
    from bot.services.portfolio_rows import CONSENT_CHANNELS

    if channel.lower() not in CONSENT_CHANNELS:
        raise click.BadParameter(f"{channel!r}; allowed: {', '.join(CONSENT_CHANNELS)}", param_hint="CHANNEL")
    if is_given and not proof:
        raise click.UsageError("A consent needs --proof: where can it be shown?")
    if day is not None and day.date() > app.clock.today():
        raise click.BadParameter("it is in the future", param_hint="--on")


@debtor.command()
@_whom
@click.option("--reason", required=True, help="Why, for the record.")
@click.option(
    "--despite-our-default", is_flag=True, help="Also within a period that we chose and no law asks for."
)
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
@click.option(
    "--dry-run", "dry_run", is_flag=True, help="Only count who would be erased, and why others stay."
)
@click.option("--apply", "apply_", is_flag=True, help="Erase them.")
@click.option("--limit", type=click.IntRange(1), help="Erase at most so many.")
@database_option
@json_option
def retention(dry_run: bool, apply_: bool, limit: int | None, database: str | None, as_json: bool) -> None:
    """Erase every debtor whose record need not be kept any more: all periods are over, nothing is owed or the file was
    returned, no legal hold and no case is open. By itself this happens once `automatic_erasure` in rulebook/retention.yml
    says so.

    \b
    Examples:
      aldia debtor retention --dry-run
      aldia debtor retention --apply --limit 1000
    """
    from bot.services.retention import apply

    if dry_run == apply_:
        raise click.UsageError("Give --dry-run or --apply.")
    done = apply(application_for(database), limit=limit, dry_run=dry_run)
    if as_json:
        print_json({"due": dict(done.due), "kept": dict(done.kept), "erased": 0 if dry_run else done.erased})
        return
    word = "would be erased" if dry_run else "erased"
    for rule_id, count in sorted(done.due.items()):
        click.echo(f"{count:8}  {word}: {rule_id} is over")
    for because, count in sorted(done.kept.items()):
        click.echo(f"{count:8}  kept: {because.replace('_', ' ')}")
    if not done.due:
        click.echo("Nobody is due.")


@debtor.command()
@_whom
@click.option("--reason", required=True, help="Why, for the record.")
@database_option
def returned(
    reference: str | None, debtor_id: str | None, by: str | None, reason: str, database: str | None
) -> None:
    """Note that the creditor took back the file of the debtor of account REFERENCE: nothing more is written to them, and
    what is owed does not keep their record any longer.

    \b
    Example:
      aldia debtor returned AD-ES-0001 --reason "list of 3 March"
    """
    from bot.services.retention import returned as give_back

    app = application_for(database)
    whom = _find(app, reference, debtor_id)
    give_back(app, whom, reason, _user(by))
    click.echo(f"The file of {whom} was given back.")


@debtor.command()
@_whom
@click.option("--reason", required=True, help="The matter for which everything is kept.")
@database_option
def hold(
    reference: str | None, debtor_id: str | None, by: str | None, reason: str, database: str | None
) -> None:
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
def hours(
    reference: str | None, debtor_id: str | None, by: str | None, clear: str | None, database: str | None
) -> None:
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
