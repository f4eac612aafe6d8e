"""The topology of deploy/, really run: the proxy's own configuration, two servers of each kind, PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.bootstrap import application
from bot.demo.desk import PASSWORD
from bot.demo.portfolio import identities
from bot.runner.cluster import Cluster
from bot.settings import CHECKOUT, Settings
from tests.channels.web.conftest import Tab
from tests.support.cluster import running_cluster

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed"),
    pytest.mark.timeout(600),
]
TOKEN = "a-token-of-the-actions"
BEARER = "a-token-of-the-metrics"


@pytest.fixture(scope="module")
def cluster(
    postgresql_server: Any, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Two of each, with the built-in balancer's place taken by Caddy."""
    from sqlalchemy import create_engine, text

    engine = create_engine(postgresql_server("postgres"), isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE topology"))
    engine.dispose()
    folder = tmp_path_factory.mktemp("topology")
    tokens = {"ALDIA_ACTIONS_TOKEN": TOKEN, "ALDIA_METRICS_TOKEN": BEARER}
    with running_cluster(
        folder, postgresql_server("topology"), redis_url, **tokens, ALDIA_PROXIES="1"
    ) as started:
        for proxy in started.of("proxy"):
            proxy.kill()
        yield started


@pytest.fixture(scope="module")
def caddy(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """Caddy with the configuration of deploy/, without TLS and with this machine's ports."""
    folder = tmp_path_factory.mktemp("caddy")

    def upstreams(kind: str) -> str:
        return "to " + " ".join(f"127.0.0.1:{node.port}" for node in cluster.of(kind))

    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "ALDIA_CHAT_SITE": cluster.url,
        "ALDIA_DESK_SITE": cluster.desk_url,
        "ALDIA_RASA_UPSTREAMS": upstreams("rasa"),
        "ALDIA_DESK_UPSTREAMS": upstreams("desk"),
    }
    program = str(shutil.which("caddy"))
    command = [program, "run", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                httpx.get(cluster.url, trust_env=False)
                httpx.get(cluster.desk_url, trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)


def connected_to(process: psutil.Process) -> set[int]:
    """The ports that a process holds connections to."""
    return {one.raddr.port for one in process.net_connections("tcp") if one.raddr}


def ports(cluster: Cluster, kind: str) -> set[int]:
    return {node.port for node in cluster.of(kind)}


def test_every_server_is_ready_and_of_one_version(cluster: Cluster) -> None:
    versions = []
    for kind in ("rasa", "actions", "desk", "jobs"):
        for node in cluster.of(kind):
            answer = httpx.get(f"{node.url}/ready", trust_env=False)
            assert (answer.status_code, answer.json()["reasons"]) == (200, {}), node.name
            versions.append(httpx.get(f"{node.url}/version", trust_env=False).json())
    assert len({str({**one, "model": None}) for one in versions}) == 1
    assert {one["model"] for one in versions} - {None} == {Path(cluster.model).name.removesuffix(".tar.gz")}


def test_prometheus_reads_every_server_and_nobody_else_does(cluster: Cluster) -> None:
    for kind in ("rasa", "actions", "desk", "jobs"):
        for node in cluster.of(kind):
            told = httpx.get(
                f"{node.url}/metrics", headers={"Authorization": f"Bearer {BEARER}"}, trust_env=False
            )
            assert told.status_code == 200, node.name
            assert f'role="{kind}"' in told.text
            assert 'aldia_reachable{what="redis"} 1.0' in told.text
            assert ('aldia_reachable{what="actions"} 1.0' in told.text) is (kind == "rasa")
            if kind != "actions":  # before it no proxy stands, which would look like this machine
                assert httpx.get(f"{node.url}/metrics", trust_env=False).status_code == 401, node.name


def test_without_action_servers_rasa_takes_messages_and_says_so(cluster: Cluster) -> None:
    for node in cluster.of("actions"):
        node.kill()
    try:
        time.sleep(1.1)  # for so long an answer is kept
        answer = httpx.get(f"{cluster['rasa-1'].url}/ready", trust_env=False)
        assert (answer.status_code, answer.json()["degraded"]) == (200, {"actions": ["none answers"]})
    finally:
        for node in cluster.of("actions"):
            node.start()
        for node in cluster.of("actions"):
            node.wait()


def test_nobody_acts_without_the_token(cluster: Cluster) -> None:
    url = f"{cluster['actions-1'].url}/webhook"
    assert httpx.post(url, json={"next_action": "action_greet"}, trust_env=False).status_code == 403


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/version", "/status", "/conversations/x/tracker", "/metrics"]
)
def test_the_proxy_shows_nothing_of_the_inside(cluster: Cluster, caddy: psutil.Process, path: str) -> None:
    assert httpx.get(f"{cluster.url}{path}", trust_env=False).status_code == 404
    if path in ("/health", "/ready", "/version", "/metrics"):
        assert httpx.get(f"{cluster.desk_url}{path}", trust_env=False).status_code == 404


def test_large_bodies_are_refused(cluster: Cluster, caddy: psutil.Process) -> None:
    answer = httpx.post(
        f"{cluster.url}/webhooks/web/messages",
        content=b"x" * 2_000_000,
        headers={"Origin": cluster.url, "Content-Type": "application/json"},
        trust_env=False,
        timeout=20,
    )
    # Caddy breaks off what it passes on (502), the server what it reads (413).
    assert answer.status_code in (413, 502)


class Desk:
    """A person at the desk, each request of whom may go to another process."""

    def __init__(self, base: str) -> None:
        self._client = httpx.Client(base_url=base, trust_env=False, timeout=20)

    def signs_in(self, name: str) -> Desk:
        """Sign in."""
        answer = self._client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return self

    def posts(self, path: str, **fields: str) -> httpx.Response:
        """Send a form, as a page of the desk does."""
        found = re.search(r'data-csrf="([^"]+)"', self.reads("/account"))
        assert found is not None
        return self._client.post(path, data={"csrf": found[1], **fields})

    def reads(self, path: str) -> str:
        """Open a page."""
        answer = self._client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text


async def answered(tab: Tab, text: str) -> list[dict[str, Any]]:
    """Say something and wait for what is new of ours."""
    before = {one["id"] for one in (await tab.news())["messages"]}
    assert (await tab.says(text)).status_code == 202
    end = time.monotonic() + 30
    while time.monotonic() < end:
        news = await tab.news()
        fresh = [one for one in news["messages"] if one["id"] not in before and one["from"] != "you"]
        if fresh and not news["is_working"]:
            return fresh
        await asyncio.sleep(0.05)
    raise AssertionError(f"no answer to {text!r}")


def test_a_conversation_and_a_takeover_by_way_of_every_process(
    cluster: Cluster, caddy: psutil.Process
) -> None:
    who = next(one for one in identities() if one.reference.startswith("AD-ES"))
    desk = Desk(cluster.desk_url).signs_in("marta")

    async def story() -> float:
        # No connection is used twice: each request is the proxy's to place.
        async with httpx.AsyncClient(
            base_url=cluster.url,
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client:
            tab = await Tab(client).begins()
            await answered(tab, "hola, quiero saber cuánto debo")
            await answered(tab, f"{who.reference}, {who.date_of_birth}, {who.postal_code}")
            assert any(is_identified(cluster))
            await answered(tab, "quiero hablar con una persona")
            async with tab.stream() as events:
                await events.next()
                talk = await asyncio.to_thread(taken, desk)
                began = time.monotonic()
                answer = await asyncio.to_thread(
                    desk.posts, f"/c/{talk}/send", text="Hola, soy Marta.", key="k-1", confirmed="yes"
                )
                assert answer.status_code in (200, 303), answer.text
                said = await events.until(lambda one: one["from"] == "person")
                assert said["text"] == "Hola, soy Marta."
                return time.monotonic() - began

    with seen_from([caddy, *(psutil.Process(node.pid) for node in cluster.of("rasa"))]) as reached:
        took = asyncio.run(story())
        # The proxy leaves out for three seconds whom it saw break off a call, as a test before this one makes it do.
        end = time.monotonic() + 10
        while not ports(cluster, "rasa") | ports(cluster, "desk") <= reached and time.monotonic() < end:
            assert httpx.get(f"{cluster.url}/webhooks/web/", trust_env=False).status_code == 200
            assert httpx.get(f"{cluster.desk_url}/sign-in", trust_env=False).status_code == 200
    assert took < 15.0  # a second on a quiet machine
    # It really went by all of them.
    assert ports(cluster, "rasa") | ports(cluster, "desk") <= reached
    assert ports(cluster, "actions") & reached


@contextmanager
def seen_from(processes: Sequence[psutil.Process]) -> Iterator[set[int]]:
    """The ports that processes hold connections to at any moment of the context: idle ones are closed after seconds."""
    reached: set[int] = set()
    stopping = threading.Event()

    def look() -> None:
        while not stopping.wait(0.02):
            for process in processes:
                reached.update(connected_to(process))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield reached
    finally:
        stopping.set()
        looking.join()


def is_identified(cluster: Cluster) -> list[bool]:
    app = application(Settings.from_environment(cluster.environment))
    with app.unit_of_work(write=False) as uow:
        accounts = uow.connection.exec_driver_sql(  # type: ignore[attr-defined]
            "SELECT verified_at IS NOT NULL FROM conversations WHERE channel = 'web'"
        )
        found = [bool(row[0]) for row in accounts]
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
    return found


def taken(desk: Desk) -> str:
    """Take the conversation that waits; its id."""
    found = re.search(r"/c/(C-[0-9a-f]+)", desk.reads("/queue/rows"))
    assert found is not None
    assert desk.posts(f"/c/{found[1]}/claim").status_code in (200, 303)
    return found[1]


def test_a_job_goes_on_when_the_process_that_did_it_dies(cluster: Cluster) -> None:
    """Also what the fault tests build on: servers are killed and started again one by one."""
    app = application(Settings.from_environment(cluster.environment))

    def last() -> Any:
        with app.unit_of_work(write=False) as uow:
            return next(run.succeeded_at for run in uow.operations.runs() if run.name == "queue_watch")

    cluster["jobs-1"].kill()
    before, end = last(), time.monotonic() + 90  # at most a lease, if it was at it just then
    while last() == before:
        assert time.monotonic() < end
        time.sleep(0.2)
    cluster["jobs-1"].start()
    cluster["jobs-1"].wait()
    app.unit_of_work.dispose()  # type: ignore[attr-defined]
