"""Reports: fairness of offers and outcomes, how conversations end; and the attributes that fairness is measured by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.common import application_for, database_option, json_option, note, print_json

if TYPE_CHECKING:
    from bot.services.reports import Rate, Row

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DAY = click.DateTime(["%Y-%m-%d"])
_RATES = ("offered", "discount_offered", "agreed", "handed_off", "refused")
_SHOWN_REFUSALS = 50


def _period(command: _Command) -> _Command:
    command = click.option("--to", "until", type=_DAY, help="Last day (UTC), included.")(command)
    return click.option("--from", "since", type=_DAY, help="First day (UTC).")(command)


@click.group()
def report() -> None:
    """Count what was offered and what came of it."""


@report.command()
@_period
@database_option
@json_option
def fairness(since: datetime | None, until: datetime | None, database: str | None, as_json: bool) -> None:
    """Compare offers and outcomes between groups: segment, country, language, channel, and loaded attributes.

    Each share has its 95 % Wilson interval. A star marks a group whose interval does not touch that of everybody else,
    with at least 30 conversations on both sides: a reason to look, not a finding.

    \b
    Example:
      aldia report fairness --from 2027-01-01 --to 2027-03-31
    """
    from bot.services.reports import fairness as compare

    rows = compare(application_for(database), *_bounds(since, until))
    if as_json:
        print_json([_row_as_document(row) for row in rows])
        return
    if not rows:
        click.echo("No account was spoken of in this period.")
        return
    click.echo(
        f"{'':<26}{'people':>7}" + "".join(f"{name.replace('_', ' '):>26}" for name in _RATES) + "  discount"
    )
    dimension = None
    for row in rows:
        if row.dimension != dimension:
            dimension = row.dimension
            click.echo(dimension)
        cells = "".join(f"{_cell(row.rates[name], name in row.differing):>26}" for name in _RATES)
        discount = "" if row.average_discount is None else f"{row.average_discount:.1%}"
        click.echo(f"  {row.group[:23]:<24}{row.people:>7}{cells}{discount:>10}")


@report.command()
@_period
@database_option
@json_option
def outcomes(since: datetime | None, until: datetime | None, database: str | None, as_json: bool) -> None:
    """Count how conversations ended, over all and by channel and language.

    \b
    Example:
      aldia report outcomes --from 2027-01-01
    """
    from bot.services.reports import outcomes as count

    rows = count(application_for(database), *_bounds(since, until))
    if as_json:
        print_json([{**row, "rate": _rate_as_document(row["rate"])} for row in rows])
        return
    if not rows:
        click.echo("There was no conversation in this period.")
    place = None
    for row in rows:
        if (row["dimension"], row["group"]) != place:
            place = (row["dimension"], row["group"])
            click.echo(row["group"] if row["dimension"] != "all" else "all conversations")
        click.echo(f"  {row['disposition']:<22}{_cell(row['rate'], False):>26}")


def _bounds(since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    if since is not None and until is not None and since > until:
        raise click.UsageError("--from is after --to.")
    start = datetime.combine(since, time(), timezone.utc) if since else None
    end = datetime.combine(until, time(), timezone.utc) + timedelta(days=1) if until else None
    return start, end


def _cell(rate: Rate, differs: bool) -> str:
    if rate.share is None:
        return "-"
    low, high = rate.interval
    return f"{rate.count}/{rate.of} {rate.share:.0%} [{low:.0%}-{high:.0%}]{'*' if differs else ' '}"


def _rate_as_document(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval
    share = None if rate.share is None else round(rate.share, 4)
    return {"count": rate.count, "of": rate.of, "share": share, "low": round(low, 4), "high": round(high, 4)}


def _row_as_document(row: Row) -> dict[str, Any]:
    return {
        "dimension": row.dimension,
        "group": row.group,
        "people": row.people,
        "rates": {name: _rate_as_document(rate) for name, rate in row.rates.items()},
        "average_discount": None if row.average_discount is None else round(row.average_discount, 4),
        "differing": list(row.differing),
    }


@click.command("import-attributes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database_option
@json_option
def import_attributes(file: Path, database: str | None, as_json: bool) -> None:
    """Load attributes by which fairness is measured (age band, sex …) from FILE (CSV, UTF-8).

    Only where you may hold them. They are used by `aldia report fairness` alone, never by a rule or a text, and are
    erased with the person. The exit code is 1 when any row was refused.

    \b
    Columns: debtor_id, and one for each attribute
    Example:
      aldia import-attributes attributes.csv
    """
    from bot.services.attributes import import_attributes as take

    done = take(application_for(database), file)
    if as_json:
        refused = [{"line": line, "reason": reason} for line, reason in done.refused]
        print_json({"taken": done.taken, "refused": refused})
    else:
        for line, reason in done.refused[:_SHOWN_REFUSALS]:
            note(f"refused: {file.name}, line {line}: {reason}")
        click.echo(f"taken: {done.taken}, refused: {len(done.refused)}")
    if done.refused:
        raise click.exceptions.Exit(1)
