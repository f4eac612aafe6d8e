"""Reading YAML so that nothing is silently lost: duplicate keys fail, decimals stay exact."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bot.rulebook.errors import Problem

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """libyaml's safe loader with exact decimals and no duplicate keys."""


def _decimal(loader: Any, node: yaml.ScalarNode) -> Any:
    text = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return Decimal(text)
    except ArithmeticError:
        return loader.construct_yaml_float(node)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: dict[Any, int] = {}
    for key_node, _ in node.value:
        key = key_node.value
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice (first on line {seen[key]})", key_node.start_mark
            )
        seen[key] = key_node.start_mark.line + 1
    loader.flatten_mapping(node)
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> tuple[Any, Problem | None]:
    """The content of one file, or the problem that keeps it from being read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader), None  # noqa: S506 (a safe loader)
    except FileNotFoundError:
        return None, Problem(path.name, "", "the file is missing")
    except (OSError, UnicodeDecodeError) as error:
        return None, Problem(path.name, "", f"cannot be read as UTF-8 text: {error}")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        return None, Problem(
            path.name, where, f"is not valid YAML: {getattr(error, 'problem', None) or error}"
        )
