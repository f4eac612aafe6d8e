"""Which message is being worked on: carried with the work, through threads too, into every log line and span."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Correlation:
    """What log lines of one turn have in common. `conversation` is a hash: a log leads to no row by itself."""

    message_id: str | None
    conversation: str | None
    trace_id: str | None


# A message and its conversation are asked for a few times within their turn, and hardly ever again.
_REMEMBERED = 256
_NOTHING = Correlation(None, None, None)
_now: ContextVar[Correlation] = ContextVar("aldia_correlation", default=_NOTHING)


def current() -> Correlation:
    """The message that is being worked on here."""
    return _now.get()


def of(message_id: str | None, conversation_id: str | None) -> Correlation:
    """The correlation of a message, the same in every process: nothing of it need be sent or stored."""
    return Correlation(
        message_id,
        hashed(conversation_id) if conversation_id is not None else None,
        trace_id_of(message_id) if message_id is not None else None,
    )


@contextmanager
def working_on(message_id: str | None, conversation_id: str | None) -> Iterator[None]:
    """Within it, log lines and spans belong to this message."""
    token = _now.set(of(message_id, conversation_id))
    try:
        yield
    finally:
        _now.reset(token)


@lru_cache(maxsize=_REMEMBERED)
def hashed(conversation_id: str) -> str:
    """A short name of a conversation for logs."""
    return hashlib.sha256(f"conversation {conversation_id}".encode()).hexdigest()[:12]


@lru_cache(maxsize=_REMEMBERED)
def trace_id_of(message_id: str) -> str:
    """The trace of a message's turn, 32 hexadecimal digits: whoever knows the message knows its trace."""
    return hashlib.sha256(f"trace {message_id}".encode()).hexdigest()[:32]


@lru_cache(maxsize=_REMEMBERED)
def root_span_of(message_id: str) -> str:
    """The first span of that trace, 16 hexadecimal digits."""
    return hashlib.sha256(f"span {message_id}".encode()).hexdigest()[:16]
