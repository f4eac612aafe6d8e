"""The way out: in order within a conversation, each message once, again only when that is safe."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.courier import Courier
from bot.channels.sending import (
    CannotTell,
    ChannelError,
    Parcel,
    Refused,
    Sent,
    TryLater,
    Unclear,
    Unreachable,
    Waits,
)
from bot.services import delivery, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.unit_of_work import OutboundMessage
from tests.support.people import build

ADDRESS = "+34600111222"


@dataclass
class PlayedProvider:
    """A sender whose provider does what the test says, and which notes everything that it was given."""

    channel: str = "sms"
    faults: list[Exception | None] = field(default_factory=list)
    found: Sent | None | Exception = None
    taken: list[tuple[str, ...]] = field(default_factory=list)
    joined: bool = False

    async def send(self, parcel: Parcel) -> Sent:
        await asyncio.sleep(0)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.taken.append(tuple(message.text for message in parcel.messages))
        return Sent(f"P-{len(self.taken)}")

    async def find(self, parcel: Parcel) -> Sent | None:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def joins(self, messages: Sequence[OutboundMessage]) -> bool:
        return self.joined


@pytest.fixture
def app(database_url: str) -> Application:
    """An application over each of the two databases in turn."""
    return build(database_url)


def says(app: Application, text: str, address: str = ADDRESS) -> reception.Received:
    return reception.receive(app, Incoming("sms", address, None, text))


def run(app: Application, *providers: PlayedProvider) -> None:
    asyncio.run(Courier(app, providers).drain())


def rows(app: Application, received: reception.Received) -> list[OutboundMessage]:
    with app.unit_of_work(write=False) as uow:
        found = uow.transcripts.of(received.conversation_id)
        return [row for row in found if isinstance(row, OutboundMessage)]


def statuses(app: Application, received: reception.Received) -> list[str]:
    return [row.status for row in rows(app, received)]


def cases(app: Application, received: reception.Received) -> list[str]:
    with app.unit_of_work(write=False) as uow:
        return [case.reason for case in uow.handoffs.open_in(received.conversation_id)]


def test_an_answer_goes_out_in_order_with_its_exact_text(app: Application) -> None:
    received, provider = says(app, "INFO"), PlayedProvider()
    run(app, provider)
    stored = rows(app, received)
    assert len(stored) > 1
    assert provider.taken == [(row.text,) for row in stored]
    assert [row.provider_id for row in stored] == [f"P-{n}" for n in range(1, len(stored) + 1)]
    run(app, provider)
    assert len(provider.taken) == len(stored), "nothing goes out twice"


def test_messages_that_join_go_out_as_one(app: Application) -> None:
    received, provider = says(app, "INFO"), PlayedProvider(joined=True)
    run(app, provider)
    stored = rows(app, received)
    assert provider.taken == [tuple(row.text for row in stored)]
    assert {row.provider_id for row in stored} == {"P-1"}


def test_a_provider_that_is_busy_is_tried_again_after_its_wish(app: Application) -> None:
    received, provider = says(app, "STOP"), PlayedProvider(faults=[TryLater("429", 60)])
    run(app, provider)
    assert (statuses(app, received), provider.taken) == (["queued"], [])
    app.clock.at += timedelta(seconds=30)  # type: ignore[attr-defined]
    run(app, provider)
    assert provider.taken == []
    app.clock.at += timedelta(seconds=31)  # type: ignore[attr-defined]
    run(app, provider)
    assert (statuses(app, received), len(provider.taken)) == (["sent"], 1)


def test_a_message_behind_one_that_waits_does_not_overtake_it(app: Application) -> None:
    first, provider = says(app, "INFO"), PlayedProvider(faults=[TryLater("503")])
    run(app, provider)
    assert provider.taken == []
    app.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    run(app, provider)
    assert [text for (text,) in provider.taken] == [row.text for row in rows(app, first)]


def test_another_conversation_is_not_held_up(app: Application) -> None:
    says(app, "STOP")
    run(app, PlayedProvider(faults=[TryLater("503")]))
    other, provider = says(app, "STOP", "+34600999888"), PlayedProvider()
    run(app, provider)
    assert statuses(app, other) == ["sent"]


def test_after_a_day_without_the_provider_a_person_gets_the_case(app: Application) -> None:
    received = says(app, "STOP")
    provider = PlayedProvider(faults=[TryLater("503")] * 400)
    for _ in range(330):
        run(app, provider)
        app.clock.at += timedelta(minutes=5)  # type: ignore[attr-defined]
    assert statuses(app, received) == ["failed"]
    assert cases(app, received) == ["delivery_failed"]


@pytest.mark.parametrize(
    ("fault", "status", "case"),
    [
        (Refused("30007"), "failed", "delivery_failed"),
        (Unclear("timeout"), "unclear", "delivery_unclear"),
        (RuntimeError("a bug of ours"), "unclear", "delivery_unclear"),
        (asyncio.TimeoutError(), "unclear", "delivery_unclear"),
        (Waits("63016"), "waiting", "delivery_waits"),
    ],
)
def test_what_cannot_go_out_is_never_tried_again_by_itself(
    app: Application, fault: Exception, status: str, case: str
) -> None:
    received, provider = says(app, "STOP"), PlayedProvider(faults=[fault])
    run(app, provider)
    app.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]
    run(app, provider)
    assert (statuses(app, received), provider.taken) == ([status], [])
    assert cases(app, received) == [case]


def test_what_waits_goes_out_when_the_debtor_writes_again(app: Application) -> None:
    received = says(app, "INFO")
    count = len(rows(app, received))
    run(app, PlayedProvider(faults=[Waits("63016")] * count))
    assert statuses(app, received) == ["waiting"] * count
    says(app, "INFO")
    provider = PlayedProvider()
    run(app, provider)
    assert set(statuses(app, received)) == {"sent"}
    assert len(provider.taken) == len(rows(app, received))


def test_an_address_that_does_not_exist_is_marked_and_left_alone_until_it_writes(app: Application) -> None:
    received = says(app, "INFO")
    provider = PlayedProvider(faults=[Unreachable("21610")])
    run(app, provider)
    assert statuses(app, received)[0] == "failed"
    assert set(statuses(app, received)[1:]) <= {"blocked"}
    assert cases(app, received) == ["address_unusable"]
    again = says(app, "STOP")
    run(app, provider)
    assert [row.status for row in rows(app, received) if row.cause == again.message_id] == ["sent"]


def test_nothing_more_goes_to_an_address_that_is_just_being_marked(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process looks for work at the moment between the provider's no and its note."""
    received = says(app, "INFO")
    claimed = []
    mark = delivery.mark_address

    def look_and_mark(*arguments: Any, **named: Any) -> None:
        claimed.append(delivery.claim(app, {"sms": lambda _: False}))
        mark(*arguments, **named)
        claimed.append(delivery.claim(app, {"sms": lambda _: False}))

    monkeypatch.setattr(delivery, "mark_address", look_and_mark)
    run(app, PlayedProvider(faults=[Unreachable("21610")]))
    assert claimed == [None, None]
    assert statuses(app, received) == ["failed", *["blocked"] * (len(statuses(app, received)) - 1)]


class TestAfterACrash:
    """A try that was cut short: nobody knows whether the provider took it."""

    @pytest.fixture
    def received(self, app: Application) -> reception.Received:
        received = says(app, "STOP")
        assert delivery.claim(app, {"sms": lambda _: False}) is not None  # … and the process is killed
        return received

    def test_it_is_not_touched_while_it_may_still_be_under_way(
        self, app: Application, received: reception.Received
    ) -> None:
        provider = PlayedProvider()
        run(app, provider)
        assert (statuses(app, received), provider.taken) == (["sending"], [])

    @pytest.mark.parametrize(
        ("found", "status", "sendings"),
        [
            (Sent("P-9"), "sent", 0),  # it had gone out
            (None, "sent", 1),  # it surely had not
            (CannotTell("telegram"), "unclear", 0),  # never twice
            (TryLater("503"), "sending", 0),  # asked again later
        ],
    )
    def test_the_provider_is_asked(
        self,
        app: Application,
        received: reception.Received,
        found: Sent | ChannelError | None,
        status: str,
        sendings: int,
    ) -> None:
        app.clock.at += delivery.LOST_AFTER * 2  # type: ignore[attr-defined]
        provider = PlayedProvider(found=found)
        run(app, provider)
        assert statuses(app, received) == [status]
        assert len(provider.taken) == sendings


class TestReceipts:
    """What the provider reports comes late, twice and out of order."""

    @pytest.fixture
    def received(self, app: Application) -> reception.Received:
        received = says(app, "STOP")
        run(app, PlayedProvider())
        return received

    def test_a_message_never_goes_back(self, app: Application, received: reception.Received) -> None:
        for told in ("delivered", "sent", "read", "delivered"):
            assert delivery.receipt(app, "sms", "P-1", told)
        assert statuses(app, received) == ["read"]

    def test_a_failure_is_final_and_goes_to_a_person(
        self, app: Application, received: reception.Received
    ) -> None:
        delivery.receipt(app, "sms", "P-1", "failed", "30005", unusable=True)
        delivery.receipt(app, "sms", "P-1", "delivered")
        assert statuses(app, received) == ["failed"]
        assert set(cases(app, received)) == {"delivery_failed", "address_unusable"}

    def test_of_an_unknown_message(self, app: Application) -> None:
        assert not delivery.receipt(app, "sms", "P-77", "delivered")

    def test_of_another_channel(self, app: Application, received: reception.Received) -> None:
        assert not delivery.receipt(app, "whatsapp", "P-1", "read")
        assert statuses(app, received) == ["sent"]

    def test_that_overtakes_the_answer_to_our_request(self, app: Application) -> None:
        received = says(app, "STOP")
        parcel = delivery.claim(app, {"sms": lambda _: False})
        assert parcel is not None
        name = parcel.messages[0].message_id
        assert delivery.receipt(app, "sms", "P-1", "delivered", message_id=name)
        delivery.sent(app, parcel, "P-1")
        assert statuses(app, received) == ["delivered"]
        assert not delivery.receipt(app, "sms", "P-2", "failed", message_id=name), "another message's receipt"


def test_several_couriers_share_an_outbox(app: Application) -> None:
    for number in range(20):
        says(app, "INFO", f"+346000000{number:02}")
    provider = PlayedProvider()

    async def story() -> None:
        await asyncio.gather(*(Courier(app, [provider]).drain() for _ in range(3)))

    asyncio.run(story())
    asyncio.run(story())
    assert len(provider.taken) == 40
    assert len(set(provider.taken)) == 2


def test_a_database_that_cannot_be_read_is_no_end(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    received, provider = says(app, "STOP"), PlayedProvider()
    claim, fails = delivery.claim, [True, True]

    def now_and_then(*arguments: object, **more: object) -> Parcel | None:
        if fails:
            fails.pop()
            raise OSError("the disk is full")
        return claim(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "claim", now_and_then)

    async def story() -> None:
        courier = Courier(app, [provider])
        running = asyncio.create_task(courier.run())
        for _ in range(100):
            courier.wake()
            await asyncio.sleep(0.02)
            if provider.taken:
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(story())
    assert statuses(app, received) == ["sent"]
