"""How a log line looks: plain for people, JSON for machines; one line whatever was logged, and no values in errors."""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from bot.telemetry.context import current

logger = logging.getLogger("aldia.turn")

FORMATS = ("plain", "json")
_FRAMES = 8
_PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Their texts name code, not data; so does what the system says of an OSError, without the file.
_TELLING = (ImportError, SyntaxError, NameError, AttributeError, TypeError)
# C0, DEL, C1, line separators, and what turns the reading direction round: a line must show what it says, as one line.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_as_json = json.JSONEncoder(default=str).encode

_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def tell(event: str, *, level: int = logging.INFO, message_id: str | None = None, **fields: Any) -> None:
    """Log one step of a turn. Fields are names, numbers and codes of ours, never what somebody wrote.

    Args:
        event: what happened, from a closed list of words.
        level: how grave.
        message_id: of which message, where it is not the one being worked on.
        fields: further facts, in this order.
    """
    if logger.isEnabledFor(level):
        # Made here: `logger.log` would first walk the stack to find out who called, which no line shows.
        record = logging.LogRecord(logger.name, level, __file__, 0, event, None, None)
        record.fields, record.of_message = fields, message_id
        logger.handle(record)


def escaped(text: str) -> str:
    """A text that cannot begin a line of its own nor hide what it says."""
    return _UNSAFE.sub(lambda found: _escape(found.group()), text)


def _escape(character: str) -> str:
    number = ord(character)
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(
        character, f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
    )


def places_of(error: BaseException | None) -> list[str]:
    """Kind and frames of an exception and of those that led to it: its text may quote a debtor's words or data."""
    lines: list[str] = []
    while error is not None:
        why = str(error) if isinstance(error, _TELLING) else getattr(error, "strerror", None)
        text = f": {escaped(str(why))}" if why else ""
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        lines += [escaped(f"  {f.filename}:{f.lineno} {f.name}") for f in frames]
        lines.append(f"{type(error).__name__}{text}")
        error = error.__cause__ or error.__context__
    return lines


class WithoutValues(logging.Formatter):
    """Formats an exception as its kinds and places."""

    def formatException(self, ei: _Error) -> str:  # noqa: N802
        """Kind and frames of an exception and of those that led to it."""
        return "\n".join(places_of(ei[1]))


class PlainLines(WithoutValues):
    """For people: time, level, logger, what happened, and to which message it belongs."""

    def __init__(self) -> None:
        super().__init__(_PLAIN)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line without the places of an error, which follow on lines of their own."""
        facts = {**getattr(record, "fields", {}), **_correlation(record)}
        line = super().formatMessage(record)
        if facts:
            line = f"{line} {' '.join(f'{name}={_short(value)}' for name, value in facts.items())}"
        return escaped(line)


class JsonLines(WithoutValues):
    """For machines: one JSON object a line.

    Args:
        role: which kind of process this is: rasa, actions, desk …
    """

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            "role": self._role,
            **_correlation(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = places_of(record.exc_info[1])
        # ASCII only: JSON's own escapes keep every control character inside the line.
        return _as_json(line)


@lru_cache(maxsize=4)
def _second(of: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(of))


def _correlation(record: logging.LogRecord) -> Mapping[str, str]:
    now = current()
    own = getattr(record, "of_message", None)
    facts = {"message_id": own or now.message_id, "conversation": now.conversation, "trace_id": now.trace_id}
    return {name: value for name, value in facts.items() if value is not None}


def _short(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if text and " " not in text else json.dumps(text, ensure_ascii=False)
