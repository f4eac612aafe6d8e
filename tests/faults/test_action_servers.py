"""Action servers that are gone, come back late, or die of what they are asked, as the Rasa server sees them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.runner import endpoint
from bot.runner.endpoint import KeptOpenEndpoint
from tests.support.running import kept_ports


async def _serving(port: int, answer: Any) -> web.AppRunner:
    served = web.Application()
    served.router.add_post("/webhook", answer)
    runner = web.AppRunner(served)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def _told(_: web.Request) -> web.Response:
    return web.json_response({"events": [], "responses": []})


def _addresses(ports: list[int]) -> str:
    return ",".join(f"http://127.0.0.1:{port}/webhook" for port in ports)


def test_while_all_are_gone_one_is_waited_for() -> None:
    ports = kept_ports(2)

    async def story() -> Any:
        asked = KeptOpenEndpoint(_addresses(ports))
        answer = asyncio.create_task(asked.request(json={}))
        await asyncio.sleep(3.0)
        assert not answer.done(), "given up too early"
        began, runner = time.monotonic(), await _serving(ports[1], _told)
        found = await answer
        assert time.monotonic() - began < 2.0, "seen too late"
        await asked.close()
        await runner.cleanup()
        return found

    assert asyncio.run(story()) == {"events": [], "responses": []}


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_PATIENCE", 0.6)

    async def story() -> None:
        asked = KeptOpenEndpoint(_addresses(kept_ports(2)))
        with pytest.raises(aiohttp.ClientConnectorError):
            await asked.request(json={})
        await asked.close()

    asyncio.run(story())


def test_what_servers_die_of_is_asked_four_times_at_most() -> None:
    (port,), asked_for = kept_ports(1), []

    async def dies(request: web.Request) -> web.Response:
        asked_for.append(request.path)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def story() -> None:
        runner = await _serving(port, dies)
        asked = KeptOpenEndpoint(_addresses([port]))
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await asked.request(json={})
        await asked.close()
        await runner.cleanup()

    asyncio.run(story())
    assert len(asked_for) == 4
