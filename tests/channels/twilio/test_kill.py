"""A real process killed with -9, once between receiving and answering, once between deciding and sending."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from bot.services.application import Application
from bot.settings import CHECKOUT
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import CHANNELS, signature
from tests.channels.twilio.stub import Fault, StubTwilio
from tests.support.running import free_ports

SLOW, CUT, FINE = "+34600111221", "+34600111222", "+34600111223"
PATH = "/webhooks/twilio/sms"

Started = tuple["subprocess.Popen[bytes]", int]


@contextmanager
def server(app: Application, twilio: StubTwilio, folder: Path, slow: float) -> Iterator[Started]:
    """One process; whoever kills it need not end it."""
    (port,) = free_ports(1)
    channels = folder / "killed.yml"
    channels.write_text(CHANNELS, encoding="utf-8")
    ready = Path(f"{channels}.ready")
    ready.unlink(missing_ok=True)
    arguments = [app.settings.database_url, str(port), twilio.url, str(slow), str(channels)]
    command = [sys.executable, "-m", "tests.channels.twilio.small_server", *arguments]
    with (folder / "killed.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log, env={**os.environ})
        try:
            until(ready.exists, 60)
            yield process, port
        finally:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def posts(port: int, text: str, address: str) -> int:
    """A signed message from an address, the id of which follows from both."""
    values = fixtures.sms(text, From=address, MessageSid=f"SM{address[-9:]:0>32}")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(PATH, values),
    }
    with httpx.Client(trust_env=False) as client:
        return client.post(
            f"http://127.0.0.1:{port}{PATH}", content=urlencode(values), headers=headers
        ).status_code


def statuses(app: Application, address: str) -> set[str]:
    """Of our messages to somebody."""
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address("sms", address)
        found = uow.transcripts.of(talk.conversation_id) if talk is not None else []
        return {row.status for row in found if not hasattr(row, "received_at")}


@pytest.mark.stack
@pytest.mark.parametrize("took_it", [True, False])
def test_nothing_is_lost_and_nothing_doubled(
    app: Application, twilio: StubTwilio, tmp_path: Path, took_it: bool
) -> None:
    twilio.now = lambda: datetime.now(timezone.utc)  # the processes have the clock on the wall
    with server(app, twilio, tmp_path, slow=600) as (process, port):
        assert posts(port, "hola", FINE) == 200
        until(lambda: statuses(app, FINE) == {"sent"}, 10)
        # Answered to Twilio, and then thinks for ten minutes.
        assert posts(port, "hola, despacio", SLOW) == 200
        # Twilio has, or has not, taken the message when the process dies waiting for the answer.
        twilio.faults = [Fault(201, took_it=took_it, seconds=5)]
        assert posts(port, "BAJA", CUT) == 200
        until(lambda: statuses(app, CUT) == {"sending"}, 10)
        until(lambda: not twilio.faults, 10)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert statuses(app, SLOW) == set()
    with server(app, twilio, tmp_path, slow=0) as (_, port):
        # Twilio delivers again what it thinks was lost.
        assert {posts(port, "hola, despacio", SLOW), posts(port, "BAJA", CUT)} == {200}
        until(lambda: statuses(app, SLOW) == {"sent"} and statuses(app, CUT) == {"sent"}, 75)
        time.sleep(1)
    assert Counter(message["to"] for message in twilio.messages) == {SLOW: 1, CUT: 1, FINE: 1}
    with app.unit_of_work(write=False) as uow:
        assert not list(uow.audit.check())
