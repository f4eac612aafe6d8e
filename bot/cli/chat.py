"""`aldia chat`: talk in the terminal to the running server, over Rasa's REST contract."""

from __future__ import annotations

import json
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import click

from bot.cli.common import settings_for

_TIMEOUT_SECONDS = 60


class CannotTalk(click.ClickException):
    """The server cannot be reached or does not serve the REST channel."""


@click.command()
@click.option("--port", type=int, help="Port of the Rasa server.  [default: ALDIA_PORT, or 5005]")
@click.option("--url", help="Address of the server, if it is not on this machine.")
@click.option("--sender", help="Who to be; the same sender goes on with the same conversation.")
def chat(port: int | None, url: str | None, sender: str | None) -> None:
    """Talk to the assistant. An empty line or Ctrl-D ends it; a number chooses a button.

    \b
    Example:
      aldia run &
      aldia chat
    """
    address = (url or settings_for(port=port).public_url).rstrip("/")
    sender = sender or f"terminal-{secrets.token_hex(8)}"
    _check(address)
    is_interactive = sys.stdin.isatty()
    buttons: Sequence[Mapping[str, str]] = ()
    while True:
        try:
            text = (
                click.prompt("", prompt_suffix="> ", default="", show_default=False)
                if is_interactive
                else _line()
            )
        except (click.Abort, EOFError):
            break
        if not text.strip():
            break
        buttons = _show(_send(address, sender, _chosen(text.strip(), buttons)))


def _line() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _chosen(text: str, buttons: Sequence[Mapping[str, str]]) -> str:
    is_choice = text.isdigit() and 1 <= int(text) <= len(buttons)
    return buttons[int(text) - 1]["payload"] if is_choice else text


def _show(messages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, str]]:
    buttons: Sequence[Mapping[str, str]] = ()
    for message in messages:
        click.echo(message["text"])
        buttons = message.get("buttons") or buttons
    for number, button in enumerate(buttons, 1):
        click.echo(f"  [{number}] {button['title']}")
    return buttons


def _check(address: str) -> None:
    try:
        _request(f"{address}/webhooks/rest/")
    except urllib.error.HTTPError as error:
        error.close()
        raise CannotTalk(f"{address} does not serve the REST channel: it is for development only.") from None
    except (OSError, ValueError):
        raise CannotTalk(
            f"Nothing answers at {address}: start it with `aldia run`, or name its --port."
        ) from None


def _send(address: str, sender: str, text: str) -> list[dict[str, Any]]:
    body = json.dumps({"sender": sender, "message": text, "message_id": secrets.token_hex(12)}).encode()
    try:
        answer = _request(f"{address}/webhooks/rest/webhook", body)
    except urllib.error.HTTPError as error:
        with error:
            raise CannotTalk(f"The server refused the message: {_reason(error.read())}") from None
    except (OSError, ValueError):
        raise CannotTalk(f"The server at {address} no longer answers.") from None
    return list(answer)


def _request(url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310  (of the operator)
        return json.load(response)


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason was given"
