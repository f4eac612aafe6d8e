"""The whole product: a debtor over the REST channel of the running servers, people at the desk in browsers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot.bootstrap import application
from bot.demo.desk import PASSWORD, add_people
from bot.services.application import Application
from tests.browser.widget import Widget
from tests.desk.browser import chromium, needs_browser
from tests.support.running import Running, running

pytestmark = [pytest.mark.stack, needs_browser]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("desk")
    with running(folder, ALDIA_RULEBOOK_DIR=str(_always_open(folder))) as started:
        yield started


def _always_open(folder: Path) -> Path:
    """The rulebook with a desk that never closes, whenever the test runs."""
    import shutil

    from bot.rulebook.schema import COUNTRIES
    from bot.settings import CHECKOUT

    copy = folder / "rulebook"
    shutil.copytree(CHECKOUT / "rulebook", copy)
    days = "[mon, tue, wed, thu, fri, sat, sun]"
    lines = [f'  {code}: [{{days: {days}, from: "00:00", to: "24:00"}}]' for code in COUNTRIES]
    (copy / "desk_hours.yml").write_text(
        "\n".join(["public_holidays: open", "hours:", *lines]) + "\n", encoding="utf-8"
    )
    return copy


def _sign_in(browser: Any, base: str, name: str) -> Any:
    page = browser.new_context(locale="es-ES").new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{base}/sign-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_selector("header.bar")
    return page


def test_from_the_assistant_to_a_person_and_back(instance: Running) -> None:
    app: Application = application(instance.settings)
    add_people(app)
    base, debtor = f"http://127.0.0.1:{instance.settings.desk_port}", f"debtor-{uuid4().hex}"
    with chromium() as browser:
        marta, diego = (_sign_in(browser, base, name) for name in ("marta", "diego"))
        instance.says(debtor, "hola")
        answer = instance.says(debtor, "quiero hablar con una persona")
        assert any("persona" in said["text"] for said in answer), answer
        for page in (marta, diego):
            page.wait_for_selector('[data-state="waiting"]')
        marta.keyboard.press("n")
        marta.wait_for_selector("[data-composer]")
        diego.wait_for_selector("text=Nadie espera")
        assert instance.says(debtor, "¿hay alguien?") == []  # the assistant is silent
        marta.wait_for_selector(".line.in:has-text('hay alguien')", timeout=2_000)
        marta.fill("#text", "Hola, soy Marta, ¿en qué le ayudo?")
        marta.wait_for_timeout(500)
        begun = time.monotonic()
        marta.click("[data-send]")
        while "Marta" not in _authors(app, debtor):
            assert time.monotonic() - begun < 2.0
            time.sleep(0.02)
        marta.click("#box-back > summary")
        marta.fill("#box-back [name=reason]", "ya está")
        marta.click("#box-back button")
        marta.wait_for_url("**/")
        assert instance.says(debtor, "hola")


def test_a_reply_reaches_the_widget_within_two_seconds_and_the_assistant_is_silent(instance: Running) -> None:
    add_people(application(instance.settings))
    desk = f"http://127.0.0.1:{instance.settings.desk_port}"
    with chromium() as browser:
        marta = _sign_in(browser, desk, "marta")
        widget = Widget(
            browser.new_context(locale="es-ES", viewport={"width": 390, "height": 844}).new_page()
        )
        widget.page.goto(f"{instance.settings.public_url}/webhooks/web/")
        widget.begins()
        widget.says("quiero hablar con una persona")
        said = widget.count("assistant")
        marta.wait_for_selector('[data-state="waiting"]:has-text("Web")')
        marta.keyboard.press("n")
        marta.wait_for_selector("[data-composer]")
        widget.box.fill("¿hay alguien?")
        widget.box.press("Enter")
        marta.wait_for_selector(".line.in:has-text('hay alguien')", timeout=2_000)
        marta.fill("#text", "Hola, soy Marta.")
        marta.wait_for_timeout(500)
        begun = time.monotonic()
        marta.click("[data-send]")
        widget.host.locator(".message.person", has_text="soy Marta").wait_for(timeout=2_000)
        assert time.monotonic() - begun < 2.0
        assert widget.count("assistant") == said  # nothing but the person spoke


def _authors(app: Application, debtor: str) -> set[str]:
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address("rest", debtor)
        assert talk is not None
        return {str(getattr(m, "author", "")) for m in uow.transcripts.of(talk.conversation_id)}
