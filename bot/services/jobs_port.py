"""What the work that time triggers, and whoever watches over it, need from storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class JobRun:
    """How one job stands, whichever process ran it last."""

    name: str
    every_seconds: int
    holder: str | None = None  # the process that is at work on it
    lease_until: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    error: str | None = None  # the kind of the last failure, never its text


@dataclass(frozen=True)
class Backlog:
    """Since when the oldest thing waits that nobody should have to wait for; None when nothing does."""

    inbox_since: datetime | None  # a message whose turn has not ended
    outbox_since: datetime | None  # a message that may go out now


class Operations(Protocol):
    """Jobs and backlogs."""

    def runs(self) -> Sequence[JobRun]: ...
    def add(self, run: JobRun) -> None:
        """Note a job, or how often it runs; what is known of its runs stays."""

    def take(self, seen: JobRun, holder: str, until: datetime) -> bool:
        """Take a job to work on it; False if another process was faster since it was read."""

    def extend(self, name: str, holder: str, until: datetime) -> None:
        """Keep a job that takes long."""

    def end(self, name: str, holder: str, at: datetime, error: str | None) -> None:
        """Give a job back."""

    def backlog(self, channels: Sequence[str], now: datetime, lost_before: datetime) -> Backlog:
        """What waits; outbound messages of these channels only."""

    def revision(self) -> str:
        """The newest migration that the database has seen."""

    def is_read_only(self) -> bool:
        """Whether the database takes no writes at all: a standby, or one that was set so."""
