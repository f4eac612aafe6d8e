"""The script and our pages: small, safe, cached, and silent about what is private."""

from __future__ import annotations

import gzip
import re

import pytest

from bot.channels.web import assets
from tests.channels.conftest import Server
from tests.channels.web.conftest import ROOT
from tests.unit.test_responses import _DEBT_WORD

PAGES = ["", "demo", "demo-en"]
SCRIPT = assets.load()["widget.js"]


def test_the_script_is_small() -> None:
    assert len(gzip.compress(SCRIPT.content, 9)) < 30_000


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_no_foreign_or_inline_code(server: Server, page: str) -> None:
    answer = server.call("GET", f"{ROOT}/{page}")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script>|<style| style=| on\w+=", answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("page", PAGES)
def test_no_page_says_what_it_is_about(server: Server, page: str) -> None:
    text = server.call("GET", f"{ROOT}/{page}").text.replace("data-creditor", "")
    assert _DEBT_WORD.search(text) is None


def test_the_widget_names_nothing_private_before_the_server_does() -> None:
    texts = assets._text("widget/texts.js")
    # Labels of cards and forms are shown with figures, which come after identification only.
    after = r"^\s*(total|dates|identity): .*$"
    assert _DEBT_WORD.findall(re.sub(after, "", texts, flags=re.MULTILINE)) == []


def test_the_script_writes_no_markup_and_runs_no_text() -> None:
    source = SCRIPT.content.decode()
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|\.cookie"
    )
    assert not re.search(ways, source)


@pytest.mark.parametrize(("file", "kind"), [("widget.js", "text/javascript"), ("widget.css", "text/css")])
def test_files_come_compressed_and_are_cached(server: Server, file: str, kind: str) -> None:
    first = server.call("GET", f"{ROOT}/{file}", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-type"].startswith(kind)
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["access-control-allow-origin"] == "*"
    assert "Accept-Encoding" in first.headers["vary"]
    again = server.call("GET", f"{ROOT}/{file}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    tag = first.headers["etag"].strip('"')
    assert "immutable" in server.call("GET", f"{ROOT}/{file}?v={tag}").headers["cache-control"]
    assert "immutable" not in server.call("GET", f"{ROOT}/{file}?v=old").headers["cache-control"]


def test_a_page_loads_what_it_names_for_good(server: Server) -> None:
    page = server.call("GET", f"{ROOT}/")
    assert page.headers["cache-control"] == "no-cache"
    for address in re.findall(r'(?:src|href)="((?:widget|page)[^"]+)"', page.text):
        assert "immutable" in server.call("GET", f"{ROOT}/{address}").headers["cache-control"]


def test_the_page_is_found_without_its_slash(server: Server) -> None:
    answer = server.call("GET", ROOT)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{ROOT}/")


def test_health_follows_the_model(server: Server) -> None:
    assert server.call("GET", f"{ROOT}/health").json() == {"status": "ok"}
    server.agent = None
    assert server.call("GET", f"{ROOT}/health").status_code == 503
