"""Commands about rights that debtors invoked: what is due, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import application_for, database_option, json_option, print_json
from bot.cli.debtor import _user

if TYPE_CHECKING:
    from bot.services.records_port import RightsCase


@click.group(invoke_without_command=True)
@click.option("--due", is_flag=True, help="Only those that are overdue or due soon.")
@click.option("--overdue", is_flag=True, help="Only those whose day has passed.")
@click.option("--all", "closed_too", is_flag=True, help="Also those that are closed.")
@database_option
@json_option
@click.pass_context
def cases(
    ctx: click.Context, due: bool, overdue: bool, closed_too: bool, database: str | None, as_json: bool
) -> None:
    """List the rights that debtors invoked, by the day on which each must be answered.

    \b
    Examples:
      aldia cases --due
      aldia cases close R-0A1B2C3D4E --outcome "data sent on 5 March"
    """
    if ctx.invoked_subcommand is not None:
        return
    from bot.services.cases import listed

    found = listed(application_for(database), due_only=due, closed_too=closed_too)
    if overdue:
        found = [each for each in found if each[1] == "overdue"]
    if as_json:
        print_json([_as_document(case, standing) for case, standing in found])
        return
    for case, standing in found:
        who = case.debtor_id or f"unknown, {case.conversation_id}"
        number = f"  {case.number}" if case.number else ""
        wanted = f"  wanted {case.wanted_at:%Y-%m-%d %H:%M} UTC" if case.wanted_at is not None else ""
        click.echo(
            f"{case.case_id}  {case.due_on}  {standing:<8}  {case.right:<14} {case.country}  {who}{number}{wanted}"
        )
    late = sum(standing == "overdue" for _, standing in found)
    click.echo(f"{len(found)} cases, {late} overdue.")


def _as_document(case: RightsCase, standing: str) -> dict[str, Any]:
    # What the person wrote is at the desk and in `aldia debtor data`, not in a list.
    instants = ("opened_at", "closed_at", "wanted_at")
    document = {name: value for name, value in vars(case).items() if name not in (*instants, "details")}
    for name in instants:
        at = getattr(case, name)
        document[name] = at.isoformat() if at is not None else None
    return {**document, "standing": standing}


@cases.command()
@click.argument("case_id")
@click.option("--outcome", required=True, help="What was answered or done.")
@click.option("--by", metavar="NAME", help="Who does it.  [default: the system's user]")
@database_option
def close(case_id: str, outcome: str, by: str | None, database: str | None) -> None:
    """Close the case CASE_ID with what became of it.

    \b
    Example:
      aldia cases close R-0A1B2C3D4E --outcome "data sent on 5 March"
    """
    from bot.services.cases import close as close_case

    if not outcome.strip():
        raise click.BadParameter("say in words what was answered or done", param_hint="--outcome")
    case = close_case(application_for(database), case_id, outcome.strip(), _user(by))
    click.echo(f"Closed {case.case_id} ({case.right}), due on {case.due_on}.")
