"""What every use case is handed: storage, rulebook, texts, identity hashes and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.rulebook import Rulebook
    from bot.scripts import Scripts
    from bot.services.identity_hashes import IdentityHasher
    from bot.services.unit_of_work import UnitOfWorkFactory
    from bot.settings import Settings


class Clock(Protocol):
    """Where "now" and the business date come from; tests and demos set them."""

    def now(self) -> datetime:
        """The present instant, UTC."""

    def today(self, zone: str | None = None) -> date:
        """The calendar day in an IANA time zone (UTC when None)."""


@dataclass(frozen=True)
class Application:
    """Built once by `bot.bootstrap`; holds no state of its own."""

    settings: Settings
    clock: Clock
    unit_of_work: UnitOfWorkFactory
    rulebook: Rulebook
    scripts: Scripts
    hasher: IdentityHasher
