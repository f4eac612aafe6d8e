"""The `telegram` section of `channels.yml`."""

from __future__ import annotations

import re

from pydantic import Field, validator

from bot.channels.section import Section


class TelegramSection(Section):
    """What operators decide about Telegram.

    Attributes:
        bot_name: the bot's public name without the @, for links; asked of Telegram when None.
        protect_content: whether messages can neither be forwarded nor copied. Off: people must be able to keep
            and show what they agreed to, and to copy a payment reference.
        max_connections: how many updates Telegram may deliver at once.
        typing_after_seconds: how long a turn may take before the chat shows that we are writing.
    """

    bot_name: str | None = None
    protect_content: bool = False
    max_connections: int = Field(default=20, ge=1, le=100)
    typing_after_seconds: float = Field(default=0.7, ge=0, le=30)

    @validator("bot_name")
    def _is_bot_name(cls, value: str | None) -> str | None:  # noqa: N805
        if value is not None and not re.fullmatch(r"@?[A-Za-z][A-Za-z0-9_]{3,31}", value):
            raise ValueError('expected the bot\'s public name, such as "AlDiaBot"')
        return value.lstrip("@") if value else None
