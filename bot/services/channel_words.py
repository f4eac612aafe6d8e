"""Sentences that belong to a channel and to no conversation: its menu, and what it says where it does not talk."""

from __future__ import annotations

from collections.abc import Mapping

from bot.services.application import Application

_COMMANDS = {
    "start": "utter_command_start",
    "help": "utter_command_help",
    "language": "utter_command_language",
    "stop": "utter_command_stop",
}


def command_descriptions(app: Application, language: str) -> Mapping[str, str]:
    """The channel's own menu: a command and what it does, in the order in which it is shown."""
    return {command: _sentence(app, name, language) for command, name in _COMMANDS.items()}


def no_groups(app: Application, language: str) -> str:
    """What is said in a group before leaving it."""
    return _sentence(app, "utter_no_groups", language)


def _sentence(app: Application, response: str, language: str) -> str:
    return app.scripts.render(
        response, {}, language=language, tone=None, channel="telegram", form="usted"
    ).text
