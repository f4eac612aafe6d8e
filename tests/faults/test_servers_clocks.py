"""The clocks of the running servers jump by hours and by weeks, forward and back, while debtors talk."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bot.bootstrap import application
from bot.demo.desk import PASSWORD, add_people
from bot.demo.portfolio import identities
from bot.services import jobs, reception
from bot.services.application import Application
from bot.services.jobs_port import JobRun
from bot.services.reception import Incoming
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import PUBLIC, signature
from tests.channels.twilio.stub import ACCOUNT, TOKEN, Fault, StubTwilio, stub_twilio
from tests.support.clock import ServersClock
from tests.support.running import Running, running

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_BEARER = "m" * 24
_SMS = "/webhooks/twilio/sms"
_MONEY = re.compile(r"[€$]")
_CHANNELS = f"""
limits: {{per_address: 1000/minute, per_network: 10000/minute}}
twilio:
  senders: [{{channel: sms, number: "{fixtures.OUR_SMS}", countries: [ES], collects: third_party}}]
"""
_WHO = identities()[0]
_FACTS = f"{_WHO.reference}, nací el {_WHO.date_of_birth:%d/%m/%Y} y mi código postal es {_WHO.postal_code}"
# By how much it is ahead: three hours forward, forty days forward, two hours back, and right again.
_SHOWN = [timedelta(hours=3), timedelta(days=40, hours=3), timedelta(days=40, hours=1), timedelta()]
# What a debtor waits for at most; on a quiet machine an answer takes a tenth of a second.
_PATIENCE = 60.0


def until(found: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
    """What is found in the end; None if nothing is."""
    end = time.monotonic() + seconds
    while not (value := found()) and time.monotonic() < end:
        time.sleep(0.2)
    return value or None


@dataclass
class ClockOf:
    """The servers' clock, for what the test itself puts into their database."""

    ahead: timedelta

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead

    def today(self, zone: str | None = None) -> Any:
        return self.now().date()


@pytest.fixture
def twilio() -> Iterator[StubTwilio]:
    with stub_twilio() as found:
        yield found


@pytest.fixture
def clock(tmp_path: Path) -> ServersClock:
    return ServersClock(tmp_path)


@pytest.fixture
def instance(tmp_path: Path, twilio: StubTwilio, clock: ServersClock) -> Iterator[Running]:
    """All servers, on a clock that the test sets."""
    channels = tmp_path / "channels.yml"
    channels.write_text(_CHANNELS, encoding="utf-8")
    variables = {
        "ALDIA_TWILIO_ACCOUNT_SID": ACCOUNT,
        "ALDIA_TWILIO_AUTH_TOKEN": TOKEN,
        "ALDIA_TWILIO_URL": twilio.url,
        "ALDIA_PUBLIC_URL": PUBLIC,
        "ALDIA_CHANNELS_FILE": str(channels),
        "ALDIA_METRICS_TOKEN": _BEARER,
        "ALDIA_AUDIT_KEY": "a" * 64,
        "NO_PROXY": "127.0.0.1,localhost",
        **clock.environment,
    }
    with running(tmp_path, **variables) as found:
        add_people(application(found.settings))
        yield found


class Page:
    """A chat page, which renews its session as the widget does and begins a new one when it cannot."""

    def __init__(self, client: httpx.Client, base: str) -> None:
        self._client, self._base = client, f"{base}/webhooks/web"
        self.sessions = 0
        self._begin()

    def says(self, words: str) -> str:
        """Write, and wait for the answer. Returns its texts."""
        message_id = f"w-{time.monotonic_ns()}"
        answer = self._call("POST", "messages", json={"id": message_id, "text": words})
        assert answer.status_code == 202, answer.text
        before = set(self._shown)
        # With nothing being prepared any more, all that belongs to it is there.
        told = until(lambda: self._news(before))
        assert told, f"no answer to {words!r} on the page"
        return "\n".join(told)

    def _news(self, before: set[str]) -> list[str] | None:
        content = self._call("GET", "messages", params={"after": self._cursor}).json()
        self._cursor = content["cursor"]
        for one in content["messages"]:
            if one["from"] != "you":
                self._shown[one["id"]] = one["text"]
        new = [words for name, words in self._shown.items() if name not in before]
        return new if new and not content["is_working"] else None

    def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self._client.request(method, f"{self._base}/{path}", headers=self._headers, **more)
        if answer.status_code == 401:
            renewed = self._client.post(f"{self._base}/session", json={}, headers=self._headers)
            if renewed.status_code == 200:
                self._headers |= {"Authorization": f"Bearer {renewed.json()['token']}"}
            else:
                self._begin()
            answer = self._client.request(method, f"{self._base}/{path}", headers=self._headers, **more)
        return answer

    def _begin(self) -> None:
        self._headers = {"Origin": PUBLIC}
        self._shown: dict[str, str] = {}
        self._cursor = ""
        begun = self._client.post(f"{self._base}/session", json={}, headers=self._headers)
        self._headers |= {"Authorization": f"Bearer {begun.json()['token']}"}
        self.sessions += 1


class Phone:
    """Somebody who writes SMS."""

    def __init__(
        self, client: httpx.Client, base: str, twilio: StubTwilio, app: Application, number: str
    ) -> None:
        self._client, self._url, self._twilio, self._app = client, base + _SMS, twilio, app
        self.number, self._sent = number, 0

    def says(self, words: str) -> str:
        """Write, and wait for the whole answer. Returns its text."""
        before = len(self._arrived())
        sid = self.sends(words)
        assert until(lambda: is_answered(self._app, sid)), f"no answer to {words!r} by SMS"
        return "\n".join(self._arrived()[before:])

    def sends(self, words: str) -> str:
        """Write. Returns the provider's id of it."""
        self._sent += 1
        sid = f"SM{self.number[-8:]}{self._sent:024d}"
        values = fixtures.sms(words, MessageSid=sid, From=self.number)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(_SMS, values),
        }
        for _ in range(2):  # Twilio may deliver twice: the second one changes nothing
            assert self._client.post(self._url, content=urlencode(values), headers=headers).status_code == 200
        return sid

    def _arrived(self) -> list[str]:
        return [message["body"] for message in self._twilio.messages if message["to"] == self.number]


def query(app: Application, words: str) -> list[Any]:
    with app.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        return list(connection.execute(text(words)).all())


def ports(instance: Running) -> tuple[int, ...]:
    own = instance.settings
    return own.port, own.actions_port, own.desk_port, own.jobs_port


def assert_no_number_is_negative(instance: Running, client: httpx.Client) -> None:
    for port in ports(instance):
        headers = {"Authorization": f"Bearer {_BEARER}"}
        told = client.get(f"http://127.0.0.1:{port}/metrics", headers=headers).text
        samples = [one for family in text_string_to_metric_families(told) for one in family.samples]
        assert len(samples) > 10
        assert [one for one in samples if one.value < 0] == []


def not_ready(instance: Running, client: httpx.Client) -> list[str]:
    answers = [client.get(f"http://127.0.0.1:{port}/ready") for port in ports(instance)]
    return [answer.text for answer in answers if answer.status_code != 200]


def signs_in(instance: Running, client: httpx.Client) -> None:
    url = f"http://127.0.0.1:{instance.settings.desk_port}"
    done = client.post(f"{url}/sign-in", data={"name": "marta", "password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/"), done.headers


def is_signed_in(instance: Running, client: httpx.Client) -> bool:
    return client.get(f"http://127.0.0.1:{instance.settings.desk_port}/").status_code == 200


def dies_with_work_in_hand(app: Application, ahead: timedelta) -> str:
    """A Rasa server that took a message, and a jobs process at work, are gone at this moment. Returns the message."""
    gone = replace(app, clock=ClockOf(ahead))
    received = reception.receive(gone, Incoming("sms", "+34600999888", None, "hola"))

    def takes() -> bool:
        (run,) = [one for one in runs(app) if one.name == "queue_watch"]
        with app.unit_of_work() as uow:
            was_taken = uow.operations.take(run, "gone", gone.clock.now() + jobs.LEASE)
            uow.commit()
        return was_taken

    assert until(takes)
    return str(received.message_id)


def test_clocks_jump_and_nobody_is_left_behind(
    tmp_path: Path, instance: Running, twilio: StubTwilio, clock: ServersClock
) -> None:
    app, base = application(instance.settings), f"http://127.0.0.1:{instance.settings.port}"
    desk_url = f"http://127.0.0.1:{instance.settings.desk_port}"
    with httpx.Client(trust_env=False, timeout=60) as client, httpx.Client(trust_env=False) as desk:
        desk.headers["Origin"] = desk_url
        page, phone = Page(client, base), Phone(client, base, twilio, app, "+34611222333")
        stranger = Phone(client, base, twilio, app, "+34611222444")

        def everybody_talks(*, is_new: bool) -> None:
            for somebody in (page, phone):
                if not is_new:
                    asked = somebody.says("¿cuánto debo?")
                    assert not _MONEY.search(asked), "nobody knows whether it is still the same person"
                somebody.says(_FACTS)
                assert _MONEY.search(somebody.says("¿cuánto debo?"))

        everybody_talks(is_new=True)
        signs_in(instance, desk)
        sessions, before, left, late = page.sessions, timedelta(), [], []
        for ahead in _SHOWN:
            if ahead < before:
                # What is being answered, sent and done in the moment of the jump goes on after it.
                left.append(dies_with_work_in_hand(app, before))
                twilio.faults[:] = [Fault(503)]
                late.append(stranger.sends("hola"))
                assert until(lambda: not twilio.faults)
            clock.set(ahead)
            assert not is_signed_in(instance, desk)
            signs_in(instance, desk)
            assert is_signed_in(instance, desk)
            assert until(lambda: all(is_answered(app, sid) for sid in late)), "waits for a clock, to be sent"
            assert until(lambda: all(is_done(app, one) for one in left)), "waits for a clock, to be answered"
            assert until(partial(has_succeeded, app, "queue_watch", ClockOf(ahead).now())), (
                "waits for a clock"
            )
            everybody_talks(is_new=False)
            sessions += ahead - before > timedelta(days=2)  # a token of weeks ago: a new conversation
            assert page.sessions == sessions
            assert_no_number_is_negative(instance, client)
            assert until(lambda: not not_ready(instance, client)), not_ready(instance, client)
            before = ahead

    assert query(app, "SELECT DISTINCT status FROM inbox") == [("done",)]
    assert query(app, "SELECT DISTINCT status FROM outbox") == [("sent",)]
    doubled = "SELECT cause, position FROM outbox GROUP BY cause, position HAVING count(*) > 1"
    assert query(app, doubled) == []
    known = {row.provider_id for row in query(app, "SELECT provider_id FROM outbox WHERE channel = 'sms'")}
    gone = [one["sid"] for one in twilio.messages if one["direction"] == "outbound-api"]
    assert sorted(gone) == sorted(map(str, known)), "none went out twice"
    done = instance.aldia("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    errors = [line for line in instance.logged().splitlines() if " ERROR " in line or "Traceback" in line]
    assert errors == []


def is_answered(app: Application, sid: str) -> bool:
    """Whether the turn has ended and all of its answer has gone out."""
    answers = query(
        app,
        "SELECT outbox.status FROM inbox JOIN outbox ON outbox.cause = inbox.message_id "
        f"WHERE inbox.provider_id = '{sid}' AND inbox.status = 'done'",
    )
    return bool(answers) and all(row.status == "sent" for row in answers)


def is_done(app: Application, message_id: str) -> bool:
    return bool(query(app, f"SELECT 1 FROM inbox WHERE status = 'done' AND message_id = '{message_id}'"))


def runs(app: Application) -> list[JobRun]:
    with app.unit_of_work(write=False) as uow:
        return list(uow.operations.runs())


def has_succeeded(app: Application, job: str, began: datetime) -> bool:
    (run,) = [one for one in runs(app) if one.name == job]
    return run.succeeded_at is not None and began < run.succeeded_at < began + 2 * timedelta(
        seconds=_PATIENCE
    )
