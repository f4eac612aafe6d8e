"""Log lines: one line whatever was logged, the message's id in each, and nothing of what an error says."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.runner.model import quiet_environment
from bot.telemetry.context import trace_id_of, working_on
from bot.telemetry.log_lines import JsonLines, PlainLines, tell

HOSTILE = (
    'hola\n2027-01-01 00:00:00 INFO aldia.turn: accepted\r\x1b[2J\x00\x85\u2028\u202eodnu\t{"level":"INFO"}'
)
FORMATS = {"plain": PlainLines, "json": lambda: JsonLines("rasa")}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")


class Kept(logging.Handler):
    """Keeps what was logged, formatted."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(params=FORMATS)
def kept(request: pytest.FixtureRequest) -> Kept:
    handler = Kept(FORMATS[request.param]())
    logger = logging.getLogger("aldia.turn")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_nothing_that_is_logged_begins_a_line_or_hides_itself(kept: Kept) -> None:
    logging.getLogger("aldia.turn").warning("a name: %s", HOSTILE)
    tell("accepted", channel=HOSTILE, outbox=[HOSTILE])
    tell(HOSTILE)
    with working_on(HOSTILE, HOSTILE):
        tell("decided")
    assert len(kept.lines) == 4
    for line in kept.lines:
        assert _CONTROL.search(line) is None, line
    assert all(
        "INFO aldia.turn: accepted" in line for line in kept.lines[:3]
    )  # there, as text within the line


def test_an_error_cannot_forge_a_line(kept: Kept) -> None:
    try:
        raise AttributeError(HOSTILE)
    except AttributeError:
        logging.getLogger("aldia.turn").error("failed", exc_info=sys.exc_info())
    (text,) = kept.lines
    for line in text.split("\n"):
        assert _CONTROL.search(line) is None
        assert not line.startswith("2027-01-01")


def test_an_error_is_logged_without_what_it_says(kept: Kept) -> None:
    try:
        raise ValueError("12345678Z")
    except ValueError:
        logging.getLogger("aldia.turn").error("failed", exc_info=sys.exc_info())
    assert "12345678Z" not in kept.lines[0]
    assert "ValueError" in kept.lines[0]


def test_a_json_line_has_what_a_machine_looks_for() -> None:
    record = logging.LogRecord("aldia.turn", logging.INFO, "f", 1, "decided", None, None)
    record.fields = {"intent": "greet", "responses": ["utter_greet"]}
    with working_on("M-1", "C-secret"):
        line = json.loads(JsonLines("actions").format(record))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    hashed = line.pop("conversation")
    assert re.fullmatch("[0-9a-f]{12}", hashed)
    assert line == {
        "level": "INFO",
        "logger": "aldia.turn",
        "event": "decided",
        "role": "actions",
        "message_id": "M-1",
        "trace_id": trace_id_of("M-1"),
        "intent": "greet",
        "responses": ["utter_greet"],
    }


def test_what_belongs_to_no_message_names_none() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "started", None, None)
    line = json.loads(JsonLines("desk").format(record))
    assert "message_id" not in line
    assert PlainLines().format(record).endswith("INFO x: started")


@pytest.mark.parametrize("server", ["action_server", "desk_server", "jobs", "rasa_server"])
def test_a_server_writes_nothing_before_its_log_has_a_format(server: str) -> None:
    # As the supervisor starts it; a library's warning while it is imported once stood between lines of JSON.
    ran = subprocess.run(
        [sys.executable, "-c", f"import bot.runner.{server}"],
        env={**os.environ, **quiet_environment()}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert ran.stdout + ran.stderr == ""


@pytest.mark.parametrize("where", ["process", "thread"])
def test_what_nobody_handles_is_a_line_of_the_log_too(where: str) -> None:
    code = f"""
import threading
from bot.runner.logs import configure_logging, log_what_nobody_handles
configure_logging("INFO", "json", "desk")
log_what_nobody_handles()
def fails():
    raise RuntimeError("12345678Z") from FileNotFoundError(2, "No such file", "/of/Ana")
{"fails()" if where == "process" else "threading.Thread(target=fails).start()"}
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode == 0) is (where == "thread")
    (line,) = map(json.loads, ran.stderr.splitlines())
    assert (line["level"], line["role"]) == ("CRITICAL", "desk")
    assert "RuntimeError" in line["error"]
    assert "FileNotFoundError: No such file" in line["error"]
    assert "12345678Z" not in ran.stderr
    assert "Ana" not in ran.stderr


def started(server: str, **variables: str) -> str:
    """What a server in production writes that cannot start."""
    given = {
        "ALDIA_ENVIRONMENT": "production",
        "ALDIA_ACTIONS_URL": "http://127.0.0.1:1/webhook",
        **variables,
    }
    ran = subprocess.run(
        [sys.executable, "-m", f"bot.runner.{server}"],
        env={**os.environ, **quiet_environment(), **given}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    return ran.stderr.splitlines()[-1]


@pytest.mark.parametrize("server", ["action_server", "desk_server", "jobs", "rasa_server"])
def test_a_server_with_wrong_settings_names_them(server: str) -> None:
    assert started(server).startswith("the settings cannot be used: ALDIA_IDENTITY_KEY")


@pytest.mark.parametrize("server", ["desk_server", "rasa_server"])
def test_what_else_keeps_a_server_from_starting_is_a_line_of_its_log(server: str, tmp_path: Path) -> None:
    (tmp_path / "ES.yml").write_text("x: [")
    last = json.loads(started(server, ALDIA_IDENTITY_KEY="k" * 40, ALDIA_JURISDICTIONS_DIR=str(tmp_path)))
    assert last["level"] == "CRITICAL"
    assert "ES.yml: line 2" in last["event"]
