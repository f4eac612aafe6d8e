"""What several commands share: options, settings with the options put in, and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.settings import CHECKOUT, Settings

if TYPE_CHECKING:
    from bot.services.application import Application

_Command = TypeVar("_Command", bound=Callable[..., Any])


def database_option(command: _Command) -> _Command:
    """`--database URL`."""
    return click.option(
        "--database",
        metavar="URL",
        help="The database: sqlite:///FILE or postgresql://…  [default: ALDIA_DATABASE_URL, or var/aldia.db]",
    )(command)


def json_option(command: _Command) -> _Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(
        command
    )


def load_dotenv() -> None:
    """Take `NAME=value` lines of the checkout's .env into the environment; what is set already wins."""
    try:
        lines = (CHECKOUT / ".env").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        name, sign, value = line.strip().removeprefix("export ").partition("=")
        if sign and name.strip().isidentifier():
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def settings_for(database: str | None = None, **options: str | int | None) -> Settings:
    """The settings with the command line's options put in.

    Args:
        database: of `--database`.
        options: other settings by their name without ALDIA_.

    Raises:
        SettingsError: an option or a variable cannot be used.
    """
    return Settings.from_environment(environment_for(database, **options))


def environment_for(database: str | None = None, **options: str | int | None) -> dict[str, str]:
    """The environment with the command line's options put in as `ALDIA_…` variables."""
    stated = {"database_url": database, **options}
    return dict(os.environ) | {
        f"ALDIA_{name.upper()}": str(value) for name, value in stated.items() if value is not None
    }


def application_for(database: str | None = None) -> Application:
    """The application over the database of `--database`."""
    from bot.bootstrap import application

    return application(settings_for(database))


def print_json(document: Any) -> None:
    """Write one JSON document to standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """Write a message to standard error, where it does not mix with data."""
    click.echo(text, err=True)


@contextmanager
def row_progress(label: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A progress bar on standard error for a file read row by row; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, lines: bar.update(task, completed=done, total=lines)
