"""Known vulnerabilities of what is installed: each is listed with what it means here, and what is claimed of it holds."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from bot.settings import CHECKOUT
from tests.support import audit

REACHES = {"none", "build", "operator"}


def test_each_listed_finding_says_what_it_means_here() -> None:
    page = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")
    assert audit.listed()
    for one in audit.listed():
        assert set(one) == {"package", "version", "ids", "source", "reach", "exposure", "mitigation"}, one
        assert one["source"] in ("memory", "page", "service")
        assert one["reach"] in REACHES
        assert one["package"] in page, one["package"]
    assert audit.outdated(audit.listed(), audit.installed()) == []


REPORT = {
    "dependencies": [
        {
            "name": "a",
            "version": "1",
            "vulns": [{"id": "GHSA-1", "aliases": ["CVE-1"]}, {"id": "PYSEC-2", "aliases": []}],
        },
        {"name": "b", "version": "2", "vulns": []},
    ]
}


def test_a_finding_that_nobody_looked_at_is_told() -> None:
    found = audit.read(REPORT)
    listed = [{"package": "a", "version": "1", "ids": ["CVE-1"]}]
    assert [one.names for one in audit.unlisted(found, listed)] == [{"PYSEC-2"}]
    # A list for another version, or another package, holds for nothing.
    assert len(audit.unlisted(found, [{"package": "a", "version": "0", "ids": ["CVE-1", "PYSEC-2"]}])) == 2
    assert len(audit.unlisted(found, [{"package": "b", "version": "1", "ids": ["CVE-1", "PYSEC-2"]}])) == 2
    assert audit.outdated(listed, {"a": "2"}) == ["a 1"]


def test_silence_is_not_taken_for_health() -> None:
    skipped = {
        "dependencies": [
            {"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited"}
        ]
    }
    with pytest.raises(audit.CouldNotAsk):
        audit.read(skipped)


def test_nothing_new_is_known_of_what_is_installed() -> None:
    try:
        new, gone = audit.audit()
    except audit.CouldNotAsk as reason:
        pytest.skip(f"not audited: {reason}")
    assert (new, gone) == ([], [])


def test_what_the_list_says_is_never_loaded_is_not() -> None:
    """The servers' modules, imported as the servers import them."""
    code = (
        "import sys; from pathlib import Path\n"
        "from bot.runner.without_tensorflow import leave_out_tensorflow\n"
        "assert leave_out_tensorflow(Path('config.yml'))\n"
        "import rasa.core.run, rasa.core.agent, bot.channels.web.connector, bot.desk.application, bot.runner.rasa_server\n"
        "real = [n for n in ('tensorflow', 'keras') if getattr(sys.modules.get(n), '__file__', None)]\n"
        "assert real == [], real\n"
        "assert 'sentry_sdk.hub' not in sys.modules or sys.modules['sentry_sdk'].Hub.current.client is None\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_aiohttp_serves_nothing_here() -> None:
    for folder in ("bot", "actions"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiohttp"):
                    assert "web" not in [alias.name for alias in node.names], path
                if isinstance(node, ast.Import):
                    assert not any(alias.name.startswith("aiohttp.web") for alias in node.names), path
