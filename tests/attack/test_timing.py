"""What the time taken gives away: many measurements of both kinds in turn, and a bound on the difference of medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from bot.services import chat_links, desk_people, desk_sign_in, dialogue, reception
from bot.services.application import Application
from bot.services.desk_roles import DeskRefusal
from bot.services.reception import Incoming
from bot.services.understood import Heard
from tests.desk.conftest import PASSWORD, new_user
from tests.support.people import Known, Person, add

# Of a call that takes some milliseconds. What a network adds varies by more than this, and every failed try counts.
_MOST_SECONDS = 0.001
_MOST_SHARE = 0.25


def difference(
    one: Callable[[int], object], other: Callable[[int], object], count: int
) -> tuple[float, float]:
    """How much longer one takes than the other, by the medians of processor time; and the smaller median."""
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for call, kept in zip((one, other), taken, strict=True):
            begun = time.thread_time()
            call(number)
            kept.append(time.thread_time() - begun)
    medians = [statistics.median(kept[count // 10 :]) for kept in taken]
    return abs(medians[0] - medians[1]), min(medians)


def is_alike(one: Callable[[int], object], other: Callable[[int], object], count: int = 60) -> bool:
    """Whether nobody could tell them apart; asked up to three times, as machines that test are busy."""
    for _ in range(3):
        apart, median = difference(one, other, count)
        if apart < max(_MOST_SECONDS, _MOST_SHARE * median):
            return True
    return False


def guess(app: Application, text: str) -> Callable[[int], object]:
    """One message of a new chat, decided; nothing is kept, so that no lock comes between."""
    facts = Person(app)._entities

    def told(number: int) -> object:
        incoming = Incoming("rest", f"{text}-{number}-{time.monotonic_ns()}", None, text)
        received = reception.receive(app, incoming)
        heard = Heard("inform", 0.99, (), entities, None, text)
        with app.unit_of_work() as uow:
            uow.connection.exec_driver_sql("DELETE FROM identity_failures")  # type: ignore[attr-defined]
            uow.connection.exec_driver_sql("DELETE FROM identity_locks")  # type: ignore[attr-defined]
            uow.commit()
        return dialogue.take_turn(app, received.message_id, heard)

    Person(app).says("greet")
    entities = tuple(facts(text))
    return told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A known reference and an unknown one, with wrong facts.
        ("AD-ES-9001, 01/01/1990, 08001", "AD-ES-7777, 01/01/1990, 08001"),
        # A right birth date and a wrong one, with a wrong postal code.
        ("AD-ES-9001, 12/03/1985, 08001", "AD-ES-9001, 01/01/1990, 08001"),
        # A known document and an unknown one.
        ("dni 12345678Z, 01/01/1990, 08001", "dni 87654321X, 01/01/1990, 08001"),
        ("AD-ES-9001", "AD-ES-7777"),
    ],
)
def test_guesses_at_an_identity_take_alike(app: Application, one: str, other: str) -> None:
    add(app, Known())
    assert is_alike(guess(app, one), guess(app, other))


def test_known_and_unknown_people_of_the_desk_take_alike(app: Application) -> None:
    new_user(app, "ana")

    def sign_in(name: str) -> Callable[[int], object]:
        def told(_: int) -> None:
            with app.unit_of_work() as uow:
                uow.connection.exec_driver_sql("DELETE FROM identity_locks")  # type: ignore[attr-defined]
                uow.connection.exec_driver_sql("DELETE FROM identity_failures")  # type: ignore[attr-defined]
                uow.commit()
            with pytest.raises(DeskRefusal, match="bad_login"):
                desk_sign_in.sign_in(app, name, "a wrong password", "203.0.113.7")

        return told

    assert is_alike(sign_in("ana"), sign_in("nobody"))


def test_a_wrong_password_is_hashed_for_an_unknown_name_too(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same said without a clock, and with the parameters that are used outside of tests."""
    from argon2 import PasswordHasher, extract_parameters

    assert extract_parameters(PasswordHasher().hash("x")).memory_cost >= 65536
    asked: list[str] = []
    real = desk_sign_in.is_right
    monkeypatch.setattr(desk_sign_in, "is_right", lambda kept, given: asked.append(kept) or real(kept, given))
    user = new_user(app, "ana")
    desk_people.set_disabled(app, user.user_id, disabled=True, actor="test")
    for name in ("ana", "nobody"):
        with pytest.raises(DeskRefusal, match="bad_login"):
            desk_sign_in.sign_in(app, name, PASSWORD, "203.0.113.7")
    assert len(asked) == 2
    assert extract_parameters(asked[0]) == extract_parameters(asked[1])


def test_tokens_of_links_and_programs_take_alike(app: Application) -> None:
    known, ana = add(app, Known()), new_user(app, "ana")
    token = desk_people.add_token(app, ana, "t", actor="t")
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    nothing = "aldia_" + "x" * 43
    ask = lambda secret: lambda _: desk_people.user_of_token(app, secret)  # noqa: E731
    assert is_alike(ask(wrong), ask(nothing), 200)
    made = chat_links.make(app, known.reference, "telegram", 1).token
    used = Incoming("telegram", "someone", None, "/start", command="start", link=made)
    reception.receive(app, used)

    def opened(link: str) -> Callable[[int], object]:
        return lambda n: reception.receive(
            app,
            Incoming(
                "telegram", f"{link}{n}{time.monotonic_ns()}", None, "/start", command="start", link=link
            ),
        )

    assert is_alike(opened(made), opened("y" * 32))
    # And the answers are the same: whoever tries a link learns nothing of whether there was one.
    answers = [opened(link)(0) for link in (made, "y" * 32)]
    assert len({tuple(row.response for row in one.replies) for one in answers}) == 1  # type: ignore[attr-defined]
