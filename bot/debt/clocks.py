"""Clocks that are set back: what an instant in a row may still mean then."""

from __future__ import annotations

from datetime import datetime, timedelta

# By so much servers may disagree about what time it is.
CLOCKS_DIFFER = timedelta(minutes=1)


def is_ahead(noted_at: datetime, now: datetime) -> bool:
    """Whether something that has happened is noted for later than now: how long ago it was, nobody knows."""
    return noted_at - now > CLOCKS_DIFFER


def outlasts(until: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether something ends later than it can, if it began by now: it was begun by a clock that was ahead."""
    return until - now > longest + CLOCKS_DIFFER
