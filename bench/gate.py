"""How long the contact gate takes: each jurisdiction, a week of hours, a full history; the slowest are those that wait."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.debt.contact_gate import CHANNELS, Contact, Purpose, Reach, decide
from bot.rulebook.jurisdictions import load_jurisdictions

PROFILES = Path(__file__).parents[1] / "rulebook" / "jurisdictions"


def gate(history: int = 40) -> dict[str, Any]:
    """Decide for an unknown place, which has to suit every zone, and report microseconds of the processor."""
    found, _ = load_jurisdictions(PROFILES)
    assert found is not None
    start = datetime(2026, 11, 23, tzinfo=timezone.utc)
    earlier = [Contact(start - timedelta(hours=11 * n), "sms", Purpose.COLLECTION) for n in range(history)]
    person = Reach(consents=frozenset(CHANNELS))
    times: list[float] = []
    for code in found.codes():
        rules = found.gate(code)
        for hour in range(-1, 7 * 24):
            began = time.process_time()
            decide(start + timedelta(hours=hour), person, "telegram", Purpose.COLLECTION, earlier, rules)
            if hour >= 0:  # the first one prepares
                times.append((time.process_time() - began) * 1e6)
    times.sort()
    return {
        "decisions": len(times),
        **{f"p{share}_us": round(times[int(len(times) * share / 100)]) for share in (50, 95, 99)},
    }


if __name__ == "__main__":
    print(gate())
