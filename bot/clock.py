"""Where "now" and the business date come from."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from bot.settings import Settings


class Clock:
    """The machine's clock; with ALDIA_TODAY set, on that day at the machine's time of day."""

    def __init__(self, settings: Settings) -> None:
        self._today = settings.today

    def now(self) -> datetime:
        """The present instant, UTC."""
        real = datetime.now(timezone.utc)
        if self._today is None:
            return real
        return real + timedelta(days=(self._today - real.date()).days)

    def today(self, zone: str | None = None) -> date:
        """The calendar day in an IANA time zone (UTC when None)."""
        if self._today is not None:
            return self._today  # one date for everyone, or a demo would change at somebody's midnight
        return self.now().astimezone(ZoneInfo(zone) if zone else timezone.utc).date()
