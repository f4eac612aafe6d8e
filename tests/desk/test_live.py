"""What keeps open pages up to date: nobody's leaving may keep a change from the others."""

from __future__ import annotations

import asyncio

import pytest

from bot.desk import live
from bot.services.application import Application
from tests.desk.conftest import waiting


def test_a_page_hears_of_changes_and_of_quiet(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_ASK_AGAIN_EVERY", 0.05)

    async def story() -> list[list[str]]:
        watching = live.Live(app)
        page = watching.changes(["queue"])
        heard = [await page.__anext__(), await page.__anext__()]
        await asyncio.to_thread(waiting, app)
        await watching._look()
        return [*heard, await page.__anext__(), await page.__anext__()]

    assert asyncio.run(story()) == [[], [], ["queue"], []]


def test_what_changes_while_a_page_is_busy_is_not_kept_from_it(app: Application) -> None:
    """It was told again only with the next change, or after a quarter of a minute."""

    async def story() -> list[str]:
        watching = live.Live(app)
        page = watching.changes(["queue"])
        assert await page.__anext__() == []
        await asyncio.to_thread(waiting, app)  # the page is not asking: it is drawing what it has
        await watching._look()
        return await asyncio.wait_for(page.__anext__(), 5)

    assert asyncio.run(story()) == ["queue"]


def test_a_page_looks_only_once_it_would_hear_of_the_next_change(app: Application) -> None:
    """It looks when it hears `ready`; what came between that and the watching was never told."""

    async def story() -> tuple[str, dict[str, object]]:
        watching = live.Live(app)
        events = live._events(app, watching, ["queue"], "a session")
        first = await events.__anext__()
        return first["event"], dict(watching._watched)

    assert asyncio.run(story()) == ("ready", {"queue": 1})


def test_pages_that_go_in_the_middle_of_a_wait_hold_nobody_up(app: Application) -> None:
    """A server tells a page that has gone again and again; a lock that it was just taking stayed taken for good."""
    heard: list[list[str]] = []

    async def read(watching: live.Live, into: list[list[str]]) -> None:
        async for changed in watching.changes(["queue"]):
            into.append(changed)

    async def story() -> None:
        watching = live.Live(app)
        staying = asyncio.create_task(read(watching, heard))
        for number in range(5):
            going = [asyncio.create_task(read(watching, [])) for _ in range(4)]
            while watching._watched["queue"] < 5:
                await asyncio.sleep(0.01)
            before = len(heard)
            await asyncio.to_thread(waiting, app, f"person-{number}")
            await watching._look()
            for _ in range(3):
                for page in going:
                    page.cancel()
                await asyncio.sleep(0)
            ends = await asyncio.gather(*going, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends
            while len(heard) == before:
                await asyncio.sleep(0.01)
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
        assert (watching._pages, watching._watched, watching._versions) == (set(), {}, {})

    asyncio.run(asyncio.wait_for(story(), 30))
