"""Twilio's own description of its API (OpenAPI), against which every request of ours is checked. Nobody here wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, RefResolver

ROOT = Path(__file__).parents[3]
# Beside the checkout; not part of it.
FOLDER = ROOT.parent / "shared" / "contract"
FILES = ("twilio_api_v2010.json", "twilio_content_v1.json")
IS_HERE = all((FOLDER / name).is_file() for name in FILES)

needs_contract = pytest.mark.skipif(
    not IS_HERE, reason=f"Twilio's API descriptions ({', '.join(FILES)}) are not in {FOLDER}"
)


@lru_cache(maxsize=2)
def description(name: str) -> dict[str, Any]:
    """One of the files."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content


def faults_of(
    method: str, path: str, query: Mapping[str, Sequence[str]], form: Mapping[str, Sequence[str]]
) -> list[str]:
    """What is wrong with a request by the description; nothing when it is not here."""
    if not IS_HERE:
        return []
    name = FILES[path.startswith("/v1/")]
    found = _operation(description(name), method, path)
    if found is None:
        return [f"no {method} {path}"]
    template, operation = found
    declared = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    body = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    schema = body.get("schema", {})
    faults = [f"{one} is missing" for one in schema.get("required", []) if one not in form]
    for given, allowed in (
        (query, {k: v["schema"] for k, v in declared.items()}),
        (form, schema.get("properties", {})),
    ):
        for key, values in given.items():
            if key not in allowed:
                faults.append(f"{key} is not declared for {method} {template}")
            else:
                faults += [
                    f"{key}={value!r}: {why}"
                    for value in values
                    for why in _why_not(name, allowed[key], value)
                ]
    return faults


def problems_of(name: str, schema: str, value: Any) -> list[str]:
    """What is wrong with a JSON value by one of a description's schemas."""
    return _problems(description(name), {"$ref": f"#/components/schemas/{schema}"}, value)


def _operation(content: Mapping[str, Any], method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
    for template, operations in content["paths"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"[^/]+?", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            return template, operations[method.lower()]
    return None


def _why_not(name: str, schema: Mapping[str, Any], raw: str) -> list[str]:
    value: Any = raw
    kind = schema.get("type")
    if kind == "boolean":
        value = {"true": True, "false": False}.get(raw.lower(), raw)
    elif kind in ("integer", "number"):
        value = int(raw) if raw.isdigit() else raw
    elif kind == "array":
        value = [raw]
    faults = _problems(description(name), schema, value)
    if schema.get("format") == "phone-number" and not re.fullmatch(
        r"(whatsapp:)?(\+\d{7,15}|[A-Z]{2}\.\w+)|\d{3,8}", raw
    ):
        faults.append("not a number or a channel's address")
    if schema.get("format") == "uri" and not re.match(r"https?://", raw):
        faults.append("not an address")
    return faults


def _problems(content: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> list[str]:
    validator = Draft7Validator(schema, resolver=RefResolver("", content))
    return [error.message for error in validator.iter_errors(value)]
