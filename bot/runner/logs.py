"""Logging of the two servers: what happened and where, never what a debtor wrote."""

from __future__ import annotations

import logging
import sys
import traceback
import warnings
from types import TracebackType

_FRAMES = 8
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Their DEBUG lines hold messages, slots and entities.
_NEVER_DEBUG = ("rasa", "rasa_sdk", "aiohttp", "sanic")
# SQLAlchemy prints statements with their values at INFO.
_QUIET = ("matplotlib", "apscheduler", "asyncio", "urllib3", "sanic.access", "dask", "sqlalchemy")


# Their texts name code, not data.
_TELLING = (ImportError, SyntaxError, NameError, AttributeError, TypeError)


class WithoutValues(logging.Formatter):
    """Formats an exception as its kinds and places: its text may quote a debtor's words or data."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """One line for each entry: what somebody sent must not look like an entry of ours."""
        return "".join(c if c.isprintable() else repr(c)[1:-1] for c in super().formatMessage(record))

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Kind and frames of an exception and of those that led to it."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            text = f": {error}" if isinstance(error, _TELLING) else ""
            frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
            lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in frames]
            lines.append(f"{type(error).__name__}{text}")
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def _without_quotes(record: logging.LogRecord) -> bool:
    # rasa_sdk repeats the name of an action that it does not know, and that may be anything.
    if record.levelno >= logging.ERROR:
        record.msg, record.args = "an action could not be run", ()
    return True


def configure_logging(level: str) -> None:
    """Log to standard error, which the runner has put into a file.

    Args:
        level: name of the lowest level to log.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutValues(_FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NEVER_DEBUG:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.INFO))
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("rasa_sdk.endpoint").addFilter(_without_quotes)
    warnings.simplefilter("ignore")


def configure_structlog() -> None:
    """Drop Rasa's structured debug events, which hold messages and entities, before they are rendered."""
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=True,
    )
