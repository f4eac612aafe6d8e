"""What the database says after the debtors have gone: nothing left over, nothing half-done."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import text

from bench.debtors import Tally
from bot.services.application import Application

_COUNTS = {
    "messages": "SELECT count(*) FROM inbox",
    "unanswered": "SELECT count(*) FROM inbox WHERE status = 'pending'",
    "failed turns": "SELECT count(*) FROM inbox WHERE status = 'failed'",
    "unsent": "SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending') AND due_at IS NULL",
    "unclear or failed sending": "SELECT count(*) FROM outbox WHERE status IN ('unclear', 'failed')",
    "blocked or kept for later": "SELECT count(*) FROM outbox WHERE status = 'blocked' OR status = 'queued' AND due_at IS NOT NULL",
    "arrangements": "SELECT count(*) FROM arrangements",
    "arrangements told": "SELECT count(*) FROM outbox WHERE response = 'utter_agreed'",
    "entries": "SELECT count(*) FROM audit_entries",
}
_MUST_BE_NONE = ("unanswered", "failed turns", "unsent", "unclear or failed sending")
_SETTLE_SECONDS = 5.0


def stored(app: Application, tally: Tally) -> dict[str, Any]:
    """Counts, and those of them that should be otherwise."""
    end = time.monotonic() + _SETTLE_SECONDS
    while True:
        counts = _count(app)
        problems = {name: counts[name] for name in _MUST_BE_NONE if counts[name]}
        if not problems or time.monotonic() > end:
            break
        time.sleep(0.5)
    if counts["arrangements"] != counts["arrangements told"]:
        problems["arrangements that were not told"] = counts["arrangements"] - counts["arrangements told"]
    return {"counts": counts, "problems": problems}


def _count(app: Application) -> dict[str, int]:
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        return {name: int(connection.execute(text(query)).scalar()) for name, query in _COUNTS.items()}
