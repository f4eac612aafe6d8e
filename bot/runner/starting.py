"""The beginning that every server of ours has in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from bot.channels.configuration import ChannelsError
from bot.rulebook.errors import RulebookError
from bot.scripts import ScriptError
from bot.services.application import Application
from bot.storage.errors import StorageError

T = TypeVar("T")


def or_exit(build: Callable[[], T]) -> T:
    """What `build` makes; what an operator got wrong ends the process with its sentence and no trace."""
    try:
        return build()
    except (RulebookError, ScriptError, StorageError, ChannelsError) as error:
        sys.exit(str(error))


def usable(build: Callable[[], Application]) -> Application:
    """An application whose database answers: a wrong one stops the start and not the first debtor.

    Args:
        build: makes it.
    """

    def built() -> Application:
        app = build()
        with app.unit_of_work(write=False):
            return app

    return or_exit(built)
