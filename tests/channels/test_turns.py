"""Turns: in order, once, always answered, and nothing of a debtor's in a log."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels import recovery, turns
from bot.debt.party import MessageId
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.channels.conftest import PlayedRasa, Server
from tests.support.people import build

PATH = "/webhooks/rest/webhook"
SECRET = "mi documento es 12345678Z"


def says(client: httpx.AsyncClient, text: str, message_id: str | None = None) -> Any:
    return client.post(PATH, json={"sender": "ana", "message": text, "message_id": message_id or text})


def inbox(app: Application) -> dict[str, str]:
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address("rest", "ana")
        assert talk is not None
        found = uow.transcripts.of(talk.conversation_id)
        return {row.text: row.status for row in found if hasattr(row, "received_at")}


@pytest.mark.parametrize("fault", [RuntimeError(SECRET), asyncio.TimeoutError(), ConnectionError("down")])
def test_a_dialogue_that_fails_is_apologised_for(
    server: Server, rasa: PlayedRasa, app: Application, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.fault = fault
    with caplog.at_level(logging.DEBUG, "bot"):
        answer = server.call("POST", PATH, json={"sender": "ana", "message": SECRET})
    assert answer.status_code == 200
    assert answer.json()
    assert inbox(app) == {SECRET: "failed"}
    assert type(fault).__name__ in caplog.text
    assert SECRET not in caplog.text
    assert "Traceback" not in answer.text


def test_a_dialogue_that_hangs_is_ended(
    server: Server, rasa: PlayedRasa, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.05)
    rasa.seconds = 60
    assert server.call("POST", PATH, json={"sender": "ana", "message": "hola"}).json()
    assert inbox(app) == {"hola": "failed"}


def test_what_the_action_said_is_not_read_again(
    server: Server, rasa: PlayedRasa, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The action server answers with what it has stored; only silence is looked into."""
    looked = []
    conclude = reception.conclude

    def look(app: Application, message_id: MessageId) -> Any:
        looked.append(message_id)
        return conclude(app, message_id)

    monkeypatch.setattr(reception, "conclude", look)
    rasa.speaks = True
    with_it = server.call("POST", PATH, json={"sender": "ana", "message": "hola"})
    assert looked == []
    rasa.speaks = False
    without = server.call("POST", PATH, json={"sender": "eva", "message": "hola"})
    assert len(looked) == 1
    texts = [[said["text"] for said in answer.json()] for answer in (with_it, without)]
    assert texts[0] == texts[1]
    assert [len(said.get("buttons", ())) for said in with_it.json()] == [
        len(said.get("buttons", ())) for said in without.json()
    ]


def test_a_word_that_is_not_stored_is_not_spoken(server: Server, rasa: PlayedRasa, app: Application) -> None:
    async def stray(message: UserMessage) -> None:
        await message.output_channel.send_response(message.sender_id, {"text": "una respuesta de Rasa"})

    rasa.before = stray
    answer = server.call("POST", PATH, json={"sender": "ana", "message": "hola"})
    assert answer.json()
    assert "una respuesta de Rasa" not in answer.text


def test_a_database_that_cannot_be_written_gives_a_sentence(
    server: Server, rasa: PlayedRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise OSError("locked")

    monkeypatch.setattr(reception, "receive", busy)
    answer = server.call("POST", PATH, json={"sender": "ana", "message": "hola"})
    assert (answer.status_code, len(answer.json())) == (200, 1)
    assert not rasa.seen


def test_messages_of_one_person_are_answered_in_their_order(server: Server, rasa: PlayedRasa) -> None:
    rasa.seconds = 0.05

    async def story(client: httpx.AsyncClient) -> None:
        await says(client, "hola")
        sent = []
        for text in ("uno", "dos", "tres"):
            sent.append(asyncio.create_task(says(client, text)))
            await asyncio.sleep(0.02)
        await asyncio.gather(*sent)

    server.run(story)
    assert [message.text for message in rasa.seen] == ["hola", "uno", "dos", "tres"]


def test_two_first_messages_at_once_are_one_conversation(server: Server, rasa: PlayedRasa) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        return await asyncio.gather(*(says(client, text) for text in ("uno", "dos", "tres", "cuatro")))

    answers = server.run(story)
    assert all(answer.json() for answer in answers)
    assert len({message.sender_id for message in rasa.seen}) == 1
    assert len(rasa.seen) == 4


def test_the_same_message_twice_at_once_is_one_turn_with_one_answer(server: Server, rasa: PlayedRasa) -> None:
    rasa.seconds = 0.1

    async def story(client: httpx.AsyncClient) -> list[Any]:
        return await asyncio.gather(*(says(client, "hola", "m-1") for _ in range(4)))

    answers = [answer.json() for answer in server.run(story)]
    assert answers[0]
    assert all(answer == answers[0] for answer in answers)
    assert len(rasa.seen) == 1


def test_a_turn_is_finished_when_the_connection_breaks(app: Application, rasa: PlayedRasa) -> None:
    rasa.seconds = 0.1

    async def story() -> None:
        running = turns.Turns(app)
        task = asyncio.create_task(running.take(Incoming("rest", "ana", "m-1", "hola"), rasa))
        while not rasa.seen:
            await asyncio.sleep(0.01)
        task.cancel()
        await running.finish(30)

    asyncio.run(story())
    assert inbox(app) == {"hola": "done"}


def abandon(app: Application) -> reception.Received:
    """A message whose process was killed before its turn: nobody keeps its lease."""
    received = reception.receive(app, Incoming("rest", "ana", "m-1", "hola"))
    app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
    return received


def test_a_turn_that_a_crash_cut_short_is_run_again(app: Application, rasa: PlayedRasa) -> None:
    received = reception.receive(app, Incoming("rest", "ana", "m-1", "hola"))
    running = turns.Turns(app)
    assert asyncio.run(recovery.recover_once(app, running, rasa)) == 0  # it may still be under way
    app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
    assert asyncio.run(recovery.recover_once(app, running, rasa)) == 1
    assert [message.text for message in rasa.seen] == ["hola"]
    with app.unit_of_work(write=False) as uow:
        assert uow.outbox.of_cause(received.message_id)
        assert not uow.handoffs.waiting_in(received.conversation_id)
    assert inbox(app) == {"hola": "done"}
    assert asyncio.run(recovery.recover_once(app, running, rasa)) == 0


@pytest.mark.parametrize("status", ["done", "pending"])
def test_a_decided_turn_is_not_run_again(app: Application, rasa: PlayedRasa, status: str) -> None:
    received = abandon(app)
    rows = dialogue.take_turn(app, received.message_id, Heard("greet", 0.99, text="hola"))
    assert inbox(app) == {"hola": "done"}
    with app.unit_of_work() as uow:
        uow.inbox.finish(received.message_id, status)  # pending: as an earlier version left it
        uow.commit()
    assert asyncio.run(recovery.recover_once(app, turns.Turns(app), rasa)) == 0
    assert not rasa.seen
    assert inbox(app) == {"hola": "done"}
    with app.unit_of_work(write=False) as uow:
        assert uow.outbox.of_cause(received.message_id) == list(rows)


def test_a_message_on_which_the_process_died_again_and_again_goes_to_a_person(
    app: Application, rasa: PlayedRasa
) -> None:
    received = abandon(app)
    for _ in range(recovery._MAX_ATTEMPTS):
        with app.unit_of_work(write=False) as uow:
            (message,) = uow.inbox.abandoned(app.clock.now())
        assert reception.begin_again(app, message) is not None  # … and killed once more
        app.clock.at += reception.LEASE * 2  # type: ignore[attr-defined]
    assert asyncio.run(recovery.recover_once(app, turns.Turns(app), rasa)) == 1
    assert not rasa.seen
    with app.unit_of_work(write=False) as uow:
        assert uow.outbox.of_cause(received.message_id)
        assert uow.handoffs.waiting_in(received.conversation_id)
    assert inbox(app) == {"hola": "failed"}


def test_a_turn_that_takes_long_is_not_run_by_another_process(
    app: Application, rasa: PlayedRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "LEASE", timedelta(seconds=0.06))
    rasa.seconds = 0.3

    async def story() -> int:
        task = asyncio.create_task(turns.Turns(app).take(Incoming("rest", "ana", "m-1", "hola"), rasa))
        await asyncio.sleep(0.2)
        app.clock.at += timedelta(seconds=0.2) - timedelta(seconds=0.15)  # type: ignore[attr-defined]
        recovered = await recovery.recover_once(app, turns.Turns(app), rasa)
        await task
        return recovered

    assert asyncio.run(story()) == 0
    assert len(rasa.seen) == 1


def test_messages_to_two_processes_are_decided_in_their_order(app: Application, rasa: PlayedRasa) -> None:
    """The second process waits until the first one has decided, and no longer."""
    other, steps, rasa.seconds = build(app.settings.database_url), [], 0.5

    async def played(message: Any) -> None:
        steps.append((message.text, reception.is_next(app, message.metadata["message_id"])))
        await rasa(message)

    async def story() -> None:
        first = asyncio.create_task(turns.Turns(app).take(Incoming("rest", "ana", "m-1", "uno"), played))
        while not steps:
            await asyncio.sleep(0.005)
        await turns.Turns(other).take(Incoming("rest", "ana", "m-2", "dos"), played)
        await first

    asyncio.run(story())
    assert steps == [("uno", True), ("dos", True)]


def test_a_message_that_is_never_decided_does_not_hold_up_the_next_for_ever(
    app: Application, rasa: PlayedRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ORDER_SECONDS", 0.2)
    reception.receive(app, Incoming("rest", "ana", "m-1", "uno"))

    async def story() -> None:
        running = turns.Turns(app)
        await running.take(Incoming("rest", "ana", "m-2", "dos"), rasa)
        assert running._ended._waiting == {}

    asyncio.run(story())
    assert [message.text for message in rasa.seen] == ["dos"]
