"""Commands about the rulebook: is it right, what does it give one debtor, may we write, may we say this."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json, settings_for
from bot.settings import CHECKOUT


@click.group()
def rulebook() -> None:
    """Check the rulebook and our words, and explain what is allowed."""


@rulebook.command()
@click.option("--jurisdiction", metavar="CODE", help="Print one profile in plain words, for counsel to sign.")
@click.option(
    "--language",
    type=click.Choice(["es", "en"]),
    help="Of the print.  [default: Spanish for ES, MX, CO, CL, PE and AR, else English]",
)
@json_option
def check(jurisdiction: str | None, language: str | None, as_json: bool) -> None:
    """Check every file of the rulebook. The exit code is 1 when it cannot be used.

    With --jurisdiction it is 1 too when who_writes.yml lacks what a notice of that place has to name.

    \b
    Examples:
      aldia rulebook check
      aldia rulebook check --jurisdiction CO
      aldia rulebook check --jurisdiction CO --language en
    """
    from bot.clock import Clock
    from bot.rulebook.check import check as check_rulebook

    settings = settings_for()
    if jurisdiction is not None:
        _print_profile(jurisdiction, language, as_json)
        return
    report = check_rulebook(settings.rulebook_dir, Clock(settings).today(), settings.jurisdictions_dir)
    if as_json:
        problems = [asdict(problem) for problem in report.problems]
        shown = {name: value for name, value in asdict(report).items() if name != "spanish"}
        print_json({**shown, "passes": report.passes, "problems": problems})
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
        for line in report.spanish:
            click.echo(line)
    if not report.passes:
        raise click.exceptions.Exit(1)


def _print_profile(code: str, language: str | None, as_json: bool) -> None:
    from bot.clock import Clock
    from bot.rulebook.book import Rulebook
    from bot.rulebook.check import missing_words
    from bot.rulebook.jurisdictions.plain_words import fact_as_data, language_of, profile_as_lines

    settings = settings_for()
    book = Rulebook.load(settings.rulebook_dir, settings.jurisdictions_dir)
    found = book.jurisdictions
    named = next((known for known in found.profiles if known.upper() == code.strip().upper()), None)
    if named is None:
        raise click.BadParameter(
            f"{code!r}; allowed: {', '.join(found.codes())}", param_hint="--jurisdiction"
        )
    profile = found.profiles[named]
    missing = missing_words(book, named)
    if as_json:
        facts = [fact_as_data(fact) for fact in profile.facts]
        header = {"jurisdiction": named, "name": profile.name, "parents": profile.parents}
        unverified = [fact.fact_id for fact in profile.unverified]
        header |= {"as_of": profile.content["as_of"], "missing": missing}
        print_json({**header, "unverified": unverified, "facts": facts})
    else:
        spanish = found.spanish if (language or language_of(named)) == "es" else None
        for line in profile_as_lines(profile, Clock(settings).today(), spanish):
            click.echo(line)
    if missing:
        for line in missing:
            note(line)
        note(f"{named} cannot be used like this.")
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


@rulebook.command()
@click.argument(
    "files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="[FILE]…"
)
@click.option("--jurisdiction", metavar="CODE", help="Only for this one.  [default: every jurisdiction]")
@json_option
def lint(files: tuple[Path, ...], jurisdiction: str | None, as_json: bool) -> None:
    """Check what we say: forbidden words, reading ease, both languages, SMS length.

    Without FILE every response and every text of the rulebook is checked. A FILE is Rasa responses, YAML with texts
    under es and en, or plain text. The exit code is 1 when something forbidden is found; advice alone gives 0.

    \b
    Examples:
      aldia rulebook lint
      aldia rulebook lint --jurisdiction CL my_replies.yml
    """
    from bot.rulebook.book import Rulebook
    from bot.rulebook.wording.check import FORBIDDEN
    from bot.rulebook.wording.lint import lint as lint_files

    settings = settings_for()
    book = Rulebook.load(settings.rulebook_dir, settings.jurisdictions_dir)
    codes = book.jurisdictions.codes()
    if jurisdiction is not None:
        codes = [code for code in codes if code.upper() == jurisdiction.strip().upper()]
    if not codes:
        allowed = ", ".join(book.jurisdictions.codes())
        raise click.BadParameter(f"{jurisdiction!r}; allowed: {allowed}", param_hint="--jurisdiction")
    chosen = files or (
        *sorted((CHECKOUT / "data" / "responses").glob("*.yml")),
        *(
            settings.rulebook_dir / f"{name}.yml"
            for name in ("countries", "payment_methods", "canned_replies")
        ),
    )
    found, problems = lint_files(chosen, book.wording, codes)
    forbidden = [each for each in found if each.finding.severity == FORBIDDEN]
    if as_json:
        print_json(
            {"findings": [asdict(each) for each in found], "problems": [asdict(each) for each in problems]}
        )
    else:
        for line in (*problems, *found):
            click.echo(str(line))
        advice = len(found) - len(forbidden)
        click.echo(
            f"Files: {len(chosen)}. Forbidden: {len(forbidden)}. Advice: {advice}. Unreadable: {len(problems)}."
        )
    if forbidden or problems:
        raise click.exceptions.Exit(1)


@rulebook.command()
@click.argument("reference")
@click.option("--channel", default="sms", show_default=True, help="On which channel.")
@click.option("--purpose", default="collection", show_default=True, help="Why: collection, service, reply …")
@click.option(
    "--at", metavar="TIME", help="When, such as 2026-11-29T10:00 in the person's own time.  [default: now]"
)
@database_option
@json_option
def contact(
    reference: str, channel: str, purpose: str, at: str | None, database: str | None, as_json: bool
) -> None:
    """Say whether the debtor of account REFERENCE may be written to, and if not, why and from when on.

    \b
    Examples:
      aldia rulebook contact AD-ES-0001
      aldia rulebook contact AD-CO-0001 --channel whatsapp --at 2026-11-29T10:00
    """
    from bot.cli.contact import answer, as_sentences

    found = answer(application_for(database), reference, channel, purpose, at)
    if as_json:
        print_json(found)
        return
    for line in as_sentences(found):
        click.echo(line)
