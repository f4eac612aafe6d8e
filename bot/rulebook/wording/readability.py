"""How hard a text is to read: the INFLESZ scale for Spanish, Flesch's for English; both go to 100, higher is easier.

Spanish: 206.835 - 62.3 * syllables a word - words a sentence (Szigriszt Pazos 1993; 55 and more is what a general
public reads with ease, Barrio 2008). English: 206.835 - 84.6 * syllables a word - 1.015 * words a sentence (Flesch
1948; 60 and more is plain English).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EASY_ENOUGH = {"es": 55.0, "en": 60.0}
LONGEST_SENTENCE = {"es": 32, "en": 28}
# How much a syllable more a word, and a word more a sentence, take off.
_WEIGHTS = {"es": (62.3, 1.0), "en": (84.6, 1.015)}
# A measure of averages says nothing of a few words.
FEWEST_WORDS = 20

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SENTENCE_END = re.compile(r"[.!?…:;]+(?=\s|$)|\n+")
_VOWEL_GROUP = {"es": re.compile(r"[aeiouyáéíóúü]+"), "en": re.compile(r"[aeiouy]+")}
_STRONG = re.compile(r"[aeoáéíóú]")


@dataclass(frozen=True)
class Readability:
    """How a text reads."""

    score: float
    words: int
    longest_sentence: int  # words

    def is_easy(self, language: str) -> bool:
        """Whether a general public reads it with ease; true of a text too short to tell."""
        return self.words < FEWEST_WORDS or self.score >= EASY_ENOUGH[language]


def readability(text: str, language: str) -> Readability:
    """Measure a text in Spanish or English."""
    sentences = [words for part in _SENTENCE_END.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Readability(100.0, 0, 0)
    a_word = sum(syllables(word, language) for word in words) / len(words)
    a_sentence = len(words) / len(sentences)
    for_word, for_sentence = _WEIGHTS[language]
    score = 206.835 - for_word * a_word - for_sentence * a_sentence
    return Readability(round(score, 1), len(words), max(map(len, sentences)))


def syllables(word: str, language: str) -> int:
    """Syllables of a word, by its vowels."""
    word = word.lower()
    if language == "es":
        word = re.sub(r"([qg])u([eiéí])", r"\1\2", word)
        return max(1, sum(_spanish_syllables(group) for group in _VOWEL_GROUP["es"].findall(word)))
    groups = len(_VOWEL_GROUP["en"].findall(word))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyscxz]es$", word) is not None
    return max(1, groups - (1 if silent else 0))


def _spanish_syllables(group: str) -> int:
    """A strong vowel carries a syllable; a stressed i or u beside one does too (pa-ís)."""
    return max(1, len(_STRONG.findall(group)))
