"""What happens to a conversation when pages, networks, servers and people come and go."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.bootstrap import application
from bot.debt.party import MessageId
from bot.runner.model import ensure_model
from bot.services.unit_of_work import OutboundMessage
from tests.browser.conftest import HostSite
from tests.browser.widget import CORNER, OPEN, Widget, picture, violations
from tests.support.running import Running

pytestmark = pytest.mark.stack
END = re.compile("^Terminar y borrar$")


@pytest.fixture
def widget(open_page: Callable[..., Page], instance: Running, host: HostSite) -> Widget:
    """A conversation that has begun, on somebody else's page."""
    begun = Widget(open_page(f"{host.origin}/es.html"))
    begun.opens()
    return begun


def write_as_person(instance: Running, widget: Widget, text: str) -> None:
    """What the desk does: an outbox row by another process."""
    import base64
    import json

    memory = widget.memory()
    assert memory is not None
    body = memory["token"].partition(".")[0]
    address = json.loads(base64.urlsafe_b64decode(body + "=="))["address"]
    app = application(instance.settings)
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address("web", address)
        assert talk is not None
        uow.outbox.add(
            OutboundMessage(
                MessageId(f"A-{address}-{text}"[:60]), talk.conversation_id, None, 0, "written", "plain", "es",
                text, (), app.clock.now(), "queued", "web", author="Ana",
            )
        )  # fmt: skip
        uow.commit()


def test_a_reload_keeps_the_conversation_and_the_open_panel(widget: Widget) -> None:
    widget.says("gracias")
    said = widget.messages("assistant")
    widget.page.reload()
    widget.is_answered(len(said) - 1)
    assert widget.messages("assistant") == said
    expect(widget.box).to_be_visible()


def test_another_tab_starts_empty(widget: Widget, host: HostSite) -> None:
    other = widget.page.context.new_page()
    other.goto(f"{host.origin}/es.html")
    assert Widget(other).memory() is None


def test_a_server_restart_is_only_a_pause(widget: Widget, instance: Running, errors: list[str]) -> None:
    said = widget.messages("assistant")
    instance.stack.stop()
    widget.box.fill("¿sigue ahí?")
    widget.box.press("Enter")
    expect(widget.host.locator(".message.you .state").last).to_have_text("Enviando…")
    instance.stack.start(ensure_model(instance.logs / "training.log").path)
    expect(widget.host.locator(".message.you .state").last).to_have_text("Respondido", timeout=60_000)
    assert widget.messages("assistant")[: len(said)] == said
    assert len(widget.messages("you")) == 2
    # While there was no server the browser itself noted that calls failed.
    assert all("net::ERR" in line or "ERR_" in line for line in errors), errors
    errors.clear()


def test_without_a_connection_messages_wait_and_go_out_once(widget: Widget, errors: list[str]) -> None:
    context = widget.page.context
    context.set_offline(True)
    widget.box.fill("sin red")
    widget.box.press("Enter")
    expect(widget.host.locator(".line")).to_contain_text("Sin conexión")
    assert violations(widget.page) == ""
    widget.page.wait_for_timeout(1500)
    context.set_offline(False)
    expect(widget.host.locator(".message.you .state").last).to_have_text("Respondido", timeout=20_000)
    expect(widget.host.locator(".line")).to_have_text("", timeout=20_000)
    assert [text for text in widget.messages("you") if "sin red" in text] == [widget.messages("you")[-1]]
    errors.clear()


def test_what_could_not_be_sent_is_kept_over_a_reload(widget: Widget, errors: list[str]) -> None:
    widget.page.route("**/webhooks/web/messages", lambda route: route.abort())
    widget.box.fill("a la segunda")
    widget.box.press("Enter")
    widget.page.wait_for_timeout(500)
    widget.page.unroute("**/webhooks/web/messages")
    widget.page.reload()
    expect(widget.host.locator(".message.you .state").last).to_have_text("Respondido", timeout=20_000)
    assert "a la segunda" in widget.messages("you")[-1]
    errors.clear()


def test_a_message_that_fails_can_be_sent_again(widget: Widget, errors: list[str]) -> None:
    widget.page.clock.install()
    widget.page.route("**/webhooks/web/messages", lambda route: route.fulfill(status=500, body="{}"))
    widget.box.fill("otra vez")
    widget.box.press("Enter")
    for _ in range(20):
        widget.page.clock.run_for(30_000)
        widget.page.wait_for_timeout(60)
    expect(widget.button("Reintentar")).to_be_visible()
    assert violations(widget.page) == ""
    widget.page.unroute("**/webhooks/web/messages")
    widget.button("Reintentar").click()
    for _ in range(20):
        widget.page.clock.run_for(500)
        widget.page.wait_for_timeout(60)
    expect(widget.host.locator(".message.you .state").last).to_have_text("Respondido")
    errors.clear()


def test_where_no_stream_gets_through_it_asks(
    open_page: Callable[..., Page], host: HostSite, errors: list[str], instance: Running
) -> None:
    page = open_page("about:blank")
    page.route("**/webhooks/web/stream", lambda route: route.fulfill(status=502, body="{}"))
    page.goto(f"{host.origin}/es.html")
    widget = Widget(page)
    widget.opens()
    widget.says("gracias")
    assert widget.count("assistant") >= 3
    errors.clear()


def test_a_persons_words_appear_by_themselves_and_are_named(
    widget: Widget, instance: Running, pictures: Path | None
) -> None:
    write_as_person(instance, widget, "Hola, soy del equipo. Lo miro contigo.")
    message = widget.host.locator(".message.person")
    expect(message).to_contain_text("Lo miro contigo", timeout=3_000)
    expect(message).to_contain_text("Ana · una persona del equipo")
    picture(widget.page, pictures, "person-desktop", CORNER)
    assert violations(widget.page) == ""


def test_a_closed_widget_counts_what_is_new_and_the_title_says_only_how_much(
    widget: Widget, instance: Running, pictures: Path | None
) -> None:
    widget.page.keyboard.press("Escape")
    expect(widget.button(OPEN)).to_be_focused()
    write_as_person(instance, widget, "Un mensaje con saldo y deuda")
    expect(widget.host.locator(".badge")).to_have_text("1", timeout=3_000)
    assert widget.page.title() == "(1) Casa"
    expect(widget.button(re.compile("1 mensaje nuevo"))).to_be_visible()
    picture(widget.page, pictures, "unread-desktop", CORNER)
    assert violations(widget.page) == ""
    widget.button(OPEN).click()
    expect(widget.host.locator(".badge")).to_be_hidden()
    assert widget.page.title() == "Casa"


def test_end_and_clear_leaves_nothing(widget: Widget, pictures: Path | None) -> None:
    widget.chooses(END)
    picture(widget.page, pictures, "end-desktop", CORNER)
    assert violations(widget.page) == ""
    with widget.page.expect_response(lambda response: response.request.method == "DELETE") as ended:
        widget.button(END).click()
    assert ended.value.status == 200
    expect(widget.host.get_by_text("No queda nada en este dispositivo")).to_be_visible()
    assert violations(widget.page) == ""
    assert widget.messages("you") == []
    assert widget.page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [0, 0, ""]
    widget.page.reload()
    widget.opens()
    assert len(widget.messages("you")) == 1


def test_idle_it_locks_and_shows_nothing_of_before(
    open_page: Callable[..., Page], host: HostSite, instance: Running, pictures: Path | None
) -> None:
    page = open_page("about:blank", viewport={"width": 390, "height": 844})
    page.clock.install()
    page.goto(f"{host.origin}/es.html")
    widget = Widget(page)
    widget.button(OPEN).click()
    widget.button(re.compile("^Empezar$")).click()
    expect(widget.host.locator(".message.assistant").first).to_be_visible()
    page.clock.fast_forward("31:00")
    page.clock.run_for(16_000)
    expect(widget.host.get_by_text("La conversación está oculta")).to_be_visible()
    assert widget.messages("you") == []
    picture(page, pictures, "locked-phone")
    assert violations(page) == ""
    page.reload()
    expect(widget.host.get_by_text("La conversación está oculta")).to_be_visible()
    expect(widget.button("Continuar")).to_be_visible()


def test_the_conversation_can_be_kept_as_a_file(widget: Widget) -> None:
    with widget.page.expect_download() as download:
        widget.chooses("Descargar la conversación")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "una IA, no una persona" in text
    assert "Enviado por mí" in text


def test_a_person_is_one_menu_away(widget: Widget) -> None:
    before = widget.count("assistant")
    widget.chooses("Hablar con una persona")
    widget.is_answered(before)
    expect(widget.host.get_by_text("Una persona responderá aquí")).to_be_visible()


def test_a_page_that_is_not_allowed_is_told_why_in_the_console(
    open_page: Callable[..., Page], instance: Running, host: HostSite, errors: list[str]
) -> None:
    page = open_page("about:blank")
    stranger = host.origin.replace("localhost", "127.0.0.1")
    page.goto(f"{stranger}/es.html")
    widget = Widget(page)
    widget.button(OPEN).click()
    widget.button(re.compile("^Empezar$")).click()
    expect(widget.host.get_by_text("no está disponible en esta página")).to_be_visible(timeout=20_000)
    assert any(f'add "{stranger}" to web.origins in channels.yml' in line for line in errors), errors
    errors.clear()


def test_too_many_messages_are_met_with_patience(widget: Widget, errors: list[str]) -> None:
    def busy(route: Any) -> None:
        headers = {
            "Retry-After": "1",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        route.fulfill(status=429, headers=headers, body='{"error": "too_many"}')

    widget.page.route("**/webhooks/web/messages", busy)
    widget.box.fill("hola otra vez")
    widget.box.press("Enter")
    expect(widget.host.locator(".line")).to_contain_text("Hay muchos mensajes")
    widget.page.unroute("**/webhooks/web/messages")
    expect(widget.host.locator(".message.you .state").last).to_have_text("Respondido", timeout=20_000)
    errors.clear()
