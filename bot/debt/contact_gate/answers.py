"""What the gate answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class BlockKind(str, Enum):
    """Why a message may not go out. Stored words: never rename one."""

    HOLD = "hold"
    CHANNEL = "channel"  # prohibited, or nothing is known of it
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    ALREADY_CONFIRMED = "already_confirmed"
    NO_ZONE = "no_zone"
    CLOSED_DAY = "closed_day"
    HOURS = "hours"
    INCONVENIENT = "inconvenient"
    FREQUENCY = "frequency"


@dataclass(frozen=True)
class Allowed:
    """It may go out now. `fact_id` names what let it out of a rule, such as the freedom of replies."""

    fact_id: str | None = None


@dataclass(frozen=True)
class Blocked:
    """It may not go out now. `next_allowed_at` is None when no passing of time will allow it."""

    fact_id: str
    kind: BlockKind
    reason: str
    next_allowed_at: datetime | None


Decision = Allowed | Blocked
