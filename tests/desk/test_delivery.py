"""A person's message leaves by the channel that the debtor wrote on, once and in order."""

from __future__ import annotations

import pytest

from bot.channels.courier import Courier
from bot.channels.sending import CannotTell, Parcel, Sent
from bot.services import relay
from bot.services.application import Application
from tests.desk.conftest import new_user, waiting


class PlayedProvider:
    """Takes everything."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.taken: list[tuple[str, str]] = []

    async def send(self, parcel: Parcel) -> Sent:
        self.taken += [(parcel.address, message.text) for message in parcel.messages]
        return Sent(f"P-{len(self.taken)}")

    async def find(self, parcel: Parcel) -> Sent | None:
        raise CannotTell("played")

    def joins(self, messages: object) -> bool:
        return False


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "sms"])
def test_it_goes_out_on_the_same_channel(app: Application, channel: str) -> None:
    import asyncio

    person, ana = waiting(app, "+34600000001", channel=channel), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    sent = relay.send(app, ana, talk, "Hola, soy Ana", key="1")
    relay.send(app, ana, talk, "Hola, soy Ana", key="1")
    provider = PlayedProvider(channel)
    asyncio.run(Courier(app, [provider]).drain())
    assert provider.taken[-1] == ("+34600000001", "Hola, soy Ana")
    assert [text for _, text in provider.taken].count("Hola, soy Ana") == 1
    with app.unit_of_work(write=False) as uow:
        row = uow.outbox.get(sent)
    assert row is not None
    assert row.status == "sent"
    relay.hand_back(app, ana, talk, "listo")
    asyncio.run(Courier(app, [provider]).drain())
    assert len([text for _, text in provider.taken if "otra vez" in text]) == 1
