"""What people read and press on the desk's pages: words instead of codes, a way back, and pages that a thumb can use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.debt.contact_gate import BlockKind
from bot.debt.dispositions import Disposition
from bot.desk import views
from bot.desk.application import create
from bot.desk.texts import load
from bot.services import desk_case, outcomes, relay
from bot.services.application import Application
from tests.desk.browser import chromium, needs_browser, served, signed_in
from tests.desk.conftest import PASSWORD, new_user, waiting
from tests.desk.test_relay import refused
from tests.support.people import Known

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
_BROWSER = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    with TestClient(create(app), base_url="http://127.0.0.1:5010", follow_redirects=False) as opened:
        yield opened


def sign_in(client: TestClient, app: Application, role: str) -> str:
    """Sign somebody in. Returns the token of forms."""
    new_user(app, f"some-{role}", role)
    assert client.post("/sign-in", data={"name": f"some-{role}", "password": PASSWORD}).status_code == 303
    return client.get("/account").text.partition('name="csrf" value="')[2].partition('"')[0]


def test_no_text_is_written_twice() -> None:
    source = resources.files("bot.desk").joinpath("texts.yml").read_text(encoding="utf-8")
    keys = Counter(line.partition(": ")[0] for line in source.splitlines() if ": {" in line)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_stored_words_have_words_for_people(language: str) -> None:
    words = load()[language].words
    wanted = [f"disposition.{one.value}" for one in Disposition] + [
        f"blocked.{one.value}" for one in BlockKind
    ]
    assert [key for key in wanted if key not in words] == []


def test_a_proposal_is_said_with_money_and_days_as_the_reader_writes_them() -> None:
    kept = {
        "amount": "150.00",
        "frequency": "monthly",
        "starts_on": "2026-12-05",
        "share": "0.5",
        "wants_settlement": True,
        "parts": [["2026-12-05", "50"], ["2027-01-05", None]],
    }
    spanish = views.proposed(kept, "EUR", load()["es"], "ES")
    assert "150,00\xa0€" in spanish
    assert "desde: 5 de diciembre de 2026" in spanish
    assert "50\xa0%" in spanish
    assert "50,00\xa0€ 5 de diciembre de 2026; … 5 de enero de 2027" in spanish
    english = views.proposed(kept, "EUR", load()["en"], "GB")
    assert "from: 5 December 2026" in english
    assert "monthly" not in spanish


def test_an_address_that_leads_nowhere_is_a_page_with_a_way_back(client: TestClient) -> None:
    for path, status in (("/nothing", 404), ("/queue/next", 405)):
        answer = client.get(path, headers=_BROWSER)
        assert answer.status_code == status
        assert "There is no such page." in answer.text
        assert 'href="/"' in answer.text
        assert 'name="viewport"' in answer.text
    assert client.get("/nothing", headers={"accept": "*/*"}).headers["content-type"].startswith("text/plain")


def test_back_leads_where_one_may_be(client: TestClient, app: Application) -> None:
    sign_in(client, app, "administrator")
    answer = client.get("/oversight", headers=_BROWSER)
    assert answer.status_code == 403
    assert '<a class="button" href="/people">' in answer.text
    assert '<a class="brand" href="/people"' in answer.text


def test_a_wrong_password_keeps_the_name(client: TestClient) -> None:
    answer = client.post("/sign-in", data={"name": 'ana"><b>', "password": "x" * 5_000})
    assert answer.status_code == 401
    assert 'value="ana&#34;&gt;&lt;b&gt;"' in answer.text


@pytest.mark.parametrize("question", ["contact", "after", "proof", "record"])
@pytest.mark.parametrize("typed", ["", "nope", "<b>x</b>", "😀", "x" * 5_000])
def test_a_question_that_has_no_answer_is_told_beside_it(
    client: TestClient, app: Application, question: str, typed: str
) -> None:
    token = sign_in(client, app, "compliance")
    form = {"csrf": token, "channel": "sms", "purpose": "collection", "kind": "data", "reference": typed}
    answer = client.post(f"/oversight/{question}", data=form)
    assert answer.status_code == 400
    section = answer.text.partition(f'aria-labelledby="q-{question}"')[2].partition("</section>")[0]
    assert 'role="alert"' in section
    assert "<b>x</b>" not in answer.text
    assert "x" * 5_000 not in section.partition('role="alert"')[2].partition("</p>")[0]


def test_an_answer_has_no_address_of_its_own(client: TestClient, app: Application) -> None:
    sign_in(client, app, "compliance")
    answer = client.get("/oversight/contact")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oversight")


def test_why_it_was_said_is_asked_from_the_conversation(client: TestClient, app: Application) -> None:
    person = waiting(app, known=Known())
    path = f"/c/{person.conversation.conversation_id}"
    token = sign_in(client, app, "supervisor")
    page = client.get(path).text
    message_id = page.partition('name="message_id" value="')[2].partition('"')[0]
    answer = client.post("/oversight/why", data={"csrf": token, "message_id": message_id})
    assert answer.status_code == 200
    assert 'id="answer-why"' in answer.text
    client.cookies.clear()
    sign_in(client, app, "agent")
    assert 'name="message_id"' not in client.get(path).text  # an agent could ask, and only be refused


def test_no_code_of_ours_is_shown_for_words(client: TestClient, app: Application) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    relay.claim(app, ana, person.conversation.conversation_id)
    sign_in(client, app, "supervisor")
    for path in (f"/c/{person.conversation.conversation_id}", "/conversations"):
        page = client.get(path, headers={"accept-language": "es"}).text
        assert "HANDED_OFF" not in page
        assert "Pasada a una persona" in page


@pytest.mark.parametrize(
    ("day", "time"),
    [("2000-01-01", "10:00"), ("<b>", "10:00"), ("2026-13-45", "10:00"), ("2099-03-02", ""), ("", "25:99")],
)
def test_a_call_at_no_moment_is_refused_and_not_half_noted(app: Application, day: str, time: str) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    before = desk_case.view(app, ana, talk)
    refused(
        "bad_call", lambda: outcomes.record(app, ana, talk, "callback", {"day": day, "time": time}, tell=True)
    )
    after = desk_case.view(app, ana, talk)
    assert (len(after.lines), len(after.cases)) == (len(before.lines), len(before.cases))


_UNFIT = """() => {
  const found = [], wide = document.documentElement;
  const name = (one) => `${one.tagName} ${one.textContent.trim().slice(0, 30)}`;
  if (wide.scrollWidth > wide.clientWidth) found.push(`sideways: ${wide.scrollWidth}`);
  const fields = "input:not([type=hidden]):not([type=checkbox]), select, textarea";
  for (const one of document.querySelectorAll(`button:not(.link), .button, summary, nav a, ${fields}`)) {
    const box = one.getBoundingClientRect();
    if (box.width && box.height < 43.5) found.push(`${name(one)}: ${box.height}`);
    if (box.width && (box.right > wide.clientWidth || box.left < 0)) found.push(`off the screen: ${name(one)}`);
  }
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  for (const row of document.querySelectorAll(".cards tr")) {
    const boxes = [...row.cells].map((one) => one.getBoundingClientRect()).filter((one) => one.width && one.height);
    if (boxes.some((a, i) => boxes.slice(i + 1).some((b) => meet(a, b)))) found.push(`cells overlap: ${name(row)}`);
    for (const one of row.cells) if (one.scrollWidth > one.clientWidth + 1) found.push(`cut: ${name(one)}`);
  }
  return found;
}"""


@needs_browser
def test_every_page_can_be_used_with_a_thumb(app: Application) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    waiting(app, "second")
    for role in ("supervisor", "compliance", "administrator"):
        new_user(app, role, role)
    pages = {
        "ana": ("/", f"/c/{talk}", "/account", "/verify", "/c/C-none"),
        "supervisor": ("/", "/approvals", "/conversations", f"/c/{talk}"),
        "compliance": ("/oversight", "/oversight/cases"),
        "administrator": ("/people",),
    }
    found = {}
    with served(app) as base, chromium() as browser:
        for name, paths in pages.items():
            page = signed_in(browser, base, name, **PHONE)
            for path in paths:
                page.goto(base + path)
                page.wait_for_timeout(500)
                found[f"{name} {path}"] = page.evaluate(_UNFIT)
    assert {path: unfit for path, unfit in found.items() if unfit} == {}


@needs_browser
@pytest.mark.parametrize("width", [768, 1000, 1150, 1280])
def test_the_queue_never_puts_one_thing_over_another(app: Application, width: int) -> None:
    new_user(app, "ana")
    waiting(app, known=Known())
    with served(app) as base, chromium() as browser:
        page = signed_in(browser, base, "ana", viewport={"width": width, "height": 800})
        page.wait_for_selector("[data-row]")
        # In one look, as the page renews itself: the reason has room, and what one presses is on the screen.
        reason, who, chip, claim = page.evaluate(
            """() => ["td:nth-child(2)", "td:nth-child(3)", ".chip", "[data-claim]"].map((one) =>
              document.querySelector(`[data-row] ${one}`).getBoundingClientRect().toJSON())"""
        )
        assert chip["right"] <= reason["right"] + 1
        assert reason["right"] <= who["x"] + 1 or reason["bottom"] <= who["y"] + 1
        assert claim["right"] <= width


@needs_browser
def test_a_lost_connection_is_said_and_a_second_press_is_none(app: Application) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    with served(app) as base, chromium() as browser:
        page: Any = signed_in(browser, base, "ana")
        page.goto(f"{base}/c/{talk}")
        page.route("**/offer", lambda route: route.abort())
        page.locator(".options button").first.click()
        page.wait_for_selector("[data-said].bad:has-text('No se ha podido enviar')")
        page.unroute("**/offer")
        sent: list[str] = []
        page.on(
            "request", lambda request: sent.append(request.url) if request.url.endswith("/offer") else None
        )
        page.locator(".options button").first.evaluate("(button) => { button.click(); button.click(); }")
        page.wait_for_selector("[data-said]:has-text('Oferta enviada')")
        assert len(sent) == 1
