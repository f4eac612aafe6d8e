"""What has to be said stands in what people write too; and a code that somebody reads out is looked up at the desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.desk.application import create
from bot.services import relay
from bot.services.application import Application
from bot.services.unit_of_work import OutboundMessage
from tests.desk.conftest import PASSWORD, new_user, waiting
from tests.support.people import Known, Person

US = Known(
    "AD-US-9001", "T-US", "US", "en", "Bluebonnet Lending", "USD", postal_code="78704", phone="+15125550101"
)


def told(person: Person) -> list[str]:
    """Codes recorded for the conversation, in order."""
    with person.app.unit_of_work(write=False) as uow:
        return [row.code.value for row in uow.disclosures.given(person.conversation.conversation_id, None)]


def newest(person: Person) -> OutboundMessage:
    """The last message of ours."""
    with person.app.unit_of_work(write=False) as uow:
        rows = uow.transcripts.of(person.conversation.conversation_id)
    return next(row for row in reversed(rows) if isinstance(row, OutboundMessage))


@pytest.fixture
def person(app: Application) -> Person:
    """A consumer in the United States, identified by SMS, whom Ana answers."""
    found = waiting(app, "+15125550101", US, channel="sms")
    relay.claim(app, new_user(app, "ana"), found.conversation.conversation_id)
    return found


def ana_writes(person: Person, key: str) -> OutboundMessage:
    """A message of hers."""
    ana = next(one for one in _people(person.app) if one.name == "ana")
    relay.send(
        person.app, ana, person.conversation.conversation_id, "I am looking into it.", key=key, confirmed=True
    )
    return newest(person)


def _people(app: Application) -> list:  # type: ignore[type-arg]
    with app.unit_of_work(write=False) as uow:
        return list(uow.desk_people.all())


def test_in_the_united_states_every_message_ends_with_how_to_stop(person: Person) -> None:
    person.says("none", "are you there?")
    before = told(person)
    for key in ("1", "2"):
        answer = ana_writes(person, key)
        assert re.fullmatch(r"I am looking into it\.\n.*(STOP|BAJA).*", answer.text)
        assert (answer.author, answer.response) == ("Ana", "desk")
    assert told(person)[len(before) :] == ["opt_out", "opt_out"]


def test_elsewhere_only_what_nobody_asked_for_does(app: Application) -> None:
    person = waiting(app, "+34600000001", Known(phone="+34600000001"), channel="sms")
    relay.claim(app, new_user(app, "ana"), person.conversation.conversation_id)
    assert ana_writes(person, "1").text == "I am looking into it."
    app.clock.at += timedelta(hours=3)  # type: ignore[attr-defined]
    assert ana_writes(person, "2").text.splitlines()[1:] != []
    assert told(person)[-1] == "opt_out"


def test_a_person_need_not_say_that_they_are_a_machine(person: Person) -> None:
    before = told(person)
    person.says("none", "hello?")
    ana_writes(person, "1")
    assert not {"ai", "human"} & set(told(person)[len(before) :])


def test_a_code_is_looked_up_for_somebody_on_the_phone(app: Application) -> None:
    from starlette.testclient import TestClient

    asking = waiting(app)
    asking.says("ask_legitimacy", "x")
    stranger = Person(app, "a stranger")
    stranger.says("ask_legitimacy", "x")
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", stranger.texts)
    assert found is not None
    new_user(app, "ana")
    with TestClient(create(app), base_url="http://127.0.0.1:5010", follow_redirects=False) as client:
        assert client.get("/verify").status_code == 303
        client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
        page = client.get("/verify").text
        token = re.search(r'data-csrf="([^"]+)"', page)
        assert token is not None

        def answer(typed: str) -> str:
            return str(client.post("/verify", data={"csrf": token.group(1), "code": typed}).text)

        talk = stranger.conversation.conversation_id
        assert f"/c/{talk}" in answer(found.group().lower())
        assert f"/c/{talk}" not in answer("AAAA-AAAA")
        app.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
        assert client.post("/verify", data={"code": found.group()}).status_code == 400
