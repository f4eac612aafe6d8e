"""From the first button to an agreement in a real browser: desktop, phone, 320 px; embedded and on our own pages.

axe-core looks at every state, light and dark, and finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HostSite
from tests.browser.people import identity_of
from tests.browser.widget import BEGIN, MENU, OPEN, Widget, picture, violations
from tests.support.running import Running

pytestmark = pytest.mark.stack

DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
NARROW = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}

CASES = {
    "desktop-light": (DESKTOP, "light", "demo", "AD-ES-0001"),
    "phone-dark": (PHONE, "dark", "host", "AD-ES-0005"),
    "narrow-light": (NARROW, "light", "host", "AD-MX-0001"),
    "page-dark": (DESKTOP, "dark", "page", "AD-CL-0002"),
}
# What is worth looking at in docs/.
KEPT = {
    *(f"desktop-light-{name}" for name in ("1-closed", "7-offers", "b-menu")),
    *(f"phone-dark-{name}" for name in ("3-hello", "4-identity", "7-offers", "9-summary")),
    *(f"narrow-light-{name}" for name in ("4-identity", "8-schedule")),
    *(f"page-dark-{name}" for name in ("5-balance", "a-agreed")),
}


def _address(instance: Running, host: HostSite, where: str, language: str = "es") -> str:
    base = f"{instance.settings.public_url}/webhooks/web"
    own = {"demo": f"{base}/demo{'-en' if language == 'en' else ''}", "page": f"{base}/"}
    return own.get(where, f"{host.origin}/{language}.html")


@pytest.mark.parametrize("case", CASES)
def test_a_person_identifies_negotiates_and_agrees(
    open_page: Callable[..., Page], instance: Running, host: HostSite, pictures: Path | None, case: str
) -> None:
    device, scheme, where, reference = CASES[case]
    page = open_page(_address(instance, host, where), color_scheme=scheme, **device)
    widget = Widget(page)

    def looked_at(name: str) -> None:
        picture(page, pictures if f"{case}-{name}" in KEPT else None, f"{case}-{name}")
        assert violations(page) == "", name
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{name}: the page scrolls sideways"

    if where != "page":
        looked_at("1-closed")
        widget.button(OPEN).click()
    looked_at("2-welcome")
    widget.begins()
    looked_at("3-hello")
    widget.says("hola, me ha llegado un aviso, ¿cuánto debo?")
    looked_at("4-identity")
    widget.identifies(*identity_of(reference))
    looked_at("5-balance")
    widget.says("no puedo de golpe, ¿puedo pagar en plazos?")
    if widget.host.locator("form.helper").count():
        looked_at("6-amount")
        widget.says("no lo sé")
    expect(widget.host.locator(".card").first).to_be_visible()
    looked_at("7-offers")
    plan = widget.host.locator(".card:has(details)").first
    plan.locator("summary").click()
    looked_at("8-schedule")
    before = widget.count("assistant")
    plan.get_by_role("button").click()
    widget.is_answered(before)
    expect(widget.host.locator(".card.summary table, .card.summary dl").first).to_be_visible()
    looked_at("9-summary")
    widget.presses(re.compile("Sí, acepto"))
    looked_at("a-agreed")
    widget.button(MENU).click()
    looked_at("b-menu")
    page.keyboard.press("Escape")
    case_file = instance.aldia("show", reference, "--json")
    assert '"arrangement": {' in case_file.stdout
    # No figure and no word about it where others may look.
    assert page.title() in ("Al Día", "Financiera Ribera", "Casa")


def test_what_a_card_shows_is_what_the_text_says(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(_address(instance, host, "demo"))
    widget = Widget(page)
    widget.opens()
    widget.presses("Ver mis opciones")
    widget.identifies(*identity_of("AD-ES-0006"))
    widget.says("¿puedo pagar en plazos?")
    if not widget.host.locator(".card").count():
        widget.says("no lo sé")
    card = widget.host.locator(".card:has(details)").first
    card.locator("summary").click()
    rows = card.locator("tbody tr")
    assert rows.count() > 1
    first = rows.first.locator("td").all_inner_texts()
    assert all(text in card.locator("dl").inner_text() for text in first)


def test_english_from_the_first_word_on(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(_address(instance, host, "host", "en"), locale="en-GB")
    widget = Widget(page)
    widget.opens()
    assert "an AI, not a person" in " ".join(widget.messages("assistant"))
    widget.says("how much do I owe?")
    widget.identifies(*identity_of("AD-GB-0001"))
    assert "£" in " ".join(widget.messages("assistant"))
    assert violations(page) == ""


def test_the_language_can_be_changed(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(_address(instance, host, "demo"))
    widget = Widget(page)
    widget.opens()
    widget.chooses("English")
    expect(widget.host.get_by_role("textbox", name="Write a message")).to_be_visible()
    widget.is_answered(widget.count("assistant") - 1)
    page.reload()
    expect(widget.host.get_by_role("textbox", name="Write a message")).to_be_visible()


def test_right_to_left_pages_mirror_it(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(_address(instance, host, "host"), **NARROW)
    page.evaluate("document.documentElement.dir = 'rtl'")
    widget = Widget(page)
    launcher = widget.button(OPEN).bounding_box()
    assert launcher is not None
    assert launcher["x"] < 160
    widget.opens()
    mine = widget.host.locator(".message.you .bubble").first.bounding_box()
    assert mine is not None
    assert mine["x"] < 160
    assert violations(page) == ""


def test_what_anybody_writes_is_text(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    attack = (
        '<img src=x onerror="document.title=1"><script>document.title=2</script> https://evil.example/pay'
    )
    page = open_page(_address(instance, host, "host"))
    widget = Widget(page)
    widget.opens()
    widget.says(attack)
    assert attack in widget.messages("you")[-1]
    assert widget.host.locator(".message img, .message script, .message.you a").count() == 0
    assert page.title() == "Casa"
    page.reload()
    expect(widget.host.locator(".message.you").last).to_contain_text("onerror")
    assert page.title() == "Casa"


def test_everything_can_be_touched(open_page: Callable[..., Page], instance: Running, host: HostSite) -> None:
    page = open_page(_address(instance, host, "host"), **NARROW)
    widget = Widget(page)
    widget.opens()
    for button in widget.host.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 24, button.inner_text()


def test_begin_is_the_first_thing_to_press(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    """Nothing is asked of the server before that, so that a page that embeds it costs its visitors nothing."""
    page = open_page(_address(instance, host, "host"))
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    widget = Widget(page)
    widget.button(OPEN).click()
    expect(widget.button(BEGIN)).to_be_focused()
    assert calls == []
    assert widget.memory() == {"open": True}
