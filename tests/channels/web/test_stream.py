"""Streams: everything new at once, from whatever process, once, and taken up again after a break."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.channels.web import stream
from bot.services.application import Application
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.web.conftest import Tab, passes, server_of, write
from tests.support.people import build


def test_the_headers_let_nothing_hold_it_back(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Headers:
        tab = await Tab(client).begins()
        async with tab.stream() as events:
            return events.answer.headers

    headers = server.run(story)
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"


def test_a_turn_is_told_from_typing_to_answer(server: Server, rasa: PlayedRasa) -> None:
    rasa.seconds = 0.3

    async def story(client: httpx.AsyncClient) -> list[Any]:
        tab = await Tab(client).begins()
        told = []
        async with tab.stream() as events:
            told.append((await events.next())[1])
            await tab.says("hola")
            while not any(one["from"] == "assistant" for one in told[-1]["messages"]):
                told.append((await asyncio.wait_for(events.next(), 5))[1])
        return told

    told = server.run(story)
    assert told[0]["messages"] == []
    assert any(one["is_working"] for one in told[1:-1])
    assert not told[-1]["is_working"]
    ids = [one["id"] for news in told for one in news["messages"] if one["from"] == "assistant"]
    assert len(ids) == len(set(ids))


def test_what_another_process_writes_appears_within_a_second(server: Server, app: Application) -> None:
    other = build(app.settings.database_url)

    async def story(client: httpx.AsyncClient) -> tuple[dict[str, Any], float]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        async with tab.stream() as events:
            await events.next()
            began = asyncio.get_running_loop().time()
            await asyncio.to_thread(write, other, "le escribo yo", "Ana", app.clock.now())
            found = await events.until(lambda one: one["from"] == "person")
            return found, asyncio.get_running_loop().time() - began

    found, seconds = server.run(story)
    assert found["text"] == "le escribo yo"
    assert seconds < 1.5


def test_it_is_taken_up_after_the_last_event(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[list[Any], list[Any]]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        before = await tab.is_answered()
        async with tab.stream() as events:
            await events.next()
            last = events.last_id
        passes(app, minutes=3)
        write(app, "mientras tanto")
        async with tab.stream(**{"Last-Event-ID": last}) as events:
            _, content = await events.next()
        return before, content["messages"]

    before, after = server.run(story)
    assert [one["text"] for one in after] == ["mientras tanto"]
    assert len(before) >= 2


def test_a_quiet_stream_shows_that_it_lives(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.1)

    async def story(client: httpx.AsyncClient) -> str:
        tab = await Tab(client).begins()
        text = ""
        async with tab.stream() as events:
            async for part in events.answer.aiter_text():
                text += part
                if text.count(": still here") >= 3:
                    break
        return text

    assert server.run(story).startswith("retry: ")


def test_it_ends_with_its_token_and_with_the_conversation(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[str, str]:
        tab = await Tab(client).begins()
        await tab.says("hola")
        await tab.is_answered()
        passes(app, minutes=14, seconds=59)
        async with tab.stream() as events:
            await events.next()
            expired = (await asyncio.wait_for(events.next(), 20))[0]
        await tab.begins()
        async with tab.stream() as events:
            await events.next()
            await tab.calls("DELETE", "session")
            ended = (await asyncio.wait_for(events.next(), 5))[0]
        return expired, ended

    assert server.run(story) == ("closed", "ended")


def test_one_session_does_not_take_all_streams(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = await Tab(client).begins()
        opened = [tab.stream() for _ in range(5)]
        answers = [(await one.__aenter__()).answer.status_code for one in opened]
        for one in opened:
            await one.__aexit__(None, None, None)
        return answers

    assert server.run(story) == [200, 200, 200, 200, 503]


def test_without_room_for_streams_asking_still_works(app: Application, rasa: PlayedRasa) -> None:
    server = server_of(app, rasa, {"web": {"streams": 0}})

    async def story(client: httpx.AsyncClient) -> tuple[int, list[Any]]:
        tab = await Tab(client).begins()
        async with tab.stream() as events:
            status = events.answer.status_code
        await tab.says("hola")
        return status, await tab.is_answered()

    status, messages = server.run(story)
    assert status == 503
    assert messages


def test_a_closed_stream_leaves_nothing_behind(server: Server) -> None:
    streams = server.connectors[0]._streams  # type: ignore[attr-defined]

    async def story(client: httpx.AsyncClient) -> tuple[int, int]:
        tab = await Tab(client).begins()
        async with tab.stream() as events:
            await events.next()
            while_open = len(streams._open)
        for _ in range(100):
            if not streams._open:
                break
            await asyncio.sleep(0.02)
        return while_open, len(streams._open)

    assert server.run(story) == (1, 0)
