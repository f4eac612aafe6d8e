"""Failures that a person at a terminal can act on, as one paragraph instead of a stack trace."""

from __future__ import annotations


def sentence_of(error: BaseException) -> str | None:
    """What to tell, or None when the error is a mistake of ours whose trace is wanted.

    Args:
        error: what a command raised.
    """
    # Late, because --help must not wait for these.
    from bot.audit.checkpoint_check import NotACopy
    from bot.audit.sealing import KeyMissing
    from bot.audit.signing import NoSigningKey
    from bot.channels.configuration import ChannelsError
    from bot.rulebook.errors import RulebookError
    from bot.runner.model import TrainingFailed
    from bot.runner.preflight import CannotStart
    from bot.runner.processes import ChildDied
    from bot.scripts import ScriptError
    from bot.services.case_file import UnknownAccount
    from bot.services.cases import UnknownCase
    from bot.services.csv_rows import FileRefused
    from bot.services.debtors import UnknownDebtor
    from bot.services.desk_roles import DeskRefusal
    from bot.services.oversight import UnknownMessage
    from bot.services.personal_data import HoldRefused
    from bot.settings import SettingsError
    from bot.storage.backup import BackupError
    from bot.storage.errors import StorageBusy, StorageError

    if isinstance(error, SettingsError):
        return f"The settings cannot be used. {error}"
    if isinstance(error, StorageBusy):
        return f"The database is in use by another process: {error}. Try again in a moment."
    if isinstance(error, DeskRefusal):
        from bot.desk.texts import load

        return load()["en"](f"refused.{error.code}", **error.values)
    if isinstance(error, OSError):
        return f"{error.filename or 'The system'}: {error.strerror or error}"
    known = (
        BackupError,
        KeyMissing,
        NoSigningKey,
        NotACopy,
        UnknownDebtor,
        UnknownCase,
        UnknownMessage,
        HoldRefused,
        RulebookError,
        ScriptError,
        StorageError,
        FileRefused,
        UnknownAccount,
        ChannelsError,
        CannotStart,
        TrainingFailed,
        ChildDied,
    )
    return _sentence(str(error)) if isinstance(error, known) else None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
