"""The desk over HTTP: who gets in, what they may see and do, and that forged or guessed requests change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pyotp
import pytest
from starlette.testclient import TestClient

from bot.debt.conversations import Owner
from bot.desk.application import create
from bot.desk.texts import load as load_texts
from bot.services import desk_people, desk_sign_in, desk_wording, relay
from bot.services.application import Application
from bot.services.desk_turn import desk_turn
from tests.desk.conftest import PASSWORD, new_user, waiting
from tests.support.people import Known, Person

Browser = TestClient


@contextmanager
def browsing(app: Application) -> Iterator[Browser]:
    with TestClient(create(app), base_url="http://127.0.0.1:5010", follow_redirects=False) as client:
        yield client


@pytest.fixture
def open_browser(app: Application) -> Iterator[Callable[[str], Browser]]:
    """Opens a browser and signs somebody in."""
    opened = []

    def sign_in(name: str) -> Browser:
        manager = browsing(app)
        client = manager.__enter__()
        opened.append(manager)
        assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        return client

    yield sign_in
    for manager in opened:
        manager.__exit__(None, None, None)


def token_of(client: Browser, path: str = "/account") -> str:
    found = re.search(r'data-csrf="([^"]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def post(client: Browser, path: str, **fields: str) -> int:
    return client.post(path, data={"csrf": token_of(client), **fields}).status_code


# -- getting in -----------------------------------------------------------------------------------------------------


def test_nobody_sees_anything_before_signing_in(app: Application) -> None:
    person = waiting(app)
    with browsing(app) as client:
        for path in (
            "/",
            "/queue/rows",
            f"/c/{person.conversation.conversation_id}",
            "/people",
            "/approvals",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?said=signed_out")
        assert client.get("/live").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Application) -> None:
    new_user(app, "ana")
    with browsing(app) as client:
        cookie = (
            client.post("/sign-in", data={"name": "ana", "password": PASSWORD}).headers["set-cookie"].lower()
        )
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        stored = client.cookies["aldia_desk"]
    with app.unit_of_work(write=False) as uow:
        assert uow.desk_people.session(stored) is None  # only its hash is


def test_headers_leave_no_way_for_foreign_scripts(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    new_user(app, "ana")
    answer = open_browser("ana").get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", answer.text)


def test_wrong_passwords_lock_and_tell_nothing(app: Application) -> None:
    new_user(app, "ana")
    with browsing(app) as client:
        for name in ("ana", "nobody"):
            answers = [client.post("/sign-in", data={"name": name, "password": "wrong"}) for _ in range(5)]
            assert {answer.status_code for answer in answers} == {401}
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 429
        app.clock.at += timedelta(minutes=16)  # type: ignore[attr-defined]
        assert client.post("/sign-in", data={"name": "ana", "password": PASSWORD}).status_code == 303


def test_a_session_ends_by_silence_and_by_age(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    new_user(app, "ana")
    client = open_browser("ana")
    app.clock.at += timedelta(minutes=19)  # type: ignore[attr-defined]
    assert client.get("/").status_code == 200
    app.clock.at += timedelta(minutes=19)  # type: ignore[attr-defined]
    assert client.get("/queue/rows").status_code == 200  # a page that keeps itself up to date …
    app.clock.at += timedelta(minutes=2)  # type: ignore[attr-defined]
    assert client.get("/").status_code == 303  # … does not keep a session alive
    client = open_browser("ana")
    for _ in range(31):
        app.clock.at += timedelta(minutes=19)  # type: ignore[attr-defined]
        client.get("/")
    app.clock.at += timedelta(minutes=19)  # type: ignore[attr-defined]
    assert client.get("/").status_code == 303


def test_somebody_shut_out_is_out_at_once(open_browser: Callable[[str], Browser], app: Application) -> None:
    ana = new_user(app, "ana")
    client = open_browser("ana")
    desk_people.set_disabled(app, ana.user_id, disabled=True, actor="test")
    assert client.get("/").status_code == 303
    assert client.post("/sign-in", data={"name": "ana", "password": PASSWORD}).status_code == 401


def test_a_second_factor_is_asked_for_and_a_code_is_good_once(app: Application) -> None:
    ana, secret = new_user(app, "ana"), desk_sign_in.new_secret()
    code = pyotp.TOTP(secret).at(int(app.clock.now().timestamp()))
    desk_sign_in.turn_on_code(app, ana, secret, code)
    with app.unit_of_work(write=False) as uow:
        stored = uow.desk_people.get(ana.user_id)
        assert stored is not None
        assert secret not in str(stored.totp_secret)
    with browsing(app) as client:
        go = client.post("/sign-in", data={"name": "ana", "password": PASSWORD}).headers["location"]
        assert go == "/sign-in/code"
        assert client.get("/").status_code == 303  # not in yet
        assert client.post("/sign-in/code", data={"code": "000000"}).status_code == 401
        code = pyotp.TOTP(secret).at(int(app.clock.now().timestamp()))
        assert client.post("/sign-in/code", data={"code": code}).headers["location"] == "/"
        assert client.get("/").status_code == 200
        client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
        assert client.post("/sign-in/code", data={"code": code}).status_code == 401


def test_a_given_password_has_to_be_changed(app: Application) -> None:
    desk_people.add_user(app, "eva", role="agent", password=PASSWORD)
    with browsing(app) as client:
        client.post("/sign-in", data={"name": "eva", "password": PASSWORD})
        assert client.get("/").headers["location"].startswith("/account")
        assert post(client, "/account/password", old=PASSWORD, new="short") == 400
        assert post(client, "/account/password", old=PASSWORD, new="a new long phrase") == 303
        assert client.get("/").status_code == 200


# -- what one may do ------------------------------------------------------------------------------------------------


def test_a_form_without_its_token_or_from_elsewhere_changes_nothing(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    person = waiting(app)
    new_user(app, "ana")
    client, path = open_browser("ana"), f"/c/{person.conversation.conversation_id}/claim"
    assert client.post(path).status_code == 400
    assert client.post(path, data={"csrf": "x" * 32}).status_code == 400
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post(path, data={"csrf": token_of(client)}, headers=elsewhere).status_code == 400
    assert client.get(path).status_code == 405
    assert person.conversation.owner is Owner.WAITING


def test_a_conversation_of_somebody_else_is_not_there(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    new_user(app, "ben")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    client = open_browser("ben")
    assert client.get(f"/c/{talk}").status_code == 404
    assert client.get(f"/c/{talk}/parts").status_code == 404
    assert client.get(f"/live?conversation={talk}").status_code == 404
    for action in (
        "send",
        "close",
        "hand-back",
        "release",
        "outcome",
        "offer",
        "propose",
        "identify",
        "accept",
    ):
        assert post(client, f"/c/{talk}/{action}", text="hola", reason="porque sí", key="1") in (400, 403), (
            action
        )
    assert post(client, f"/c/{talk}/reveal", reason="curiosidad mía") == 404
    assert post(client, f"/c/{talk}/note", text="hola") == 404
    assert post(client, f"/c/{talk}/claim") == 409
    assert client.get("/c/C-unknown").status_code == 404
    assert talk not in client.get("/").text


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", {"/"}),
        ("supervisor", {"/", "/approvals", "/conversations"}),
        ("compliance", {"/", "/conversations"}),
        ("administrator", {"/people"}),
    ],
)
def test_each_role_sees_its_own_pages(
    role: str, allowed: set[str], open_browser: Callable[[str], Browser], app: Application
) -> None:
    new_user(app, "someone", role)
    client = open_browser("someone")
    for path in ("/", "/approvals", "/conversations", "/people"):
        assert client.get(path).status_code == (200 if path in allowed else 403), path


def test_data_of_somebody_not_identified_are_hidden_until_a_reason_is_given(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    person = Person(app)
    person.identifies(known := _known(app))
    person.says("request_agent", "una persona")
    app.clock.at += timedelta(hours=1)  # type: ignore[attr-defined]  # the identification is over
    new_user(app, "ana")
    client, talk = open_browser("ana"), person.conversation.conversation_id
    for path in (f"/c/{talk}", f"/c/{talk}/parts"):
        page = client.get(path).text
        for hidden in (known.reference, "Lucía", "600,00", "1985", "28013", "Financiera Ribera"):
            assert hidden not in page, hidden
    assert post(client, f"/c/{talk}/reveal", reason="corto") == 400
    assert post(client, f"/c/{talk}/reveal", reason="Amenaza con hacerse daño, aviso a emergencias") == 303
    assert "Lucía Prueba" in client.get(f"/c/{talk}").text
    with app.unit_of_work(write=False) as uow:
        entries = uow.audit.of_chain(f"conversation:{talk}", ["DESK_REVEALED", "DESK_OPENED"])
    assert [entry["tag"] for entry in entries] == ["DESK_OPENED", "DESK_REVEALED"]
    assert "emergencias" in entries[1]["payload"]["reason"]
    app.clock.at += timedelta(minutes=16)  # type: ignore[attr-defined]
    assert "Lucía Prueba" not in client.get(f"/c/{talk}").text


def _known(app: Application) -> Known:
    from tests.support.people import add

    return add(app, Known())


def test_forbidden_words_do_not_go_out_and_doubtful_ones_only_confirmed(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    client = open_browser("ana")
    path, token = f"/c/{talk}/send", token_of(client)
    accept = {"accept": "application/json", "x-csrf-token": token}

    def send(text: str, **more: str) -> str:
        return str(
            client.post(path, json={"text": text, "key": text, **more}, headers=accept).json().get("code")
        )

    assert send("Le vamos a embargar la nómina") == "forbidden_wording"
    assert send("Es usted un MOROSO") == "forbidden_wording"
    assert send("We will sue you") == "forbidden_wording"  # in whichever language
    assert send("¿Por qué no ha pagado?") == "wording_warned"  # a law in Colombia, our choice here
    assert send("Pague inmediatamente") == "wording_warned"
    assert send("Pague inmediatamente", confirmed="yes") == "None"
    assert send("Puede acudir a la OMIC o al Banco de España") == "None"  # naming a right is no threat
    with app.unit_of_work(write=False) as uow:
        said = [m.text for m in uow.transcripts.of(talk) if getattr(m, "author", "") == "Ana"]
    assert said == ["Pague inmediatamente", "Puede acudir a la OMIC o al Banco de España"]


def test_the_composer_names_the_fact_of_the_law(app: Application) -> None:
    person, ana = waiting(app, "+34600000001", channel="sms", known=Known()), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    with desk_turn(app, ana, talk) as turn:
        assert desk_wording.check(turn, "Gracias, lo miro ahora") == []
        found = desk_wording.check(turn, "Lo pondremos en manos de la policía")
        assert [finding.action for finding in found] == ["stop"]
        facts = {fact.fact_id for fact in turn.app.rulebook.jurisdictions.profile("ES").facts}
        assert found[0].rule_id in facts
    app.clock.at = app.clock.at.replace(hour=2) + timedelta(days=2)  # type: ignore[attr-defined]
    with desk_turn(app, ana, talk) as turn:
        assert any(finding.why == desk_wording._NOT_NOW for finding in desk_wording.check(turn, "Buenas"))


def test_nothing_about_a_debt_goes_to_somebody_not_identified(app: Application) -> None:
    from tests.desk.test_relay import refused

    person, ana = waiting(app), new_user(app, "ana")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    refused("forbidden_wording", lambda: relay.send(app, ana, talk, "Es por su deuda de 300 €", key="1"))
    relay.send(app, ana, talk, "¿Me da su referencia?", key="2")


# -- programs -------------------------------------------------------------------------------------------------------


def test_programs_need_a_token_and_have_the_rights_of_its_user(app: Application) -> None:
    person, ana, ben = waiting(app), new_user(app, "ana"), new_user(app, "ben")
    talk = person.conversation.conversation_id
    tokens = {user.name: desk_people.add_token(app, user, "test", actor="test") for user in (ana, ben)}
    with browsing(app) as client:
        assert client.get("/api/v1/queue").status_code == 401
        assert client.get("/api/v1/queue", headers={"authorization": "Bearer nonsense"}).status_code == 401

        def call(name: str, path: str, **content: str) -> tuple[int, dict[str, object]]:
            headers = {"authorization": f"Bearer {tokens[name]}"}
            answer = client.post(f"/api/v1{path}", json=content, headers=headers)
            return answer.status_code, answer.json()

        queue = client.get("/api/v1/queue", headers={"authorization": f"Bearer {tokens['ana']}"}).json()
        assert [row["conversation_id"] for row in queue["conversations"]] == [talk]
        assert call("ana", f"/conversations/{talk}/claim")[0] == 200
        assert call("ben", f"/conversations/{talk}/claim")[1]["error"] == "taken"
        assert call("ben", f"/conversations/{talk}/messages", text="Hola", key="1")[0] == 403
        assert call("ana", f"/conversations/{talk}/messages", text="Hola")[1]["error"] == "key_missing"
        assert call("ana", f"/conversations/{talk}/messages", text="Hola", key="1")[0] == 200
        bad = client.post(
            f"/api/v1/conversations/{talk}/notes",
            content=b"[1]",
            headers={"authorization": f"Bearer {tokens['ana']}", "content-type": "application/json"},
        )
        assert bad.status_code == 400
        assert call("ana", f"/conversations/{talk}/hand-back", reason="listo")[0] == 200
        desk_people.revoke_tokens(app, ana, actor="test")
        assert call("ana", "/queue/next")[0] == 401
        assert client.get("/api/v1/openapi.yml").status_code == 200


# -- words ----------------------------------------------------------------------------------------------------------


def test_every_word_of_the_pages_is_there_in_both_languages() -> None:
    from importlib import resources
    from pathlib import Path

    folder = Path(str(resources.files("bot.desk")))
    keys = set()
    for file in [*folder.rglob("*.html"), *folder.glob("*.py")]:
        text = file.read_text(encoding="utf-8")
        keys |= set(re.findall(r"""\bt(?:exts)?\(['"]([a-z_]+\.[A-Za-z_]*[A-Za-z])['"]""", text))
    codes = set()
    for file in (folder.parent / "services").glob("*.py"):
        codes |= set(re.findall(r'DeskRefusal\(\s*"(\w+)"', file.read_text(encoding="utf-8")))
    keys |= {f"refused.{code}" for code in codes}
    for texts in load_texts().values():
        assert sorted(keys - texts.words.keys()) == []
        assert all(texts.words.values())


def test_what_a_person_authorised_is_on_the_page_of_the_case(
    open_browser: Callable[[str], Browser], app: Application
) -> None:
    from bot.debt.consents import How
    from bot.debt.party import DebtorId
    from bot.services import consents

    person, ana = waiting(app, known=Known()), new_user(app, "ana")
    by = {"how": How.WRITTEN, "by": "Ana", "proof": "formulario 2231"}
    consents.enter(app, DebtorId(Known().debtor_id), "sms", is_given=True, **by)  # type: ignore[arg-type]
    relay.claim(app, ana, person.conversation.conversation_id)
    page = open_browser("ana").get(f"/c/{person.conversation.conversation_id}").text
    assert 'id="box-consents"' in page
    assert "formulario 2231" in page
