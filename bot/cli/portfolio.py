"""Commands about the portfolio: migrate, import, import-payments, show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bot.cli.common import (
    application_for,
    database_option,
    json_option,
    note,
    print_json,
    row_progress,
    settings_for,
)

_SHOWN_REFUSALS = 50
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@database_option
def migrate(database: str | None) -> None:
    """Bring the database's tables up to date. Safe to run again.

    \b
    Example:
      aldia migrate --database postgresql://aldia@localhost/aldia
    """
    from bot.storage.migrations import migrate as bring_up_to_date

    revision = bring_up_to_date(settings_for(database).database_url)
    note(f"The database is at revision {revision}.")


@click.command("import")
@click.argument("file", type=_FILE)
@database_option
@json_option
def import_(file: Path, database: str | None, as_json: bool) -> None:
    """Import a portfolio from FILE (CSV, UTF-8).

    New rows go in, changed ones update, the same ones change nothing; a bad row is refused with its line,
    column and reason while the others go in. The exit code is 1 when any row was refused.

    \b
    Columns: creditor, account_reference, debtor_id, full_name, date_of_birth, document_type,
      document_number, postal_code, country, language, time_zone, phone, email, preferred_channel,
      product, currency, principal, interest, fees, opened_on, due_on, last_payment_on,
      installments_broken
    May be left out: region (US-NY-NYC, ES-CT), consent_channels (sms whatsapp, or none), consent_on,
      consent_proof
    Example:
      aldia import portfolio.csv
    """
    from bot.services.portfolio import import_portfolio

    app = application_for(database)
    with row_progress("Importing") as progress:
        report = import_portfolio(file, app.unit_of_work, app.hasher, app.clock, progress)
    counts = {"created": report.created, "changed": report.changed, "unchanged": report.unchanged}
    _finish(counts, report.refused, report.refused_count, as_json)


@click.command("import-payments")
@click.argument("file", type=_FILE)
@database_option
@json_option
def import_payments(file: Path, database: str | None, as_json: bool) -> None:
    """Post the payments of FILE (CSV, UTF-8), each once.

    They pay the instalments of the open arrangement, the oldest first; then plans and promises whose time
    has passed are moved to late or broken. The exit code is 1 when any row was refused.

    \b
    Columns: account_reference, amount, currency, paid_on, payment_reference
    Example:
      aldia import-payments bank-2027-03-05.csv --json
    """
    from bot.services.payments_in import import_payments as post_payments

    app = application_for(database)
    with row_progress("Posting") as progress:
        report = post_payments(file, app.unit_of_work, app.clock, progress)
    counts: dict[str, Any] = {
        "posted": report.posted,
        "already_posted": report.already_posted,
        "arrangements_moved": report.arrangements_moved,
        "promises_moved": report.promises_moved,
        "overpaid": [
            {"payment_reference": reference, "amount": str(money.decimal), "currency": money.currency}
            for reference, money in report.overpaid
        ],
    }
    _finish(counts, report.refused, report.refused_count, as_json)


def _finish(counts: Mapping[str, Any], refused: Sequence[Any], refused_count: int, as_json: bool) -> None:
    if as_json:
        rows = [{"file": r.file, "line": r.line, "column": r.column, "reason": r.reason} for r in refused]
        print_json({**counts, "refused": rows, "refused_count": refused_count})
    else:
        for refusal in refused[:_SHOWN_REFUSALS]:
            note(f"refused: {refusal}")
        if refused_count > _SHOWN_REFUSALS:
            note(f"… and {refused_count - _SHOWN_REFUSALS} more; --json lists them")
        stated = [
            f"{name.replace('_', ' ')}: {value if isinstance(value, int) else len(value)}"
            for name, value in counts.items()
        ]
        click.echo(", ".join([*stated, f"refused: {refused_count}"]))
    if refused_count:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("reference")
@database_option
@json_option
def show(reference: str, database: str | None, as_json: bool) -> None:
    """Show the account REFERENCE: balance, holds, plan, promises, conversations.

    \b
    Example:
      aldia show AD-ES-0001 --json
    """
    from bot.services.case_file import show as case_file
    from bot.services.turn import facts_of

    app = application_for(database)
    today = app.clock.today()
    case = case_file(
        reference,
        app.unit_of_work,
        today,
        lambda uow, account: app.rulebook.segment(facts_of(uow, account, today), today).segment,
    )
    if as_json:
        print_json(case)
    else:
        click.echo("\n".join(_as_lines(case)))


def _as_lines(case: Mapping[str, Any]) -> list[str]:
    currency = case["balance"]["currency"]
    lines = [
        f"{case['account_reference']}  {case['creditor']}",
        f"  status         {case['status']}",
        f"  balance        {case['balance']['amount']} {currency}",
        f"  segment        {case['segment']}, {case['days_past_due']} days past due",
    ]
    lines += [f"  hold           {hold['kind']} since {hold['placed_at'][:10]}" for hold in case["holds"]]
    plan = case["arrangement"]
    if plan is not None:
        lines.append(
            f"  {plan['kind']:<14} {plan['status']}: {plan['total']} {currency} in {len(plan['schedule'])}"
            f" ({plan['frequency']}), saves {plan['saving']} {currency}"
        )
        lines += [f"    {due['due_on']}   {due['amount']:>12}  {due['status']}" for due in plan["schedule"]]
    lines += [
        f"  promise        {p['amount']} {currency} by {p['due_on']}: {p['status']}" for p in case["promises"]
    ]
    lines += [
        f"  conversation   {one['id']} on {one['channel']}, {one['owner']}: {one['disposition'] or 'open'}"
        for one in case["conversations"]
    ]
    return lines
