"""Messages of a tab: stored once, answered in their order, shown again, hidden after silence."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.audit.tags import Tag
from bot.debt.conversations import Owner, Pending
from bot.services.application import Application
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.web.conftest import SHOP, Tab, only_conversation, passes, server_of, write


def test_a_message_is_taken_at_once_and_answered_by_itself(server: Server, rasa: PlayedRasa) -> None:
    rasa.seconds = 0.2

    async def story(client: httpx.AsyncClient) -> tuple[Any, Any, Any]:
        tab = await Tab(client).begins()
        taken = await tab.says("hola", "m-1")
        return taken, await tab.news(), await tab.is_answered()

    taken, while_working, messages = server.run(story)
    assert (taken.status_code, taken.json()) == (202, {"id": "m-1"})
    assert while_working["is_working"]
    assert [(one["id"], one["state"]) for one in while_working["messages"]] == [("m-1", "taken")]
    assert messages[0]["state"] == "answered"
    assert {one["from"] for one in messages[1:]} == {"assistant"}


def test_a_message_sent_again_is_one_message(server: Server, rasa: PlayedRasa) -> None:
    async def story(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        tab = await Tab(client).begins()
        await asyncio.gather(*(tab.says("hola", "m-1") for _ in range(4)))
        await tab.is_answered()
        assert (await tab.says("hola", "m-1")).status_code == 202
        return await tab.is_answered()

    messages = server.run(story)
    assert [one["id"] for one in messages].count("m-1") == 1
    assert len({one["id"] for one in messages}) == len(messages)
    assert len(rasa.seen) == 1


@pytest.mark.parametrize(
    "body", [{}, {"id": "1", "text": 5}, {"id": "a" * 65, "text": "x"}, {"id": "", "text": "x"}, []]
)
def test_what_is_no_message_is_refused_with_a_sentence(server: Server, rasa: PlayedRasa, body: Any) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        tab = await Tab(client).begins()
        return await tab.calls("POST", "messages", body)

    answer = server.run(story)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert not rasa.seen


def test_where_a_person_writes_from_is_noted(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        tab = await Tab(client, SHOP).begins(creditor="Financiera Ribera", language="en")
        await tab.says("hello")
        await tab.is_answered()

    server.run(story)
    talk = only_conversation(app)
    assert talk.state["via"] == {"creditor": "Financiera Ribera", "origin": SHOP}
    assert talk.language == "en"


def test_a_cursor_brings_only_what_came_later(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[Any, Any]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        cursor = (await tab.news())["cursor"]
        passes(app, minutes=3)
        await tab.says("buenas", "m-2")
        for _ in range(100):
            later = await tab.news(cursor)
            if not later["is_working"]:
                break
        return cursor, later

    _, later = server.run(story)
    assert "m-1" not in [one["id"] for one in later["messages"]]
    assert "m-2" in [one["id"] for one in later["messages"]]


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "١٢", "1e5", "%00"])
def test_a_cursor_that_is_none_brings_everything(server: Server, cursor: str) -> None:
    async def story(client: httpx.AsyncClient) -> Any:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        return await tab.news(cursor)

    assert len(server.run(story)["messages"]) >= 2


def test_a_pressed_button_is_shown_by_its_title(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[str, list[Any]]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        button = next(b for one in await tab.is_answered() for b in one.get("buttons", ()))
        await tab.says(button["payload"], "pressed")
        messages = await tab.is_answered(3)
        return button["title"], [one for one in messages if one["id"] == "pressed"]

    title, (shown,) = server.run(story)
    assert shown["text"] == title


def test_buttons_that_lead_nowhere_any_more_are_not_shown(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        await tab.says("gracias", "m-2")
        return await tab.is_answered(3)

    messages = server.run(story)
    last = max(n for n, one in enumerate(messages) if one["from"] == "you")
    assert not [one for one in messages[:last] if "buttons" in one]


def test_what_was_said_before_a_long_silence_is_not_shown_again(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[Any, Any]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        passes(app, minutes=31)
        await tab.begins()
        hidden = await tab.news()
        await tab.says("otra vez", "m-2")
        return hidden, await tab.is_answered()

    hidden, messages = server.run(story)
    assert hidden["messages"] == []
    assert [one["text"] for one in messages if one["from"] == "you"] == ["otra vez"]


def test_silence_shorter_than_the_rulebooks_ends_the_identification_too(
    app: Application, rasa: PlayedRasa
) -> None:
    server = server_of(app, rasa, {"web": {"lock_minutes": 5}})

    async def story(client: httpx.AsyncClient) -> Any:
        tab = await Tab(client).begins()
        assert (await tab.calls("POST", "session", {})).json()["lock_minutes"] == 5
        await tab.says("hola")
        await tab.is_answered()
        with app.unit_of_work() as uow:
            talk = uow.conversations.get(only_conversation(app).conversation_id)
            talk.verified_at = app.clock.now()
            uow.conversations.save(talk)
            uow.commit()
        passes(app, minutes=6)
        await tab.says("sigo", "m-2")
        await tab.is_answered()

    server.run(story)
    assert only_conversation(app).verified_at is None


def test_what_a_person_wrote_waits_until_it_was_seen(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> list[Any]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        write(app, "le escribo yo")
        passes(app, hours=2)
        await tab.begins()
        unread = await tab.news()
        await tab.calls("POST", "seen", {"cursor": unread["cursor"]})
        return [unread["messages"], (await tab.news())["messages"]]

    unread, read = server.run(story)
    assert [(one["from"], one["text"]) for one in unread] == [("person", "le escribo yo")]
    assert read == []
    with app.unit_of_work(write=False) as uow:
        talk = only_conversation(app)
        (row,) = [
            one for one in uow.transcripts.of(talk.conversation_id) if getattr(one, "author", "") == "Ana"
        ]
    assert row.status == "read"
    assert Tag.MESSAGE_DELIVERY


@pytest.mark.parametrize(
    ("pending", "state", "kind"),
    [
        (Pending.IDENTITY, {}, "identity"),
        (Pending.NEW_DATE, {}, "date"),
        (Pending.PROMISE, {}, "date"),
        (Pending.AFFORDABILITY, {}, "amount"),
        (Pending.OFFERS, {"negotiation": {"expects_settlement": True}}, "amount"),
        (Pending.OFFERS, {}, None),
        (Pending.NOTHING, {}, None),
    ],
)
def test_the_input_that_helps_follows_from_the_open_question(
    server: Server, app: Application, pending: Pending, state: dict[str, Any], kind: str | None
) -> None:
    async def story(client: httpx.AsyncClient) -> Any:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        with app.unit_of_work() as uow:
            talk = uow.conversations.get(only_conversation(app).conversation_id)
            talk.pending = pending
            talk.state |= state
            uow.conversations.save(talk)
            uow.commit()
        return await tab.news()

    expects = server.run(story)["expects"]
    assert (expects or {}).get("kind") == kind


def test_while_a_person_answers_no_answer_is_being_prepared(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> Any:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        with app.unit_of_work() as uow:
            talk = uow.conversations.get(only_conversation(app).conversation_id)
            talk.owner = Owner.HUMAN
            uow.conversations.save(talk)
            uow.commit()
        await tab.says("¿sigue ahí?", "m-2")
        return await tab.news()

    news = server.run(story)
    assert (news["owner"], news["is_working"]) == ("human", False)
    assert next(one for one in news["messages"] if one["id"] == "m-2")["state"] == "delivered"


def test_a_restarted_server_knows_the_conversation(app: Application, rasa: PlayedRasa) -> None:
    first, second = (server_of(app, rasa, {"web": {"origins": [SHOP]}}) for _ in range(2))

    async def before(client: httpx.AsyncClient) -> tuple[str, Any]:
        tab = await Tab(client, SHOP).begins()
        await tab.says("hola")
        return tab.token, await tab.is_answered()

    token, said = first.run(before)

    async def after(client: httpx.AsyncClient) -> Any:
        tab = Tab(client, SHOP)
        tab.token = token
        return (await tab.news())["messages"]

    assert second.run(after) == said
