"""Reading profiles: every file checked against the schema, every mistake with file, key and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bot.debt.disclosures import BEFORE_IDENTITY
from bot.rulebook.errors import Problem, Problems, describe
from bot.rulebook.jurisdictions.disclosing import given_away
from bot.rulebook.jurisdictions.schema import PROFILE, overlay_schema
from bot.rulebook.reading import read_yaml

_KINDS = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "a mapping",
    "number": "a number",
}


def read_profiles(directory: Path, *, is_overlay: bool = False) -> tuple[dict[str, Any], list[Problem]]:
    """Every profile of a directory by its code, and what is wrong with the files.

    Args:
        directory: with one YAML file a profile, named after its code.
        is_overlay: the files are a deployer's: facts that exist already need only what changes.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    validator = Draft202012Validator(overlay_schema() if is_overlay else PROFILE)
    for path in sorted(directory.glob("*.yml")):
        content, problem = read_yaml(path)
        if problem is not None:
            problems.append(problem)
            continue
        content, out = _plain(content), Problems(path.name)
        for error in validator.iter_errors(content):
            _tell(error, out)
        if not out.found:
            _check_sense(content, path.stem, out)
        problems += out.found
        if not out.found:
            found[path.stem] = content
    return found, problems


def _plain(node: Any) -> Any:
    """YAML's dates as texts, as JSON has them."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node.isoformat() if isinstance(node, date) else node


def _check_sense(content: Mapping[str, Any], stem: str, out: Problems) -> None:
    """What a schema cannot say."""
    if content["jurisdiction"] != stem:
        out.add("jurisdiction", f"is {content['jurisdiction']!r}, but the file is named {stem}.yml", [stem])
    for number, window in enumerate(content.get("contact", {}).get("windows", ())):
        if "start" in window and "end" in window and window["start"] >= window["end"]:
            out.add(f"contact.windows[{number}].end", f"is {window['end']}, not after {window['start']}")
    for zone in content.get("contact", {}).get("timezone", {}).get("zones", ()):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            out.add("contact.timezone.zones", f"{zone!r} is no IANA time zone such as Europe/Madrid")
    for number, limit in enumerate(content.get("frequency", ())):
        per = limit.get("per")
        if limit.get("kind") == "calendar" and per and (per["n"] != 1 or per["unit"] in ("minute", "hour")):
            key = f"frequency[{number}].per"
            out.add(key, "a calendar limit is for one day, week or month", ["1 day", "1 week", "1 month"])
    for key, code in given_away(content):
        safe = sorted(each.value for each in BEFORE_IDENTITY)
        out.add(f"{key}.code", f"is {code!r}, said when nobody is identified yet", safe)
    _check_ids(content, "", out)


def _check_ids(node: Any, key: str, out: Problems) -> None:
    if isinstance(node, dict):
        for name, value in node.items():
            _check_ids(value, f"{key}.{name}" if key else str(name), out)
    elif isinstance(node, list):
        ids = [item["id"] for item in node if isinstance(item, dict) and "id" in item]
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            out.add(key, f"the fact {name!r} stands twice")


def _tell(error: ValidationError, out: Problems) -> None:
    """A schema error in the words of the rulebook."""
    key, value = _key_of(error), error.instance
    rule, given = error.validator, error.validator_value
    if rule == "enum":
        out.add(key, f"is {describe(value)}", given)
    elif rule == "required":
        missing = [name for name in given if name not in value]
        out.add(key, f"is missing {', '.join(missing)}")
    elif rule == "additionalProperties":
        allowed = error.schema.get("properties", {})
        for name in value:
            if name not in allowed:
                _unknown(key, name, allowed, out)
    elif rule == "type":
        kinds = [given] if isinstance(given, str) else given
        allowed = " or ".join(_KINDS.get(kind, "empty") for kind in kinds)
        out.add(key, f"must be {allowed}, not {describe(value)}")
    elif rule == "pattern":
        out.add(key, f"is {describe(value)}, which is not written as it has to be", [given])
    elif rule == "const":
        out.add(key, "a fact known from memory cannot be verified", ["verified: false"])
    else:
        out.add(key, error.message)


def _unknown(key: str, name: str, allowed: Iterable[str], out: Problems) -> None:
    options = sorted(allowed)
    close = get_close_matches(str(name), options, 1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    out.add(key, f"unknown key {name!r}{hint}", options)


def _key_of(error: ValidationError) -> str:
    key = ""
    for part in error.absolute_path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key
