"""The section `web` of channels.yml."""

from __future__ import annotations

import re

from pydantic import Field, validator

from bot.channels.section import Section

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[1-9][0-9]{0,4})?")
_DEFAULT_PORTS = (("http://", ":80"), ("https://", ":443"))


class WebSection(Section):
    """Where the widget may be embedded, and how long things last.

    Attributes:
        origins: pages that may embed it, as scheme, host and port; our own address always may.
        lock_minutes: without use the conversation is hidden; as long as an identification holds when None.
        token_minutes: how long a session's token holds before it is renewed.
        session_hours: how long after its last renewal a session can still be continued.
        streams: how many open streams one process serves; beyond it widgets ask every few seconds.
    """

    origins: tuple[str, ...] = ()
    lock_minutes: int | None = Field(default=None, ge=1, le=120)
    token_minutes: int = Field(default=15, ge=1, le=60)
    session_hours: int = Field(default=24, ge=1, le=168)
    streams: int = Field(default=1000, ge=0, le=20_000)

    @validator("origins", each_item=True)
    def _is_origin(cls, value: str) -> str:  # noqa: N805
        is_default_port = any(
            value.startswith(scheme) and value.endswith(port) for scheme, port in _DEFAULT_PORTS
        )
        if not _ORIGIN.fullmatch(value) or is_default_port:
            raise ValueError(
                f"{value!r} is no origin: expected scheme, host in small letters and, unless it is the usual one, "
                'port, such as "https://www.example.org", with nothing after them'
            )
        return value
