"""Alerts and dashboard name metrics and labels that exist; every alert has its page and every page its alert."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from bot.settings import CHECKOUT
from bot.telemetry import metrics
from bot.telemetry.figures import FIGURES, Figure, FiguresCollector, ReachCollector
from tests.telemetry.test_metrics import CLOSED

FOLDER = CHECKOUT / "deploy" / "observability"
PAGES = CHECKOUT / "docs" / "runbook"
# Prometheus' own, and what is the same for every process.
NOT_OURS = {"up", "process_resident_memory_bytes"}
OF_PROMETHEUS = {"job", "instance"}
_NAME = re.compile(r"\b(aldia_\w+|process_\w+|up)\b")
_SELECTED = re.compile(r"\b(aldia_\w+)\{([^}]*)\}")
_MATCH = re.compile(r'(\w+)(=~|!=|!~|=)"([^"]*)"')
_GROUPED = re.compile(r"\bby \(([^)]*)\)")


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], str(rule["expr"])
    for panel in json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


@pytest.fixture(scope="module")
def there() -> dict[str, set[str]]:
    """Every name that /metrics shows, with the labels of its series."""
    figures = CollectorRegistry()
    every = [Figure(name, 1.0, ("none",) * len(labels)) for name, (_, labels) in FIGURES.items()]
    figures.register(FiguresCollector(lambda: every))
    figures.register(ReachCollector({"redis": list}))
    text = (generate_latest(metrics.REGISTRY) + generate_latest(figures)).decode()
    found: dict[str, set[str]] = {}
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))
    for name, kind in kinds.items():
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        found.update({name + suffix: set() for suffix in suffixes})
    for metric in vars(metrics).values():
        if isinstance(metric, metrics._Labelled):
            inner = metric._metric
            for name in found:
                if name.startswith(inner._name):
                    found[name] |= set(inner._labelnames) | ({"le"} if name.endswith("_bucket") else set())
    for name, (_, labels) in FIGURES.items():
        found[f"aldia_{name}"] |= set(labels)
    found["aldia_reachable"].add("what")
    return found


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_what_an_expression_names_exists(where: str, expression: str, there: dict[str, set[str]]) -> None:
    names = set(_NAME.findall(expression))
    assert names, expression
    assert names <= there.keys() | NOT_OURS
    known = set().union(*(there.get(name, set()) for name in names)) | OF_PROMETHEUS
    for group in _GROUPED.findall(expression):
        assert {label.strip() for label in group.split(",")} <= known, expression
    for name, selector in _SELECTED.findall(expression):
        for label, operator, value in _MATCH.findall(selector):
            assert label in there[name] | OF_PROMETHEUS, f"{name} has no label {label}"
            closed = CLOSED.get(label)
            if operator in ("=", "=~") and isinstance(closed, set):
                assert set(value.split("|")) <= closed, f"{label} is never {value}"


def test_every_metric_is_looked_at_by_somebody(there: dict[str, set[str]]) -> None:
    looked_at = {name for _, expression in expressions() for name in _NAME.findall(expression)}
    seen = {re.sub("_(bucket|count|sum)$", "", name) for name in looked_at}
    ours = {re.sub("_(bucket|count|sum)$", "", name) for name in there if name.startswith("aldia_")}
    # When a job last went well is for the page of AldiaJobFails; this file's neighbours make their own.
    unseen = {name for name in ours - seen if not name.startswith("aldia_test_")}
    assert unseen <= {"aldia_job_last_success_timestamp_seconds"}


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    names = {rule["alert"] for rule in rules()}
    assert len(names) == len(rules())
    assert {path.stem for path in PAGES.glob("Aldia*.md")} == names
    for rule in rules():
        assert CHECKOUT / rule["annotations"]["runbook"] == PAGES / f"{rule['alert']}.md"
        assert rule["labels"]["severity"] in ("page", "ticket")
    index = (CHECKOUT / "docs" / "runbook.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f"runbook/{name}.md" not in index] == []


@pytest.mark.parametrize("path", sorted(PAGES.glob("Aldia*.md")), ids=lambda path: path.stem)
def test_a_page_says_what_somebody_woken_needs(path: Any, there: dict[str, set[str]]) -> None:
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    assert parts[1::2] == ["What it means for debtors", "How to see it", "What to do", "It is over when"]
    assert all(len(part.strip()) > 20 for part in parts[2::2])
    assert set(re.findall(r"\baldia_\w+", text)) <= there.keys() | {re.sub("_bucket$", "", n) for n in there}
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (path.parent / link).is_file(), link
    for command in re.findall(r"`aldia ([a-z-]+)", text):
        assert command in _commands(), command


def _commands() -> set[str]:
    from bot.cli import _COMMANDS

    return set(_COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
        *(
            ("check", "config", "--syntax-only", f"prometheus{place}.yml")
            for place in ("", "-compose", "-kubernetes")
        ),
    ],
)
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool", path=f"{CHECKOUT / '.tools'}:{os.environ['PATH']}")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian, Ubuntu: apt-get install prometheus)")
    done = subprocess.run([promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tried_out() -> None:
    tried = yaml.safe_load((FOLDER / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
    fired = {one["alertname"] for test in tried for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}
