"""Simulated conversations through the whole dialogue, judged by an oracle of its own: see `bench/simulation`.

As many as fit into half a minute each for two seeds, so that a run can be repeated; `make simulate` holds ten thousand.
"""

from __future__ import annotations

import os

import pytest

from bench.simulation.__main__ import simulate
from bench.simulation.oracle import judge
from bench.simulation.play import Play
from bench.simulation.watching import Transmitted
from bench.simulation.world import World
from bot.debt.contact_gate import Purpose

SECONDS = float(os.environ.get("ALDIA_SIMULATE_SECONDS", "25"))


@pytest.mark.parametrize("seed", [2027, 693834])
def test_nothing_happens_that_must_not(seed: int) -> None:
    figures = simulate(400, seed, seconds=SECONDS)
    print(f"seed {seed}: {figures['conversations']} conversations")
    assert figures["violations"] == []
    assert figures["transmitted"] > figures["conversations"], "something was said, or this proves nothing"
    assert figures["unasked_sent"] > 0
    assert figures["blocked"]
    assert figures["offers"] > 0
    assert figures["holds"] > 0


def test_the_oracle_sees_what_it_is_there_to_see() -> None:
    """A gate that lets everything out, and a text with a debt word: both are named."""
    world = World()
    try:
        for number in range(200):
            play = Play(world, 1, number)
            play.run()
            if any(sent.row.message_id in world.watch.campaign for sent in world.watch.transmitted):
                break
        assert judge(play) == []
        place = next(
            place
            for place, asked in enumerate(world.watch.asked)
            if asked.row.message_id in world.watch.campaign
        )
        unasked = world.watch.asked[place].row.message_id
        world.watch.campaign[unasked] = Purpose.STOP_CONFIRMATION
        assert any("was asked about as" in fault for fault in judge(play))
        world.watch.transmitted.append(world.watch.transmitted[0])
        assert any("went out twice" in fault for fault in judge(play))
        sent = world.watch.transmitted[0]
        world.watch.asked.clear()
        world.watch.transmitted[:] = [Transmitted(sent.at, "sms", sent.address, sent.row, None, None)]
        assert any("the gate was never asked" in fault for fault in judge(play))
    finally:
        world.close()
