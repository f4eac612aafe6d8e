"""Values: how each kind of number is written in YAML, checked and turned into what the rules compute with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bot.debt.segments import Segment, partition_faults
from bot.rulebook.errors import Problems, describe
from bot.rulebook.schema import CURRENCIES, TONES, NumberKind, Spec


def read_value(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    """One value of a number; a mistake is noted and something harmless returned, so that reading goes on."""
    return _READERS[spec.kind](key, raw, spec, out)


def _read_share(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, (int, Decimal)) or not 0 <= raw <= 1:
        out.add(key, f"must be a share from 0 to 1 (0.4 is 40 %), not {describe(raw)}")
        return Decimal(0)
    return Decimal(raw)


def _read_whole(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, int) or not spec.low <= raw <= spec.high:
        out.add(
            key, f"must be a whole number of {spec.unit} from {spec.low} to {spec.high}, not {describe(raw)}"
        )
        return spec.low
    return raw


def _read_flag(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    if not isinstance(raw, bool):
        out.add(key, f"must be true or false, not {describe(raw)}")
    return bool(raw)


def _read_words(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    if not isinstance(raw, list) or not raw:
        out.add(key, f"must be a list of at least one word, not {describe(raw)}", spec.choices)
        return ()
    for word in raw:
        if word not in spec.choices:
            out.unknown(key, word, spec.choices)
    return tuple(str(word) for word in raw)


def _read_money(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    amounts: dict[str, Decimal] = {c: Decimal(1) for c in CURRENCIES}
    if out.keys(key, raw, CURRENCIES):
        for currency in CURRENCIES:
            amount = raw[currency]
            if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)) or amount <= 0:
                out.add(f"{key}.{currency}", f"must be an amount above 0, not {describe(amount)}")
            else:
                amounts[currency] = Decimal(amount)
    return amounts


def _read_bands(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    bands: dict[str, dict[str, Decimal]] = {}
    if out.keys(key, raw, CURRENCIES):
        for currency in CURRENCIES:
            node = raw[currency]
            if not out.keys(f"{key}.{currency}", node, ["small_below", "large_from"]):
                continue
            low, high = node["small_below"], node["large_from"]
            if not all(isinstance(a, (int, Decimal)) and a >= 0 for a in (low, high)) or low > high:
                out.add(f"{key}.{currency}", "needs two amounts, small_below not above large_from")
                continue
            bands[currency] = {"small_below": Decimal(low), "large_from": Decimal(high)}
    return bands


def _read_segments(key: str, raw: Any, spec: Spec, out: Problems) -> Any:
    if not isinstance(raw, list):
        out.add(key, f"must be a list of segments, not {describe(raw)}")
        return ()
    read = [_read_segment(f"{key}[{index}]", node, out) for index, node in enumerate(raw)]
    segments = tuple(segment for segment in read if segment is not None)
    names = [segment.name for segment in segments]
    for name in sorted({n for n in names if names.count(n) > 1}):
        out.add(key, f"the segment {name!r} stands twice")
    if len(segments) == len(raw):
        for fault in partition_faults(segments):
            out.add(key, fault)
    return segments


def _read_segment(key: str, node: Any, out: Problems) -> Segment | None:
    if not out.keys(key, node, ["name", "from_day", "tone", "asks_affordability_first"], ["to_day"]):
        return None
    if node["tone"] not in TONES:
        out.add(f"{key}.tone", f"unknown tone {node['tone']!r}", TONES)
    if not isinstance(node["asks_affordability_first"], bool):
        out.add(f"{key}.asks_affordability_first", "must be true or false")
    days = [node["from_day"], node.get("to_day", node["from_day"])]
    if not all(isinstance(day, int) and not isinstance(day, bool) and day >= 0 for day in days):
        out.add(key, "from_day and to_day must be whole numbers of days")
        return None
    return Segment(
        str(node["name"]),
        days[0],
        node.get("to_day"),
        str(node["tone"]),
        bool(node["asks_affordability_first"]),
    )


_READERS: dict[NumberKind, Callable[[str, Any, Spec, Problems], Any]] = {
    NumberKind.SHARE: _read_share,
    NumberKind.WHOLE: _read_whole,
    NumberKind.FLAG: _read_flag,
    NumberKind.WORDS: _read_words,
    NumberKind.MONEY: _read_money,
    NumberKind.BANDS: _read_bands,
    NumberKind.SEGMENTS: _read_segments,
}
