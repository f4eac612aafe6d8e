"""An unknown address of ours: a small page in the person's language with a way back; programs get what Sanic says."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest

from tests.channels.conftest import Server
from tests.channels.web.conftest import ROOT
from tests.unit.test_responses import _DEBT_WORD

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("language", "title"),
    [("es", "Aquí no hay nada"), ("en-GB,en;q=0.9", "There is nothing here"), ("fr", "Aquí")],
)
@pytest.mark.parametrize("path", ["nada", "a/b/c", "verify/x"])
def test_people_get_a_page_with_a_way_back(server: Server, path: str, language: str, title: str) -> None:
    answer = server.call("GET", f"{ROOT}/{path}", headers={**BROWSER, "Accept-Language": language})
    assert answer.status_code == 404
    assert title in answer.text
    assert not _DEBT_WORD.search(answer.text)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Language"] == ("en" if language.startswith("en") else "es")
    back = answer.text.split('<p><a href="')[1].split('"')[0]
    assert urljoin(f"https://x.example{ROOT}/{path}", back) == f"https://x.example{ROOT}/"
    assert urljoin(f"https://x.example{ROOT}/{path}", f"{back}verify.css").endswith(f"{ROOT}/verify.css")


def test_what_was_asked_for_is_not_repeated(server: Server) -> None:
    answer = server.call("GET", f"{ROOT}/%3Cscript%3Ealert(1)%3C/script%3E", headers=BROWSER)
    assert answer.status_code == 404
    assert "script" not in answer.text


@pytest.mark.parametrize(
    ("path", "accept"), [(f"{ROOT}/nada", "application/json"), ("/webhooks/rest/nada", BROWSER["Accept"])]
)
def test_programs_and_other_addresses_get_no_page(server: Server, path: str, accept: str) -> None:
    answer = server.call("GET", path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert "Aquí no hay nada" not in answer.text
