"""What simulated people write: lines of the training data, and sentences with figures, dates and identity data."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from functools import lru_cache

from bench.simulation.people import Simulated
from bot.nlu.training_lines import read_lines
from bot.services.steps import STEPS
from bot.settings import CHECKOUT

# How likely each kind of person says what. What is not named here is said now and then by anybody.
CHARACTERS: dict[str, dict[str, int]] = {
    "settles": {
        "request_installments": 4, "request_discount": 3, "amount": 6, "affirm": 8, "press": 8, "ask_balance":
        3, "pay_now": 1, "counter_offer": 2,
    },
    "haggles": {
        "counter_offer": 9, "request_discount": 6, "amount": 5, "deny": 3, "press": 3, "affirm": 2,
        "refuse_to_pay": 1,
    },
    "promises": {
        "promise_to_pay": 8, "request_extension": 4, "amount": 2, "report_payment": 2, "affirm": 2, "press": 2,
    },
    "knows_rights": {
        "stop_contact": 3, "data_rights": 3, "complain": 3, "dispute_debt": 4, "legal_representation": 2,
        "stop_word": 2, "start_word": 2, "affirm": 2, "request_installments": 3, "press": 3,
    },
    "hostile": {
        "insult": 6, "refuse_to_pay": 4, "stop_word": 2, "stop_contact": 2, "complain": 2, "request_agent": 2,
        "flood": 1,
    },
    "in_trouble": {
        "report_hardship": 5, "distress": 3, "request_agent": 3, "request_installments": 3, "amount": 2,
        "affirm": 2, "press": 2,
    },
    "someone_else": {
        "wrong_person": 5, "report_death": 2, "ask_legitimacy": 3, "inform": 3, "stop_word": 1, "guess": 6,
        "ask_balance": 4,
    },
    "wants_a_person": {
        "request_agent": 6, "request_callback": 4, "deny": 1, "affirm": 2, "ask_balance": 2,
    },
    "anybody": {},
}  # fmt: skip
_ANYBODY = {
    **dict.fromkeys(STEPS, 1),
    "press": 6, "amount": 2, "stop_word": 1, "start_word": 1, "media": 1, "empty": 1, "again": 1, "info_word": 1,
}  # fmt: skip
# What is not an intent of the assistant: how it is written is said below.
_WORDS = {
    "stop_word": ("STOP", "BAJA", "alto", "Unsubscribe"),
    "start_word": ("ALTA", "START"),
    "info_word": ("INFO", "ayuda", "help"),
    "empty": ("", "   "),
}


def weights_of(character: str) -> dict[str, int]:
    """How likely a person of this kind does each thing."""
    own = CHARACTERS[character]
    return {**_ANYBODY, **{what: 8 * weight for what, weight in own.items()}}


@lru_cache(maxsize=1)
def _lines() -> dict[tuple[str, str], list[str]]:
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for line in read_lines(CHECKOUT / "data" / "nlu"):
        found[line.intent, line.locale[:2]].append(line.text)
    return dict(found)


def words_for(what: str, language: str, dice: random.Random) -> str:
    """A text for an intent, or for a word that acts by itself."""
    if what in _WORDS:
        return dice.choice(_WORDS[what])
    return dice.choice(_lines().get((what, language)) or _lines()[what, "es"])


def proposal(what: str, person: Simulated, today: date, dice: random.Random, language: str) -> str:
    """A sum, a number of instalments or a promise, sensible or not."""
    owed = float(dice.choice(person.debts).total)
    share = dice.choice((0.02, 0.05, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.3))
    amount = f"{max(1, round(owed * share))}"
    when = today + timedelta(days=dice.choice((-3, 0, 1, 3, 7, 14, 25, 40, 90)))
    day = f"{when:%d/%m/%Y}"
    count = dice.choice((1, 2, 3, 4, 6, 10, 12, 24, 60))
    spanish = {
        "amount": (amount, f"{amount} al mes", f"puedo {amount} cada quince días"),
        "counter_offer": (
            f"le ofrezco {amount} y lo dejamos cerrado", f"{amount} al mes", f"en {count} cuotas",
            f"{amount} ahora y el resto en {count} meses", f"la mitad el {day}",
        ),
        "promise_to_pay": (f"pago {amount} el {day}", f"lo pago el {day}", "pago mañana"),
    }  # fmt: skip
    english = {
        "amount": (amount, f"{amount} a month", f"I can do {amount} every two weeks"),
        "counter_offer": (
            f"I can offer {amount} to close it", f"{amount} a month", f"in {count} instalments",
            f"{amount} now and the rest over {count} months", f"half on {when:%d %B %Y}",
        ),
        "promise_to_pay": (
            f"I'll pay {amount} on {when:%d %B %Y}", f"I'll pay on {when:%d %B %Y}", "I'll pay tomorrow",
        ),
    }  # fmt: skip
    return dice.choice((spanish if language == "es" else english)[what])


def identity(
    person: Simulated, dice: random.Random, *, is_right: bool, with_reference: bool
) -> tuple[str, list[str]]:
    """Identity data in one message, and the factors in it that are right."""
    factors = person.factors()
    # Of some papers there are only four characters: they would be taken for the whole document.
    names = dice.sample(sorted(factors), dice.choice((1, 2, 2, 2, 3)))
    said, right = [], []
    for name in names:
        if is_right or dice.random() < 0.2:
            said.append(_named(name, factors[name]))
            right.append(name)
        else:
            said.append(_named(name, _wrong(name, dice)))
    reference = dice.choice(person.debts).reference if with_reference else ""
    if not is_right and dice.random() < 0.3:
        reference = f"AD-{person.country}-{dice.randrange(9000, 9999)}"
    return ", ".join([reference, *said] if reference else said), right


def _named(name: str, value: str) -> str:
    before = {
        "date_of_birth": "nací el ",
        "last_four": "los últimos 4 son ",
        "postal_code": "código postal ",
    }
    return before[name] + value


def _wrong(name: str, dice: random.Random) -> str:
    if name == "date_of_birth":
        return f"{dice.randint(1, 28):02d}/{dice.randint(1, 12):02d}/{dice.randint(1946, 2003)}"
    return f"{dice.randrange(10**4):04d}" if name == "last_four" else f"{dice.randrange(10**5):05d}"
