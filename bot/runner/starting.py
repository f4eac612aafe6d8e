"""The beginning that every server of ours has in common."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import NoReturn, TypeVar

from bot.channels.configuration import ChannelsError
from bot.rulebook.errors import RulebookError
from bot.scripts import ScriptError
from bot.services.application import Application
from bot.settings import Settings, SettingsError
from bot.storage.errors import StorageBusy, StorageError, StorageUnavailable
from bot.telemetry.log_lines import JsonLines

logger = logging.getLogger(__name__)

# Longer than a database takes to restart or to fail over; shorter than an operator waits for the reason.
_PATIENCE = 30.0
_LOOK_EVERY = 1.0

T = TypeVar("T")


def or_exit(build: Callable[[], T]) -> T:
    """What `build` makes; what an operator got wrong ends the process with its sentence and no trace."""
    try:
        return build()
    except SettingsError as error:
        _end(f"the settings cannot be used: {error}")
    except (RulebookError, ScriptError, StorageError, ChannelsError) as error:
        _end(str(error))


def settings() -> Settings:
    """The settings that the environment gives."""
    return or_exit(Settings.from_environment)


def _end(why: str) -> NoReturn:
    # As a line of the log where programs read it; else as the sentence that `aldia run` shows.
    if any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers):
        logger.critical("%s", why)
        sys.exit(1)
    sys.exit(why)


def usable(build: Callable[[], Application], patience: float = _PATIENCE) -> Application:
    """An application whose database answers: a wrong one stops the start and not the first debtor.

    One that is only away, as while it restarts, is waited for: a process that ends is started again by its supervisor after
    a pause that doubles each time (up to five minutes in Kubernetes), and takes ten seconds of processor time anew.

    Args:
        build: makes it.
        patience: seconds.
    """
    app, end = or_exit(build), time.monotonic() + patience
    while time.monotonic() < end:
        try:
            with app.unit_of_work(write=False):
                return app
        except (StorageBusy, StorageUnavailable) as error:
            logger.warning("waiting for the database: %s", error)
            time.sleep(_LOOK_EVERY)
        except StorageError:
            break  # which time does not mend

    def answering() -> Application:
        with app.unit_of_work(write=False):
            return app

    return or_exit(answering)
