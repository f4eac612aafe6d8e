"""Which jobs there are. One line each: what it is called, how often, what it does."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from bot.audit.signing import Signer
from bot.desk import webhook_calls
from bot.runner.job_loop import Job, in_thread
from bot.runner.keeper import keep_once
from bot.services import authorities, books, queue_watch, retention
from bot.services.application import Application

logger = logging.getLogger(__name__)


def jobs_of(app: Application, signer: Signer | None) -> list[Job]:
    """The jobs of an installation.

    Args:
        signer: of checkpoints; without one none are made.
    """
    found = [
        Job("queue_watch", timedelta(seconds=5), in_thread(partial(queue_watch.look, app))),
        # Every hour, so that a due date counts soon after its day has ended, wherever the debtor lives.
        Job("sweep", timedelta(hours=1), in_thread(partial(books.sweep, app.unit_of_work, app.clock))),
    ]
    found.append(Job("retention", timedelta(days=1), in_thread(partial(retention.apply_by_itself, app))))
    # An authority ends with its last day, wherever that is.
    found.append(Job("authorities", timedelta(hours=1), in_thread(partial(authorities.look, app))))
    if app.settings.desk_webhooks:
        found.append(Job("webhooks", timedelta(seconds=1), partial(webhook_calls.call_all, app)))
    if signer is not None:
        found.append(Job("checkpoints", timedelta(minutes=1), in_thread(partial(keep_once, app, signer))))
    else:
        logger.warning("no checkpoints of the record are made: ALDIA_AUDIT_KEY is not set")
    return found
