"""A tracker store that holds one turn, so that turn 400 of a conversation costs what turn 5 costs."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

_REMEMBERED = 50


class OneTurnTrackerStore(TrackerStore):
    """Gives every turn a fresh tracker; the state of a conversation lives in our own database.

    The last turn of the most recent conversations stays in memory for `GET /conversations/{id}/tracker`, and
    nowhere else: a tracker holds what the debtor wrote.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **_: Any,
    ) -> None:
        """Take what `rasa.core.tracker_store` passes to a class named in endpoints.yml."""
        super().__init__(domain, event_broker)
        self._last_turns: OrderedDict[str, DialogueStateTracker] = OrderedDict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """A tracker that already listens."""
        tracker = self.init_tracker(sender_id)
        # The processor starts a session (one more action with its policy prediction) on a tracker without
        # applied events; `SessionStarted` resets these, so that the listening has to follow it.
        tracker.update(ActionExecuted(ACTION_SESSION_START_NAME))
        tracker.update(SessionStarted())
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The last turn of a recent conversation; None if there is none in memory."""
        return self._last_turns.get(conversation_id)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Remember the turn and forget the oldest beyond the limit."""
        self._last_turns[tracker.sender_id] = tracker
        self._last_turns.move_to_end(tracker.sender_id)
        while len(self._last_turns) > _REMEMBERED:
            self._last_turns.popitem(last=False)

    async def keys(self) -> list[str]:
        """Conversations in memory."""
        return list(self._last_turns)
