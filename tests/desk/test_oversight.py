"""The pages of compliance: each question of the officer, who may ask it, and that asking is on record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.audit.export_check import ExportCheck, check_export
from bot.audit.signing import Signer, by_id
from bot.audit.tags import Tag
from bot.desk.application import create
from bot.services import oversight
from bot.services.application import Application
from bot.settings import CHECKOUT
from tests.desk.browser import chromium, needs_browser, served, signed_in
from tests.desk.conftest import PASSWORD, new_user
from tests.support.people import Known, Person, add

SIGNER = Signer(b"t" * 32)
REFERENCE = "AD-ES-9001"
QUESTIONS = ("contact", "why", "after", "proof", "everything", "record")


@pytest.fixture
def person(app: Application) -> Person:
    """A debtor who was told the balance and then said stop."""
    add(app, Known())
    with app.unit_of_work() as uow:  # as an import writes it
        uow.audit.append("debtor:T-1", Tag.ACCOUNT_IMPORTED.value, app.clock.now(), {"creditor": "Ribera"})
        uow.commit()
    found = Person(app)
    found.identifies(Known())
    found.says("ask_balance", "cuánto debo")
    found.says("complain", "quiero quejarme")
    found.says("stop_contact", "no me escriban más")
    return found


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    starlette = create(app, signer=SIGNER)
    with TestClient(starlette, base_url="http://127.0.0.1:5010", follow_redirects=False) as opened:
        yield opened


def sign_in(client: TestClient, app: Application, role: str) -> str:
    """Sign somebody in. Returns the token of forms."""
    new_user(app, f"some-{role}", role)
    assert client.post("/sign-in", data={"name": f"some-{role}", "password": PASSWORD}).status_code == 303
    text = client.get("/account").text
    return text.partition('name="csrf" value="')[2].partition('"')[0]


def entries(app: Application, tag: Tag) -> list[dict[str, Any]]:
    with app.unit_of_work(write=False) as uow:
        return [entry for entry in uow.audit.of_debtor("T-1") if entry["tag"] == tag.value]


@pytest.mark.parametrize("role", ["agent", "administrator"])
def test_who_does_not_oversee_is_refused(client: TestClient, app: Application, role: str) -> None:
    token = sign_in(client, app, role)
    for path in ("/oversight", "/oversight/cases", "/oversight/fairness"):
        assert client.get(path).status_code == 403
    for name in QUESTIONS:
        assert client.post(f"/oversight/{name}", data={"csrf": token}).status_code == 403
    assert "/oversight" not in client.get("/account").text


def test_a_forged_form_is_refused(client: TestClient, app: Application, person: Person) -> None:
    sign_in(client, app, "compliance")
    for name in QUESTIONS:
        answer = client.post(
            f"/oversight/{name}", data={"reference": REFERENCE, "kind": "jsonl", "csrf": "x"}
        )
        assert answer.status_code >= 400, name
    assert entries(app, Tag.DESK_EXPORTED) == []


def test_compliance_writes_to_nobody(client: TestClient, app: Application, person: Person) -> None:
    token = sign_in(client, app, "compliance")
    talk = f"/c/{person.conversation.conversation_id}"
    for name in ("claim", "send", "outcome", "offer", "accept", "propose", "hand-back", "close"):
        assert client.post(f"{talk}/{name}", data={"csrf": token, "text": "Hola"}).status_code == 403, name


def test_may_we_write_to_them_now(client: TestClient, app: Application, person: Person) -> None:
    token = sign_in(client, app, "compliance")
    form = {"csrf": token, "reference": REFERENCE, "channel": "sms", "purpose": "collection"}
    page = client.post("/oversight/contact", data=form).text
    assert "base.cease_triggers" in page or "ES.cease_triggers" in page
    assert client.post("/oversight/contact", data={**form, "channel": "pigeon"}).status_code == 400
    assert "AD-XX-1" in client.post("/oversight/contact", data={**form, "reference": "AD-XX-1"}).text
    found = oversight.may_write_now(app, REFERENCE, "sms", oversight.Purpose.COLLECTION)
    assert not found["allowed"]
    assert found["source"]


@pytest.mark.parametrize(
    ("language", "said"), [("es", "hay una parada en vigor"), ("en", "a hold is in force")]
)
def test_why_we_may_not_write_is_said_in_the_readers_language(
    client: TestClient, app: Application, person: Person, language: str, said: str
) -> None:
    token, accepted = sign_in(client, app, "compliance"), {"Accept-Language": language}
    form = {"csrf": token, "reference": REFERENCE, "channel": "sms", "purpose": "collection"}
    assert said in client.post("/oversight/contact", data=form, headers=accepted).text


def test_why_was_this_said(client: TestClient, app: Application, person: Person) -> None:
    with app.unit_of_work(write=False) as uow:
        told = uow.transcripts.of(person.conversation.conversation_id)
    balance = next(row for row in told if getattr(row, "response", "") == "utter_balance")
    found = oversight.why(app, balance.message_id)
    tags = {entry["tag"] for entry in found.entries}
    assert {"MESSAGE_RECEIVED", "MESSAGE_UNDERSTOOD", "BALANCE_DISCLOSED", "MESSAGE_SENT"} <= tags
    assert all(entry["edition"] for entry in found.entries if entry["tag"] == "BALANCE_DISCLOSED")
    assert oversight.why(app, str(balance.cause)).message.cause == balance.cause
    token = sign_in(client, app, "supervisor")
    page = client.post("/oversight/why", data={"csrf": token, "message_id": balance.message_id}).text
    assert "utter_balance" in page
    assert balance.variant in page
    assert [e["payload"]["by"] for e in entries(app, Tag.DESK_OPENED)] == [f"why {balance.message_id}"]
    missing = client.post("/oversight/why", data={"csrf": token, "message_id": "M-none"})
    assert missing.status_code == 400


def test_what_happened_after_the_stop(client: TestClient, app: Application, person: Person) -> None:
    found = oversight.after_stop(app, REFERENCE)
    assert found[0]["tag"] in ("HOLD_PLACED", "RIGHT_INVOKED")
    assert {"CONTACT_STOPPED", "CASE_OPENED", "MESSAGE_SENT"} <= {entry["tag"] for entry in found}
    assert "BALANCE_DISCLOSED" not in {entry["tag"] for entry in found}
    token = sign_in(client, app, "compliance")
    page = client.post("/oversight/after", data={"csrf": token, "reference": REFERENCE.lower()}).text
    assert 'id="answer-after"' in page
    assert "k-sent" in page


@pytest.mark.parametrize("kind", ["jsonl", "pdf", "data"])
def test_everything_about_them_leaves_with_an_entry(
    client: TestClient, app: Application, person: Person, kind: str
) -> None:
    token = sign_in(client, app, "compliance")
    answer = client.post("/oversight/record", data={"csrf": token, "reference": REFERENCE, "kind": kind})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert [entry["payload"]["by"] for entry in entries(app, Tag.DESK_EXPORTED)] == [kind]
    if kind == "jsonl":
        counts = ExportCheck()
        assert list(check_export(answer.text.splitlines(), counts, by_id([SIGNER.public_key]))) == []
        assert counts.signed_by == SIGNER.key_id
    elif kind == "pdf":
        assert answer.content.startswith(b"%PDF")
    else:
        assert json.loads(answer.text)


def test_a_supervisor_exports_nothing(client: TestClient, app: Application, person: Person) -> None:
    token = sign_in(client, app, "supervisor")
    form = {"csrf": token, "reference": REFERENCE, "kind": "jsonl"}
    assert client.post("/oversight/record", data=form).status_code == 403
    assert client.get("/oversight").status_code == 200


def test_it_is_proved_that_nothing_was_altered_and_seen_when_it_was(
    client: TestClient, app: Application, person: Person
) -> None:
    from sqlalchemy import text

    token = sign_in(client, app, "compliance")
    assert oversight.last_verification(app) is None
    page = client.post("/oversight/everything", data={"csrf": token}).text
    assert 'class="yes"' in page
    noted = oversight.last_verification(app)
    assert noted is not None
    assert noted["payload"]["findings"] == 0
    assert oversight.verify_debtor(app, REFERENCE, by="test").is_sound
    with app.unit_of_work() as uow:
        uow.connection.execute(text("DROP TRIGGER audit_entries_no_update"))  # type: ignore[attr-defined]
        changed = "UPDATE audit_entries SET payload = '{}' WHERE tag = 'BALANCE_DISCLOSED'"
        uow.connection.execute(text(changed))  # type: ignore[attr-defined]
        uow.commit()
    page = client.post("/oversight/proof", data={"csrf": token, "reference": REFERENCE}).text
    assert 'class="no"' in page
    assert "altered" in page


def test_a_fault_of_somebody_else_is_not_theirs(app: Application, person: Person) -> None:
    from sqlalchemy import text

    other = Person(app, "other")
    other.says("greet", "hola")
    with app.unit_of_work() as uow:
        chain = f"conversation:{other.conversation.conversation_id}"
        uow.connection.execute(text("DROP TRIGGER audit_entries_no_update"))  # type: ignore[attr-defined]
        changed = text("UPDATE audit_entries SET payload = '{}' WHERE chain = :chain")
        uow.connection.execute(changed, {"chain": chain})  # type: ignore[attr-defined]
        uow.commit()
    assert oversight.verify_debtor(app, REFERENCE, by="test").is_sound
    assert not oversight.verify_everything(app, SIGNER, by="test").is_sound


def test_cases_and_fairness_have_their_pages(client: TestClient, app: Application, person: Person) -> None:
    sign_in(client, app, "compliance")
    page = client.get("/oversight/cases").text
    assert person.conversation.conversation_id in page
    assert page.count("<tr") >= 3  # a complaint and a stop, each with its day
    assert client.get("/oversight/fairness").status_code == 200


@needs_browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (400, "dark")])
def test_in_a_real_browser(app: Application, person: Person, width: int, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    new_user(app, "olga", "compliance")
    with app.unit_of_work(write=False) as uow:
        told = uow.transcripts.of(person.conversation.conversation_id)
    balance = next(row for row in told if getattr(row, "response", "") == "utter_balance")
    with served(app) as base, chromium() as browser:
        page = signed_in(browser, base, "olga", color_scheme=theme, viewport={"width": width, "height": 900})
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url))
        page.click("a[href='/oversight']")
        page.fill("[action^='/oversight/contact'] [name=reference]", REFERENCE)
        page.click("[action^='/oversight/contact'] button")
        page.wait_for_selector("#answer-contact .no")
        _keep(page, f"contact-{width}")
        page.fill("[action^='/oversight/why'] [name=message_id]", balance.message_id)
        page.click("[action^='/oversight/why'] button")
        page.wait_for_selector("#answer-why blockquote")
        _keep(page, f"why-{width}")
        assert Axe().run(page).response["violations"] == []
        page.fill("[action^='/oversight/after'] [name=reference]", REFERENCE)
        page.click("[action^='/oversight/after'] button")
        page.wait_for_selector("#answer-after li")
        _keep(page, f"after-{width}")
        page.fill("[action^='/oversight/proof'] [name=reference]", REFERENCE)
        page.click("[action^='/oversight/proof'] button")
        page.wait_for_selector("#answer-proof .yes")
        for path in ("/oversight", "/oversight/cases", "/oversight/fairness"):
            page.goto(base + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} wide"
            assert Axe().run(page).response["violations"] == [], path
        _keep(page, f"fairness-{width}")
        assert all(url.startswith(base) for url in outside)


def _keep(page: Any, name: str) -> None:
    """A picture for the documentation, when asked for."""
    if os.environ.get("ALDIA_SCREENSHOTS"):
        folder = Path(
            os.environ.get("ALDIA_SCREENSHOTS_DIR", CHECKOUT / "docs" / "screenshots" / "oversight")
        )
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
