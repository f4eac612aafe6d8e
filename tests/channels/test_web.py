"""The chat page: headers, cookie, messages of its own origin only, a transcript for its tab alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.services.application import Application
from tests.channels.conftest import PlayedRasa, Server

ROOT = "/webhooks/web"
TAB = "a" * 40


async def opened(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(f"{ROOT}/")


async def says(client: httpx.AsyncClient, text: str, tab: str = TAB, message_id: str = "1") -> httpx.Response:
    body = {"message": text, "message_id": message_id, "tab": tab}
    return await client.post(f"{ROOT}/message", json=body)


async def remembered(client: httpx.AsyncClient, tab: str = TAB) -> list[dict[str, Any]]:
    answer = await client.get(f"{ROOT}/history", params={"tab": tab})
    assert answer.headers["cache-control"] == "no-store"
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def test_the_page_allows_no_foreign_or_inline_code(server: Server) -> None:
    page = server.run(opened)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script src=" in page.text
    assert "<script>" not in page.text
    assert " style=" not in page.text
    assert " onclick=" not in page.text


def test_no_debt_word_shows_before_anything_was_said(server: Server) -> None:
    page = server.run(opened).text.lower() + server.call("GET", f"{ROOT}/chat.js").text.lower()
    assert not [word for word in ("deuda", "debt", "pago", "cobro", "collect", "impag") if word in page]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: Server) -> None:
    cookie = server.run(opened).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age" not in cookie
    assert "expires" not in cookie


def test_a_reload_keeps_the_cookie(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        await opened(client)
        return await opened(client)

    assert "set-cookie" not in server.run(story).headers


@pytest.mark.parametrize(("file", "kind"), [("chat.css", "text/css"), ("chat.js", "text/javascript")])
def test_files_are_served_and_cached_by_tag(server: Server, file: str, kind: str) -> None:
    first = server.call("GET", f"{ROOT}/{file}")
    assert first.headers["content-type"].startswith(kind)
    again = server.call("GET", f"{ROOT}/{file}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_message_is_answered_and_the_transcript_comes_back(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[Any, Any]:
        await opened(client)
        answer = (await says(client, "hola")).json()["messages"]
        return answer, await remembered(client)

    answer, transcript = server.run(story)
    assert answer
    assert [one["from"] for one in transcript] == ["me", *["bot"] * len(answer)]
    assert [one["text"] for one in transcript[1:]] == [one["text"] for one in answer]


def test_a_pressed_button_is_shown_by_its_title(server: Server) -> None:
    async def story(client: httpx.AsyncClient) -> tuple[str, list[dict[str, Any]]]:
        await opened(client)
        answer = (await says(client, "")).json()["messages"]
        # An empty message may have no buttons; a photo-like one has: ask for what always offers some.
        button = next((b for one in answer for b in one["buttons"]), None)
        if button is None:
            answer = (await says(client, "hola", message_id="2")).json()["messages"]
            button = next(b for one in answer for b in one["buttons"])
        await says(client, button["payload"], message_id="3")
        return button["title"], await remembered(client)

    title, transcript = server.run(story)
    assert title in [one["text"] for one in transcript if one["from"] == "me"]


def test_another_tab_and_another_browser_see_nothing(server: Server) -> None:
    async def first(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        await opened(client)
        await says(client, "hola")
        return await remembered(client, "b" * 40)

    async def second(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        await opened(client)
        return await remembered(client)

    assert server.run(first) == []
    assert server.run(second) == []


def test_the_transcript_goes_when_the_identification_would(server: Server, app: Application) -> None:
    async def story(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        await opened(client)
        await says(client, "hola")
        app.clock.at += timedelta(minutes=31)  # type: ignore[attr-defined]
        return await remembered(client)

    assert server.run(story) == []


def test_without_the_cookie_nobody_speaks(server: Server, rasa: PlayedRasa) -> None:
    assert server.run(lambda client: says(client, "hola")).status_code == 401
    assert server.call("GET", f"{ROOT}/history", params={"tab": TAB}).status_code == 401
    assert not rasa.seen


@pytest.mark.parametrize("tab", ["", "short", "a" * 65, "../../../etc/passwd-------", 5, None])
def test_a_tab_must_be_a_random_id(server: Server, rasa: PlayedRasa, tab: Any) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        await opened(client)
        return await says(client, "hola", tab)

    assert server.run(story).status_code == 400
    assert not rasa.seen


def test_a_form_of_another_site_cannot_speak(server: Server, rasa: PlayedRasa) -> None:
    async def story(client: httpx.AsyncClient) -> httpx.Response:
        await opened(client)
        body = '{"message": "hola", "message_id": "1", "tab": "' + TAB + '"}'
        return await client.post(f"{ROOT}/message", content=body, headers={"Content-Type": "text/plain"})

    assert server.run(story).status_code == 415
    assert not rasa.seen


def test_the_page_is_found_without_its_slash(server: Server) -> None:
    answer = server.call("GET", ROOT)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{ROOT}/")


def test_health_follows_the_model(server: Server) -> None:
    assert server.call("GET", f"{ROOT}/health").json() == {"status": "ok"}
    server.agent = None
    assert server.call("GET", f"{ROOT}/health").status_code == 503
