"""An independent emulation of Telegram (npm `telegram-test-api`), and a person who writes through its client side."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.running import free_ports

FOLDER = Path(__file__).parent / "emulation"


class Emulation:
    """The running server, seen from one person's app.

    Args:
        url: where it listens.
        token: the bot's.
    """

    chat = 42

    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = url, token
        self.shown: list[dict[str, Any]] = []

    def writes(self, text: str) -> None:
        """Write to the bot."""
        self._call("sendMessage", {**self._common(), "text": text})

    def commands(self, text: str) -> None:
        """Use a command of the bot."""
        entities = [{"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}]
        self._call("sendCommand", {**self._common(), "text": text, "entities": entities})

    def presses(self, title: str) -> None:
        """Press a button under the newest message that has it."""
        message = next(one for one in reversed(self.shown) if title in self._titles(one))
        key = next(
            row[0] for row in message["message"]["reply_markup"]["inline_keyboard"] if row[0]["text"] == title
        )
        carrier = {**self._common(), "message_id": message["messageId"], "text": message["message"]["text"]}
        carrier["reply_markup"] = message["message"]["reply_markup"]
        del carrier["botToken"]
        self._call("sendCallback", {**self._common(), "message": carrier, "data": key["callback_data"]})

    def reads(self, seconds: float = 30.0) -> list[dict[str, Any]]:
        """Wait for the bot's next messages, and a moment for more of them."""
        found: list[dict[str, Any]] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            new = self._call("getUpdates", {"token": self._token, "chatId": self.chat})["result"]
            if found and not new:
                break
            found += new
            time.sleep(0.7 if found else 0.1)
        assert found, "the bot did not answer"
        self.shown += found
        return found

    def history(self) -> list[dict[str, Any]]:
        """What the chat shows now, changes included."""
        found: list[dict[str, Any]] = self._call("getUpdatesHistory", {"token": self._token})["result"]
        return found

    @staticmethod
    def _titles(message: dict[str, Any]) -> list[str]:
        keyboard = (message["message"].get("reply_markup") or {}).get("inline_keyboard", [])
        return [row[0]["text"] for row in keyboard]

    def buttons(self) -> list[str]:
        """Titles under the newest message that has any."""
        return next((titles for one in reversed(self.shown) if (titles := self._titles(one))), [])

    def _common(self) -> dict[str, Any]:
        person = {"id": self.chat, "first_name": "Lucía", "username": "lucia", "is_bot": False}
        chat = {"id": self.chat, "first_name": "Lucía", "username": "lucia", "type": "private"}
        return {"botToken": self._token, "date": int(time.time()), "from": person, "chat": chat}

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self.url}/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return json.load(response)


def install() -> None:
    """Install the pinned version, once; skips the test where that cannot be done."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not on this machine: the independent emulation of Telegram cannot be installed")
    if (FOLDER / "node_modules" / "telegram-test-api").is_dir():
        return
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"npm could not install telegram-test-api: {done.stderr.strip()[-200:]}")


@contextmanager
def emulated(token: str) -> Iterator[Emulation]:
    """Run the emulation while it is needed."""
    install()
    (port,) = free_ports(1)
    process = subprocess.Popen(
        ["node", "server.js", str(port)],
        cwd=FOLDER,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield Emulation(f"http://127.0.0.1:{port}", token)
    finally:
        process.terminate()
        process.wait(10)
