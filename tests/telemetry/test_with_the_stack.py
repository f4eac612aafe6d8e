"""All servers with the trained model, a Twilio and a collector on loopback: a turn's story in logs, numbers and traces."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.bootstrap import application
from bot.services.unit_of_work import InboundMessage
from bot.telemetry.context import trace_id_of
from tests.channels.twilio import fixtures
from tests.channels.twilio.conftest import CHANNELS, PUBLIC, signature
from tests.channels.twilio.stub import ACCOUNT, TOKEN, StubTwilio, stub_twilio
from tests.support.running import Running, running
from tests.telemetry.otlp import Collector, Span, collector

pytestmark = pytest.mark.stack

BEARER = "m" * 24
SECRET = "añicos-desde-marzo"
SMS = "/webhooks/twilio/sms"


@pytest.fixture(scope="module")
def traces() -> Iterator[Collector]:
    """Where the servers send their spans."""
    with collector() as found:
        yield found


@pytest.fixture(scope="module")
def twilio() -> Iterator[StubTwilio]:
    """A Twilio on loopback."""
    with stub_twilio() as found:
        yield found


@pytest.fixture(scope="module")
def instance(
    tmp_path_factory: pytest.TempPathFactory, twilio: StubTwilio, traces: Collector
) -> Iterator[Running]:
    """All servers, logging JSON and sending traces."""
    folder = tmp_path_factory.mktemp("telemetry")
    channels = folder / "channels.yml"
    channels.write_text(CHANNELS, encoding="utf-8")
    variables = {
        "ALDIA_TWILIO_ACCOUNT_SID": ACCOUNT,
        "ALDIA_TWILIO_AUTH_TOKEN": TOKEN,
        "ALDIA_TWILIO_URL": twilio.url,
        "ALDIA_PUBLIC_URL": PUBLIC,
        "ALDIA_CHANNELS_FILE": str(channels),
        "ALDIA_LOG_FORMAT": "json",
        "ALDIA_METRICS_TOKEN": BEARER,
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    with running(folder, **variables) as found:
        yield found


def send_sms(instance: Running, text: str, number: int) -> None:
    """What Twilio would post for an SMS."""
    values = fixtures.sms(text, MessageSid=f"SM{number:032d}")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(SMS, values),
    }
    with httpx.Client(trust_env=False) as client:
        url = f"http://127.0.0.1:{instance.settings.port}{SMS}"
        assert client.post(url, content=urlencode(values), headers=headers).status_code == 200


def last_message_of(instance: Running, channel: str, address: str) -> InboundMessage:
    """The newest message that came in from an address."""
    app = application(instance.settings)
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(channel, address)
        assert talk is not None
        return [row for row in uow.transcripts.of(talk.conversation_id) if isinstance(row, InboundMessage)][
            -1
        ]


def lines_of(instance: Running, message_id: str) -> list[dict[str, Any]]:
    """`grep MESSAGE_ID` over all processes' logs, in order of time."""
    lines = [line for line in instance.logged().splitlines() if message_id in line]
    return sorted((json.loads(line) for line in lines), key=lambda line: line["time"])


def is_whole(*names: str, trace_id: str) -> Any:
    return lambda spans: spans[0].trace_id == trace_id and set(names) <= {span.name for span in spans}


def assert_connected(spans: list[Span]) -> None:
    """One first span, and every other one below one of the trace."""
    ids = {span.span_id for span in spans}
    assert [span.name for span in spans if not span.parent] == ["turn"]
    assert [span for span in spans if span.parent and span.parent not in ids] == []
    assert len(ids) == len(spans)


def test_a_turn_over_rest_tells_its_story(instance: Running, traces: Collector) -> None:
    assert instance.says("ana", f"hola, buenos días {SECRET}")
    message = last_message_of(instance, "rest", "ana")
    told = lines_of(instance, message.message_id)
    assert [(line["role"], line["event"]) for line in told] == [
        ("rasa", "accepted"), ("rasa", "parsed"), ("actions", "decided"), ("actions", "stored"), ("rasa", "concluded"),
    ]  # fmt: skip
    assert {line["trace_id"] for line in told[1:]} == {trace_id_of(message.message_id)}
    assert len({line["conversation"] for line in told}) == 1
    assert message.conversation_id not in instance.logged()
    parsed, decided, stored = told[1:4]
    assert parsed["intent"] == decided["intent"] == "greet"
    assert float(parsed["confidence"]) > 0.5
    assert all(name.startswith("utter_") for name in decided["responses"])
    assert decided["responses"]
    assert stored["outbox"] == [f"{message.message_id}.{n}" for n in range(len(decided["responses"]))]

    names = ("turn", "webhook", "nlu", "action", "decide", "database")
    spans = traces.trace_with(is_whole(*names, trace_id=trace_id_of(message.message_id)))
    assert_connected(spans)
    by_name = {span.name: span for span in spans}
    assert by_name["decide"].service == "aldia-actions"
    assert by_name["decide"].parent == by_name["action"].span_id
    assert by_name["action"].service == "aldia-rasa"
    databases = {span.parent for span in spans if span.name == "database"}
    assert by_name["decide"].span_id in databases
    assert by_name["turn"].facts == {"aldia.channel": "rest", "aldia.message_id": message.message_id}


def test_a_turn_over_sms_is_traced_to_its_sending(
    instance: Running, twilio: StubTwilio, traces: Collector
) -> None:
    send_sms(instance, f"hola, ¿quién eres? {SECRET}", 1)
    names = ("turn", "webhook", "nlu", "action", "decide", "database", "send")

    def is_sent(spans: list[Span]) -> bool:
        by_name = {span.name: span for span in spans}
        return set(names) <= by_name.keys() and by_name["turn"].facts.get("aldia.channel") == "sms"

    spans = traces.trace_with(is_sent)
    assert_connected(spans)
    message = last_message_of(instance, "sms", fixtures.DEBTOR)
    assert spans[0].trace_id == trace_id_of(message.message_id)
    told = lines_of(instance, message.message_id)
    assert {line["event"] for line in told} >= {
        "accepted",
        "parsed",
        "decided",
        "stored",
        "concluded",
        "sent",
    }
    assert twilio.bodies


def test_no_span_and_no_line_holds_what_was_written(instance: Running, traces: Collector) -> None:
    for content in (traces.raw.decode("utf-8", "replace"), instance.logged()):
        for secret in (SECRET, json.dumps(SECRET)[1:-1], fixtures.DEBTOR, fixtures.DEBTOR.lstrip("+")):
            assert secret not in content


def test_every_line_is_json_with_its_process(instance: Running) -> None:
    for line in filter(None, instance.logged().splitlines()):
        assert {"time", "level", "logger", "event", "role"} <= json.loads(line).keys(), line


def scrape(port: int, bearer: str | None = None, **headers: str) -> tuple[int, str]:
    """Ask a server for its metrics."""
    sent = {**headers, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers=sent)
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_every_server_has_metrics_for_those_who_may(instance: Running) -> None:
    instance.says("berta", "hola")
    settings = instance.settings
    ports = {"rasa": settings.port, "actions": settings.actions_port, "desk": settings.desk_port}
    texts = {}
    for role, port in ports.items():
        assert scrape(port, "wrong" * 5)[0] == 401
        assert scrape(port, **{"X-Forwarded-For": "203.0.113.9"})[0] == 401
        assert scrape(port)[0] == 200
        status, texts[role] = scrape(port, BEARER, **{"X-Forwarded-For": "203.0.113.9"})
        assert status == 200
        assert re.search(rf'aldia_build_info{{.*role="{role}".*}} 1.0', texts[role])
        assert "aldia_database_up 1.0" in texts[role]
        assert list(text_string_to_metric_families(texts[role]))
    assert 'aldia_turn_seconds_count{channel="rest"}' in texts["rasa"]
    assert 'aldia_stage_seconds_count{stage="nlu"}' in texts["rasa"]
    assert 'aldia_understood_total{intent="greet"}' in texts["actions"]
    assert SECRET not in "".join(texts.values())


def test_off_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from bot.telemetry import tracing, stages; import actions.base, bot.channels.turns;"
        "assert tracing.start('rasa', '1', {}) is False;"
        "assert tracing.begin('nlu') is None and tracing.headers() == {};"
        "print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
