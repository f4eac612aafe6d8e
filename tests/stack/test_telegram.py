"""A whole conversation over Telegram: the running servers with the real model, against an independent emulation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.portfolio import identities
from tests.channels.telegram.emulation_of_telegram import Emulation, emulated
from tests.support.running import Running, running

pytestmark = pytest.mark.stack
TOKEN = "123456:emulated-token"


@pytest.fixture
def telegram() -> Iterator[Emulation]:
    """Telegram's side."""
    with emulated(TOKEN) as started:
        yield started


@pytest.fixture
def instance(telegram: Emulation, tmp_path: Path) -> Iterator[Running]:
    """Our side, asking the emulation for messages."""
    settings = {
        "ALDIA_TELEGRAM_TOKEN": TOKEN,
        "ALDIA_TELEGRAM_POLLING": "yes",
        "ALDIA_TELEGRAM_URL": telegram.url,
    }
    with running(tmp_path, **settings) as started:
        yield started


def test_a_debtor_settles_over_telegram(telegram: Emulation, instance: Running) -> None:
    person = next(p for p in identities() if p.country == "ES")
    made = instance.aldia("link", person.reference, "--json")
    assert made.returncode == 0, made.stderr
    address, _, token = json.loads(made.stdout)["url"].partition("?start=")
    assert address == "https://t.me/TestNameBot"  # as the emulation says

    telegram.commands(f"/start {token}")
    assert not any("€" in one["message"]["text"] for one in telegram.reads())
    telegram.writes("no puedo pagarlo de golpe, ¿puedo pagar en plazos?")
    asked = telegram.reads()
    assert not any("€" in one["message"]["text"] for one in asked)
    telegram.writes(f"nací el {person.date_of_birth:%d/%m/%Y} y mi código postal es {person.postal_code}")
    assert telegram.reads()
    telegram.writes("puedo pagar unos 50 euros al mes")
    offers = telegram.reads()
    assert any("€" in one["message"]["text"] for one in offers)
    while not arrangement(instance, person.reference):
        title = telegram.buttons()[0]
        telegram.presses(title)
        telegram.reads()
        # The choice stands where the buttons were.
        assert f"✓ {title}" in json.dumps(telegram.history(), ensure_ascii=False)

    agreed = arrangement(instance, person.reference)
    assert round(sum(float(due["amount"]) for due in agreed["schedule"]), 2) == float(agreed["total"])
    assert instance.aldia("audit", "verify").returncode == 0
    assert TOKEN not in instance.logged()
    assert person.postal_code not in instance.logged()


def arrangement(instance: Running, reference: str) -> dict:  # type: ignore[type-arg]
    shown = instance.aldia("show", reference, "--json")
    assert shown.returncode == 0, shown.stderr
    found: dict = json.loads(shown.stdout)["arrangement"]  # type: ignore[type-arg]
    return found
