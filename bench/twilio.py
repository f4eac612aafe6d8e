"""How long a message from Twilio waits for its answer, and what of it is ours: `python -m bench.twilio`."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import empty as empty_response
from twilio.request_validator import RequestValidator

from bench.measure import percentiles
from bot.bootstrap import application
from bot.channels.base import Surroundings
from bot.channels.twilio.connector import TwilioInput
from bot.services import reception
from bot.services.reception import Incoming
from bot.settings import Settings
from bot.storage.migrations import migrate

_NOTHING = "/nothing"
Took = tuple[float, float]  # milliseconds by the clock on the wall, and of processor time
_TOKEN, _PATH, _PUBLIC = "bench-token", "/webhooks/twilio/sms", "https://chat.example.org"
_TEXT = "no puedo pagar todo, ¿me dejáis en 50 al mes?"
_ROUNDS, _WARM_UP = 400, 40
_CHANNELS = """
limits: {per_address: 1000000/minute}
twilio: {senders: [{channel: sms, number: "+34600000001", countries: [ES], collects: third_party}]}
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="aldia-bench-") as name:
        channels = Path(name, "channels.yml")
        channels.write_text(_CHANNELS, encoding="utf-8")
        url = os.environ.get("ALDIA_DATABASE_URL") or f"sqlite:///{name}/aldia.db"
        migrate(url)
        settings = Settings.from_environment(
            {
                "ALDIA_DATABASE_URL": url,
                "ALDIA_IDENTITY_KEY": "k" * 40,
                "ALDIA_PUBLIC_URL": _PUBLIC,
                "ALDIA_TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
                "ALDIA_TWILIO_AUTH_TOKEN": _TOKEN,
                "ALDIA_CHANNELS_FILE": str(channels),
            }
        )
        empty, whole, stored = asyncio.run(_measure(TwilioInput(Surroundings.of(application(settings)))))
    for unit, position in (("ms", 0), ("ms of processor time", 1)):
        nothing, message = ([one[position] for one in times] for times in (empty, whole))
        print(f"a request that does nothing: {percentiles(nothing)} {unit}")
        print(f"a message of Twilio's, signed, stored and answered: {percentiles(message)} {unit}")
        print(f"added by our layer, p50: {_median(message) - _median(nothing):.1f} {unit}")
    print(f"of it, storing: {percentiles([one[0] for one in stored])} ms")


async def _measure(connector: TwilioInput) -> tuple[list[Took], ...]:
    """Milliseconds of requests that do nothing, of messages, and of storing one without a request."""

    async def silent(_: Any) -> None:
        """Rasa is not part of it."""

    sanic = Sanic("bench-twilio", configure_logging=False)
    sanic.blueprint(connector.blueprint(silent), url_prefix="/webhooks/twilio")

    async def nothing(request: Request) -> HTTPResponse:
        return empty_response(200)

    sanic.add_route(nothing, _NOTHING, methods=["POST"])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = await sanic.create_server(sock=listening, return_asyncio_server=True)
        await server.startup()
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            calls = range(_ROUNDS + _WARM_UP)
            empty = [await _one(connector, client, number, _NOTHING) for number in calls]
            whole = [await _one(connector, client, number, _PATH) for number in calls]
        server.close()
    stored = [_stored(connector, number) for number in range(_ROUNDS)]
    return empty[_WARM_UP:], whole[_WARM_UP:], stored


async def _one(connector: TwilioInput, client: httpx.AsyncClient, number: int, path: str) -> Took:
    values: Mapping[str, str] = {
        "MessageSid": f"SM{number:032d}",
        "From": f"+346001{number % 50:05d}",
        "To": "+34600000001",
        "Body": _TEXT,
        "NumMedia": "0",
        "FromCity": "",
    }
    signature = RequestValidator(_TOKEN).compute_signature(_PUBLIC + _PATH, dict(values))
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    began = time.perf_counter(), time.process_time()
    answer = await client.post(path, content=urlencode(values), headers=headers)
    took = _since(began)
    assert answer.status_code == 200, answer.status_code
    # The turn is not what is measured: it is over before the next message.
    await connector.turns.finish(10)
    return took


def _stored(connector: TwilioInput, number: int) -> Took:
    incoming = Incoming("sms", f"+346001{number % 50:05d}", f"stored-{number}", _TEXT)
    began = time.perf_counter(), time.process_time()
    reception.receive(connector.app, incoming)
    return _since(began)


def _since(began: Took) -> Took:
    return (time.perf_counter() - began[0]) * 1000, (time.process_time() - began[1]) * 1000


def _median(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    main()
