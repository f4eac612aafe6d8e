"""Commands about the rulebook: is it right, and what does it give one debtor."""

from __future__ import annotations

from dataclasses import asdict

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json, settings_for


@click.group()
def rulebook() -> None:
    """Check the rulebook, and explain what it allows."""


@rulebook.command()
@click.option("--jurisdiction", metavar="CODE", help="Print one profile in plain words, for counsel to sign.")
@json_option
def check(jurisdiction: str | None, as_json: bool) -> None:
    """Check every file of the rulebook. The exit code is 1 when it cannot be used.

    \b
    Examples:
      aldia rulebook check
      aldia rulebook check --jurisdiction CO
    """
    from bot.clock import Clock
    from bot.rulebook.check import check as check_rulebook

    settings = settings_for()
    if jurisdiction is not None:
        _print_profile(jurisdiction, as_json)
        return
    report = check_rulebook(settings.rulebook_dir, Clock(settings).today(), settings.jurisdictions_dir)
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
        for code, facts in report.unverified.items():
            click.echo(f"{code}: not confirmed: {', '.join(facts)}")
    if not report.passes:
        raise click.exceptions.Exit(1)


def _print_profile(code: str, as_json: bool) -> None:
    from bot.rulebook.book import Rulebook
    from bot.rulebook.jurisdictions.plain_words import fact_as_data, profile_as_lines

    settings = settings_for()
    found = Rulebook.load(settings.rulebook_dir, settings.jurisdictions_dir).jurisdictions
    named = next((known for known in found.profiles if known.upper() == code.strip().upper()), None)
    if named is None:
        raise click.BadParameter(
            f"{code!r}; allowed: {', '.join(found.codes())}", param_hint="--jurisdiction"
        )
    profile = found.profiles[named]
    if as_json:
        facts = [fact_as_data(fact) for fact in profile.facts]
        header = {"jurisdiction": named, "name": profile.name, "parents": profile.parents}
        unverified = [fact.fact_id for fact in profile.unverified]
        print_json({**header, "as_of": profile.content["as_of"], "unverified": unverified, "facts": facts})
        return
    for line in profile_as_lines(profile):
        click.echo(line)


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
