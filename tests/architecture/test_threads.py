"""What runs in a thread must not raise StopIteration: the future of it is never done, and a debtor waits for ever."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.imports import ROOT


@pytest.mark.parametrize("package", ["bot/services", "bot/storage", "bot/audit"])
def test_next_has_a_default(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "next"
        and len(node.args) == 1
    ]
    assert not found, "give next() a default, and say what happens when there is nothing"
