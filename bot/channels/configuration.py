"""`channels.yml`: what operators decide about each channel. Read once at start; a wrong key stops the start."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import yaml
from limits import parse as parse_limit
from pydantic import Field, ValidationError, validator

from bot.channels.section import Section
from bot.channels.telegram.configuration import TelegramSection
from bot.channels.twilio.configuration import TwilioSection
from bot.channels.web.configuration import WebSection


class ChannelsError(Exception):
    """The file is wrong; the message names file, key and what is allowed, one line a problem."""


class Limits(Section):
    """How much one address or network may send."""

    per_address: str = "20/minute"
    per_network: str = "120/minute"
    code_checks: str = "10/minute"

    @validator("per_address", "per_network", "code_checks")
    def _is_limit(cls, value: str) -> str:  # noqa: N805
        try:
            parse_limit(value)
        except ValueError:
            raise ValueError('expected a number per time, such as "20/minute"') from None
        return value


class Channels(Section):
    """The whole file."""

    limits: Limits = Field(default_factory=Limits)
    telegram: TelegramSection = Field(default_factory=TelegramSection)
    twilio: TwilioSection = Field(default_factory=TwilioSection)
    web: WebSection = Field(default_factory=WebSection)


def load_channels(path: Path) -> Channels:
    """Read and check the file.

    Raises:
        ChannelsError: it cannot be read, or something in it is not allowed.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ChannelsError(f"{path}: cannot be read as YAML: {_one_line(error)}") from None
    if content is not None and not isinstance(content, dict):
        raise ChannelsError(f"{path}: expected sections such as `limits:`, found {type(content).__name__}")
    try:
        # A section in which everything is commented out is one that was left out.
        return Channels(**{key: value for key, value in (content or {}).items() if value is not None})
    except (ValidationError, TypeError) as error:
        raise ChannelsError("\n".join(map(partial(_problem, path), _errors(error)))) from None


def _errors(error: ValidationError | TypeError) -> list[Any]:
    return list(error.errors()) if isinstance(error, ValidationError) else [{"loc": (), "msg": str(error)}]


def _problem(path: Path, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"] if part != "__root__")
    reason = "there is no such key" if error.get("type") == "value_error.extra" else error["msg"]
    return f"{path}: {key or 'the file'}: {reason}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
