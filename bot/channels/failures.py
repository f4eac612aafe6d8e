"""How a failure is logged in the channels: by message id, kind and place, never with what somebody wrote."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def log_failure(what: str, message_id: str, error: BaseException) -> None:
    """Log an error by message id, kind and place; its text may hold what a debtor wrote."""
    trace, where = error.__traceback__, "?"
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    logger.error("%s (message %s): %s at %s", what, message_id, type(error).__name__, where)
