"""What every action shares: read what was heard, run the turn, hand the stored texts to Rasa."""

from __future__ import annotations

import abc
import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.bootstrap import application
from bot.debt.party import MessageId
from bot.services import dialogue
from bot.services.application import Application
from bot.services.understood import Heard, from_rasa
from bot.services.unit_of_work import OutboundMessage
from bot.telemetry.context import working_on
from bot.telemetry.stages import stage

log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def app() -> Application:
    """The application of this action server, built at the first turn."""
    return application()


def _decide(message_id: MessageId, heard: Heard) -> Sequence[OutboundMessage]:
    try:
        return dialogue.take_turn(app(), message_id, heard)
    except StopIteration as error:
        # The one exception that a future does not take: whoever waits for it would wait for ever.
        raise RuntimeError("a turn ran out of values") from error


class DebtorAction(Action, abc.ABC):
    """Answers one intent. A subclass names the intent; rules in data/rules/ say when it runs.

    It is abstract because rasa-sdk builds every concrete `Action` subclass it finds.
    """

    intent: str = ""

    def name(self) -> str:
        """The name that rules and domain use."""
        return f"action_{self.intent}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Run the turn. A fault is logged and leaves no answer: the channel then apologises and brings in a person."""
        message_id = (tracker.latest_message.get("metadata") or {}).get("message_id")
        if not message_id:
            # Somebody talks to Rasa's own API and not through a channel of ours: there is no message to answer.
            log.warning("turn without message_id refused")
            return []
        heard = replace(from_rasa(tracker.latest_message), intent=self.intent, _by_kind={})
        with working_on(str(message_id), str(tracker.sender_id)):
            try:
                with stage("decide"):
                    rows = await asyncio.to_thread(_decide, MessageId(message_id), heard)
            except Exception:
                log.exception("turn failed")
                return []
        for row in rows:
            buttons = [dict(button) for button in row.buttons]
            dispatcher.utter_message(text=row.text, buttons=buttons, outbox_id=row.message_id)
        return []
