"""A real Chromium, the running stack, and a page of somebody else on another port that embeds the widget."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.demo.people import DemoDebtor
from bot.demo.portfolio import identities
from bot.settings import CHECKOUT
from tests.support.running import Running, free_ports, running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
# No style-src and no unsafe-…: all that a strict page needs is to name our script and our address.
HOST_POLICY = "default-src 'none'; script-src {chat}; connect-src {chat}; base-uri 'none'; form-action 'none'"
_HOST_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>Casa</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{chat}/webhooks/web/widget.js" data-creditor="Financiera Ribera" data-language="{language}" defer></script>
</head><body><main><h1>Casa</h1><p><a href="#x">Algo</a> <button>Otra cosa</button></p></main></body></html>"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser they are skipped, with the reason."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here if CHROMIUM is None else ():
        item.add_marker(pytest.mark.skip(reason="no Chromium here: run tests/browser/ensure_chromium.sh"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window. It keeps an event loop running: not beyond the module, or others could run none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        yield started
        started.close()


class HostSite:
    """A page of another origin, with a strict policy of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.origin = f"http://localhost:{port}"
        self.policy = ""
        handler = functools.partial(_handler(self), directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def embed(self, chat: str) -> None:
        """Write its pages."""
        self.policy = HOST_POLICY.format(chat=chat)
        for language in ("es", "en"):
            page = _HOST_PAGE.format(chat=chat, language=language)
            (self.folder / f"{language}.html").write_text(page, encoding="utf-8")


def _handler(site: HostSite) -> type[SimpleHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", site.policy)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostSite]:
    """The page that embeds the widget."""
    site = HostSite(tmp_path_factory.mktemp("host"), free_ports(1)[0])
    yield site
    site.server.shutdown()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory, host: HostSite) -> Iterator[Running]:
    """Both servers over the demo portfolio, with the host's origin allowed and room for a fast typist."""
    folder = tmp_path_factory.mktemp("instance")
    channels = folder / "channels.yml"
    channels.write_text(
        f'limits: {{per_address: "600/minute", per_network: "6000/minute"}}\nweb: {{origins: ["{host.origin}"]}}\n',
        encoding="utf-8",
    )
    with running(folder, ALDIA_CHANNELS_FILE=str(channels)) as started:
        host.embed(started.settings.public_url)
        yield started


@pytest.fixture
def errors() -> list[str]:
    """What pages of a test complained about: nothing, unless the test says otherwise."""
    return []


@pytest.fixture
def open_page(browser: Any, errors: list[str]) -> Iterator[Callable[..., Any]]:
    """Open a page in a browser of its own; whatever it complains about is a failure."""
    contexts = []

    def opened(url: str, **options: Any) -> Any:
        context = browser.new_context(
            **{"locale": "es-ES", "viewport": {"width": 1280, "height": 860}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where screenshots go when ALDIA_SCREENSHOTS is set (`make screenshots`)."""
    return CHECKOUT / "docs" / "screenshots" if os.environ.get("ALDIA_SCREENSHOTS") else None


@pytest.fixture(scope="session")
def people() -> Iterator[DemoDebtor]:
    """Debtors of the demo portfolio, each handed out once."""
    from bot.demo.people import EVERYBODY

    known = {person.reference for person in identities()}
    return iter(sorted(EVERYBODY, key=lambda person: person.reference not in known))
