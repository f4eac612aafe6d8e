"""Many people over many weeks: what the gate let out is checked again, by hand, against the profiles as written.

ALDIA_PEOPLE=10000 simulates that many conversations; a few hundred by default.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bench.simulation.oracle.plain_reading import by_the_clock, by_the_count
from bot.debt.contact_gate import Allowed, Contact, Purpose, Reach, decide
from bot.debt.holds import HoldKind
from tests.properties.gates import acknowledged, jurisdictions

CODES = [code for code in jurisdictions().codes() if code != "strict"]
PEOPLE = int(os.environ.get("ALDIA_PEOPLE", "330"))
START = datetime(2026, 11, 2, tzinfo=timezone.utc)
CHANNELS = ("sms", "telegram", "email", "voice")


@dataclass
class Lived:
    """What happened to one person."""

    zone: ZoneInfo
    sent: list[Contact] = field(default_factory=list)
    held: list[tuple[datetime, HoldKind]] = field(default_factory=list)  # from when on


def live(code: str, dice: random.Random) -> Lived:
    """Thirty days in which somebody tries to collect at any hour, and the person may stop it."""
    rules = acknowledged(jurisdictions().gate(code))
    person = Lived(ZoneInfo(str(dice.choice(rules.zones))))
    consents = frozenset(channel for channel in CHANNELS if dice.random() < 0.8)
    at = START
    while at < START + timedelta(days=30):
        at += timedelta(minutes=dice.randint(5, 30 * 60))
        if dice.random() < 0.02:
            person.held.append((at, dice.choice(list(HoldKind))))
        reach = Reach(
            zones=(person.zone,), consents=consents, holds=frozenset(kind for _, kind in person.held)
        )
        channel = dice.choice(CHANNELS)
        if isinstance(decide(at, reach, channel, Purpose.COLLECTION, person.sent, rules), Allowed):
            person.sent.append(Contact(at, channel, Purpose.COLLECTION))
    return person


def faults(code: str, person: Lived) -> list[str]:
    """Every message that should not have gone out, by the plain reading of the merged profile."""
    content = jurisdictions().profile(code).content
    found = []
    for number, contact in enumerate(person.sent):
        local = contact.at.astimezone(person.zone)
        said = f"{code} {contact.channel} {local:%a %Y-%m-%d %H:%M}"
        if any(since <= contact.at for since, _ in person.held):
            found.append(f"{said}: after a cease trigger")
        found += [f"{said}: {why}" for why in by_the_clock(content, contact.channel, local)]
        earlier = person.sent[:number]
        found += [f"{said}: {why}" for why in by_the_count(content, contact, earlier, person.zone)]
    return found


@pytest.mark.parametrize("code", CODES)
def test_nothing_went_out_that_the_profile_forbids(code: str) -> None:
    dice = random.Random(f"{code} of the simulation")
    people = [live(code, dice) for _ in range(max(1, PEOPLE // len(CODES)))]
    assert [fault for person in people for fault in faults(code, person)] == []
    assert sum(len(person.sent) for person in people) > len(people), (
        "something went out, or this proves nothing"
    )
    assert any(person.held for person in people)
