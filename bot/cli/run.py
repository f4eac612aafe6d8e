"""`aldia run` and `aldia train`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.common import database_option, environment_for, note
from bot.settings import CHECKOUT, Settings

if TYPE_CHECKING:
    from bot.runner.stack import Preparation


@click.command()
@click.option(
    "--port", type=int, help="Port of the Rasa server and the chat page.  [default: ALDIA_PORT, or 5005]"
)
@click.option(
    "--actions-port", type=int, help="Port of the action server.  [default: ALDIA_ACTIONS_PORT, or 5055]"
)
@click.option("--desk-port", type=int, help="Port of the desk.  [default: ALDIA_DESK_PORT, or 5010]")
@click.option("--jobs-port", type=int, help="Port of the jobs process.  [default: ALDIA_JOBS_PORT, or 5015]")
@click.option("--host", help="Address to listen on.  [default: ALDIA_HOST, or 127.0.0.1]")
@click.option("--no-demo", is_flag=True, help="Do not import the demo portfolio.")
@database_option
def run(
    port: int | None,
    actions_port: int | None,
    desk_port: int | None,
    jobs_port: int | None,
    host: str | None,
    no_demo: bool,
    database: str | None,
) -> None:
    """Start everything and print the address of the chat page. Ctrl-C stops all of it.

    Brings the database up to date, imports the demo portfolio, trains the model if anything it depends on
    changed, and starts the action server, the Rasa server, the desk and the jobs. Logs are in var/log/.

    \b
    Two instances side by side:
      aldia run
      aldia run --port 5006 --actions-port 5056 --desk-port 5011 --jobs-port 5016 --database sqlite:///var/second.db
    """
    from bot.runner.progress import Progress
    from bot.runner.stack import run as run_stack

    environment = environment_for(
        database, port=port, actions_port=actions_port, desk_port=desk_port, jobs_port=jobs_port, host=host
    )
    settings = Settings.from_environment(environment)
    has_demo = not no_demo and not settings.is_production
    closing = [*_identities(), "", *_people()] if has_demo else []
    run_stack(settings, environment, _preparation(settings, has_demo), Progress(), closing)


def _preparation(settings: Settings, has_demo: bool) -> Preparation:
    from bot.bootstrap import application
    from bot.demo.portfolio import load
    from bot.runner.stack import Preparation
    from bot.services.books import sweep
    from bot.storage.migrations import migrate

    app = application(settings)

    def bring_up_to_date() -> str:
        return f"Database is up to date (revision {migrate(settings.database_url)})"

    def import_demo() -> str:
        report = load(app.unit_of_work, app.hasher, app.clock)
        return f"Demo portfolio: {report.rows} accounts"

    def add_people() -> str:
        from bot.demo.desk import add_people as add

        return f"People for the desk: {', '.join(add(app))}"

    def move_what_fell_due() -> str:
        moved = sweep(app.unit_of_work, app.clock)
        return f"Due dates: {moved.arrangements_moved} arrangements, {moved.promises_moved} promises moved"

    return Preparation(
        bring_up_to_date,
        import_demo if has_demo else None,
        add_people if has_demo else None,
        move_what_fell_due,
    )


def _identities() -> list[str]:
    """Lines that name three fictional debtors to try it with."""
    from bot.demo.portfolio import identities

    people = [
        f"  {p.full_name}: {p.reference}, born {p.date_of_birth}, postal code {p.postal_code}"
        for p in identities()
    ]
    return ["Three fictional debtors to try it with:", *people]


def _people() -> list[str]:
    """Lines that say how to sign in to the desk of a demo."""
    from bot.demo.desk import PASSWORD, PEOPLE

    names = ", ".join(f"{name} ({role})" for name, _, role in PEOPLE)
    return [f"Sign in to the desk as {names}.", f"  Password of the demo: {PASSWORD}"]


@click.command()
@click.option("--again", is_flag=True, help="Train even if the model of the present data is there.")
def train(again: bool) -> None:
    """Train the model, unless the model of the present training data is there already.

    \b
    Example:
      aldia train
    """
    from bot.runner.model import ensure_model

    trained = ensure_model(CHECKOUT / "var" / "log" / "training.log", again=again)
    if trained.seconds is None:
        note("The model is up to date; --again trains it all the same.")
    else:
        note(f"Trained in {trained.seconds:.0f} s.")
    click.echo(trained.path)
