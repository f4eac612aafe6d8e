"""Merging profiles: parent, country, place, deployer. The stricter wins; a deployer loosens only what is our choice."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from bot.rulebook.errors import Problems
from bot.rulebook.jurisdictions.schema import SECTIONS
from bot.rulebook.jurisdictions.strictness import is_as_strict, stricter

# Keys that say where a fact comes from: its profile, and the profile with whose windows it forms a union.
ORIGIN, GROUP = "_origin", "_group"
_WORDS = frozenset(
    (
        "id",
        "text",
        "source",
        "effect",
        "evidence",
        "verified",
        "conflict",
        "until",
        "what",
        "from",
        "name",
        "area",
    )
)
_HEADER = ("jurisdiction", "parent", "name", "as_of", "currency", "languages")
OUR_CHOICE = "product_default"
_FLAGS = {"consent_required": "needs_consent", "restricted": "needs_acknowledgment"}

Node = dict[str, Any]


def merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> Node:
    """A profile over its parent: facts of both, and of what both speak of the stricter.

    Args:
        parent: merged before; its facts carry their origin.
        child: as read.
    """
    return _merge(parent, child, _stricter_fact)


def either(one: Mapping[str, Any], other: Mapping[str, Any]) -> Node:
    """Two merged profiles of places in one of which a person is: of each fact the stricter holds, under its own name."""
    facts = {name: node for name, node in other.items() if name not in _HEADER}
    return _merge(one, {**facts, "jurisdiction": None}, _stricter_fact)


def overlay(merged: Mapping[str, Any], own: Mapping[str, Any], out: Problems) -> Node:
    """A deployer's file over a merged profile.

    A fact that exists may be tightened; one that is our choice may be set to anything. Refused with its key is
    whatever would be looser than a law, a regulator's rule or a platform's.
    """

    def take(section: str, key: str, old: Node, new: Node) -> Node:
        return _set_fact(section, key, old, new, out)

    own = {name: node for name, node in own.items() if name not in (*_HEADER, "acknowledged")}
    return _merge(merged, {**own, "jurisdiction": "deployer"}, take)


def _merge(parent: Mapping[str, Any], child: Mapping[str, Any], take: Any) -> Node:
    origin = child["jurisdiction"]
    result: Node = deepcopy(dict(parent))
    for name, node in child.items():
        if name in _HEADER:
            if origin not in ("deployer", None):
                result[name] = deepcopy(node)
        elif name in SECTIONS:
            own = result.setdefault(name, {})
            for key, inner in node.items():
                section = name if name == "channels" else key
                own[key] = _merge_facts(section, f"{name}.{key}", own.get(key), inner, origin, take)
        else:
            result[name] = _merge_facts(name, name, result.get(name), node, origin, take)
    return result


def _merge_facts(section: str, path: str, old: Any, new: Any, origin: str | None, take: Any) -> Any:
    if isinstance(new, list):
        facts = {fact["id"]: fact for fact in old or ()}
        for fact in new:
            known = facts.get(fact["id"])
            fresh = _marked(section, fact, origin)
            key = f"{path}.{fact['id']}"
            facts[fact["id"]] = fresh if known is None else take(section, key, known, fresh)
        return list(facts.values())
    return (
        _marked(section, new, origin)
        if old is None
        else take(section, path, old, _marked(section, new, origin))
    )


def _marked(section: str, fact: Mapping[str, Any], origin: str | None) -> Node:
    if origin is None:  # merged before
        return deepcopy(dict(fact))
    node = {**deepcopy(dict(fact)), ORIGIN: origin, GROUP: origin}
    if section == "channels":
        # Two profiles may each ask for something else: both hold.
        node.update({flag: True for status, flag in _FLAGS.items() if node.get("status") == status})
    return node


def _stricter_fact(section: str, _: str, old: Node, new: Node) -> Node:
    """The stricter of two facts, key by key, in the words of the one that decides. What a child leaves out stays."""
    keys = [key for key in new if key not in (*_WORDS, ORIGIN, GROUP)]
    wins = all(is_as_strict(section, key, new[key], old.get(key)) for key in keys)
    loses = all(is_as_strict(section, key, old.get(key), new[key]) for key in keys)
    words, other = (old, new) if loses and not wins else (new, old)
    result = {key: value for key, value in old.items() if key not in _WORDS}
    result |= {key: stricter(section, key, old.get(key), new[key]) for key in keys}
    result |= {key: value for key, value in words.items() if key in _WORDS}
    if words["effect"] == OUR_CHOICE != other["effect"]:
        # A law stays a law, even where we are stricter than it.
        result |= {"effect": other["effect"], "source": f"{words['source']}; {other['source']}"}
    return {**result, ORIGIN: words[ORIGIN], GROUP: old[GROUP]}


def _set_fact(section: str, path: str, old: Node, new: Node, out: Problems) -> Node:
    """A deployer's word on a fact that exists."""
    changed = {key: value for key, value in new.items() if key not in (*_WORDS, ORIGIN, GROUP)}
    if old["effect"] != OUR_CHOICE:
        for key, value in changed.items():
            if not is_as_strict(section, key, value, old.get(key)):
                law = f"{old['effect'].replace('_', ' ')}: {old['source']}"
                out.add(
                    f"{path}.{key}",
                    f"is {_short(value)}, looser than {_short(old.get(key))} ({law})",
                    _allowed(old),
                )
        if set(new) & _WORDS - {"id", "text", "source"}:
            out.add(
                path, "only the values of such a fact can be tightened; say more in a fact with another id"
            )
        return {**old, **changed, ORIGIN: "deployer", GROUP: old[GROUP]}
    kept: Node = {
        key: value for key, value in old.items() if "status" not in new or key not in _FLAGS.values()
    }
    words: Node = {key: new[key] for key in ("text", "source") if key in new}
    return {**kept, **changed, **words, ORIGIN: "deployer", GROUP: old[GROUP]}


def _allowed(old: Mapping[str, Any]) -> list[str]:
    return [f"what is at least as strict as {old[ORIGIN]} says"]


def _short(value: Any) -> str:
    if isinstance(value, dict) and "unit" in value:
        return f"{value['n']} {value['unit']}"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return "not said" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
