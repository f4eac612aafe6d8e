"""The tracker store: one turn, no session start, bounded memory, and Rasa can build it from endpoints.yml."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from bot.channels import tracker_store
from bot.channels.tracker_store import OneTurnTrackerStore

ROOT = Path(__file__).parents[2]


def test_rasa_builds_it_from_our_endpoints(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("ALDIA_ACTIONS_URL", "http://127.0.0.1:1/webhook")
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store, domain=Domain.empty())
    assert isinstance(store, OneTurnTrackerStore)
    assert check_if_tracker_store_async(store)
    assert endpoints.event_broker is None


def test_a_turn_begins_listening_and_without_a_past() -> None:
    async def story() -> None:
        store = OneTurnTrackerStore(Domain.empty())
        tracker = await store.get_or_create_tracker("a", append_action_listen=False)
        tracker.update(UserUttered("hola"))
        await store.save(tracker)
        fresh = await store.get_or_create_tracker("a", append_action_listen=False)
        # The processor starts a session when nothing is applied.
        assert [event.type_name for event in fresh.applied_events()] == ["action"]
        assert fresh.latest_action_name == "action_listen"
        assert not [event for event in fresh.events if isinstance(event, UserUttered)]
        last = await store.retrieve_full_tracker("a")
        assert last is tracker

    asyncio.run(story())


def test_only_the_latest_conversations_are_remembered(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(tracker_store, "_REMEMBERED", 3)

    async def story() -> list[str]:
        store = OneTurnTrackerStore(Domain.empty())
        for name in "abcda":
            await store.save(await store.retrieve(name))
        return await store.keys()

    assert asyncio.run(story()) == ["c", "d", "a"]
