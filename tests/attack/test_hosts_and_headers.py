"""What requests say about themselves: host names, forwarded addresses, line ends for headers and logs, redirects."""

from __future__ import annotations

import logging
from dataclasses import replace

import httpx
import pytest

from bot.desk.views import own_path
from bot.services import desk_people
from bot.services.application import Application
from bot.settings import Environment
from bot.telemetry.log_lines import PlainLines
from tests.attack.conftest import Open, Server
from tests.channels.conftest import PlayedRasa
from tests.channels.web.conftest import ROOT, Tab, server_of
from tests.desk.conftest import PASSWORD, new_user, waiting

EVIL = "evil.example"


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:5010", f"127.0.0.1.{EVIL}", f"a@{EVIL}", "", "[", "x" * 300])
@pytest.mark.parametrize("listens", ["127.0.0.1", "0.0.0.0", "::"])
def test_the_desk_answers_to_its_own_names_only(
    app: Application, open_desk: Open, host: str, listens: str
) -> None:
    settings = replace(app.settings, host=listens, environment=Environment.PRODUCTION)
    client = open_desk(replace(app, settings=settings), base="https://desk.example.org")
    assert client.get("/sign-in").status_code == 200
    for path in ("/sign-in", "/", "/people/", "/static/desk.css", "/api/v1/openapi.yml"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 400
        assert EVIL not in answer.text + str(answer.headers)
    assert (
        client.get("/health", headers={"host": "10.1.2.3:5010"}).status_code == 200
    )  # a probe calls by address


def test_no_redirect_names_the_host_that_a_request_claims(app: Application, open_desk: Open) -> None:
    client = open_desk(replace(app, settings=replace(app.settings, host="0.0.0.0")))  # development: any name
    new_user(app, "ana")
    for path in ("/", "/people/", "/sign-in/", "/static", "//evil.example", "/\\evil.example"):
        answer = client.get(path, headers={"host": EVIL})
        assert EVIL not in answer.headers.get("location", "")
        assert answer.headers.get("location", "/").startswith("/")
    signed_in = client.post("/sign-in", data={"name": "ana", "password": PASSWORD}, headers={"host": EVIL})
    assert signed_in.headers["location"] == "/"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "http://x//evil.example",
        "javascript:alert(1)",
        "data:x",
    ],
)
def test_the_way_back_leads_to_us(back: str) -> None:
    path = own_path(back)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))


def test_next_and_said_lead_nowhere(app: Application, open_desk: Open) -> None:
    client = open_desk(app)
    for name in ("next", "go", "to", "url", "return", "redirect", "said"):
        answer = client.get("/sign-in", params={name: f"https://{EVIL}/<script>"})
        assert EVIL not in answer.text
        posted = client.post(f"/sign-in?{name}=https://{EVIL}", data={"name": "x", "password": "y"})
        assert EVIL not in posted.text + posted.headers.get("location", "")


@pytest.mark.parametrize(
    "value", ["x\r\nSet-Cookie: a=b", "%0d%0aSet-Cookie:%20a=b", "%E5%98%8A%E5%98%8DSet-Cookie:a=b"]
)
def test_no_value_opens_a_new_header_of_the_desk(app: Application, open_desk: Open, value: str) -> None:
    talk = waiting(app).conversation.conversation_id
    new_user(app, "eva", "compliance")
    client = open_desk(app, "eva")
    record = client.get(f"/c/{talk}/record")
    assert record.headers["content-disposition"] == f'attachment; filename="record-{talk}.jsonl"'
    for path in (
        f"/c/{value.replace(chr(13), '%0d').replace(chr(10), '%0a')}/record",
        f"/?said={value}".replace("\r\n", "%0d%0a"),
    ):
        answer = client.get(path, headers={"referer": value.replace("\r\n", "")})
        assert "set-cookie" not in answer.headers


def test_a_forwarded_address_counts_only_behind_a_proxy(app: Application, rasa: PlayedRasa) -> None:
    server = server_of(app, rasa, {"limits": {"per_network": "2/minute"}})

    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = Tab(client)
        found = []
        for number in range(4):
            headers = {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": f"for=203.0.113.{number}",
                       "X-Real-IP": f"203.0.113.{number}", "True-Client-IP": f"203.0.113.{number}"}  # fmt: skip
            found.append((await tab.calls("POST", "session", {}, **headers)).status_code)
        return found

    assert server.run(story) == [200, 200, 429, 429]


def test_a_forwarded_address_does_not_escape_the_desks_lock(app: Application, open_desk: Open) -> None:
    client = open_desk(app)
    statuses = [
        client.post(
            "/sign-in",
            data={"name": f"name{n}", "password": "x"},
            headers={"x-forwarded-for": f"203.0.113.{n}"},
        ).status_code
        for n in range(31)
    ]
    assert statuses[:30] == [401] * 30
    assert statuses[30] == 429


@pytest.mark.parametrize("sent", ["2.2.2.2", "1.1.1.1, 2.2.2.2", "evil, 2.2.2.2", ", ,2.2.2.2"])
def test_behind_a_proxy_the_proxys_own_word_counts(app: Application, open_desk: Open, sent: str) -> None:
    from starlette.requests import Request

    from bot.desk.security import caller_of

    scope = {"type": "http", "headers": [(b"x-forwarded-for", sent.encode())], "client": ("10.0.0.1", 1)}
    assert caller_of(Request(scope), 1) == "2.2.2.2"
    assert caller_of(Request(scope), 0) == "10.0.0.1"


def test_the_line_that_a_proxy_added_counts_not_the_one_that_the_caller_sent() -> None:
    """Some proxies write a second header of the same name instead of a longer one."""
    from starlette.requests import Request

    from bot.desk.security import caller_of

    lines = [(b"x-forwarded-for", b"203.0.113.99"), (b"x-forwarded-for", b"198.51.100.7")]
    scope = {"type": "http", "headers": lines, "client": ("10.0.0.1", 1)}
    assert caller_of(Request(scope), 1) == "198.51.100.7"
    assert caller_of(Request(scope), 2) == "203.0.113.99"


def test_behind_a_proxy_the_chat_counts_a_network_of_ipv6_as_one(app: Application, rasa: PlayedRasa) -> None:
    """As Sanic reads the header: it puts brackets around such an address."""
    server = server_of(app, rasa, {"limits": {"per_network": "2/minute"}})
    server.config["PROXIES_COUNT"] = 1

    async def story(client: httpx.AsyncClient) -> list[int]:
        tab = Tab(client)
        sent = [f"2001:db8:1:2::{number:x}" for number in range(4)] + ["2001:db8:1:3::1"]
        calls = [await tab.calls("POST", "session", {}, **{"X-Forwarded-For": one}) for one in sent]
        return [answer.status_code for answer in calls]

    assert server.run(story) == [200, 200, 429, 429, 200]


ODD = ["http://[", "http://[evil", "null", "http://a:b:c", "//", "\xff\xfe", "http://\xff", "[", "x" * 5000]


@pytest.mark.parametrize("value", ODD)
def test_no_origin_or_referer_is_an_error(
    app: Application, open_desk: Open, server: Server, value: str
) -> None:
    raw = value.encode("latin-1")
    new_user(app, "ana")
    desk = open_desk(app, "ana")
    for path in ("/sign-in", "/account/password"):
        data = {"name": "ana", "password": PASSWORD, "csrf": "x"}
        assert desk.post(path, data=data, headers=[(b"origin", raw), (b"referer", raw)]).status_code == 400
    assert own_path(value).startswith("/")
    for path in ("session", "messages", "origin"):
        for method in ("POST", "GET", "OPTIONS"):
            headers = [(b"origin", raw), (b"content-type", b"application/json")]
            answer = server.call(method, f"{ROOT}/{path}", headers=headers)
            assert answer.status_code in (204, 200, 403, 405), (path, method, answer.text)
            assert value not in answer.headers.get("access-control-allow-origin", "")


@pytest.mark.parametrize("given", ["\udcff", "é", "", "Bearer", "\x00"])
def test_no_token_of_the_metrics_is_an_error(given: str) -> None:
    """As Sanic hands over bytes that are no text, and as Starlette does."""
    from bot.telemetry.exposition import Access

    for token in (None, "a-secret"):
        access = Access(token, is_behind_proxy=True)
        assert not access.allows("127.0.0.1", {"authorization": f"Bearer {given}"})
    assert Access("a-secret", is_behind_proxy=True).allows("1.2.3.4", {"authorization": "Bearer a-secret"})


def test_a_log_entry_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    formatter = PlainLines()
    forged = "x\r\n2027-01-01 INFO bot: signed in\u2028\x1b[2K\u202e"
    record = logging.LogRecord("bot", logging.WARNING, __file__, 1, "refused %s", (forged,), None)
    line = formatter.format(record)
    assert line.count("\n") == line.count("\r") == 0
    assert "\x1b" not in line
    assert "\u2028" not in line
    assert "\u202e" not in line


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\x0b", "\x0c", "\x1b", "\x85", "\x9b", "\u2029", "\u2067"]
)
@pytest.mark.parametrize("kind", ["plain", "json"])
def test_nothing_in_a_log_entry_moves_the_cursor_or_begins_another(character: str, kind: str) -> None:
    """In the message, in a field, and in the name of a logger or of a raised error's file."""
    from bot.telemetry.log_lines import JsonLines

    formatter: logging.Formatter = PlainLines() if kind == "plain" else JsonLines("rasa")
    forged = f'x{character}{{"level": "ERROR"}}'
    record = logging.LogRecord(f"bot{character}", logging.WARNING, __file__, 1, "refused %s", (forged,), None)
    record.fields = {"channel": forged, "names": [forged]}
    line = formatter.format(record)
    assert character not in line
    assert len(line.splitlines()) == 1


def test_the_widgets_calls_name_no_other_origin(server: Server) -> None:
    for origin in ("null", f"https://{EVIL}", "http://127.0.0.1:1\r\nX: y".replace("\r\n", "")):
        answer = server.call("OPTIONS", f"{ROOT}/session", headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["", "demo", "demo-en"])
def test_every_page_of_the_widget_carries_its_headers(server: Server, path: str) -> None:
    headers = server.call("GET", f"{ROOT}/{path}").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize("path", ["/nothing", "/sign-in", "/static/nothing", "/api/v1/queue", "/people"])
def test_every_answer_of_the_desk_carries_its_headers(app: Application, open_desk: Open, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        headers = open_desk(app).request(method, path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


TRICKS = [
    *("..%2f..%2f..%2fsettings.py", "../../settings.py", "....//....//settings.py", "%2e%2e/security.py"),
    *("..%5c..%5csettings.py", "/etc/passwd", "%2fetc%2fpasswd", "desk.css%00.py", "%c0%ae%c0%ae/x"),
]


@pytest.mark.parametrize("trick", TRICKS)
def test_static_files_are_those_of_their_folder(
    app: Application, open_desk: Open, server: Server, trick: str
) -> None:
    for answer in (
        open_desk(app).get(f"/static/{trick}"),
        server.call("GET", f"{ROOT}/{trick}"),
    ):
        assert answer.status_code in (400, 404, 405), trick
        assert "import" not in answer.text
        assert "root:" not in answer.text


def test_a_token_is_not_found_in_an_address(app: Application, open_desk: Open) -> None:
    token = desk_people.add_token(app, new_user(app, "ana"), "t", actor="t")
    assert (
        open_desk(app).get("/api/v1/queue", params={"token": token, "access_token": token}).status_code == 401
    )
