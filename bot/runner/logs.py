"""Logging of the servers: what happened and where, never what a debtor wrote."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from types import TracebackType

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


def log_what_nobody_handles() -> None:
    """Log what ends the process or a thread: Python's own trace is no line of ours, and may quote a debtor."""

    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _ended("the process", kind, error, trace)

    def of_thread(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None:
            _ended("a thread", what.exc_type, what.exc_value, what.exc_traceback)

    sys.excepthook, threading.excepthook = of_process, of_thread


def _ended(what: str, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("aldia").critical("%s was ended by a fault", what, exc_info=(kind, error, trace))


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
