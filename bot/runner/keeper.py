"""Makes a checkpoint of the record when one is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.audit.checkpoints import make_if_due
from bot.audit.signing import Signer
from bot.services.application import Application


def keep_once(app: Application, signer: Signer) -> None:
    """Make a checkpoint if one is due. Several processes may do so at once."""
    record = app.settings.record
    with app.unit_of_work() as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        every = timedelta(hours=record.checkpoint_hours)
        make_if_due(connection, signer, app.clock.now(), every, record.checkpoint_entries)
        uow.commit()
