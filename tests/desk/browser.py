"""The desk as a real server, and real browsers in front of it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn

from bot.desk.application import create
from bot.services.application import Application
from tests.desk.conftest import PASSWORD
from tests.support.running import free_ports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(app: Application) -> Iterator[str]:
    """The desk on a port of its own; the test moves its clock."""
    (port,) = free_ports(1)
    settings = replace(app.settings, desk_port=port, desk_url=f"http://127.0.0.1:{port}")
    config = uvicorn.Config(
        create(replace(app, settings=settings)),
        port=port,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_OPTIONS))
        yield browser
        browser.close()


def signed_in(browser: Any, base: str, name: str, **context: Any) -> Any:
    """A page of somebody who has signed in, in a browser context of their own."""
    page = browser.new_context(locale="es-ES", **context).new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{base}/sign-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_selector("header.bar")
    return page
