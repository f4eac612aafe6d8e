"""Markup and scripts in everything that people write, in a real browser: at the desk and in the widget."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.base import Surroundings
from bot.channels.web.connector import WebInput
from bot.services import desk_acts, relay
from bot.services.application import Application
from tests.attack.conftest import PlayedRasa, Server
from tests.attack.test_interfaces import channels_served
from tests.browser.widget import Widget
from tests.desk.browser import chromium, needs_browser, served, signed_in
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known

PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    '"><iframe srcdoc="<script>parent.pwned=1</script>">',
    "'-alert(1)-'",
    "</textarea></title></style><script>window.pwned=1</script>",
    "javascript:window.pwned=1//",
    "{{constructor.constructor('window.pwned=1')()}}",
    "<a href=javascript:window.pwned=1>https://evil.example/[x</a> https://[",
    "<form action=https://evil.example><button name=csrf>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "\u202e\u2066gpj.exe",
]
BAD = "script:not([src]), iframe, img[src=x], [onerror], [onload], a[href^=javascript], form[action*=evil], [http-equiv]"


def watched(page: Any) -> list[str]:
    """What must not happen on a page: a dialog, a call to another host."""
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: "evil.example" in request.url and seen.append(request.url))
    return seen


def is_unharmed(page: Any, seen: list[str]) -> None:
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("(bad) => document.querySelectorAll(bad).length", BAD) == 0
    assert seen == []


@needs_browser
def test_nothing_that_a_debtor_writes_runs_at_the_desk(app: Application) -> None:
    person = waiting(app, "<img src=x onerror=window.pwned=1>", known=Known(creditor=PAYLOADS[1]))
    for payload in PAYLOADS:
        person.says("out_of_scope", payload)
        person.says("request_agent", payload)
    ana = new_user(app, "ana", "supervisor", full_name=PAYLOADS[1])
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    for payload in PAYLOADS[:6]:
        desk_acts.add_note(app, ana, talk, payload)
    with served(app) as base, chromium() as browser:
        page = signed_in(browser, base, "ana")
        seen = watched(page)
        for path in (f"/c/{talk}", "/", "/conversations", "/approvals", f"/c/{talk}?said=<script>"):
            page.goto(base + path)
            page.wait_for_selector("main")
            is_unharmed(page, seen)
        page.goto(f"{base}/c/{talk}")
        # What changes while the page is open is put in as markup: the same must hold for it.
        person.says("out_of_scope", "<img src=x onerror=window.pwned=2>llegado después")
        page.wait_for_function(
            "() => document.querySelector('[data-part=transcript]').innerText.includes('llegado después')"
        )
        assert "<script>window.pwned=1</script>" in page.inner_text("[data-part=transcript]")
        is_unharmed(page, seen)


@needs_browser
@pytest.mark.parametrize("path", ["", "demo"])
def test_nothing_that_anybody_writes_runs_in_the_widget(
    app: Application, rasa: PlayedRasa, path: str
) -> None:
    server = Server(app, rasa)
    server.connectors = [WebInput(Surroundings.of(app))]
    with channels_served(server) as (base, _), chromium() as browser:
        page = browser.new_context(locale="es-ES").new_page()
        page.set_default_timeout(20_000)
        seen = watched(page)
        page.goto(f"{base.rstrip('/')}/webhooks/web/{path}")
        widget = Widget(page)
        widget.opens() if path else widget.begins()
        for payload in PAYLOADS[:6]:
            widget.says(payload)
        page.wait_for_function(
            "() => document.querySelector('al-dia-chat').shadowRoot.textContent.includes('window.pwned=1</script>')"
        )
        talk = next(one for one in conversations(app) if one.address != "")
        ana = new_user(app, "ana", "supervisor", full_name="<b>Ana</b>")
        relay.claim(app, ana, talk.conversation_id)
        for number, payload in enumerate(PAYLOADS):
            relay.send(app, ana, talk.conversation_id, f"{payload} {number}", key=str(number), confirmed=True)
        last = f"{len(PAYLOADS) - 1}"
        page.wait_for_function(
            "(last) => document.querySelector('al-dia-chat').shadowRoot.textContent.includes(`gpj.exe ${last}`)",
            arg=last,
        )
        root = "document.querySelector('al-dia-chat').shadowRoot"
        assert page.evaluate(f"(bad) => {root}.querySelectorAll(bad).length", BAD) == 0
        # An address that is none is shown as it is, and links lead only to https.
        assert page.evaluate(f"[...{root}.querySelectorAll('a')].every((a) => a.href.startsWith('https://'))")
        is_unharmed(page, seen)


def conversations(app: Application) -> list[Any]:
    with app.unit_of_work(write=False) as uow:
        return list(uow.desk.conversations(10, None, {"channel": "web"}))
