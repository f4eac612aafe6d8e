"""The texts of `data/responses/`: picks the wording for language, channel and tone, and fills it in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

_FORMS = ("usted", "tu", "vos")
_ALTERNATION = re.compile(r"\[\[([^\[\]]*)\]\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SPACES = re.compile(r"[ \t]+\n")


class ScriptError(Exception):
    """A response is missing, has no wording for a language, or lacks a value; names file, response and key."""


@dataclass(frozen=True)
class Variant:
    """One wording of a response; None means that it fits any."""

    text: str
    language: str | None
    tone: str | None
    channel: str | None

    @property
    def name(self) -> str:
        """Short stable name for the record, for example "es.firm_kind.sms"."""
        return ".".join(part for part in (self.language, self.tone, self.channel) if part) or "any"

    @cached_property
    def version(self) -> str:
        """Changes with the wording: a digest of it before it is filled in."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the values that the text needs."""
        return frozenset(_PLACEHOLDER.findall(self.text))


@dataclass(frozen=True)
class Rendered:
    """A text ready to send, and which wording it came from."""

    response: str
    variant: str
    text: str
    version: str = ""  # of the wording, as `Variant.version`


class Scripts:
    """All responses, in Rasa's own format, so that `rasa data validate` and any Rasa editor read them too.

    On top of Rasa's format a Spanish text may hold `[[usted|tú|vos]]` alternations, so that one sentence serves
    the three ways of address.
    """

    def __init__(self, variants: Mapping[str, tuple[Variant, ...]]) -> None:
        self._variants = dict(variants)

    @classmethod
    def load(cls, directory: Path) -> Scripts:
        """Read every YAML file of a directory.

        Raises:
            ScriptError: a response stands in two files, or a file is not in Rasa's format.
        """
        found: dict[str, tuple[Variant, ...]] = {}
        for path in sorted(directory.glob("*.yml")):
            content = yaml.load(
                path.read_text(encoding="utf-8"),
                Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506  (a safe one)
            )
            for name, entries in (content.get("responses") or {}).items():
                if name in found:
                    raise ScriptError(f"{path}: {name} stands in another file too; keep one")
                found[name] = tuple(_variant(path, name, entry) for entry in entries)
        return cls(found)

    @property
    def names(self) -> frozenset[str]:
        """Every response name."""
        return frozenset(self._variants)

    def variants(self, response: str) -> tuple[Variant, ...]:
        """All wordings of a response.

        Raises:
            ScriptError: there is no such response.
        """
        try:
            return self._variants[response]
        except KeyError:
            raise ScriptError(f"there is no response {response!r} in data/responses/") from None

    def render(
        self,
        response: str,
        values: Mapping[str, Any],
        *,
        language: str,
        tone: str | None,
        channel: str,
        form: str,
    ) -> Rendered:
        """Choose the wording that fits best and fill it in.

        Args:
            response: response name.
            values: texts for the placeholders; more than needed is fine.
            language: "es" or "en"; a wording in this language must exist.
            tone: segment tone; a wording without a tone serves all.
            channel: channel name; a wording for it is preferred.
            form: "usted", "tu" or "vos".

        Raises:
            ScriptError: no wording in the language, or a placeholder has no value.
        """
        fitting = [
            v
            for v in self.variants(response)
            if v.language in (None, language) and v.tone in (None, tone) and v.channel in (None, channel)
        ]
        if not fitting:
            raise ScriptError(
                f"{response} has no wording for language={language} tone={tone} channel={channel}"
            )
        best = max(fitting, key=lambda v: (v.channel is not None, v.tone is not None, v.language is not None))
        missing = best.placeholders - values.keys()
        if missing:
            raise ScriptError(f"{response} ({best.name}) lacks values: {', '.join(sorted(missing))}")
        text = _address(best.text, form)
        text = _PLACEHOLDER.sub(lambda match: str(values[match.group(1)]), text)
        return Rendered(response, best.name, _SPACES.sub("\n", text).strip(), best.version)


def _variant(path: Path, name: str, entry: Mapping[str, Any]) -> Variant:
    if not isinstance(entry, Mapping) or "text" not in entry:
        raise ScriptError(f"{path}: {name} has an entry without a text")
    wanted: dict[str, str] = {}
    for condition in entry.get("condition", ()):
        if condition.get("name") not in ("language", "tone"):
            raise ScriptError(
                f"{path}: {name} asks for slot {condition.get('name')!r}; allowed: language, tone"
            )
        wanted[condition["name"]] = condition["value"]
    return Variant(entry["text"], wanted.get("language"), wanted.get("tone"), entry.get("channel"))


def _address(text: str, form: str) -> str:
    position = _FORMS.index(form)

    def choose(match: re.Match[str]) -> str:
        options = match.group(1).split("|")
        # Two options serve where tú and vos say the same.
        return options[min(position, len(options) - 1)]

    return _ALTERNATION.sub(choose, text)
