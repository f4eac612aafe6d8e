"""The page on which people check that it is us: right, wrong and expired codes, guessing, languages, silence."""

from __future__ import annotations

import re

import httpx
import pytest

from bot.services.application import Application
from tests.channels.conftest import PlayedRasa, Server
from tests.channels.web.conftest import ROOT, passes, server_of
from tests.support.people import Known, Person, add
from tests.unit.test_responses import _DEBT_WORD

PAGE = f"{ROOT}/verify"
YES, NO = 'class="result yes"', 'class="result no"'


@pytest.fixture
def code(app: Application) -> str:
    """A code that an identified debtor was given by SMS."""
    known = add(app, Known(phone="+34600000001"))
    person = Person(app, "+34600000001", "sms")
    person.identifies(known)
    person.says("ask_legitimacy", "¿cómo sé que son ustedes?")
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", person.texts)
    assert found is not None
    return found.group()


def check(server: Server, typed: str, language: str = "en") -> httpx.Response:
    """Send the form."""
    return server.call("POST", f"{PAGE}?lang={language}", data={"code": typed})


@pytest.mark.parametrize("language", ["es", "en"])
def test_our_code_is_known_with_where_and_when_and_nothing_else(
    server: Server, code: str, language: str
) -> None:
    answer = check(server, f" {code.lower()} ", language)
    assert (answer.status_code, YES in answer.text) == (200, True)
    assert "SMS" in answer.text
    assert "2026" in answer.text
    assert "12:00" in answer.text, "on the clock of the person's country"
    assert not re.search("Luc|600000001|Ribera|AD-ES", answer.text)
    assert code not in answer.text


def test_a_wrong_an_expired_and_an_empty_code_get_the_same_answer(
    server: Server, app: Application, code: str
) -> None:
    wrong = check(server, "AAAA-AAAA")
    assert (wrong.status_code, NO in wrong.text) == (200, True)
    passes(app, hours=24)
    assert check(server, code).text == wrong.text
    assert check(server, "").text == wrong.text
    assert check(server, "<b>" * 20).text == wrong.text


def test_guessing_is_stopped(app: Application, rasa: PlayedRasa, code: str) -> None:
    server = server_of(app, rasa, {"limits": {"code_checks": "3/minute"}})

    async def story(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.post(PAGE, data={"code": typed}) for typed in ("A", "B", "C", code)]

    answers = server.run(story)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert YES not in answers[-1].text
    assert answers[-1].headers["retry-after"] == "60"
    assert server.call("GET", PAGE).status_code == 200


def test_too_much_is_refused_unread(server: Server) -> None:
    assert server.call("POST", PAGE, data={"code": "A" * 5_000}).status_code == 413


@pytest.mark.parametrize(("accepted", "language"), [("en-GB,en;q=0.9", "en"), ("es-MX", "es"), ("fr", "es")])
def test_the_page_speaks_the_browsers_language(server: Server, accepted: str, language: str) -> None:
    answer = server.call("GET", PAGE, headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_the_page_is_safe_private_and_says_nothing_of_debts(server: Server) -> None:
    for language in ("es", "en"):
        answer = server.call("GET", f"{PAGE}?lang={language}")
        assert _DEBT_WORD.search(answer.text) is None
        assert "{{" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert '<label for="code">' in answer.text
        style = re.search(r'href="(verify\.css\?v=\w+)"', answer.text)
        assert style is not None
        assert server.call("GET", f"{ROOT}/{style.group(1)}").status_code == 200
