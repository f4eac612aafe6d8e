"""What the database says after the debtors have gone: nothing left over, nothing half-done."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import text

from bot.services.application import Application

_COUNTS = {
    "messages": "SELECT count(*) FROM inbox",
    "unanswered": "SELECT count(*) FROM inbox WHERE status = 'pending'",
    "failed turns": "SELECT count(*) FROM inbox WHERE status = 'failed'",
    "unsent": "SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending') AND due_at IS NULL",
    "unclear or failed sending": "SELECT count(*) FROM outbox WHERE status IN ('unclear', 'failed')",
    "blocked": "SELECT count(*) FROM outbox WHERE status = 'blocked'",
    "kept for later": "SELECT count(*) FROM outbox WHERE status = 'queued' AND due_at IS NOT NULL",
    "sent by Telegram": "SELECT count(*) FROM outbox WHERE channel = 'telegram' AND provider_id IS NOT NULL",
    "arrangements": "SELECT count(*) FROM arrangements",
    "arrangements told": "SELECT count(*) FROM outbox WHERE response = 'utter_agreed'",
    "entries": "SELECT count(*) FROM audit_entries",
}
MORE_SENT = "sent by Telegram more often than known"
_MUST_BE_NONE = ("unanswered", "failed turns", "unsent", "unclear or failed sending")
_SETTLE_SECONDS = 5.0


def stored(app: Application, taken_by_telegram: int) -> dict[str, Any]:
    """Counts, and those of them that should be otherwise.

    Args:
        taken_by_telegram: what arrived there; what a chat shows has no id by which a second copy would be known.
    """
    end = time.monotonic() + _SETTLE_SECONDS
    while True:
        counts = _count(app)
        problems = {name: counts[name] for name in _MUST_BE_NONE if counts[name]}
        if not problems or time.monotonic() > end:
            break
        time.sleep(0.5)
    if counts["arrangements"] != counts["arrangements told"]:
        problems["arrangements that were not told"] = counts["arrangements"] - counts["arrangements told"]
    if counts["sent by Telegram"] != taken_by_telegram:
        problems[MORE_SENT] = taken_by_telegram - counts["sent by Telegram"]
    return {"counts": counts, "problems": problems}


def _count(app: Application) -> dict[str, int]:
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        return {name: int(connection.execute(text(query)).scalar()) for name, query in _COUNTS.items()}
