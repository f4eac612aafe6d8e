"""A server with the Telegram channel alone, to be killed: run it with a port and the seconds that a turn takes.

The dialogue is played; everything else runs as in the real server, with shorter waits after a crash.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from bot.runner.without_tensorflow import leave_out_tensorflow
from bot.settings import CHECKOUT

# As in the real server: importing it would take most of the start.
leave_out_tensorflow(CHECKOUT / "config.yml")

from sanic import Sanic  # noqa: E402

from bot.bootstrap import application  # noqa: E402
from bot.channels import recovery  # noqa: E402
from bot.channels.base import Surroundings  # noqa: E402
from bot.channels.service import ChannelService  # noqa: E402
from bot.channels.telegram.connector import TelegramInput  # noqa: E402
from bot.services import delivery, dialogue, reception  # noqa: E402
from bot.services.understood import Heard  # noqa: E402


def main(port: int, turn_seconds: float) -> None:
    """Serve until killed."""
    # Still longer than anything takes on a busy machine: what is under way must not count as lost.
    reception.LEASE = timedelta(seconds=3)
    delivery.LOST_AFTER = timedelta(seconds=6)
    recovery._EVERY_SECONDS = 0.2
    app = application()

    async def run_rasa(message: Any) -> None:
        await asyncio.sleep(turn_seconds)
        heard = Heard("greet", 0.99, text=message.text)
        await asyncio.to_thread(dialogue.take_turn, app, message.metadata["message_id"], heard)

    surroundings = Surroundings.of(app)
    connector = TelegramInput(surroundings)
    service = ChannelService(surroundings, [connector], run_rasa)
    sanic = Sanic("small", configure_logging=False)
    sanic.blueprint(connector.blueprint(run_rasa), url_prefix="/webhooks/telegram")
    sanic.register_listener(lambda *_: service.begin(), "after_server_start")
    sanic.register_listener(lambda *_: service.end(), "before_server_stop")
    sanic.run("127.0.0.1", port, workers=1, access_log=False, motd=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
