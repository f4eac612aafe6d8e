"""The words of the pages, in Spanish and English, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

LANGUAGES = ("es", "en")


@dataclass(frozen=True)
class Texts:
    """Every word of the pages in one language."""

    language: str
    words: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key; the key itself, made readable, where there is none (a stored word, such as an intent)."""
        text = self.words.get(key)
        if text is None:
            return key.rpartition(".")[2].replace("_", " ")
        return text.format(**values) if values else text


@lru_cache(maxsize=1)
def load() -> Mapping[str, Texts]:
    """Read the file, once."""
    source = resources.files("bot.desk").joinpath("texts.yml").read_text(encoding="utf-8")
    content: dict[str, dict[str, str]] = yaml.safe_load(source)
    return {
        language: Texts(language, {key: str(both[language]) for key, both in content.items()})
        for language in LANGUAGES
    }


def language_of(preference: object, accepted: str) -> str:
    """The language to show: as chosen, else the browser's first that we have, else Spanish."""
    if preference in LANGUAGES:
        return str(preference)
    for part in accepted.lower().split(","):
        if part.strip()[:2] in LANGUAGES:
            return part.strip()[:2]
    return "es"
