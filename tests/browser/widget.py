"""The widget as a person uses it, over a real page: finds things by what they are called, and waits for answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, TimeoutError, expect

# What a keyboard and the mouse find, whatever the language.
OPEN = re.compile("Abrir el chat|Open the chat")
BEGIN = re.compile("^(Empezar|Start)$")
WRITE = re.compile("Escribir un mensaje|Write a message")
SEND = re.compile("^(Enviar|Send)$")
MENU = re.compile("Más opciones|More options")
SECONDS = 15_000

_IS_ANSWERED = """(before) => {
  const root = document.querySelector("al-dia-chat").shadowRoot;
  return root.querySelectorAll(".message.assistant").length > before && !root.querySelector(".dots");
}"""


class Widget:
    """One chat in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator("al-dia-chat")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button of the widget."""
        return self.host.get_by_role("button", name=name)

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.host.get_by_role("textbox", name=WRITE)

    def opens(self) -> None:
        """Open it and begin."""
        self.button(OPEN).click()
        self.begins()

    def begins(self) -> None:
        """The first button."""
        self.button(BEGIN).click()
        self.is_answered()

    def says(self, text: str) -> None:
        """Write a message and wait for what is answered."""
        before = self.count("assistant")
        self.box.fill(text)
        self.box.press("Enter")
        self.is_answered(before)

    def presses(self, name: str | re.Pattern[str]) -> None:
        """Press a button of an answer and wait for the next answer."""
        before = self.count("assistant")
        self.button(name).last.click()
        self.is_answered(before)

    def is_answered(self, before: int = 0) -> None:
        """Wait until there are more messages than before and nothing is being written."""
        try:
            self.page.wait_for_function(_IS_ANSWERED, arg=before, timeout=SECONDS)
        except TimeoutError as error:
            shown = self.host.locator(".panel").inner_text()
            raise AssertionError(f"no answer after {before} messages; the widget shows:\n{shown}") from error

    def messages(self, whose: str) -> list[str]:
        """The texts of what somebody said: you, assistant or person."""
        return self.host.locator(f".message.{whose}").all_inner_texts()

    def count(self, whose: str) -> int:
        """How many messages of somebody are shown."""
        return self.host.locator(f".message.{whose}").count()

    def memory(self) -> dict[str, Any] | None:
        """What the tab remembers."""
        kept = self.page.evaluate("sessionStorage.getItem('al-dia')")
        return None if kept is None else dict(json.loads(kept))

    def chooses(self, item: str | re.Pattern[str]) -> None:
        """An entry of the menu."""
        self.button(MENU).click()
        self.button(item).click()

    def identifies(self, reference: str, born: str, postal_code: str) -> None:
        """Fill in the form for identity data. The day is in ISO form."""
        form = self.host.locator("form.helper")
        expect(form).to_be_visible(timeout=SECONDS)
        for kind, value in (("text", reference), ("date", born)):
            form.locator(f"input[type={kind}]").first.fill(value)
        form.locator("input").last.fill(postal_code)
        before = self.count("assistant")
        form.get_by_role("button").click()
        self.is_answered(before)


def violations(page: Page) -> str:
    """What axe-core finds, as a list for a person; empty when it finds nothing."""
    page.wait_for_timeout(350)  # a panel that is still fading in has no contrast yet
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return "\n".join(
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    )


# The corner of a desktop page in which the widget is.
CORNER: FloatRect = {"x": 830, "y": 60, "width": 450, "height": 800}


def picture(page: Page, folder: Path | None, name: str, clip: FloatRect | None = None) -> None:
    """Keep a screenshot, if they are wanted."""
    if folder is not None:
        page.wait_for_timeout(350)
        page.screenshot(path=folder / f"{name}.png", animations="disabled", clip=clip)
