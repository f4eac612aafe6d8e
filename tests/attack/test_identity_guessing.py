"""Guessing who somebody is: over many chats, channels and networks, at once, and by what the answers give away."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta

import pytest

from bot.debt.party import ConversationId, DebtorId
from bot.services import desk_case, desk_identity, dialogue, reception, relay
from bot.services.application import Application
from bot.services.networks import network_of
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.desk.conftest import new_user
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
        # As proxies write it (with a port), and as Sanic does (in brackets).
        ("203.0.113.7:51234", "203.0.113.7:51235", True),
        ("203.0.113.7:51234", "203.0.113.7", True),
        ("203.0.113.7:80", "203.0.113.8:80", False),
        ("[2001:db8:1:2::1]", "[2001:db8:1:2::2]", True),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::2", True),
        ("[2001:db8:1:2::1]", "[2001:db8:1:3::1]", False),
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


def read(app: Application, text: str) -> Heard:
    """What Rasa reads in a text. In one thread, as there: spaCy is for one."""
    reader = Person(app, "reader")
    reader.says("greet", "hola")
    return Heard("inform", 0.99, (), tuple(reader._entities(text)), None, text)


def test_guesses_at_the_same_moment_do_not_pass_the_lock(both: Application) -> None:
    known = add(both, Known())
    people = [Person(both, f"at-once-{number}") for number in range(8)]
    ready = threading.Barrier(len(people))

    text = f"{known.reference}, 01/01/1990, 08001"
    heard = read(both, text)

    def tries(person: Person) -> None:
        received = reception.receive(both, Incoming("rest", person.address, None, text))
        ready.wait(30)
        dialogue.take_turn(both, received.message_id, heard)

    threads = [threading.Thread(target=tries, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures(both, DebtorId(known.debtor_id)) == 3


def test_guesses_over_all_channels_at_the_same_moment_do_not_pass_the_lock(both: Application) -> None:
    known = add(both, Known())
    channels = ("telegram", "sms", "whatsapp", "web", "rest")
    people = [Person(both, f"+3460000000{number}", channel) for number, channel in enumerate(channels * 2)]
    texts = [f"{known.reference}, {guess}" for guess in guesses(both, len(people))]
    heard = [read(both, text) for text in texts]
    ready = threading.Barrier(len(people))

    def tries(person: Person, told: Heard) -> None:
        incoming = Incoming(person.channel, person.address, None, told.text)
        received = reception.receive(both, incoming)
        ready.wait(60)
        dialogue.take_turn(both, received.message_id, told)

    threads = [threading.Thread(target=tries, args=pair) for pair in zip(people, heard, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures(both, DebtorId(known.debtor_id)) == 3
    late = Person(both, "late", "web")
    late.says("inform", known.facts())
    assert late.conversation.verified_at is None


def locked_by_a_stranger(app: Application) -> Known:
    known = add(app, Known())
    for number, guess in enumerate(guesses(app, 5)):
        Person(app, f"stranger-{number}", "web").says("inform", f"{known.reference}, {guess}")
    return known


def asks_for_a_person(app: Application, known: Known, address: str) -> ConversationId:
    """Somebody says who they are, hears that it is locked, and takes the person that is offered."""
    person = Person(app, address, "web")
    assert "utter_identity_locked" in person.says("inform", known.facts())
    person.presses(0)
    return person.conversation.conversation_id


def test_whom_a_stranger_locked_out_is_helped_by_a_person(app: Application) -> None:
    known = locked_by_a_stranger(app)
    talk, ana = asks_for_a_person(app, known, "the-debtor"), new_user(app, "ana")
    relay.claim(app, ana, talk)
    given = {
        "account_reference": known.reference,
        "date_of_birth": known.born,
        "postal_code": known.postal_code,
    }
    assert desk_identity.check(app, ana, talk, given) == "verified"
    assert desk_case.view(app, ana, talk).is_identified
    # The lock of the chats goes on: what the person lets in, they let in alone.
    late = Person(app, "another-stranger", "web")
    assert "utter_identity_locked" in late.says("inform", known.facts())


def test_the_way_by_a_person_is_no_way_to_go_on_guessing(app: Application) -> None:
    known, ana = locked_by_a_stranger(app), new_user(app, "ana")
    outcomes = []
    for number, guess in enumerate(guesses(app, 5)):
        talk = asks_for_a_person(app, known, f"guesser-{number}")
        relay.claim(app, ana, talk)
        born, postal = guess.split(", ")
        day, month, year = born.split("/")
        given = {"account_reference": known.reference, "date_of_birth": f"{year}-{month}-{day}"}
        outcomes.append(desk_identity.check(app, ana, talk, {**given, "postal_code": postal}))
        relay.close(app, ana, talk, "REFUSED_TO_PAY")
    assert outcomes == ["failed", "failed", "locked", "locked", "locked"]


def test_failures_before_a_person_close_the_chats_too(app: Application) -> None:
    known, ana = add(app, Known()), new_user(app, "ana")
    person = Person(app, "guesser", "web")
    person.says("request_agent", "una persona")
    talk = person.conversation.conversation_id
    relay.claim(app, ana, talk)
    given = {"account_reference": known.reference, "date_of_birth": "1990-01-01", "postal_code": "08001"}
    assert [desk_identity.check(app, ana, talk, given) for _ in range(3)] == ["failed", "failed", "locked"]
    other = Person(app, "guesser-2", "telegram")
    assert "utter_identity_locked" in other.says("inform", known.facts())


def test_a_known_and_an_unknown_reference_lock_alike(app: Application) -> None:
    """In words, in what is asked next, and for whom who comes later."""
    add(app, Known())
    told = []
    for reference in ("AD-ES-9001", "AD-ES-7777"):
        for number, guess in enumerate(guesses(app, 4)):
            person = Person(app, f"{reference}-{number}", "web")
            told.append((reference, person.says("inform", f"{reference}, {guess}"), person.texts))
    assert [one[1:] for one in told[:4]] == [one[1:] for one in told[4:]]


def test_a_lock_says_how_long_it_still_lasts(app: Application) -> None:
    known, person = add(app, Known()), Person(app)
    for _ in range(3):
        person.says("inform", f"{known.reference}, 01/01/1990, 08001")
    assert " 24 " in person.texts
    app.clock.at += timedelta(hours=20, minutes=30)  # type: ignore[attr-defined]
    person.says("inform", known.facts())
    assert " 4 " in person.texts
