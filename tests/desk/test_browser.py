"""Two people of the desk and a debtor at once, in real browsers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.debt.conversations import Owner
from bot.services import queue_watch, relay
from bot.services.application import Application
from tests.desk.browser import chromium, needs_browser, served, signed_in
from tests.desk.conftest import new_user, waiting
from tests.support.people import Known, Person

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def base(app: Application) -> Iterator[str]:
    with served(app) as address:
        yield address


def soon(what: Callable[[], object], seconds: float = 5.0) -> float:
    """Wait until something holds. Returns how long it took."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - begun


def said_by(app: Application, person: Person, author: str) -> list[str]:
    with app.unit_of_work(write=False) as uow:
        messages = uow.transcripts.of(person.conversation.conversation_id)
    return [m.text for m in messages if getattr(m, "author", None) == author]


def test_a_debtor_and_two_people(app: Application, base: str, browser: Any) -> None:
    new_user(app, "ana", full_name="Ana Robles")
    new_user(app, "ben", full_name="Ben Ortiz")
    ana, ben = signed_in(browser, base, "ana"), signed_in(browser, base, "ben")
    person = waiting(app, known=Known())  # the queue shows it by itself
    ana.wait_for_selector('[data-state="waiting"]')
    ben.wait_for_selector('[data-state="waiting"]')

    # Both have it open; each sees the other.
    link = f"{base}/c/{person.conversation.conversation_id}"
    ana.goto(link)
    ben.goto(link)
    ana.wait_for_selector(".here:has-text('Ben Ortiz')")

    # Both take it; one wins, the other is told who.
    for page in (ana, ben):
        page.evaluate("document.querySelector('[data-claim]').closest('form').requestSubmit()")
    soon(lambda: person.conversation.assignee)
    soon(lambda: sum(page.locator("[data-composer]").is_visible() for page in (ana, ben)) == 1)
    winner, loser = (ana, ben) if ana.locator("[data-composer]").is_visible() else (ben, ana)
    name = "Ana" if winner is ana else "Ben"
    loser.wait_for_selector(f"text={name}")
    assert loser.locator("[data-composer]").is_hidden() if loser.locator("[data-composer]").count() else True

    # The assistant is silent; what the debtor writes is on the page by itself.
    assert person.says("ask_balance", "¿y cuánto es al final?") == []
    winner.wait_for_selector(".line.in:has-text('cuánto es al final')", timeout=2_000)

    # The reply is there within two seconds.
    winner.fill("#text", "Son seiscientos euros. Lo vemos juntos.")
    winner.wait_for_timeout(400)
    winner.click("[data-send]")
    assert soon(lambda: said_by(app, person, name)) < 2.0

    # Back to the assistant: it greets once and answers what comes next.
    winner.keyboard.press("Escape")
    winner.keyboard.press("b")
    winner.fill("#box-back [name=reason]", "ya sabe cuánto debe")
    winner.click("#box-back button")
    soon(lambda: person.conversation.owner is Owner.BOT)
    assert "utter_balance" in person.says("ask_balance", "¿cuánto debo?")


def test_distress_is_first_and_n_takes_it(app: Application, base: str, browser: Any) -> None:
    new_user(app, "ana")
    page = signed_in(browser, base, "ana")
    waiting(app, "first")
    sad = Person(app, "second")
    sad.says("distress", "no puedo más")
    page.wait_for_selector('[data-reason="distress"]')
    assert page.locator('[data-state="waiting"]').first.get_attribute("data-reason") == "distress"
    page.keyboard.press("n")
    page.wait_for_selector("[data-composer]")
    assert sad.conversation.owner is Owner.HUMAN


def test_unverified_data_are_masked_on_the_page(app: Application, base: str, browser: Any) -> None:
    new_user(app, "ana")
    person = waiting(app, known=Known())
    app.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]
    page = signed_in(browser, base, "ana")
    page.goto(f"{base}/c/{person.conversation.conversation_id}")
    page.wait_for_timeout(800)
    text = page.inner_text("main")
    assert "Lucía" not in text
    assert "600" not in text
    page.click("#box-reveal > summary")
    page.fill("#box-reveal [name=reason]", "Dice que está en peligro")
    page.click("#box-reveal button")
    page.wait_for_selector("h1:has-text('Lucía Prueba')")


def test_forbidden_words_cannot_be_sent(app: Application, base: str, browser: Any) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    relay.claim(app, ana, person.conversation.conversation_id)
    page = signed_in(browser, base, "ana")
    page.goto(f"{base}/c/{person.conversation.conversation_id}")
    page.fill("#text", "Le vamos a embargar")
    page.wait_for_selector("[data-findings] .stop")
    assert page.locator("[data-send]").is_disabled()
    page.fill("#text", "Pague inmediatamente")
    page.wait_for_selector("[data-findings] .warn")
    assert said_by(app, person, "Ana") == []
    page.click("[data-send]")
    soon(lambda: said_by(app, person, "Ana") == ["Pague inmediatamente"])


def test_a_supervisor_approves_what_the_rules_do_not_give(app: Application, base: str, browser: Any) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    new_user(app, "boss", "supervisor")
    relay.claim(app, ana, person.conversation.conversation_id)
    page = signed_in(browser, base, "ana")
    page.goto(f"{base}/c/{person.conversation.conversation_id}")
    page.click("#box-propose > summary")
    page.fill("#box-propose [name=amount]", "150")
    page.fill("#box-propose [name=starts_on]", (app.clock.today() + timedelta(days=5)).isoformat())
    page.fill("#box-propose [name=reason]", "en paro")
    page.click("#box-propose button")
    page.wait_for_selector(".approval.a-pending")
    boss = signed_in(browser, base, "boss")
    boss.goto(f"{base}/approvals")
    boss.click("button[value=approve]")
    boss.wait_for_selector(".chip.a-approved")
    page.click(".approval.a-approved button")  # came by itself
    soon(lambda: any("150" in text for text in said_by(app, person, "Ana")))


def test_a_session_that_ended_leads_to_the_sign_in(app: Application, base: str, browser: Any) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    relay.claim(app, ana, person.conversation.conversation_id)
    # Answered, or it would go back to the queue meanwhile.
    relay.send(app, ana, person.conversation.conversation_id, "Dígame", key="1")
    page = signed_in(browser, base, "ana")
    page.goto(f"{base}/c/{person.conversation.conversation_id}")
    app.clock.at += timedelta(minutes=21)  # type: ignore[attr-defined]
    page.wait_for_url("**/sign-in?said=signed_out", timeout=20_000)  # nobody reads on over a shoulder
    assert page.goto(f"{base}/c/{person.conversation.conversation_id}").url.endswith(
        "/sign-in?said=signed_out"
    )


def test_who_waits_long_is_told_and_the_page_shows_it(app: Application, base: str, browser: Any) -> None:
    new_user(app, "ana")
    person = waiting(app)
    page = signed_in(browser, base, "ana")
    app.clock.at += timedelta(minutes=11)  # type: ignore[attr-defined]
    assert queue_watch.look(app).told == 1
    page.wait_for_selector("tr.is-late", timeout=12_000)
    soon(lambda: len(said_by(app, person, "assistant")) == 3, 12)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(app: Application, base: str, browser: Any, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    masked = waiting(app, "other")
    new_user(app, "boss", "supervisor")
    new_user(app, "admin", "administrator")
    relay.claim(app, ana, person.conversation.conversation_id)
    pages = {
        "ana": (
            "/",
            f"/c/{person.conversation.conversation_id}",
            f"/c/{masked.conversation.conversation_id}",
            "/account",
        ),
        "boss": ("/approvals", "/conversations"),
        "admin": ("/people",),
    }
    found = []
    for name, paths in pages.items():
        page = signed_in(browser, base, name, color_scheme=theme)
        for path in paths:
            page.goto(base + path)
            page.wait_for_timeout(600)
            result = Axe().run(page)
            found += [
                f"{path}: {v['id']}: {[n['html'][:160] for n in v['nodes']][:3]}"
                for v in result.response["violations"]
            ]
    page = browser.new_context(color_scheme=theme).new_page()
    page.goto(f"{base}/sign-in")
    found += [f"/sign-in: {v['id']}" for v in Axe().run(page).response["violations"]]
    assert found == []
