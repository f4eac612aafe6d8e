"""One chat, two people: each gets, exports and erases what is theirs, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.audit.export import WITHHELD, Part, export_lines
from bot.audit.export_check import ExportCheck, check_export
from bot.debt.party import DebtorId
from bot.services import personal_data
from bot.services.application import Application
from bot.storage.renewal import renew
from tests.support.people import Known, Person, add, build

ANA = Known(phone="+34600111222")
BEA = Known(
    reference="AD-ES-9002", debtor_id="T-2", document="87654321X", postal_code="08001", born="1970-01-02"
)
A, B = DebtorId("T-1"), DebtorId("T-2")


@pytest.fixture
def app(database_url: str) -> Application:
    """An application over each of the two databases, with two debtors."""
    built = build(database_url)
    add(built, ANA)
    add(built, BEA)
    return built


def wait(app: Application, **time: int) -> None:
    app.clock.at += timedelta(**time)  # type: ignore[attr-defined]


@pytest.fixture
def chat(app: Application) -> Person:
    """Ana identifies herself and talks; an hour later somebody greets, is Bea, and talks too."""
    person = Person(app, address="+34600111222", channel="sms")
    person.identifies(ANA)
    person.says("complain", "mi vecina Marcelina lo sabe")
    wait(app, hours=1)
    person.says("greet", "hola, soy Jacinta")
    person.identifies(BEA)
    person.says("complain", "mi prima Filomena lo sabe")
    return person


def data(app: Application, who: DebtorId) -> str:
    return json.dumps(personal_data.give(app, who, "test"), default=str, ensure_ascii=False)


def exported(app: Application, who: DebtorId) -> list[dict[str, Any]]:
    """The entries of an export, which is sound."""
    counts = ExportCheck()
    with app.unit_of_work(write=False) as uow:
        connection, keys = uow.connection, uow.keys  # type: ignore[attr-defined]
        lines = list(export_lines(connection, Part(who), keys, app.clock.now(), None))
    assert list(check_export(lines, counts)) == []
    entries = [json.loads(line) for line in lines][:-1]
    assert counts.withheld == sum(entry["tag"] == WITHHELD for entry in entries)
    return entries


def test_each_gets_what_they_said_and_nothing_of_the_other(app: Application, chat: Person) -> None:
    of_ana, of_bea = data(app, A), data(app, B)
    assert "Marcelina" in of_ana
    assert not [word for word in ("Filomena", "Jacinta", "AD-ES-9002") if word in of_ana]
    assert "Filomena" in of_bea
    assert "Jacinta" in of_bea, "who greets and then is identified is the same person"
    assert not [word for word in ("Marcelina", "AD-ES-9001") if word in of_bea]


def test_each_export_verifies_and_withholds_the_others_entries(app: Application, chat: Person) -> None:
    for who, own, other in ((A, "Marcelina", "Filomena"), (B, "Filomena", "Marcelina")):
        entries = exported(app, who)
        content = json.dumps(entries, ensure_ascii=False)
        assert own in content
        assert other not in content
        assert any(entry["tag"] == WITHHELD for entry in entries)
        content = json.dumps([entry for entry in entries if entry["tag"] != WITHHELD])
        assert ("AD-ES-9001" in content) is (who == A)


def test_erasing_one_leaves_the_other_whole(app: Application, chat: Person) -> None:
    done = personal_data.erase(app, A, "x", "test", despite_our_default=True)
    assert isinstance(done, personal_data.Erased)
    assert "Marcelina" not in data(app, A)
    assert "Filomena" in data(app, B)
    assert chat.says("ask_balance", "¿cuánto debo?")
    with app.unit_of_work(write=False) as uow:
        assert list(uow.audit.check()) == []
    assert "Marcelina" not in json.dumps(exported(app, A)) + json.dumps(exported(app, B))


def test_erasing_who_has_the_chat_now_leaves_what_the_first_one_said(app: Application, chat: Person) -> None:
    done = personal_data.erase(app, B, "x", "test", despite_our_default=True)
    assert isinstance(done, personal_data.Erased)
    assert not [word for word in ("Filomena", "Jacinta") if word in data(app, B)]
    assert "Marcelina" in data(app, A)
    before = chat.conversation.conversation_id if _is_there(chat) else None
    chat.says("greet", "hola")
    assert chat.conversation.conversation_id != before


def _is_there(person: Person) -> bool:
    with person.app.unit_of_work(write=False) as uow:
        return uow.conversations.by_address(person.channel, person.address) is not None


def test_what_nobody_identified_said_is_nobodys_and_goes_with_the_chat(
    app: Application, chat: Person
) -> None:
    wait(app, hours=2)
    chat.says("greet", "buenas, soy Casilda")
    wait(app, hours=2)
    chat.identifies(ANA)
    assert "Casilda" not in data(app, A) + data(app, B)
    with app.unit_of_work(write=False) as uow:
        assert [len(uow.personal_data.parts(who)) for who in (A, B)] == [3, 1]
    personal_data.erase(app, A, "x", "test", despite_our_default=True)
    with app.unit_of_work(write=False) as uow:
        assert "Casilda" not in str(list(uow.audit.of_part(Part())))


def test_the_same_person_after_a_silence_has_both_parts(app: Application, chat: Person) -> None:
    wait(app, hours=3)
    chat.identifies(BEA)
    chat.says("complain", "y mi tía Eufrasia también")
    of_bea = data(app, B)
    assert "Filomena" in of_bea
    assert "Eufrasia" in of_bea


def test_a_new_data_key_is_given_to_every_part(app: Application, chat: Person, database_url: str) -> None:
    from bot.audit.sealing import Keyring
    from bot.storage.unit_of_work import open_factory

    old, name = app.settings.identity_key, chat.conversation.conversation_id
    both = open_factory(database_url, Keyring((b"n" * 40, *app.settings.record.data_keys, old)))
    list(renew(both))
    both.dispose()
    newest = open_factory(database_url, Keyring((b"n" * 40,)))
    with newest(write=False) as uow:
        texts = [message.text for message in uow.transcripts.of(name)]
    newest.dispose()
    assert "mi vecina Marcelina lo sabe" in texts
    assert "mi prima Filomena lo sabe" in texts
