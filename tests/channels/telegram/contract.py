"""Checks a request against the machine-readable Bot API: its method, its parameters, and their types all the way down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.settings import CHECKOUT

FILE = CHECKOUT.parent / "shared" / "contract" / "telegram_bot_api.json"


class Contract:
    """The Bot API as its description says it is."""

    def __init__(self, path: Path = FILE) -> None:
        described = json.loads(path.read_text(encoding="utf-8"))
        self._methods: Mapping[str, Any] = described["methods"]
        self._types: Mapping[str, Any] = described["types"]

    def faults(self, method: str, parameters: Mapping[str, str]) -> list[str]:
        """What is wrong with a request; an empty list when nothing is.

        Args:
            parameters: as they came in a form: texts, composite ones in JSON.
        """
        if method not in self._methods:
            return [f"{method}: no such method"]
        fields = {field["name"]: field for field in self._methods[method].get("fields", [])}
        wrong = [
            f"{method}: {name} is missing"
            for name, field in fields.items()
            if field["required"] and name not in parameters
        ]
        for name, raw in parameters.items():
            if name not in fields:
                wrong.append(f"{method}: there is no {name}")
                continue
            kinds = fields[name]["types"]
            value = raw if kinds == ["String"] else _decoded(raw)
            if not any(not self._in_value(value, kind, name) for kind in kinds):
                wrong.append(
                    f"{method}: {name} is none of {kinds}: {[self._in_value(value, k, name) for k in kinds]}"
                )
        return wrong

    def faults_of_type(self, name: str, value: Any) -> list[str]:
        """What is wrong with a value that should be of a type, such as an Update of our fixtures."""
        return self._in_value(value, name, name)

    def _in_value(self, value: Any, kind: str, where: str) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where} is no array"]
            return [w for n, one in enumerate(value) for w in self._in_value(one, kind[9:], f"{where}[{n}]")]
        simple = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float), "True": bool}.get(
            kind
        )
        if simple is not None:
            is_right = isinstance(value, simple) and (
                kind == "Boolean" or kind == "True" or not isinstance(value, bool)
            )
            return [] if is_right else [f"{where} is no {kind}"]
        return self._in_object(value, self._types[kind], where)

    def _in_object(self, value: Any, described: Mapping[str, Any], where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where} is no {described['name']}"]
        subtypes = described.get("subtypes")
        if subtypes:
            tried = [self._in_object(value, self._types[one], where) for one in subtypes]
            return min(tried, key=len)
        fields = {field["name"]: field for field in described.get("fields", [])}
        wrong = [f"{where}: {n} is missing" for n, f in fields.items() if f["required"] and n not in value]
        for name, inner in value.items():
            if name not in fields:
                wrong.append(f"{where}: there is no {name}")
                continue
            tried = [self._in_value(inner, kind, f"{where}.{name}") for kind in fields[name]["types"]]
            wrong += min(tried, key=len)
        return wrong


def _decoded(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw
