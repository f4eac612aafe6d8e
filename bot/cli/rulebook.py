"""Commands about the rulebook: is it right, and what does it give one debtor."""

from __future__ import annotations

from dataclasses import asdict

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json, settings_for


@click.group()
def rulebook() -> None:
    """Check the rulebook, and explain what it allows."""


@rulebook.command()
@json_option
def check(as_json: bool) -> None:
    """Check every file of the rulebook. The exit code is 1 when it cannot be used.

    \b
    Example:
      aldia rulebook check
    """
    from bot.clock import Clock
    from bot.rulebook.check import check as check_rulebook

    settings = settings_for()
    report = check_rulebook(settings.rulebook_dir, Clock(settings).today())
    if as_json:
        problems = [asdict(problem) for problem in report.problems]
        print_json({**asdict(report), "passes": report.passes, "problems": problems})
    else:
        for problem in report.problems:
            note(str(problem))
        for warning in report.warnings:
            note(f"warning: {warning}")
        counts = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in report.counts.items())
        click.echo(
            f"The rulebook is right (edition {report.edition}; {counts})."
            if report.passes
            else f"The rulebook cannot be used: problems: {len(report.problems)}."
        )
    if not report.passes:
        raise click.exceptions.Exit(1)


@rulebook.command()
@click.argument("reference")
@database_option
@json_option
def explain(reference: str, database: str | None, as_json: bool) -> None:
    """Say which rules give the account REFERENCE its offers today, and why.

    \b
    Example:
      aldia rulebook explain AD-ES-0001
    """
    from bot.debt.party import AccountReference
    from bot.services.case_file import UnknownAccount
    from bot.services.turn import facts_of

    app = application_for(database)
    today = app.clock.today()
    with app.unit_of_work(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        if account is None:
            raise UnknownAccount(reference)
        rules = app.rulebook.explain(account, facts_of(uow, account, today), today)
    if as_json:
        edition = app.rulebook.edition(today)
        shown = [{**asdict(rule), "since": rule.since.isoformat()} for rule in rules]
        print_json({"account_reference": account.reference, "edition": edition, "rules": shown})
        return
    for rule in rules:
        click.echo(f"{rule.rule_id}: {rule.value} ({rule.unit})")
        click.echo(f"    {rule.description} [{rule.reference}; since {rule.since}]")
        if rule.adjusted_by:
            click.echo(f"    adjusted by: {', '.join(rule.adjusted_by)}")
