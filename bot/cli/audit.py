"""Commands about the record: was it touched, its checkpoints, and what it says about a debtor or a period."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

if TYPE_CHECKING:
    from bot.audit.checkpoints import Checkpoint
    from bot.audit.export import Part
    from bot.services.application import Application
    from bot.services.record_volumes import Volume
    from bot.settings import Settings

_SHOWN_FINDINGS = 1_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Verify the record, sign checkpoints of it, and export a part of it."""


@audit.command()
@click.option(
    "--checkpoints", "copy", type=_FILE, help="The copy kept outside: what `aldia audit checkpoints` wrote."
)
@click.option("--public-key", help="Trust this public key beside that of ALDIA_AUDIT_KEY (64 hex digits).")
@database_option
@json_option
def verify(copy: Path | None, public_key: str | None, database: str | None, as_json: bool) -> None:
    """Walk every chain and checkpoint of the record and name each altered, removed or reordered entry.

    A conversation removed together with its chain shows in the checkpoints, and checkpoints removed or made anew show
    in a copy that was kept outside the database. The exit code is 1 when anything was found.

    \b
    Example:
      aldia audit verify --checkpoints /mnt/kept-outside/checkpoints.jsonl
    """
    from bot.audit.verify import Finding, Verification

    app = application_for(database)
    counts, shown = Verification(), list[Finding]()
    trusted = trusted_keys(app.settings, public_key)
    for finding in findings(app, counts, trusted, copy):
        if len(shown) < _SHOWN_FINDINGS:
            shown.append(finding)
            if not as_json:
                note(str(finding))
    if as_json:
        print_json(_as_document(counts, shown))
    elif counts.is_sound:
        click.echo(
            f"The record is sound: {counts.entries} entries in {counts.chains} chains, "
            f"{counts.checkpoints} checkpoints."
        )
        if not counts.checkpoints:
            note("There is no checkpoint yet: a conversation removed with its whole chain would not show.")
        elif not trusted and copy is None:
            note(
                "No key from outside the database was given: checkpoints made anew with another one would not show."
            )
    else:
        click.echo(f"The record was touched: {counts.findings} findings in {counts.entries} entries.")
    if not counts.is_sound:
        raise click.exceptions.Exit(1)


def findings(
    app: Application, counts: Any, trusted: dict[str, str], copy: Path | None, *, is_restored: bool = False
) -> Iterator[Any]:
    """Walk the record and its checkpoints.

    Args:
        counts: counts on.
        trusted: see `trusted_keys`.
        copy: the copy of the checkpoints that was kept outside.
        is_restored: from a copy of the database, so that the checkpoints made since are only in the copy kept outside.
    """
    from bot.audit.checkpoint_check import check_checkpoints
    from bot.audit.checkpoints import latest
    from bot.audit.verify import check

    with app.unit_of_work(write=False) as uow:
        connection = uow.connection  # type: ignore[attr-defined]
        yield from check(connection, counts)
        if copy is None:
            yield from check_checkpoints(connection, counts, trusted)
        else:
            with copy.open(encoding="utf-8") as lines:
                kept = _until(lines, latest(connection)) if is_restored else lines
                yield from check_checkpoints(connection, counts, trusted, kept)


def _until(lines: Iterable[str], last: Checkpoint | None) -> Iterator[str]:
    """Lines of a copy of the checkpoints without those that are newer."""
    newest = last.seq if last is not None else 0
    for line in lines:
        try:
            is_newer = json.loads(line)["checkpoint"]["seq"] > newest
        except (ValueError, KeyError, TypeError):
            is_newer = False  # a key, or no checkpoint at all: whoever reads the copy says so
        if not is_newer:
            yield line


def trusted_keys(settings: Settings, public_key: str | None) -> dict[str, str]:
    """Public keys that are known from elsewhere than the database: the installation's, and one that was given."""
    from bot.audit.signing import by_id, public_key_of
    from bot.bootstrap import signer_of

    signer = signer_of(settings)
    keys = [signer.public_key] if signer is not None else []
    if public_key is not None:
        try:
            keys.append(public_key_of(public_key))
        except ValueError:
            raise click.BadParameter("expected 64 hexadecimal digits", param_hint="--public-key") from None
    return by_id(keys)


def _as_document(counts: Any, shown: list[Any]) -> dict[str, Any]:
    return {
        "is_sound": counts.is_sound,
        "entries": counts.entries,
        "chains": counts.chains,
        "checkpoints": counts.checkpoints,
        "findings_count": counts.findings,
        "findings": [
            {
                "chain": f.chain,
                "seq": f.seq,
                "entry_id": f.entry_id,
                "fault": f.fault.value,
                "detail": f.detail,
            }
            for f in shown
        ],
    }


@audit.command()
@click.option("--if-due", is_flag=True, help="Only if the last is older than ALDIA_CHECKPOINT_HOURS.")
@database_option
def checkpoint(if_due: bool, database: str | None) -> None:
    """Sign where every chain stands now. The action server does it by itself; this is for other schedules.

    \b
    Example:
      aldia audit checkpoint && aldia audit checkpoints > /mnt/kept-outside/checkpoints.jsonl
    """
    from bot.audit.checkpoints import make, make_if_due
    from bot.audit.signing import NoSigningKey
    from bot.bootstrap import signer_of

    app = application_for(database)
    signer, record = signer_of(app.settings), app.settings.record
    if signer is None:
        raise NoSigningKey
    with app.unit_of_work() as uow:
        connection, now = uow.connection, app.clock.now()  # type: ignore[attr-defined]
        every = timedelta(hours=record.checkpoint_hours)
        if if_due:
            made = make_if_due(connection, signer, now, every, record.checkpoint_entries)
        else:
            made = make(connection, signer, now)
        uow.commit()
    if made is None:
        click.echo("No checkpoint was needed.")
    else:
        click.echo(
            f"Checkpoint {made.seq}: {made.heads} chains moved, {made.entries} entries, signed by {made.key_id}."
        )


@audit.command()
@database_option
def checkpoints(database: str | None) -> None:
    """Write all checkpoints and public keys as JSON Lines: the copy to keep outside the database.

    \b
    Example:
      aldia audit checkpoints > /mnt/kept-outside/checkpoints.jsonl
    """
    from bot.audit.checkpoints import export_lines

    with application_for(database).unit_of_work(write=False) as uow:
        for line in export_lines(uow.connection):  # type: ignore[attr-defined]
            sys.stdout.write(line + "\n")


@audit.command()
@click.argument("reference", required=False)
@click.option("--debtor", "debtor_id", metavar="ID", help="The debtor, instead of an account's REFERENCE.")
@click.option("--from", "since", type=_DAY, help="First day (UTC).")
@click.option("--to", "until", type=_DAY, help="Last day (UTC), included.")
@click.option("--format", "kind", type=click.Choice(["jsonl", "pdf"]), default="jsonl", show_default=True)
@click.option("--language", type=click.Choice(["es", "en"]), help="Of the PDF.  [default: the debtor's]")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@database_option
def export(
    reference: str | None,
    debtor_id: str | None,
    since: datetime | None,
    until: datetime | None,
    kind: str,
    language: str | None,
    output: Path | None,
    database: str | None,
) -> None:
    """Write the record of the debtor of account REFERENCE, or of everybody in a period.

    As JSON Lines it can be checked anywhere with `aldia audit verify-export`; as PDF it can be read by a court, in volumes
    of 5,000 entries (record-1-of-3.pdf) when it is long.

    \b
    Examples:
      aldia audit export AD-ES-0001 > record.jsonl
      aldia audit export AD-ES-0001 --format pdf --output record.pdf
      aldia audit export --from 2027-03-01 --to 2027-03-31 > march.jsonl
    """
    from bot.audit.export import Part

    app = application_for(database)
    if reference is not None and debtor_id is not None:
        raise click.UsageError("Give an account's REFERENCE or --debtor ID, not both.")
    if reference is None and debtor_id is None and since is None and until is None:
        raise click.UsageError("Give an account's REFERENCE, --debtor ID, or a period (--from, --to).")
    if since is not None and until is not None and since > until:
        raise click.UsageError("--from is after --to.")
    debtor_id = _debtor(app, reference, debtor_id)
    part = Part(debtor_id, _midnight(since), _midnight(until + timedelta(days=1) if until else None))
    if kind == "pdf":
        _write_pdf(app, part, reference, language, output)
    else:
        _write_lines(app, part, output)


def _debtor(app: Application, reference: str | None, debtor_id: str | None) -> str | None:
    from bot.services.debtors import find

    if reference is None and debtor_id is None:
        return None
    with app.unit_of_work(write=False) as uow:
        return find(uow, reference, debtor_id)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), timezone.utc) if day is not None else None


def _write_lines(app: Application, part: Part, output: Path | None) -> None:
    from bot.audit.export import export_lines
    from bot.bootstrap import signer_of

    with app.unit_of_work(write=False) as uow:
        lines = export_lines(
            uow.connection,  # type: ignore[attr-defined]
            part,
            uow.keys,  # type: ignore[attr-defined]
            app.clock.now(),
            signer_of(app.settings),
        )
        with click.open_file(str(output or "-"), "w", encoding="utf-8") as stream:
            for line in lines:
                stream.write(line + "\n")


def _write_pdf(
    app: Application, part: Part, reference: str | None, language: str | None, output: Path | None
) -> None:
    from bot.bootstrap import signer_of
    from bot.services.record_pdf import write_pdf

    if output is None and sys.stdout.isatty():
        raise click.UsageError("A PDF is not for the terminal: give --output FILE.")

    def opened(volume: Volume) -> AbstractContextManager[IO[bytes]]:
        if volume.of == 1:
            return click.open_file(str(output or "-"), "wb")
        if output is None:
            raise click.UsageError(f"The record fills {volume.of} volumes: give --output FILE.")
        return output.with_stem(f"{output.stem}-{volume.number}-of-{volume.of}").open("wb")

    for volume, pages in write_pdf(app, part, reference, language, signer_of(app.settings), opened):
        note(
            f"{pages} pages." if volume.of == 1 else f"Volume {volume.number} of {volume.of}: {pages} pages."
        )


@audit.command("verify-export")
@click.argument("file", type=_FILE)
@click.option("--public-key", help="The file must be signed by this key (64 hex digits).")
def verify_export(file: Path, public_key: str | None) -> None:
    """Check an exported record, without the database: every hash and link, and that nothing is missing.

    \b
    Example:
      aldia audit verify-export record.jsonl
    """
    from bot.audit.export_check import ExportCheck, check_export
    from bot.audit.signing import by_id, public_key_of

    try:
        trusted = by_id([public_key_of(public_key)]) if public_key is not None else None
    except ValueError:
        raise click.BadParameter("expected 64 hexadecimal digits", param_hint="--public-key") from None
    counts = ExportCheck()
    with file.open(encoding="utf-8", errors="replace") as lines:
        for sentence in check_export(lines, counts, trusted):
            if counts.findings < _SHOWN_FINDINGS:
                note(sentence)
    if counts.findings:
        click.echo(f"The export was touched: {counts.findings} findings in {counts.entries} entries.")
        raise click.exceptions.Exit(1)
    signed = f"signed by {counts.signed_by}" if counts.signed_by else "not signed"
    erased = f" {counts.erased} facts were erased." if counts.erased else ""
    withheld = (
        f" {counts.withheld} entries were withheld: only their place was checked." if counts.withheld else ""
    )
    click.echo(f"The export is sound: {counts.entries} entries, {signed}.{erased}{withheld}")


@audit.command("keys")
@database_option
@json_option
def public_keys(database: str | None, as_json: bool) -> None:
    """List the public keys of the checkpoints, with when each was in use.

    \b
    Example:
      aldia audit keys
    """
    from bot.audit.checkpoints import public_keys as stored

    with application_for(database).unit_of_work(write=False) as uow:
        found = stored(uow.connection)  # type: ignore[attr-defined]
    if as_json:
        print_json(found)
        return
    for key in found:
        until = key["valid_until"] or "now"
        click.echo(f"{key['key_id']}  {key['public_key']}  from {key['valid_from']} to {until}")


_LANGUAGE = click.option("--language", type=click.Choice(["es", "en"]), default="en", show_default=True)


@audit.command()
@click.argument("message_id")
@_LANGUAGE
@database_option
@json_option
def why(message_id: str, language: str, database: str | None, as_json: bool) -> None:
    """Say why the message MESSAGE_ID was said: what was heard, the decision with its rule and inputs, the gate, delivery.

    \b
    Example:
      aldia audit why M-0123456789abcdef.0
    """
    from bot.services.oversight import as_lines
    from bot.services.oversight import why as reasons

    found = reasons(application_for(database), message_id)
    row = found.message
    if as_json:
        message = {
            name: getattr(row, name) for name in ("message_id", "response", "variant", "text", "status")
        }
        print_json({"message": message, "asked": found.asked, "entries": found.entries})
        return
    click.echo(f"{row.message_id}  {row.response}, version {row.variant}, by {row.author}, {row.status}")
    click.echo(f"  {row.text}")
    if found.asked:
        click.echo(f"In answer to: {found.asked}")
    for line in as_lines(found.entries, language):
        click.echo(line)


@audit.command("after-stop")
@click.argument("reference")
@_LANGUAGE
@database_option
@json_option
def after_a_stop(reference: str, language: str, database: str | None, as_json: bool) -> None:
    """List what happened since the debtor of account REFERENCE first invoked a right: what was sent, stopped, and why.

    \b
    Example:
      aldia audit after-stop AD-ES-0001
    """
    from bot.services.oversight import after_stop, as_lines

    found = after_stop(application_for(database), reference)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("No right was invoked.")
    for line in as_lines(found, language):
        click.echo(line)
