"""The composition root: builds everything from the settings. Only entry points import it."""

from __future__ import annotations

from pathlib import Path

from bot.audit.signing import Signer, seed_of
from bot.clock import Clock
from bot.rulebook import Rulebook
from bot.scripts import Scripts
from bot.services.application import Application
from bot.services.identity_hashes import IdentityHasher
from bot.settings import Settings, kept_key
from bot.storage.unit_of_work import create_unit_of_work_factory

ROOT = Path(__file__).resolve().parent.parent


def signer_of(settings: Settings) -> Signer | None:
    """What signs checkpoints and exports; None in production when no key was given."""
    seed = settings.record.audit_seed
    if seed is None and not settings.is_production:
        seed = seed_of(kept_key(ROOT / "var" / "audit.key").decode())
    return Signer(seed) if seed is not None else None


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
