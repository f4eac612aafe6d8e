"""What consents come to: the newest word on a channel holds, for the creditor it was given to."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import permutations
from typing import Any

from bot.debt.consents import Consent, How, Standing, Use, standing
from bot.debt.party import DebtorId

DAY = datetime(2026, 3, 1, tzinfo=timezone.utc)
NOBODY = frozenset[str]()


def consent(number: int, *, given: bool = True, day: int = 0, **more: Any) -> Consent:
    at = DAY + timedelta(days=day)
    columns = {
        "creditor": None,
        "channel": "sms",
        "use": Use.CONTACT,
        "how": How.DESK,
        "recorded_at": at,
        **more,
    }
    return Consent(f"K-{number}", DebtorId("T-1"), is_given=given, at=at, **columns)


def test_the_newest_word_holds_in_whatever_order_they_come() -> None:
    rows = [consent(1), consent(2, given=False, day=2), consent(3, day=4), consent(4, given=False, day=6)]
    for order in permutations(rows):
        assert standing(order, None, None) == Standing(NOBODY, NOBODY, frozenset(["sms"]))
    for order in permutations(rows[:3]):
        assert standing(order, None, None).contact == {"sms"}


def test_of_two_words_of_one_instant_the_refusal_holds() -> None:
    assert standing([consent(2, given=False), consent(1)], None, None).stopped == {"sms"}
    assert standing([consent(1, given=False), consent(2)], None, None).stopped == {"sms"}


def test_a_consent_is_for_the_creditor_to_whom_it_was_given() -> None:
    rows = [consent(1, creditor="Ribera"), consent(2, creditor="Duero", given=False, day=1)]
    assert standing(rows, "Ribera", None).contact == {"sms"}
    assert standing(rows, "Duero", None) == Standing(NOBODY, NOBODY, frozenset(["sms"]))
    assert standing(rows, "Ceibo", None) == Standing(NOBODY, NOBODY, NOBODY)
    assert standing(rows, None, None).contact == NOBODY, "for whom is not known, and one took it back"
    everybody = [*rows, consent(3, given=False, day=2)]
    assert standing(everybody, "Ribera", None).contact == NOBODY


def test_the_preferred_channel_counts_until_something_is_known() -> None:
    assert standing([], None, "sms").contact == {"sms"}
    assert standing([consent(1, channel="email")], None, "sms").contact == {"sms", "email"}
    assert standing([consent(1, given=False)], None, "sms").contact == NOBODY
    by_file = consent(1, channel="email", how=How.PORTFOLIO)
    assert standing([by_file], None, "sms").contact == {"email"}, "the creditor says exactly which"


def test_what_a_file_says_later_replaces_what_it_said_before_and_not_what_the_person_said() -> None:
    none = consent(1, given=False, day=5, how=How.PORTFOLIO)
    dated_back = consent(2, day=-30, how=How.PORTFOLIO, recorded_at=DAY + timedelta(days=6))
    assert standing([none, dated_back], None, None).contact == {"sms"}
    stop = consent(3, given=False, day=1, how=How.SAID)
    assert standing([none, dated_back, stop], None, None) == Standing(NOBODY, NOBODY, frozenset(["sms"]))
    assert standing([none], None, None).stopped == NOBODY, "never authorised is not stopped"


def test_an_authorisation_for_reminders_is_no_authorisation_for_all() -> None:
    yes = consent(1, use=Use.AGREEMENT)
    assert standing([yes], None, None) == Standing(NOBODY, frozenset(["sms"]), NOBODY)
    assert standing([consent(1, use=Use.AGREEMENT, given=False)], None, None).stopped == NOBODY, (
        "it was only declined"
    )
    assert standing([yes, consent(2, given=False, day=1)], None, None).agreement == NOBODY
