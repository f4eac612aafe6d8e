"""Segments: where an account stands today, by days past due, balance and history alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.debt.limits import SegmentFacts
from bot.debt.money import Money

# Circumstances that adjust a segment's terms, in the order they are applied: hardship has the last word.
CIRCUMSTANCES = ("small_balance", "large_balance", "repeat", "broken_plan", "hardship")


@dataclass(frozen=True)
class Segment:
    """A range of days past due and how we speak there."""

    name: str
    from_day: int
    to_day: int | None  # None: no end
    tone: str
    asks_affordability_first: bool

    def holds(self, days_past_due: int) -> bool:
        """Whether a number of days falls in it."""
        return self.from_day <= days_past_due and (self.to_day is None or days_past_due <= self.to_day)


@dataclass(frozen=True)
class Placement:
    """Where an account stands: its segment and the circumstances that adjust the terms, each named."""

    segment: str
    tone: str
    asks_affordability_first: bool
    circumstances: tuple[str, ...]
    rule_id: str


def partition_faults(segments: Sequence[Segment]) -> list[str]:
    """What keeps segments from covering every day from 0 on exactly once; empty when they do."""
    if not segments:
        return ["there must be at least one segment"]
    faults, expected = [], 0
    for segment in segments:
        if segment.from_day < expected:
            faults.append(
                f"{segment.name} starts on day {segment.from_day}, which already belongs to another segment"
            )
        elif segment.from_day > expected:
            faults.append(
                f"days {expected} to {segment.from_day - 1} belong to no segment (before {segment.name})"
            )
        if segment.to_day is None:
            if segment is not segments[-1]:
                faults.append(f"{segment.name} has no last day but is not the last segment")
            return faults
        if segment.to_day < segment.from_day:
            faults.append(f"{segment.name} ends on day {segment.to_day}, before it starts")
        expected = segment.to_day + 1
    return [*faults, f"days from {expected} on belong to no segment (leave out to_day in the last one)"]


def segment_of(days_past_due: int, segments: Sequence[Segment]) -> Segment:
    """The segment that holds a number of days past due; segments must be a partition."""
    return next(s for s in segments if s.holds(days_past_due))


def balance_band(balance: Money, small_below: Money, large_from: Money) -> str | None:
    """Name of the balance's circumstance, or None for a middling one."""
    if balance < small_below:
        return "small_balance"
    return "large_balance" if balance >= large_from else None


def history(facts: SegmentFacts) -> str:
    """How earlier agreements went: first_time, repeat (broken promises) or broken_plan."""
    if facts.installments_broken > 0:
        return "broken_plan"
    return "repeat" if facts.promises_broken > 0 else "first_time"


def circumstances(facts: SegmentFacts, bands: Mapping[str, Money]) -> tuple[str, ...]:
    """The named circumstances that hold, in the order in which they adjust the terms.

    Args:
        facts: nothing about who the person is, where they live or how they write.
        bands: "small_below" and "large_from" in the account's currency.
    """
    named = {balance_band(facts.balance, bands["small_below"], bands["large_from"]), history(facts)}
    if facts.in_hardship:
        named.add("hardship")
    return tuple(c for c in CIRCUMSTANCES if c in named)
