"""Loads the numbers of the rulebook and says everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.debt.segments import CIRCUMSTANCES
from bot.rulebook.errors import Problems, describe
from bot.rulebook.numbers import OPERATIONS, Adjustment, Entry, Number, creditor_key
from bot.rulebook.schema import NumberKind, Spec
from bot.rulebook.values import read_value

_NUMBER_KEYS = ("description", "unit", "reference", "values")


def load_numbers(
    file: str, content: Any, specs: Mapping[str, Spec], segments: frozenset[str], out: Problems
) -> dict[str, Number]:
    """Read every number of one file.

    Args:
        file: name without extension, as in rule ids.
        content: what the YAML held.
        specs: the numbers that the file must hold, by key path.
        segments: names of all segments.
        out: where mistakes are noted.
    """
    numbers: dict[str, Number] = {}
    tops = {path.split(".")[0] for path in specs}
    out.keys("", content, tops)
    if not isinstance(content, dict):
        return numbers
    for path, spec in specs.items():
        node = _at(content, path, specs, out)
        number = load_number(file, path, node, spec, segments, out) if node is not None else None
        if number is not None:
            numbers[path] = number
    return numbers


def load_number(
    file: str, path: str, node: Any, spec: Spec, segments: frozenset[str], out: Problems
) -> Number | None:
    """Read one number with its history, or note why it cannot be."""
    if not out.keys(path, node, _NUMBER_KEYS):
        return None
    entries = _entries(path, node["values"], spec, segments, out)
    _texts(path, node, spec, out)
    description, reference = str(node["description"]), str(node["reference"])
    if not entries:
        return None
    return Number(file, path.removeprefix(f"{file}."), spec, description, spec.unit, reference, entries)


def _at(content: dict[str, Any], path: str, specs: Mapping[str, Spec], out: Problems) -> Any:
    head, _, tail = path.partition(".")
    node = content.get(head)
    if not tail or node is None:
        return node
    siblings = [p.partition(".")[2] for p in specs if p.startswith(head + ".")]
    if path == f"{head}.{siblings[0]}":
        out.keys(head, node, siblings)
    return node.get(tail) if isinstance(node, dict) else None


def _texts(path: str, node: Mapping[str, Any], spec: Spec, out: Problems) -> None:
    for name in ("description", "reference"):
        if not isinstance(node[name], str) or not node[name].strip():
            what = "what it is" if name == "description" else "why, or by what source"
            out.add(f"{path}.{name}", f"must say in words {what}")
    if node["unit"] != spec.unit:
        out.add(f"{path}.unit", f"is {describe(node['unit'])}", [spec.unit])


def _entries(
    path: str, values: Any, spec: Spec, segments: frozenset[str], out: Problems
) -> tuple[Entry, ...]:
    if not isinstance(values, list) or not values:
        out.add(f"{path}.values", "must be a list with at least one value and the day it holds from")
        return ()
    entries: list[Entry] = []
    for index, node in enumerate(values):
        key = f"{path}.values[{index}]"
        entry = _entry(key, node, spec, segments, out)
        if entry is None:
            continue
        if entries and entry.starts_on <= entries[-1].starts_on:
            out.add(
                f"{key}.from",
                f"{entry.starts_on} is not after {entries[-1].starts_on}: write the oldest first",
            )
        entries.append(entry)
    return tuple(entries)


def _entry(key: str, node: Any, spec: Spec, segments: frozenset[str], out: Problems) -> Entry | None:
    if not isinstance(node, dict):
        out.add(key, f"must be a mapping with from and value, not {describe(node)}")
        return None
    if not isinstance(node.get("from"), date):
        out.add(f"{key}.from", f"must be a date such as 2025-01-01, not {describe(node.get('from'))}")
        return None
    optional = ["value", "creditors"]
    optional += ["segments"] if spec.by_segment else []
    optional += ["adjustments"] if _adjusts(spec) else []
    out.keys(key, node, ["from"], optional)
    entry = _layer(key, node, spec, segments, out)
    creditors = node.get("creditors", {})
    if not isinstance(creditors, dict):
        out.add(f"{key}.creditors", "must be a mapping of creditor names")
        creditors = {}
    own: dict[str, Entry] = {}
    for name, layer in creditors.items():
        here = f"{key}.creditors.{name}"
        if out.keys(here, layer, [], [o for o in optional if o != "creditors"]):
            own[creditor_key(str(name))] = _layer(here, {**layer, "from": node["from"]}, spec, segments, out)
    missing = [] if entry.value is not None else sorted(segments - set(entry.segments))
    if missing or (entry.value is None and not spec.by_segment):
        what = (
            f"say nothing for {', '.join(missing)}: add them or a general value"
            if missing
            else "needs a value"
        )
        out.add(key, what)
    return Entry(entry.starts_on, entry.value, entry.segments, entry.adjustments, own)


def _adjusts(spec: Spec) -> bool:
    return spec.by_segment and spec.kind in (
        NumberKind.SHARE,
        NumberKind.WHOLE,
        NumberKind.MONEY,
        NumberKind.FLAG,
    )


def _layer(key: str, node: dict[str, Any], spec: Spec, segments: frozenset[str], out: Problems) -> Entry:
    value = read_value(f"{key}.value", node["value"], spec, out) if "value" in node else None
    by_segment: dict[str, Any] = {}
    for name, raw in _mapping(f"{key}.segments", node.get("segments"), out).items():
        if name not in segments:
            out.unknown(f"{key}.segments", name, segments)
            continue
        by_segment[name] = read_value(f"{key}.segments.{name}", raw, spec, out)
    adjustments: dict[str, Adjustment] = {}
    for name, raw in _mapping(f"{key}.adjustments", node.get("adjustments"), out).items():
        if name not in CIRCUMSTANCES:
            out.unknown(f"{key}.adjustments", name, CIRCUMSTANCES)
            continue
        adjustments[name] = _adjustment(f"{key}.adjustments.{name}", raw, spec, segments, out)
    return Entry(node["from"], value, by_segment, adjustments)


def _mapping(key: str, node: Any, out: Problems) -> dict[str, Any]:
    if node is None or isinstance(node, dict):
        return node or {}
    out.add(key, f"must be a mapping, not {describe(node)}")
    return {}


def _adjustment(key: str, node: Any, spec: Spec, segments: frozenset[str], out: Problems) -> Adjustment:
    allowed = ("set",) if spec.kind is NumberKind.FLAG else OPERATIONS
    if spec.kind is NumberKind.MONEY:
        allowed = ("multiply",)
    if not out.keys(key, node, [], [*allowed, "only_in"]):
        return Adjustment(())
    operations = []
    for name in allowed:
        if name not in node:
            continue
        operand = node[name]
        is_flag = spec.kind is NumberKind.FLAG
        if isinstance(operand, bool) is not is_flag or not isinstance(operand, (bool, int, Decimal)):
            out.add(
                f"{key}.{name}",
                f"must be {'true or false' if is_flag else 'a number'}, not {describe(operand)}",
            )
            continue
        operations.append((name, operand))
    only_in = node.get("only_in")
    for name in only_in or ():
        if name not in segments:
            out.unknown(f"{key}.only_in", name, segments)
    return Adjustment(tuple(operations), frozenset(only_in) if only_in is not None else None)


def segment_names(segments: Number | None) -> frozenset[str]:
    """Names of every segment that ever held, for any creditor."""
    if segments is None:
        return frozenset()
    layers = [layer for entry in segments.entries for layer in (entry, *entry.creditors.values())]
    return frozenset(s.name for layer in layers for s in layer.value or ())
