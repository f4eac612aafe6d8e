"""Who writes, for whom, and where that can be checked: what disclosures and proofs name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.rulebook.errors import Problems, describe
from bot.rulebook.numbers import creditor_key
from bot.rulebook.schema import COUNTRIES, LANGUAGES

FILE = "who_writes"
_ANY = "any"
_WRITER = ("name", "address", "phone", "email")
_MAILING = "mailing_address"
_SPOKEN = ("contact", "complaints")


@dataclass(frozen=True)
class Writer:
    """The company that writes. `mailing_address` is where letters that dispute a debt are read; None if not set."""

    name: str
    address: str
    phone: str
    email: str
    mailing_address: str | None = None


@dataclass(frozen=True)
class CreditorContact:
    """How a creditor itself is reached.

    Attributes:
        contact, complaints, privacy: what disclosures name.
        verify: its own page for checking codes, None for ours.
        is_first_party: it collects its own debt by itself; where it also writes in its own name, it is no debt collector.
    """

    contact: Mapping[str, str]
    complaints: Mapping[str, str]
    privacy: str
    verify: str | None
    is_first_party: bool = False


@dataclass(frozen=True)
class WhoWrites:
    """Everything of who_writes.yml."""

    writers: Mapping[str, Writer]
    creditors: Mapping[str, CreditorContact]

    def writer(self, country: str) -> Writer:
        """The company that writes to people of a country."""
        return self.writers.get(country, self.writers[_ANY])

    def creditor(self, name: str | None) -> CreditorContact:
        """How a creditor is reached; what holds for all where it has nothing of its own, or none is known."""
        return self.creditors.get(creditor_key(name or _ANY), self.creditors[_ANY])

    def is_own_collector(self, country: str, creditor: str | None) -> bool:
        """Whether a creditor collects its own debt in its own name; one that uses another name is a debt collector."""
        if creditor is None or not self.creditor(creditor).is_first_party:
            return False
        return creditor_key(self.writer(country).name) == creditor_key(creditor)


def load_who_writes(content: Any, out: Problems) -> WhoWrites:
    """Read who_writes.yml; `any` must be there, both for the writer and for creditors."""
    writers: dict[str, Writer] = {}
    creditors: dict[str, CreditorContact] = {}
    if out.keys("", content, ["writer", "creditors"]):
        if out.keys("writer", content["writer"], [_ANY], COUNTRIES):
            for country, node in content["writer"].items():
                key = f"writer.{country}"
                if out.keys(key, node, _WRITER, [_MAILING]):
                    letters = _text(f"{key}.{_MAILING}", node[_MAILING], out) if _MAILING in node else None
                    texts = {name: _text(f"{key}.{name}", node[name], out) for name in _WRITER}
                    writers[country] = Writer(**texts, mailing_address=letters)
        if isinstance(content["creditors"], dict) and _ANY in content["creditors"]:
            for name, node in content["creditors"].items():
                creditors[creditor_key(str(name))] = _creditor(f"creditors.{name}", node, out)
        else:
            out.add("creditors", "must be a mapping of creditors that holds at least 'any'")
    return WhoWrites(writers, creditors)


def _creditor(key: str, node: Any, out: Problems) -> CreditorContact:
    if not out.keys(key, node, (*_SPOKEN, "privacy"), ["verify", "first_party"]):
        return CreditorContact({}, {}, "", None)
    spoken: dict[str, dict[str, str]] = {name: {} for name in _SPOKEN}
    for name, texts in spoken.items():
        if out.keys(f"{key}.{name}", node[name], LANGUAGES):
            texts.update(
                {tongue: _text(f"{key}.{name}.{tongue}", node[name][tongue], out) for tongue in LANGUAGES}
            )
    verify = node.get("verify")
    if verify is not None and not str(verify).startswith("https://"):
        out.add(f"{key}.verify", f"is {describe(verify)}, which is no address that begins with https://")
    is_first_party = node.get("first_party", False)
    if not isinstance(is_first_party, bool):
        out.add(f"{key}.first_party", f"must be true or false, not {describe(is_first_party)}")
    privacy = _text(f"{key}.privacy", node["privacy"], out)
    return CreditorContact(spoken["contact"], spoken["complaints"], privacy, verify, is_first_party is True)


def _text(key: str, value: Any, out: Problems) -> str:
    if not isinstance(value, str) or not value.strip():
        out.add(key, f"must be a text, not {describe(value)}")
        return ""
    return value
