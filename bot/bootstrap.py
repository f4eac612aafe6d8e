"""The composition root: builds everything from the settings. Only entry points import it."""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.rulebook import Rulebook
from bot.scripts import Scripts
from bot.services.application import Application
from bot.services.identity_hashes import IdentityHasher
from bot.settings import Settings
from bot.storage.unit_of_work import create_unit_of_work_factory

ROOT = Path(__file__).resolve().parent.parent


def application(settings: Settings | None = None) -> Application:
    """Build the application.

    Args:
        settings: read from the environment when not given.

    Raises:
        SettingsError, RulebookError, ScriptError: something is configured wrongly; the message says what and where.
    """
    settings = settings or Settings.from_environment()
    return Application(
        settings=settings,
        clock=Clock(settings),
        unit_of_work=create_unit_of_work_factory(settings),
        rulebook=Rulebook.load(settings.rulebook_dir, settings.jurisdictions_dir),
        scripts=Scripts.load(ROOT / "data" / "responses"),
        hasher=IdentityHasher(settings.identity_key),
    )
