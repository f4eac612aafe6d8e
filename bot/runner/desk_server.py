"""The desk's server: `python -m bot.runner.desk_server`."""

from __future__ import annotations

import gc
import sys

from bot.bootstrap import application, signer_of
from bot.rulebook.errors import RulebookError
from bot.runner.lifeline import end_with_parent
from bot.runner.logs import configure_logging
from bot.scripts import ScriptError
from bot.settings import Settings
from bot.storage.errors import StorageError


def main() -> None:
    """Serve the desk until stopped."""
    end_with_parent()
    settings = Settings.from_environment()
    configure_logging(settings.log_level)
    import uvicorn

    from bot.desk.application import create

    try:
        app = application(settings)
        with app.unit_of_work(write=False):
            pass
    except (RulebookError, ScriptError, StorageError) as error:
        sys.exit(str(error))
    gc.freeze()
    uvicorn.run(
        create(app, signer=signer_of(settings)),
        host=settings.host,
        port=settings.desk_port,
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        # Open pages hold a connection each: they come back by themselves.
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
