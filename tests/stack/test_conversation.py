"""The main job on the running servers: from a first message to a stored plan, and what may come between."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import pytest

from bot.demo.portfolio import identities
from tests.support.running import Running

pytestmark = pytest.mark.stack


def facts(country: str = "ES") -> tuple[str, str]:
    """Reference and two factors of the printed debtor of a country, as one types them."""
    person = next(p for p in identities() if p.country == country)
    born = f"{person.date_of_birth:%d/%m/%Y}"
    return person.reference, f"{person.reference}, nací el {born} y mi código postal es {person.postal_code}"


def buttons_of(answer: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The buttons of the newest message that has any."""
    return next((one["buttons"] for one in reversed(answer) if one.get("buttons")), [])


def show(instance: Running, reference: str) -> dict[str, Any]:
    """What `aldia show --json` says."""
    done = instance.aldia("show", reference, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_debtor_settles_and_the_manager_sees_it(instance: Running) -> None:
    reference, introduction = facts()
    sender = uuid4().hex
    first = instance.says(sender, "hola, me ha llegado un aviso, ¿cuánto debo?")
    assert not any("€" in one["text"] for one in first)
    assert any("€" in one["text"] for one in instance.says(sender, introduction))
    answer = instance.says(sender, "no puedo pagarlo de golpe, ¿puedo pagar en plazos?")
    for text in ("puedo pagar unos 50 euros al mes", "la opción 1", "sí, acepto"):
        if show(instance, reference)["arrangement"]:
            break
        answer = instance.says(sender, text)
        assert answer
    case = show(instance, reference)
    assert case["arrangement"], answer
    schedule = [float(due["amount"]) for due in case["arrangement"]["schedule"]]
    assert round(sum(schedule), 2) == float(case["arrangement"]["total"])
    assert case["conversations"]
    assert instance.aldia("audit", "verify").returncode == 0
    record = [json.loads(line) for line in instance.aldia("audit", "export", reference).stdout.splitlines()]
    assert any(entry["tag"] == "OFFER_ACCEPTED" for entry in record)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀😀",
        "\x00\x07",
        "<b>hola</b>",
        "' OR 1=1 --",
        "/restart",
        '/inform{"document": "1"}',
        "/",
        "a" * 10_000,
    ],
    ids=lambda text: repr(text[:10]),
)
def test_strange_messages_get_a_fitting_answer(instance: Running, text: str) -> None:
    sender = uuid4().hex
    assert instance.says(sender, "hola")
    answer = instance.says(sender, text)
    assert answer
    assert not any("{" in one["text"] or "Traceback" in one["text"] for one in answer)


def test_a_photo_and_a_location_are_answered(instance: Running) -> None:
    assert instance.says(uuid4().hex, "", image="https://example.org/a.jpg")
    assert instance.says(uuid4().hex, "", location={"latitude": 40.4, "longitude": -3.7})


def test_the_same_message_twice_is_answered_the_same(instance: Running) -> None:
    sender, message_id = uuid4().hex, uuid4().hex
    first = instance.says(sender, "hola", message_id=message_id)
    assert instance.says(sender, "hola", message_id=message_id) == first


def test_a_button_leads_on(instance: Running) -> None:
    sender = uuid4().hex
    instance.says(sender, "hola")
    buttons = buttons_of(instance.says(sender, facts("MX")[1]))
    assert buttons
    assert instance.says(sender, buttons[0]["payload"])


def test_rasas_own_interfaces_work(instance: Running) -> None:
    parsed = instance.call("/model/parse", b'{"text": "quiero hablar con una persona"}')
    assert parsed["intent"]["name"] == "request_agent"
    assert instance.call("/status")["model_file"]


def test_what_rasa_keeps_of_a_conversation_is_one_turn(instance: Running) -> None:
    sender = uuid4().hex
    for _ in range(5):
        instance.says(sender, "hola")
    with urllib.request.urlopen(f"http://127.0.0.1:{instance.settings.actions_port}/health", timeout=5) as up:
        assert up.status == 200
    # Rasa knows conversations by our ids, so that the sender's name finds nothing.
    assert not instance.call(f"/conversations/{sender}/tracker")["latest_message"].get("text")


def test_the_action_server_does_not_echo_what_it_was_sent(instance: Running) -> None:
    url = f"http://127.0.0.1:{instance.settings.actions_port}/webhook"
    request = urllib.request.Request(url, b'{"next_action": "action_greet", "tracker": "12345678Z"}')
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    assert b"12345678Z" not in caught.value.read()
    caught.value.close()


def test_logs_hold_nothing_that_a_debtor_wrote(instance: Running) -> None:
    secret = "Xylophon-98765432Q"
    instance.says(uuid4().hex, f"mi documento es {secret}")
    instance.says(uuid4().hex, secret)
    assert secret not in instance.logged()
