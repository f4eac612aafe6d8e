"""Commands about the keys that encrypt personal data."""

from __future__ import annotations

import click

from bot.cli.common import application_for, database_option, note


@click.group()
def keys() -> None:
    """Encrypt what is still stored in clear, and change the installation's data key."""


@keys.command()
@database_option
def renew(database: str | None) -> None:
    """Bring everything that is stored to the newest of the keys; can be broken off and run again at any time.

    Rows of a version without encryption are encrypted, keys of debtors and conversations wrapped anew, addresses
    encrypted anew. Afterwards older keys can be removed from ALDIA_DATA_KEY. Entries of the record that were written in
    clear stay so: they cannot be changed.

    \b
    Example:
      ALDIA_DATA_KEY=NEW,OLD aldia keys renew
    """
    from bot.storage.renewal import renew as renew_all

    app = application_for(database)
    if not app.settings.record.seals:
        raise click.ClickException("ALDIA_DATA_KEY is off: nothing is encrypted with it.")
    for table, count in renew_all(app.unit_of_work):  # type: ignore[arg-type]
        if count:
            note(f"{table}: {count} rows")
    click.echo("Everything is stored under the newest key.")
