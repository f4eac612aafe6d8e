"""The command that lists rights that people invoked, with what is due and by when."""

from __future__ import annotations

from dataclasses import asdict

import click

from bot.cli.common import application_for, database_option, json_option, print_json


@click.command()
@click.option("--overdue", is_flag=True, help="Only those whose day has passed.")
@database_option
@json_option
def cases(overdue: bool, database: str | None, as_json: bool) -> None:
    """List open complaints, disputes, data requests, documents and representatives, the most urgent first.

    \b
    Example:
      aldia cases --overdue
    """
    from bot.services.rights import open_cases

    app = application_for(database)
    with app.unit_of_work(write=False) as uow:
        found = open_cases(app, uow)
    if overdue:
        found = [case for case in found if case.days_left is not None and case.days_left < 0]
    if as_json:
        print_json([asdict(case) for case in found])
        return
    for case in found:
        left = "no day is set" if case.days_left is None else f"due {case.due_on}, {_left(case.days_left)}"
        whom = case.account or case.debtor_id or "not identified"
        click.echo(f"{case.handoff_id}  {case.right.replace('_', ' ')}, {whom} ({case.country}): {left}")
        doubt = "" if case.is_verified else " (not confirmed)"
        click.echo(
            f"    opened {case.opened_on}, {case.status}; {case.due}. {case.fact_id or ''}{doubt}".rstrip()
        )
    click.echo(f"Open cases: {len(found)}.")


def _left(days: int) -> str:
    if days < 0:
        return f"{-days} day{'s' if days != -1 else ''} OVERDUE"
    return "today" if days == 0 else f"{days} day{'s' if days != 1 else ''} left"
