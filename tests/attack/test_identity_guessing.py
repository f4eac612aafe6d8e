"""Guessing who somebody is: over many chats, channels and networks, at once, and by what the answers give away."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta

import pytest

from bot.debt.party import DebtorId
from bot.services import dialogue, reception
from bot.services.application import Application
from bot.services.networks import network_of
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.support.people import Known, Person, add


def guesses(app: Application, count: int) -> list[str]:
    """So many wrong pairs of facts."""
    first = date(1970, 1, 1)
    return [f"{first + timedelta(days=n):%d/%m/%Y}, 28{n:03d}" for n in range(100, 100 + count)]


def failures(app: Application, subject: str) -> int:
    with app.unit_of_work(write=False) as uow:
        return uow.identity_attempts.failures_since(subject, app.clock.now() - timedelta(days=2))


@pytest.mark.parametrize("channels", [("rest",), ("rest", "web", "telegram", "sms", "whatsapp")])
def test_birth_dates_of_one_account_are_not_found_from_a_hundred_chats(
    app: Application, channels: tuple[str, ...]
) -> None:
    known = add(app, Known())
    for number, guess in enumerate(guesses(app, 100)):
        channel = channels[number % len(channels)]
        Person(app, f"+3460000{number:04d}", channel).says("inform", f"{known.reference}, {guess}")
    assert failures(app, known.debtor_id) == 3  # what came after the lock was not even compared
    late = Person(app, "the-right-one")
    late.says("inform", known.facts())
    assert late.conversation.verified_at is None
    assert "utter_identity_locked" in late.heard


def test_a_message_holds_few_readings(app: Application) -> None:
    known = add(app, Known())
    person = Person(app)
    dates = [
        f"{date(1985, 3, 1) + timedelta(days=n):%d/%m/%Y}" for n in range(25)
    ]  # the right one among them
    person.says("inform", f"{known.reference} 28013 {' '.join(dates)}")
    assert person.conversation.verified_at is None


def test_one_network_that_tries_many_people_is_stopped(app: Application) -> None:
    known = add(app, Known())

    def tries(number: int, text: str, network: str) -> str:
        incoming = Incoming("web", f"tab-{network}-{number}", None, text, network=network)
        received = reception.receive(app, incoming)
        person = Person(app, incoming.address, "web")
        heard = Heard("inform", 0.99, (), tuple(person._entities(text)), None, text)
        dialogue.take_turn(app, received.message_id, heard)
        return " ".join(row.response for row in reception.conclude(app, received.message_id))

    for number in range(30):
        tries(number, f"AD-ES-{1000 + number}, 01/01/1990, 08001", "203.0.113.7")
    assert "utter_identity_locked" in tries(31, known.facts(), "203.0.113.7")
    assert "utter_identified" in tries(32, known.facts(), "203.0.113.8")
    app.clock.at += timedelta(minutes=61)  # type: ignore[attr-defined]
    assert "utter_identified" in tries(33, known.facts(), "203.0.113.7")


def test_where_somebody_was_is_not_kept(app: Application) -> None:
    reception.receive(app, Incoming("web", "tab", None, "hola", network="203.0.113.7"))
    assert "203.0.113" not in str(Person(app, "tab", "web").conversation.state)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (
            "2001:db8:1:2::1",
            "2001:db8:1:2:ffff:ffff:ffff:ffff",
            True,
        ),  # what a provider gives to one customer
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("unknown", "unknown", True),
    ],
)
def test_changing_the_address_within_a_network_gains_nothing(one: str, other: str, is_same: bool) -> None:
    assert (network_of(one) == network_of(other)) is is_same


@pytest.mark.parametrize(
    "text",
    [
        "{} 12345678Z",
        "{} dni 12345678Z",
        "{}, mi dni es 99999999R y 28013",
        "{}",
        "{} 28013",
        "{} 12/03/1985",
        "{}, 13/03/1985, 28013",
        "16543210-K {}",
    ],
)
def test_no_message_tells_whether_there_is_an_account(app: Application, text: str) -> None:
    add(app, Known())
    told = []
    for reference in ("AD-ES-9001", "AD-ES-7777"):
        person = Person(app, reference)
        person.says("ask_balance", "cuánto debo")
        person.says("inform", text.format(reference))
        talk = person.conversation
        claims = {key: bool(value) for key, value in talk.state["claims"].items()}
        told.append((person.heard, talk.pending, claims))
    assert told[0] == told[1]


def test_guessing_references_is_limited_in_one_chat(app: Application) -> None:
    person = Person(app)
    heard = Counter[str]()
    for number in range(40):
        heard.update(set(person.says("inform", f"AD-ES-{number:04d}, 01/01/1990, 08001")))
    assert heard["utter_identity_failed"] <= 9


def test_guesses_at_the_same_moment_do_not_pass_the_lock(both: Application) -> None:
    known = add(both, Known())
    people = [Person(both, f"at-once-{number}") for number in range(8)]
    ready = threading.Barrier(len(people))

    def tries(person: Person) -> None:
        text = f"{known.reference}, 01/01/1990, 08001"
        received = reception.receive(both, Incoming("rest", person.address, None, text))
        heard = Heard("inform", 0.99, (), tuple(person._entities(text)), None, text)
        ready.wait(30)
        dialogue.take_turn(both, received.message_id, heard)

    threads = [threading.Thread(target=tries, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures(both, DebtorId(known.debtor_id)) == 3


def test_a_lock_says_how_long_it_still_lasts(app: Application) -> None:
    known, person = add(app, Known()), Person(app)
    for _ in range(3):
        person.says("inform", f"{known.reference}, 01/01/1990, 08001")
    assert " 24 " in person.texts
    app.clock.at += timedelta(hours=20, minutes=30)  # type: ignore[attr-defined]
    person.says("inform", known.facts())
    assert " 4 " in person.texts
