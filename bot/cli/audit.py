"""Commands about the record: was it touched, and what does it say about one debtor."""

from __future__ import annotations

import sys

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

_SHOWN_FINDINGS = 1_000


@click.group()
def audit() -> None:
    """Verify the record, and export one debtor's part of it."""


@audit.command()
@database_option
@json_option
def verify(database: str | None, as_json: bool) -> None:
    """Walk every chain of the record and name each altered, removed or reordered entry.

    The exit code is 1 when anything was found.

    \b
    Example:
      aldia audit verify
    """
    from bot.audit.verify import Finding, Verification, check

    app = application_for(database)
    counts = Verification()
    shown: list[Finding] = []
    with app.unit_of_work(write=False) as uow:
        for finding in check(uow.connection, counts):  # type: ignore[attr-defined]
            if len(shown) < _SHOWN_FINDINGS:
                shown.append(finding)
                if not as_json:
                    note(str(finding))
    if as_json:
        findings = [
            {
                "chain": f.chain,
                "seq": f.seq,
                "entry_id": f.entry_id,
                "fault": f.fault.value,
                "detail": f.detail,
            }
            for f in shown
        ]
        print_json(
            {
                "is_sound": counts.is_sound,
                "entries": counts.entries,
                "chains": counts.chains,
                "findings_count": counts.findings,
                "findings": findings,
            }
        )
    elif counts.is_sound:
        click.echo(f"The record is sound: {counts.entries} entries in {counts.chains} chains.")
    else:
        click.echo(f"The record was touched: {counts.findings} findings in {counts.entries} entries.")
    if not counts.is_sound:
        raise click.exceptions.Exit(1)


@audit.command()
@click.argument("reference")
@database_option
def export(reference: str, database: str | None) -> None:
    """Write the record of the debtor of account REFERENCE as JSON Lines, oldest first.

    \b
    Example:
      aldia audit export AD-ES-0001 > record.jsonl
    """
    from bot.audit.export import export_debtor, json_line
    from bot.debt.party import AccountReference
    from bot.services.case_file import UnknownAccount

    app = application_for(database)
    with app.unit_of_work(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        if account is None:
            raise UnknownAccount(reference)
        for entry in export_debtor(uow.connection, account.debtor_id):  # type: ignore[attr-defined]
            sys.stdout.write(json_line(entry) + "\n")
