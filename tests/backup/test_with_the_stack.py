"""The whole rehearsal: servers run, a copy is made of them, everything is lost, and the conversation goes on elsewhere."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import application
from bot.debt.party import AccountReference
from tests.backup.test_backup import TOOLS, _admin
from tests.support.running import Running, environment_in, running, started

pytestmark = pytest.mark.stack
SEED = "11" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Addresses of a database and of an empty one."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lost.db'}", f"sqlite:///{tmp_path / 'new.db'}"
        return
    address: Callable[[str], str] = request.getfixturevalue("postgresql_server")
    names = [f"{name}_{uuid.uuid4().hex}" for name in ("lost", "new")]
    for name in names:
        _admin(address("postgres"), f"CREATE DATABASE {name}")
    yield address(names[0]), address(names[1])
    for name in names:
        _admin(address("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


def press(instance: Running, sender: str, answer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tap the first button of an answer."""
    first = next(message["buttons"] for message in reversed(answer) if message.get("buttons"))[0]
    return instance.says(sender, first["payload"])


@pytest.mark.timeout(900)  # four starts of all servers
def test_the_conversation_goes_on(urls: tuple[str, str], tmp_path: Path) -> None:
    url, new_url = urls
    shared = {"ALDIA_AUDIT_KEY": SEED, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    file = tmp_path / "rehearsal.backup"
    with running(tmp_path / "lost", ALDIA_DATABASE_URL=url, **shared) as instance:
        instance.says("ana", "hola, ¿cuánto debo?")
        instance.says("ana", "AD-ES-0001, nací el 12 de marzo de 1985, cp 28013")
        instance.says("ana", "quiero pagar a plazos")
        assert instance.aldia("audit", "checkpoint").returncode == 0
        stopping = threading.Event()

        def talk() -> None:
            while not stopping.is_set():
                instance.says("berta", "hola")

        others = threading.Thread(target=talk)
        others.start()
        made = instance.aldia("backup", str(file))
        stopping.set()
        others.join(60)
        assert made.returncode == 0, made.stderr
        restored = instance.aldia("restore", str(file), "--database", new_url)
        assert restored.returncode == 0, restored.stderr
        assert "The record is sound" in restored.stdout
    environment = environment_in(tmp_path, ALDIA_DATABASE_URL=new_url, **shared)
    with started(tmp_path / "new", environment) as instance:
        answer = instance.says("ana", "unos 60 al mes")
        answer = instance.says("ana", "la primera") if answer else answer
        press(instance, "ana", answer)
        app = application(instance.settings)
        with app.unit_of_work(write=False) as uow:
            assert uow.arrangements.open_for(AccountReference("AD-ES-0001")) is not None, answer
        app.unit_of_work.dispose()  # type: ignore[attr-defined]
        verified = instance.aldia("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
