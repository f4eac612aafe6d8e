"""Keeps the record: checkpoints when they are due, erasure when nothing asks for the data any more. A thread."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

from bot.audit.checkpoints import make_if_due
from bot.audit.signing import Signer
from bot.services.application import Application
from bot.services.retention import Sweep

logger = logging.getLogger(__name__)
_LOOK_EVERY = 60.0


def keep(app: Application, signer: Signer | None, stopping: threading.Event | None = None) -> None:
    """Look once a minute, until stopped, what is due. Several processes may do so at once."""
    if signer is None:
        logger.warning("no checkpoints of the record are made: ALDIA_AUDIT_KEY is not set")
    stopping, sweep = stopping or threading.Event(), Sweep(app)
    while not stopping.wait(_LOOK_EVERY):
        if signer is not None:
            keep_once(app, signer)
        erase_once(sweep)


def erase_once(sweep: Sweep) -> None:
    """Erase what is due in the next batch of debtors; a fault is logged and the rest looked at again tomorrow."""
    try:
        done = sweep.step()
    except Exception as error:
        logger.error("nothing could be erased: %s", type(error).__name__)
        return
    if done.erased:
        logger.info("erased %d debtors whose records need not be kept any more", done.erased)


def keep_once(app: Application, signer: Signer) -> None:
    """Make a checkpoint if one is due; a fault is logged and tried again at the next look."""
    record = app.settings.record
    try:
        with app.unit_of_work() as uow:
            connection: Any = uow.connection  # type: ignore[attr-defined]
            every = timedelta(hours=record.checkpoint_hours)
            make_if_due(connection, signer, app.clock.now(), every, record.checkpoint_entries)
            uow.commit()
    except Exception as error:
        logger.error("no checkpoint could be made: %s", type(error).__name__)


def start(app: Application, signer: Signer | None) -> None:
    """Keep in the background until the process ends."""
    threading.Thread(target=keep, args=(app, signer), name="keeper", daemon=True).start()
