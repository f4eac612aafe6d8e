"""A process of its own with our connector, courier and recovery, to be killed: `python -m … DATABASE PORT TWILIO SLOW`.

Rasa is played; everything else is real: Sanic, the database, the clock, the leases, the real client.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from sanic import Sanic

from bot.bootstrap import application
from bot.channels.base import Surroundings
from bot.channels.service import ChannelService
from bot.channels.twilio.connector import TwilioInput
from bot.services import dialogue
from bot.services.application import Application
from bot.services.understood import Heard
from bot.settings import Settings
from tests.channels.twilio.stub import ACCOUNT, TOKEN
from tests.support.people import KEY


def played(app: Application, seconds: float) -> Callable[[UserMessage], Awaitable[Any]]:
    """Rasa; `seconds` is how long it thinks about a message that says so."""

    async def run(message: UserMessage) -> None:
        await asyncio.sleep(seconds if "despacio" in message.text else 0)
        heard = Heard("greet", 0.99, text=message.text)
        await asyncio.to_thread(dialogue.take_turn, app, message.metadata["message_id"], heard)

    return run


def main(database: str, port: str, twilio: str, slow: str, channels: str) -> None:
    """Serve until killed."""
    settings = Settings.from_environment(
        {
            "ALDIA_DATABASE_URL": database, "ALDIA_IDENTITY_KEY": KEY, "ALDIA_PUBLIC_URL": "https://chat.example.org",
            "ALDIA_TWILIO_ACCOUNT_SID": ACCOUNT, "ALDIA_TWILIO_AUTH_TOKEN": TOKEN, "ALDIA_TWILIO_URL": twilio,
            "ALDIA_CHANNELS_FILE": channels,
        }
    )  # fmt: skip
    app = application(settings)
    surroundings = Surroundings.of(app)
    connector = TwilioInput(surroundings)
    run_rasa = played(app, float(slow))
    sanic = Sanic("small", configure_logging=False)
    sanic.blueprint(connector.blueprint(run_rasa), url_prefix="/webhooks/twilio")

    @sanic.listener("after_server_start")
    async def begin(*_: Any) -> None:
        service = ChannelService(surroundings, [connector], run_rasa)
        await service.begin()
        Path(f"{channels}.ready").touch()

    sanic.run("127.0.0.1", int(port), access_log=False, motd=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
