"""The command line: `aldia`, also `python -m bot`. One module a group; --help imports nothing heavy."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence

import click

from bot.cli.common import load_dotenv
from bot.cli.faults import sentence_of

# Command: module and the name in it. A module is imported when its command is used.
_COMMANDS = {
    "run": ("bot.cli.run", "run"),
    "train": ("bot.cli.run", "train"),
    "migrate": ("bot.cli.portfolio", "migrate"),
    "import": ("bot.cli.portfolio", "import_"),
    "import-payments": ("bot.cli.portfolio", "import_payments"),
    "show": ("bot.cli.portfolio", "show"),
    "link": ("bot.cli.link", "link"),
    "verify-code": ("bot.cli.verify_code", "verify_code"),
    "chat": ("bot.cli.chat", "chat"),
    "cases": ("bot.cli.cases", "cases"),
    "rulebook": ("bot.cli.rulebook", "rulebook"),
    "desk": ("bot.cli.desk", "desk"),
    "audit": ("bot.cli.audit", "audit"),
    "debtor": ("bot.cli.debtor", "debtor"),
    "report": ("bot.cli.report", "report"),
    "import-attributes": ("bot.cli.report", "import_attributes"),
    "keys": ("bot.cli.keys", "keys"),
    "backup": ("bot.cli.backup", "backup"),
    "restore": ("bot.cli.backup", "restore"),
    "nlu": ("bot.cli.nlu", "nlu"),
}


class _Aldia(click.Group):
    """Imports commands late and turns known failures into one paragraph and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in _COMMANDS if importlib.util.find_spec(_COMMANDS[name][0]) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = sentence_of(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from None


@click.group(cls=_Aldia, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="aldia", prog_name="aldia")
def aldia() -> None:
    """Al Día: a debtor settles a debt over chat.

    \b
    Start here:
      aldia run                    start everything with a demo portfolio
      aldia chat                   talk to it in the terminal
      aldia show AD-ES-0001        see what was agreed
      aldia audit verify           prove that nobody touched the record

    Every setting also comes from the environment or from a file named .env: see .env.example.
    Exit codes: 0 done, 1 refused or failed, 2 the command was not used rightly.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the command line."""
    load_dotenv()
    aldia.main(args=list(arguments) if arguments is not None else None, prog_name="aldia")
