"""No question of a turn, of the way out, of the desk's queue or of the sweep reads a growing table from end to end."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bench.bulk import Size, rows
from bench.bulk_writing import write
from bench.population import person
from bench.scale import KEYRING, Side
from bench.servers import bring_in
from bench.work import beside_the_turns, conversation, wrong_guess
from bot.audit.verify import Verification, check
from bot.services.desk_port import User
from bot.storage.unit_of_work import open_factory

# Once a minute, how many entries there are: the heads of all chains, beside everything else.
MAY_READ_ALL = {"checkpoint: is one due?"}
SIZE = Size(2_000, 30_000, datetime(2026, 11, 1, tzinfo=timezone.utc))


@pytest.fixture
def side(database_url: str) -> Side:
    """A database with years of use in it, and statistics about it."""
    return Side.open("large", database_url, SIZE)


def test_no_question_reads_a_growing_table_whole(side: Side) -> None:
    user = User("u", "u", "U", "supervisor", "", SIZE.end)
    bring_in(side.app, range(1, 5))
    for number, channel in enumerate(("web", "whatsapp", "telegram", "sms"), 1):
        who = person(number)
        steps = [conversation(side.app, who, channel), wrong_guess(side.app, who)]
        for part in (*steps, beside_the_turns(side.app, user, number)):
            for name, call in part:
                with side.recorder.during(name):
                    call()
    asked = [one for one in side.recorder.statements.values() if not one.by <= MAY_READ_ALL]
    assert len(asked) > 60  # a recorder that hears nothing finds nothing
    found = {one.text: plan.lines for one in asked if (plan := side.plan(one, force=True)).scans}
    assert not found


def test_rows_in_bulk_are_a_sound_record(database_url: str) -> None:
    write(database_url, rows(Size(20, 200, SIZE.end), KEYRING))
    counts = Verification()
    with open_factory(database_url, KEYRING)(write=False) as uow:
        assert list(check(uow.connection, counts)) == []
    assert counts.entries == 20 + 5 * 36
