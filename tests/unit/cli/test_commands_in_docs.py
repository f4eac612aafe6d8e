"""Every command that a document names exists, with the subcommands and options that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from bot.cli import aldia
from bot.settings import CHECKOUT

_PAGES = [
    *CHECKOUT.glob("*.md"),
    *(page for folder in ("docs", "deploy", "rulebook") for page in CHECKOUT.joinpath(folder).rglob("*.md")),
]
_NAMED = re.compile(
    r"(?:`|^\s*|exec \S+ (?:-- )?)(?:\.venv/bin/|[A-Z_]+=\S+ )*aldia ([a-z-][^`\n|;#]*)", re.M
)


def named() -> Iterator[tuple[str, str]]:
    for page in sorted(_PAGES):
        for command in _NAMED.findall(page.read_text(encoding="utf-8")):
            yield str(page.relative_to(CHECKOUT)), command.strip()


@pytest.mark.parametrize("page", sorted({page for page, _ in named()}))
def test_what_a_page_tells_to_run_exists(page: str) -> None:
    for command in (command for where, command in named() if where == page):
        found: click.Command = aldia
        for word in command.replace("[", "").replace("]", "").split():
            if word.startswith("--"):
                options = {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
                option = word.rstrip(",.").split("=")[0]
                assert option in options | {"--help"}, f"{page}: aldia {command}"
            elif isinstance(found, click.Group):
                inner = found.get_command(click.Context(found), word.rstrip(",.:"))
                assert inner is not None, f"{page}: aldia {command}"
                found = inner
