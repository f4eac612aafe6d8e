"""A full disk: nothing is taken and lost, nothing is half-done, and all goes on by itself when there is space again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import event, text

from bot.bootstrap import application
from bot.services import delivery, dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.services.unit_of_work import InboundMessage, OutboundMessage
from bot.settings import CHECKOUT
from bot.storage.errors import StorageUnavailable
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import CHANNELS, PUBLIC, signature
from tests.channels.twilio.stub import ACCOUNT, TOKEN, StubTwilio, stub_twilio
from tests.faults.books import faults_of
from tests.support.disks import fill, make_space, small_disk
from tests.support.people import build
from tests.support.running import Running, running

_SMS = "/webhooks/twilio/sms"


# -- one process: every statement of a turn may be the one for which there is no space --------------------------------


class Limited:
    """A SQLite file that may not grow by more than so many pages: SQLite itself then says that the disk is full."""

    def __init__(self, app: Application) -> None:
        self.more: int | None = None
        engine: Any = app.unit_of_work.engine  # type: ignore[attr-defined]
        event.listen(engine, "checkout", self._limit)

    def _limit(self, connection: sqlite3.Connection, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        # The largest number that SQLite takes, and what it begins with.
        most = 4294967294 if self.more is None else pages + self.more
        connection.execute(f"PRAGMA max_page_count = {most}")


def test_wherever_the_space_ends_a_message_is_stored_whole_or_not_at_all(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "_BREATH_SECONDS", 0.0)
    app = build(sqlite_url)
    limited, refused, taken = Limited(app), 0, []
    long = "hola " * 700  # of several pages, so that some statement or other finds no more
    for number in range(36):
        limited.more = number % 6
        incoming = Incoming("sms", f"+3460011{number:04d}", f"SM-{number}", f"{long} {number}")
        try:
            received = reception.receive(app, incoming)
        except StorageUnavailable as error:
            refused += "the disk is full" in str(error)
            limited.more = None
            received = reception.receive(app, incoming)  # as the provider delivers it again
        assert received.verdict == "run", "what was refused was not stored"
        taken.append(received)
        limited.more = number % 4
        try:
            dialogue.take_turn(app, received.message_id, Heard("greet", 0.99, text="hola"))
        except StorageUnavailable:
            refused += 1
            limited.more = None
            dialogue.take_turn(app, received.message_id, Heard("greet", 0.99, text="hola"))
        limited.more = None
        reception.conclude(app, received.message_id)
    assert refused > 10
    with app.unit_of_work(write=False) as uow:
        for received in taken:
            answers = uow.outbox.of_cause(received.message_id)
            assert [row.position for row in answers] == list(range(len(answers)))
            assert "utter_sorry" not in {row.response for row in answers}
            assert answers
        connection: Any = uow.connection  # type: ignore[attr-defined]
        assert connection.execute(text("SELECT count(*) FROM inbox")).scalar() == len(taken)
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    assert faults_of(app) == []
    app.unit_of_work.dispose()  # type: ignore[attr-defined]


def test_a_log_that_cannot_be_written_stops_no_turn(sqlite_url: str) -> None:
    """By the device on which every write finds the disk full."""
    story = (
        "import logging, sys\n"
        "from bot.runner.logs import configure_logging\n"
        "from tests.support.people import Person, build\n"
        "configure_logging('DEBUG', sys.argv[2])\n"
        "logging.getLogger('aldia').error('lost')\n"
        "app = build(sys.argv[1])\n"
        "person = Person(app, 'someone', 'sms')\n"
        "print(person.says('greet', 'hola'))\n"
    )
    for kind in ("plain", "json"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-c", story, sqlite_url, kind],
                cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=full, text=True, check=False,
            )  # fmt: skip
        assert "utter_" in done.stdout, done.returncode


# -- all servers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def twilio() -> Iterator[StubTwilio]:
    with stub_twilio() as found:
        yield found


class Line:
    """Twilio's side of the wire: it delivers again what was not taken."""

    def __init__(self, instance: Running, client: httpx.Client) -> None:
        self._client, self._url = client, f"http://127.0.0.1:{instance.settings.port}{_SMS}"
        self.taken: list[str] = []

    def delivers(self, sid: str, body: str) -> int:
        """One message. Returns the status."""
        number = int(sid.removeprefix("SM"))
        values = fixtures.sms(body, MessageSid=sid, From=f"+3461{number:07d}")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(_SMS, values),
        }
        status = self._client.post(self._url, content=urlencode(values), headers=headers).status_code
        if status == 200:
            self.taken.append(sid)
        return status


def until(holds: Callable[[], bool], seconds: float = 90.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.3)
    return False


def messages(app: Application) -> tuple[list[InboundMessage], list[OutboundMessage]]:
    """Of all conversations over SMS."""
    came: list[InboundMessage] = []
    went: list[OutboundMessage] = []
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        talks = connection.execute(text("SELECT conversation_id FROM conversations WHERE channel = 'sms'"))
        for (talk,) in talks.all():
            for row in uow.transcripts.of(talk):
                (came if isinstance(row, InboundMessage) else went).append(row)  # type: ignore[arg-type]
    return came, went


@pytest.mark.stack
def test_all_servers_on_a_full_disk(tmp_path: Path, twilio: StubTwilio) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(tmp_path / "disk", "64m"))
        logs = stack.enter_context(small_disk(disk / "log", "2m"))
        (disk / "channels.yml").write_text(CHANNELS, encoding="utf-8")
        variables = {
            "ALDIA_TWILIO_ACCOUNT_SID": ACCOUNT,
            "ALDIA_TWILIO_AUTH_TOKEN": TOKEN,
            "ALDIA_TWILIO_URL": twilio.url,
            "ALDIA_PUBLIC_URL": PUBLIC,
            "ALDIA_CHANNELS_FILE": str(disk / "channels.yml"),
            "NO_PROXY": "127.0.0.1,localhost",
        }
        instance = stack.enter_context(running(disk, **variables))
        line = Line(instance, stack.enter_context(httpx.Client(trust_env=False, timeout=60)))
        app = application(instance.settings)
        sids = [f"SM{number:032d}" for number in range(400)]

        fill(logs)  # from here on nothing more can be logged
        for sid in sids[:20]:
            assert line.delivers(sid, "hola") == 200
        assert until(lambda: answered(app) == 20)
        assert newest(app) not in instance.logged(), "there was space for the logs after all"

        fill(disk)
        rest = iter(sids[20:])
        refused = [sid for sid in rest if line.delivers(sid, "hola, ¿cuánto debo?") != 200][:1]
        assert refused, "the disk was never full"
        assert line.delivers(refused[0], "hola, ¿cuánto debo?") == 503
        assert instance.says("somebody", "hola"), "who waits for an answer gets one"

        make_space(disk)
        assert line.delivers(refused[0], "hola, ¿cuánto debo?") == 200
        assert until(lambda: answered(app) == len(line.taken)), "without anybody's doing"
        came, went = messages(app)
        assert Counter(message.status for message in came) == {"done": len(line.taken)}
        assert {row.cause for row in went} == {message.message_id for message in came}
        assert until(
            lambda: {row.status for row in messages(app)[1]} == {"sent"}, delivery.LOST_AFTER.seconds * 3
        )
        # The messages of an answer go out as one while they are short.
        known = {row.provider_id for row in messages(app)[1]}
        assert sorted(one["sid"] for one in twilio.messages) == sorted(map(str, known)), "none went out twice"
        done = instance.aldia("audit", "verify")
        assert done.returncode == 0, done.stdout + done.stderr
        make_space(logs)
        assert line.delivers("SM" + "9" * 7, "hola") == 200
        assert until(lambda: newest(app) in instance.logged(), 20), "and the logs go on"


def answered(app: Application) -> int:
    return sum(message.status != "pending" for message in messages(app)[0])


def newest(app: Application) -> str:
    return max(messages(app)[0], key=lambda message: message.received_at).message_id
