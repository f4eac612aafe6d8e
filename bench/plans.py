"""The statements that a use case makes, and how the database finds what they ask for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

# Everything that grows with use. What is not here stays small: people of the desk, keys of checkpoints …
GROWING = frozenset(
    {
        "accounts", "arrangements", "audit_checkpoint_heads", "audit_entries", "audit_head", "contact_points",
        "conversations", "data_keys", "debtors", "desk_events", "desk_notes", "handoffs", "holds", "identity_failures",
        "inbox", "instalments", "offers", "outbox", "payments", "promises", "rights_cases", "chat_links",
    }
)  # fmt: skip
_ALIASES = {"earlier": "outbox"}
_SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_EXPLAINED = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@dataclass
class Statement:
    """One statement and what it took each time."""

    text: str
    parameters: Any
    many: bool
    by: set[str] = field(default_factory=set)  # the use cases that make it
    ms: list[float] = field(default_factory=list)


class Recorder:
    """Notes every statement of an engine while it is on."""

    def __init__(self, engine: Engine) -> None:
        self.statements: dict[str, Statement] = {}
        self._step = ""
        self._engine = engine

    @contextmanager
    def during(self, step: str) -> Iterator[None]:
        """Note what is run, for a use case."""
        self._step = step
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self._before)
            event.remove(self._engine, "after_cursor_execute", self._after)

    def _before(self, _: Connection, __: Any, ___: str, ____: Any, context: Any, _____: bool) -> None:
        context.began = time.perf_counter()

    def _after(self, _: Connection, __: Any, text: str, parameters: Any, context: Any, many: bool) -> None:
        took = (time.perf_counter() - context.began) * 1000
        # Lists of any length are one statement.
        key = re.sub(r"\(((\?|%\(\w+\)s)(, )?)+\)", "(…)", text)
        if _EXPLAINED.match(text):
            found = self.statements.setdefault(key, Statement(text, parameters, many))
            found.by.add(self._step)
            found.ms.append(took)


@dataclass(frozen=True)
class Plan:
    """How a statement is carried out, and the growing tables that it reads whole."""

    lines: tuple[str, ...]
    scans: tuple[str, ...]


def explain(
    connection: Connection, statement: Statement, *, analyse: bool = False, force: bool = False
) -> Plan:
    """Ask the database; whatever the statement would change is undone.

    Args:
        analyse: carry it out and measure (PostgreSQL).
        force: have PostgreSQL avoid reading whole tables where there is any other way, as it would in a large one.
    """
    parameters = statement.parameters[0] if statement.many else statement.parameters
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", parameters).all()
        lines = tuple(str(row[-1]) for row in rows)
        partial = _partial_indexes(connection)
        # The first few along an index are no scan.
        is_short = " LIMIT " in statement.text and "USE TEMP B-TREE FOR ORDER BY" not in lines
        return Plan(
            lines, tuple(found for line in lines for found in _sqlite_scan(line, partial, is_short=is_short))
        )
    connection.exec_driver_sql(f"SET LOCAL enable_seqscan = {'off' if force else 'on'}")
    asked = "ANALYZE, FORMAT JSON" if analyse else "FORMAT JSON"
    found = connection.exec_driver_sql(f"EXPLAIN ({asked}) {statement.text}", parameters).scalar()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    nodes = list(_nodes(plan["Plan"]))
    partial = _partial_indexes(connection)
    scans = [found for node in nodes if (found := _read_whole(node, partial)) in GROWING]
    return Plan(tuple(_node_line(node) for node in nodes), tuple(scans))


def _partial_indexes(connection: Connection) -> frozenset[str]:
    asked = "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
    if connection.dialect.name == "sqlite":
        asked = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"
    return frozenset(row[0] for row in connection.exec_driver_sql(asked))


def _sqlite_scan(line: str, partial: frozenset[str], *, is_short: bool) -> Iterator[str]:
    match = _SCAN.match(line)
    if match is None or (match[2] and (is_short or match[2] in partial)):
        return
    table = _ALIASES.get(match[1], match[1])
    if table in GROWING:
        yield table


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes({**child, "Under": node["Node Type"]})


def _read_whole(node: dict[str, Any], partial: frozenset[str]) -> str | None:
    """The table that a node reads from end to end, itself or along an index."""
    if node["Node Type"] == "Seq Scan":
        return str(node["Relation Name"])
    is_whole = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    # The first few along an index are no scan, and a partial one holds only what is open.
    if not is_whole or node.get("Under") == "Limit" or node["Index Name"] in partial:
        return None
    return str(node["Relation Name"])


def _node_line(node: dict[str, Any]) -> str:
    parts = [node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", "")]
    rows = f"rows {node.get('Actual Rows', node.get('Plan Rows'))}"
    removed = node.get("Rows Removed by Filter")
    return " ".join([*filter(None, parts), rows, *([f"(thrown away {removed})"] if removed else [])])
