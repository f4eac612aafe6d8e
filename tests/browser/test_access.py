"""With the keyboard alone, with a screen reader's ears, without motion, and on pages with rules of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HostSite
from tests.browser.people import identity_of
from tests.browser.widget import BEGIN, MENU, OPEN, Widget
from tests.support.running import Running

pytestmark = pytest.mark.stack


def focused(page: Page) -> str:
    """What has the focus, by its accessible name or its tag."""
    return str(
        page.evaluate(
            """() => {
              let node = document.activeElement;
              while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
              const label = node.id && node.getRootNode().querySelector(`label[for="${node.id}"]`);
              return node.getAttribute("aria-label") || label?.textContent || node.textContent.trim() || node.tagName;
            }"""
        )
    )


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if name in focused(page):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} is out of the keyboard's reach; last was {focused(page)}")


def test_a_whole_negotiation_with_the_keyboard_alone(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html")
    widget = Widget(page)
    tab_to(page, "Abrir el chat")
    page.keyboard.press("Enter")
    expect(widget.button(BEGIN)).to_be_focused()
    page.keyboard.press("Enter")
    widget.is_answered()
    expect(widget.box).to_be_focused()
    page.keyboard.type("¿cuánto debo?")
    page.keyboard.press("Enter")
    expect(widget.host.locator("form.helper")).to_be_visible(timeout=15_000)
    reference, born, postal_code = identity_of("AD-ES-0003")
    tab_to(page, "Referencia del aviso", "Shift+Tab")
    page.keyboard.type(reference)
    tab_to(page, "Código postal")
    page.keyboard.type(postal_code)
    year, month, day = born.split("-")
    tab_to(page, "Fecha de nacimiento", "Shift+Tab")
    widget.host.locator("input[type=date]").focus()
    page.keyboard.type(f"{month}{day}{year}")
    before = widget.count("assistant")
    page.keyboard.press("Enter")
    widget.is_answered(before)
    assert "€" in " ".join(widget.messages("assistant"))
    tab_to(page, "Ver mis opciones", "Shift+Tab")
    before = widget.count("assistant")
    page.keyboard.press("Space")
    widget.is_answered(before)
    expect(widget.box).to_be_focused()


def test_focus_goes_where_one_goes_on(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html")
    widget = Widget(page)
    widget.opens()
    widget.button(MENU).focus()
    page.keyboard.press("Enter")
    expect(widget.button("Hablar con una persona")).to_be_focused()
    page.keyboard.press("Escape")
    expect(widget.button(MENU)).to_be_focused()
    expect(widget.button("Hablar con una persona")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(widget.button(OPEN)).to_be_focused()


def test_on_a_phone_nothing_behind_it_takes_the_focus(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html", viewport={"width": 390, "height": 844})
    widget = Widget(page)
    widget.opens()
    seen = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.add(focused(page))
    assert not {"Algo", "Otra cosa"} & seen
    box = widget.host.locator("dialog").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)


def test_a_screen_reader_is_told_what_comes(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html")
    widget = Widget(page)
    widget.opens()
    expect(widget.host.get_by_role("log")).to_contain_text("Asistente:")
    expect(widget.host.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(widget.host.get_by_role("dialog", name="Financiera Ribera")).to_be_visible()
    expect(widget.host.get_by_role("group", name="Respuestas posibles")).to_be_visible()
    expect(widget.button("Cerrar el chat").first).to_be_visible()


def test_a_form_says_what_is_missing_where_it_is(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html")
    widget = Widget(page)
    widget.opens()
    widget.says("¿cuánto debo?")
    form = widget.host.locator("form.helper")
    form.get_by_role("button").click()
    expect(form.locator("input").first).to_be_focused()
    expect(form.locator("input").first).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("Falta este dato").first).to_be_visible()


def test_who_wants_no_motion_gets_none(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html", reduced_motion="reduce")
    widget = Widget(page)
    widget.opens()
    moving = page.evaluate(
        """() => [...document.querySelector("al-dia-chat").shadowRoot.querySelectorAll("*")]
             .filter((node) => node.getAnimations().length).map((node) => node.className)"""
    )
    assert moving == []
    style = page.evaluate(
        """() => getComputedStyle(document.querySelector("al-dia-chat").shadowRoot.querySelector("dialog")).animationName"""
    )
    assert style == "none"


def test_a_page_can_colour_it(open_page: Callable[..., Page], instance: Running, host: HostSite) -> None:
    page = open_page(f"{host.origin}/es.html")
    page.evaluate(
        "document.querySelector('al-dia-chat').style.setProperty('--aldia-accent', 'rgb(120, 40, 60)')"
    )
    colour = Widget(page).button(OPEN).evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert colour == "rgb(120, 40, 60)"


def test_a_page_can_choose_its_theme(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html", color_scheme="light")
    page.evaluate("document.querySelector('al-dia-chat').dataset.theme = 'dark'")
    colour = Widget(page).button(OPEN).evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert colour == "rgb(143, 217, 196)"


def test_its_styles_and_the_pages_do_not_touch(
    open_page: Callable[..., Page], instance: Running, host: HostSite
) -> None:
    page = open_page(f"{host.origin}/es.html")
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
             sheet.replaceSync("button { display: none !important } * { font-size: 60px !important }");
             document.adoptedStyleSheets = [sheet]; }"""
    )
    widget = Widget(page)
    expect(widget.button(OPEN)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
