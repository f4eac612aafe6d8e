"""`aldia backup` and `aldia restore`."""

from __future__ import annotations

import getpass
import json
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import database_option, note, settings_for

if TYPE_CHECKING:
    from bot.debt.party import DebtorId
    from bot.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@database_option
def backup(file: Path, database: str | None) -> None:
    """Write a copy of the database to FILE, which must not exist, while everything runs.

    The file also holds a manifest: revision, rows of each table, the newest checkpoint, which keys are needed; signed
    with ALDIA_AUDIT_KEY. It holds the wrapped keys of personal data but not ALDIA_DATA_KEY, ALDIA_IDENTITY_KEY and
    ALDIA_AUDIT_KEY: keep those elsewhere. PostgreSQL needs pg_dump, of the server's major version.

    \b
    Example:
      aldia backup /mnt/copies/aldia-2027-03-05.backup
    """
    from bot.bootstrap import signer_of
    from bot.clock import Clock
    from bot.services import backups
    from bot.storage.backup import backup as write
    from bot.storage.errors import StorageError
    from bot.storage.unit_of_work import create_unit_of_work_factory

    settings = settings_for(database)
    signer, now = signer_of(settings), Clock(settings).now()
    made = write(settings.database_url, file, metadata.version("aldia"), now, signer)
    rows, entries = sum(made.tables.values()), made.tables.get("audit_entries", 0)
    click.echo(f"{file}: revision {made.revision}, {rows} rows, {entries} entries of the record.")
    try:
        backups.note(
            create_unit_of_work_factory(settings),
            now,
            file=file.name,
            content=made.content,
            revision=made.revision,
            is_signed=signer is not None,
            by=getpass.getuser(),
        )
    except StorageError as error:  # such as a database that takes no writes: the copy is good all the same
        note(
            f"That it was made could not be put on record, and is missing from aldia_backup_age_seconds: {error}."
        )
    if signer is None:
        note("The manifest is not signed: set ALDIA_AUDIT_KEY.")
    if made.keys:
        note(f"Without the data keys {', '.join(made.keys)} personal data in it cannot be read.")


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--erasures", type=_FILE, help="An export of the record made later: whom it says erased is erased again."
)
@click.option("--checkpoints", "copy", type=_FILE, help="The copy of the checkpoints that was kept outside.")
@click.option("--public-key", help="Trust this public key beside that of ALDIA_AUDIT_KEY (64 hex digits).")
@database_option
def restore(
    file: Path, erasures: Path | None, copy: Path | None, public_key: str | None, database: str | None
) -> None:
    """Make a new database from FILE, check it, and make it ready for the servers, which must not run yet.

    The database must be empty (SQLite: the file must not exist). Its rows are counted, every chain and checkpoint of
    the record is verified, its tables are brought up to date. Turns and messages that were under way when the copy was
    made are not begun or sent again: each gets a case for a person.

    \b
    Example:
      aldia restore copy.backup --database postgresql://… --erasures march.jsonl --checkpoints COPY
    """
    from bot.cli.audit import trusted_keys
    from bot.storage.backup import restore as make_anew
    from bot.storage.migrations import migrate

    settings = settings_for(database)
    erased = _erased_in(erasures) if erasures is not None else None
    trusted = trusted_keys(settings, public_key)
    _require_keys(settings, file)
    made = make_anew(settings.database_url, file, trusted)
    click.echo(
        f"Restored what was there at {made.made_at}: {sum(made.tables.values())} rows, revision {made.revision}."
    )
    migrate(settings.database_url)
    _verify(settings, trusted, copy)
    _make_ready(settings, erased)


def _require_keys(settings: Settings, file: Path) -> None:
    """Refuse a copy that nobody could read here: the servers would find out with the first debtor."""
    from bot.storage.backup import read_manifest
    from bot.storage.unit_of_work import keyring_of

    lacking = keyring_of(settings).lacks(read_manifest(file).keys)
    if lacking:
        raise click.ClickException(
            f"Personal data in {file} is encrypted with keys that were not given ({', '.join(lacking)}):"
            " set ALDIA_DATA_KEY and ALDIA_IDENTITY_KEY of then, which are kept apart from the copies."
        )


def _verify(settings: Settings, trusted: dict[str, str], copy: Path | None) -> None:
    from bot.audit.verify import Verification
    from bot.bootstrap import application
    from bot.cli.audit import findings

    counts = Verification()
    # A copy that goes on beyond this database names checkpoints made since: only its earlier ones can be compared.
    for finding in findings(application(settings), counts, trusted, copy, is_restored=True):
        note(str(finding))
    if not counts.is_sound:
        raise click.ClickException(
            f"The record was touched: {counts.findings} findings. Do not start servers on it; keep it, tell compliance."
        )
    click.echo(
        f"The record is sound: {counts.entries} entries in {counts.chains} chains, {counts.checkpoints} checkpoints."
    )


def _make_ready(settings: Settings, erased: list[DebtorId] | None) -> None:
    from bot.bootstrap import application
    from bot.services.restoring import erase_again, set_aside

    app = application(settings)
    aside = set_aside(app)
    click.echo(
        f"Set aside for a person: {aside.turns} turns and {aside.messages} messages that were under way."
    )
    if erased is None:
        note("Erasures made since are not in it: give --erasures, or do them again (aldia debtor erase).")
        return
    again = erase_again(app, erased, getpass.getuser())
    click.echo(f"Erased again: {len(again)} of {len(set(erased))} debtors that the export names.")


def _erased_in(export: Path) -> list[DebtorId]:
    """The debtors that an export of the record says were erased; an export that was touched is refused."""
    from bot.audit.export_check import ExportCheck, check_export
    from bot.audit.tags import Tag
    from bot.debt.party import DebtorId

    with export.open(encoding="utf-8", errors="replace") as lines:
        wrong = next(iter(check_export(lines, ExportCheck())), None)
    if wrong is not None:
        raise click.ClickException(f"{export} cannot be used: {wrong}.")
    with export.open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines if line.strip()]
    chains = [entry["chain"] for entry in entries if entry["tag"] == Tag.DEBTOR_ERASED.value]
    return [DebtorId(chain.removeprefix("debtor:")) for chain in chains]
