"""Marked personal data goes in by every way there is, errors are provoked, and no log, error or file shows it."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from bot.demo.portfolio import lines
from tests.support.running import Running, running

pytestmark = pytest.mark.stack

PLANTED = {
    "name": "Zoraida Quimbayá",
    "phone": "+34655443322",
    "email": "zoraida.q@marcada.example",
    "document": "98765432M",
    "address": "Calle del Almendruco 77",
    "proof": "grabación de Aniceto Ventisquero",
    "words": "llevo el corazón hecho añicos desde marzo",
}
REFERENCE = "AD-ES-7777"


def forms_of(text: str) -> Iterator[str]:
    """A text as logs may hold it: plain, without the prefix of a phone, escaped, URL-encoded, in base64."""
    yield text
    yield text.lstrip("+")
    yield text.encode("ascii", "backslashreplace").decode()
    yield json.dumps(text)[1:-1]
    yield urllib.parse.quote(text)
    yield urllib.parse.quote_plus(text)
    raw = text.encode()
    for shift in range(3):
        # What stays the same in base64 wherever in a longer text it stands.
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        yield encoded[4 if shift else 0 : len(encoded) - 4]


def leaks(content: str) -> list[str]:
    """Which planted data a text shows, in whatever form."""
    folded = content.lower()
    return [what for what, text in PLANTED.items() if any(form.lower() in folded for form in forms_of(text))]


def test_every_form_is_found() -> None:
    for what, text in PLANTED.items():
        for form in (text, urllib.parse.quote(text), json.dumps({"text": text})):
            assert leaks(f"x={form};") == [what]
        for before in ("", "a", "ab", "abc"):
            assert leaks(base64.b64encode(f"{before}{text} y más".encode()).decode()) == [what]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An instance of its own: its tables are broken on purpose."""
    with running(tmp_path_factory.mktemp("privacy"), ALDIA_LOG_LEVEL="DEBUG") as started:
        yield started


def plant(instance: Running, folder: Path) -> str:
    """Import a debtor whose data are marked; one row cannot be taken. Returns what the command printed."""
    header, first, *_ = "".join(lines(date.today())).splitlines()
    row = dict(zip(header.split(","), next(iter(_fields([first]))), strict=True))
    row |= {
        "account_reference": REFERENCE,
        "debtor_id": "D-7777",
        "full_name": PLANTED["name"],
        "phone": PLANTED["phone"],
        "email": PLANTED["email"],
        "document_number": PLANTED["document"],
        "document_type": "DNI",
        "country": "ES",
        "currency": "EUR",
        "postal_code": "28013",
        "date_of_birth": "1985-03-12",
        "region": "ES-MD",
        "consent_channels": "sms",
        "consent_on": "2026-01-02",
        "consent_proof": PLANTED["proof"],
    }
    refused = {**row, "account_reference": "AD-ES-7778", "region": PLANTED["address"]}
    file = folder / "marked.csv"
    content = [header, *(",".join(f'"{value}"' for value in each.values()) for each in (row, refused))]
    file.write_text("\n".join(content) + "\n", encoding="utf-8")
    done = instance.aldia("import", str(file))
    assert "created: 1" in done.stdout, done.stdout + done.stderr
    return done.stdout + done.stderr


def _fields(rows: list[str]) -> Iterator[list[str]]:
    import csv

    yield from csv.reader(rows)


def post(instance: Running, port: int, path: str, body: bytes, kind: str = "application/json") -> str:
    """Send anything; the body of the answer, be it an error or not."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": kind})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return f"{error.headers}\n{error.read().decode()}"


def bad_requests(instance: Running) -> str:
    """Every kind of wrong request, with marked data in body and address. Returns the answers."""
    everything = " ".join(PLANTED.values())
    rest, actions = instance.settings.port, instance.settings.actions_port
    tracker = {"sender_id": PLANTED["phone"], "latest_message": {"text": everything}}
    answers = [
        post(instance, rest, "/webhooks/rest/webhook", everything.encode()),
        post(instance, rest, "/webhooks/rest/webhook", json.dumps([everything]).encode()),
        post(instance, rest, "/webhooks/rest/webhook", json.dumps({"message": everything}).encode()),
        post(instance, rest, "/webhooks/rest/webhook", json.dumps({"sender": [everything]}).encode()),
        post(instance, rest, "/webhooks/rest/webhook", b"\xff" + everything.encode(), "text/plain"),
        post(instance, rest, "/webhooks/web/message", json.dumps({"text": everything}).encode()),
        post(instance, rest, "/webhooks/none/webhook", everything.encode()),
        post(instance, rest, f"/webhooks/rest/webhook?q={urllib.parse.quote(everything)}", b"{}"),
        post(
            instance,
            actions,
            "/webhook",
            json.dumps({"next_action": "action_greet", "tracker": tracker}).encode(),
        ),
        post(
            instance,
            actions,
            "/webhook",
            json.dumps({"next_action": everything, "tracker": tracker}).encode(),
        ),
        post(instance, actions, "/webhook", everything.encode()),
    ]
    return "\n".join(answers)


def failing_turns(instance: Running) -> None:
    """Turns in which the database refuses what the action wants to write."""
    file = instance.settings.database_url.removeprefix("sqlite:///")
    sender = uuid4().hex
    instance.says(sender, f"hola, soy {PLANTED['name']}")
    for table in ("accounts", "identity_failures", "outbox"):
        with sqlite3.connect(file, timeout=10) as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        connection.close()
        post(
            instance,
            instance.settings.port,
            "/webhooks/rest/webhook",
            json.dumps(
                {"sender": sender, "message": f"{REFERENCE}, {PLANTED['document']}, {PLANTED['words']}"}
            ).encode(),
        )
        with sqlite3.connect(file, timeout=10) as connection:
            connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
        connection.close()


def conversation(instance: Running) -> None:
    """A debtor who says everything about themselves, on an address that is their phone."""
    for text in (
        f"hola, soy {PLANTED['name']}",
        f"{REFERENCE}, nací el 12/03/1985 y mi documento es {PLANTED['document']}",
        f"vivo en {PLANTED['address']}, mi correo es {PLANTED['email']} y mi teléfono {PLANTED['phone']}",
        PLANTED["words"],
        f"quiero reclamar: {PLANTED['words']}",
        f"quiero que borren mis datos, {PLANTED['name']}",
    ):
        instance.says(PLANTED["phone"], text, metadata={"phone": PLANTED["phone"]})
    instance.says(
        PLANTED["phone"], "", image=f"https://example.org/{urllib.parse.quote(PLANTED['name'])}.jpg"
    )


def test_marked_data_shows_nowhere(instance: Running, tmp_path: Path) -> None:
    printed = plant(instance, tmp_path)
    conversation(instance)
    errors = bad_requests(instance)
    failing_turns(instance)
    for words in (
        ["show", REFERENCE],
        ["audit", "verify"],
        ["cases"],
        ["report", "fairness"],
        ["show", "AD-ES-0000"],
    ):
        done = instance.aldia(*words)
        printed += done.stdout + done.stderr
    logged = instance.logged()
    assert logged.count("\n") > 10
    assert "turn failed" in logged, "no action failed: nothing was tried"
    assert leaks(logged) == []
    assert leaks(errors) == []
    assert leaks(printed) == []


def test_marked_data_is_not_in_clear_on_the_disk(instance: Running) -> None:
    file = Path(instance.settings.database_url.removeprefix("sqlite:///"))
    for path in file.parent.glob(f"{file.name}*"):
        # What is encrypted is in base64, so only the plain forms would be a leak.
        content = path.read_bytes().decode("utf-8", "replace")
        shown = [
            what for what, text in PLANTED.items() if text in content or json.dumps(text)[1:-1] in content
        ]
        assert shown == [], path.name
