"""Which responses `bot/services` says, read from its syntax trees, and the values that it gives with each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.debt.disclosures import Code
from bot.debt.verdicts import Reason
from bot.services.cases import DATA_RIGHTS
from bot.services.representatives import QUALITIES

SERVICES = Path(__file__).resolve().parents[2] / "bot" / "services"

_NAME = re.compile(r"(utter|button|meaning)_[a-z_]*")
_SPEAKS = {"say": 0, "say_first": 0, "ask": 1}  # method -> position of the response's name
_DATA_RIGHTS = tuple(right for right in DATA_RIGHTS if right != "data")
_OFFERS = ("full", "plan", "settlement")


# What a validation notice names besides.
_VALIDATION = {"item_date", "item_amount", "paid_since", "until"}
_DISCLOSURES = SERVICES.parents[1] / "data" / "responses" / "disclosures.yml"


def _notices() -> tuple[str, ...]:
    """What may follow utter_notice_: a code, alone or with the country whose own text it is."""
    names = yaml.safe_load(_DISCLOSURES.read_text(encoding="utf-8"))["responses"]
    endings = [name.removeprefix("utter_notice_") for name in names]
    codes = {code.value for code in Code}
    return tuple(one for one in endings if one in codes or (one[:-3] in codes and one[-3] == "_"))


class NamesInCode:
    """The response names in the code, with those that it builds from a constant and a value."""

    def __init__(self, intents: list[str]) -> None:
        reasons = tuple(reason.value for reason in Reason)
        self._built: dict[str, tuple[str, ...]] = {
            "utter_ask_": ("date_of_birth", "last_four", "postal_code"),
            "utter_counter_": reasons,
            "utter_correct_": reasons,
            "utter_offer_": _OFFERS,
            "utter_card_": _OFFERS,
            "button_offer_": _OFFERS,
            "meaning_": tuple(intents),
            "utter_notice_": _notices(),
            "utter_data_": _DATA_RIGHTS,
            "button_data_": _DATA_RIGHTS,
            "button_quality_": QUALITIES,
        }
        self._modules = {
            path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SERVICES.glob("*.py"))
        }

    def used(self) -> set[str]:
        """Every response name that the code mentions."""
        return set().union(*map(self._names_in, self._modules.values()))

    def values_given(self) -> dict[str, set[str]]:
        """Values that are there every time a response is said; a name that is missing here gets none."""
        given: dict[str, set[str]] = {}
        for name, values in self._calls():
            given[name] = given[name] & values if name in given else values
        line = self._returned_keys("balance", "_line_values")
        offer = self._returned_keys("offers", "offer_values") | {"number"}
        named = {*self._returned_keys("disclosures", "values_of"), *_VALIDATION}
        given.update({f"utter_notice_{notice}": named for notice in _notices()})
        given["utter_menu"] = {"options"}  # Turn puts it under whatever has buttons
        given.update({"utter_account_line": line, "button_account": line})
        given.update({f"utter_offer_{kind}": offer for kind in (*_OFFERS, "settlement_parts")})
        given.update({f"utter_card_{kind}": offer for kind in (*_OFFERS, "settlement_parts")})
        return given

    def open_to_anybody(self) -> set[str]:
        """Intents whose step needs no identification."""
        annotated = [n for n in self._modules["steps"].body if isinstance(n, ast.AnnAssign)]
        steps = next(n.value for n in annotated if ast.unparse(n.target) == "STEPS")
        assert isinstance(steps, ast.Dict)
        return {
            str(key.value)
            for key, step in zip(steps.keys, steps.values, strict=True)
            if isinstance(key, ast.Constant) and "needs_party" not in ast.unparse(step)
        }

    def _names_in(self, node: ast.AST) -> set[str]:
        found: set[str] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and _NAME.fullmatch(str(inner.value)):
                found |= {str(inner.value)} - set(self._built)
            elif isinstance(inner, ast.JoinedStr):
                found |= self._names_built(inner)
        return found

    def _names_built(self, node: ast.JoinedStr) -> set[str]:
        first = node.values[0]
        prefix = first.value if isinstance(first, ast.Constant) else None
        if not isinstance(prefix, str) or not _NAME.fullmatch(prefix):
            return set()
        assert prefix in self._built, f"the code builds names from {prefix!r}: add what may follow"
        return {prefix + ending for ending in self._built[prefix]}

    def _calls(self) -> Iterator[tuple[str, set[str]]]:
        for module in self._modules.values():
            for function in _functions(module):
                for call in ast.walk(function):
                    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                        continue
                    position = _SPEAKS.get(call.func.attr)
                    if position is None or len(call.args) <= position:
                        continue
                    for name in self._names_said(call.args[position], function, module):
                        yield (
                            name,
                            {keyword.arg for keyword in call.keywords if keyword.arg} - {"buttons", "cards"},
                        )

    def _names_said(self, node: ast.expr, function: ast.FunctionDef, module: ast.Module) -> set[str]:
        """What an argument may hold: a name as such, or a variable of the function or the module."""
        if not isinstance(node, ast.Name):
            return self._names_in(node)
        assigned = [assign for assign in ast.walk(function) if _assigns(assign, {node.id})]
        found: set[str] = set().union(*map(self._names_in, assigned))
        if found:
            return found
        mentioned = [inner for assign in assigned for inner in ast.walk(assign)]
        tables = {inner.id for inner in mentioned if isinstance(inner, ast.Name)}
        return set().union(*(self._names_in(top) for top in module.body if _assigns(top, tables)))

    def _returned_keys(self, module: str, function: str) -> set[str]:
        """Keys of the mapping that a function returns."""
        body = next(f for f in _functions(self._modules[module]) if f.name == function)
        returned = [n.value for n in ast.walk(body) if isinstance(n, ast.Return)]
        keys = [key for mapping in returned if isinstance(mapping, ast.Dict) for key in mapping.keys]
        return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def _functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))


def _assigns(node: ast.AST, names: set[str]) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(target, ast.Name) and target.id in names for target in targets)
