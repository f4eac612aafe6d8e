"""Logging of the servers: what happened and where, never what a debtor wrote."""

from __future__ import annotations

import logging
import sys
import warnings

from bot.telemetry.log_lines import JsonLines, PlainLines

# Their DEBUG lines hold messages, slots and entities.
_NEVER_DEBUG = ("rasa", "rasa_sdk", "aiohttp", "sanic")
# SQLAlchemy prints statements with their values at INFO.
_QUIET = (
    "matplotlib",
    "apscheduler",
    "asyncio",
    "urllib3",
    "sanic.access",
    "dask",
    "sqlalchemy",
    "opentelemetry",
)


def _without_quotes(record: logging.LogRecord) -> bool:
    # rasa_sdk repeats the name of an action that it does not know, and that may be anything.
    if record.levelno >= logging.ERROR:
        record.msg, record.args = "an action could not be run", ()
    return True


def configure_logging(level: str, log_format: str = "plain", role: str = "aldia") -> None:
    """Log to standard error, which the runner has put into a file.

    Args:
        level: name of the lowest level to log.
        log_format: "plain" for people or "json" for machines.
        role: which kind of process this is.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(role) if log_format == "json" else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NEVER_DEBUG:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.INFO))
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("rasa_sdk.endpoint").addFilter(_without_quotes)
    # What no line shows need not be looked up for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Of what libraries will do some day nobody who operates a server can do anything.
    warnings.simplefilter("ignore")
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


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
