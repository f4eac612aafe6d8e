"""How many payments and how often: "a doce meses", "4 x 75", "cada 15 días", "a dozen monthly payments"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import plan_patterns as patterns
from .model import Source
from .numbers import NUMBER


@dataclass(frozen=True)
class Plan:
    """A count of payments or a rhythm found in the folded text; `link` is where its amount would begin."""

    kind: str
    value: int | str
    start: int
    end: int
    confidence: float = 1.0


def find_frequency(source: Source) -> list[Plan]:
    """Find how often something is paid and claim the words.

    Args:
        source: The message.

    Returns:
        Rhythms in order of mention; unsupported ones (each quarter) are claimed and left out.
    """
    found: list[Plan] = []
    for value, pattern in patterns.FREQUENCY[source.language]:
        for match in source.find(pattern):
            if value == "monthly" and match.group().strip() == "pm" and not _is_rate(source, match):
                continue
            source.take(*match.span())
            if value != patterns.OTHER:
                found.append(Plan("frequency", value, *match.span()))
    return sorted(found, key=lambda plan: plan.start)


def _is_rate(source: Source, match: re.Match[str]) -> bool:
    """Tell "£45pm" (a month) from "3pm" (a time)."""
    before = source.text[max(0, match.start() - 12) : match.start()]
    figure = re.search(
        r"(?P<sign>[£$€] ?)?(?P<at>\bat |\bby |\bafter |\bbefore |\baround |:)?(?P<n>\d+)(?:[.,]\d+)?$",
        before,
    )
    if not figure:
        return False
    return bool(figure.group("sign")) or (int(figure.group("n")) > 12 and not figure.group("at"))


def _accept(source: Source, match: re.Match[str], low: int = 2) -> bool:
    if not low <= int(match.group("n")) <= 120:
        return False
    return not patterns.NOT_A_PLAN.search(
        source.text[: match.start()]
    ) and not patterns.NOT_A_PLAN_AFTER.match(source.text[match.end() :])


def _counted(source: Source) -> list[Plan]:
    found: list[Plan] = []
    for rhythm, pattern in patterns.COUNTED[source.language]:
        for match in pattern.finditer(source.text):
            if not source.is_free(*match.span("n")):
                continue
            if source.text[match.start() : match.end()].startswith(
                ("for ", "durante ", "llevo")
            ) and re.search(r"(?:been|llevo|estado|out of work|sin \w+) $", source.text[: match.start()]):
                continue
            begin, end = match.start("n"), match.end()
            if not _accept(source, match):
                if int(match.group("n")) > 1:
                    source.take(begin, end)
                continue
            source.take(begin, end)
            found.append(Plan("installments", int(match.group("n")), begin, end))
            if rhythm:
                found.append(Plan("frequency", rhythm, begin, end))
    return found


def _months_and_years(source: Source) -> list[Plan]:
    found: list[Plan] = []
    bare = patterns.BARE_MONTHS.match(source.text)
    # "en 6 meses" alone is a day six months ahead; "6 meses" alone is a plan
    if bare and source.is_free(*bare.span("n")) and not re.match(r"\W*(?:en|in) ", source.text):
        source.take(bare.start("n"), bare.end())
        found += [
            Plan("installments", int(bare.group("n")), *bare.span("n"), 0.8),
            Plan("frequency", "monthly", *bare.span("n"), 0.8),
        ]
    for match in source.find(patterns.YEAR[source.language]):
        count = match.group("n")
        source.take(*match.span())
        months = 12 * (int(count) if count and count.isdigit() else 1)
        found += [
            Plan("installments", months, *match.span(), 0.8),
            Plan("frequency", "monthly", *match.span(), 0.8),
        ]
    return found


def find_installments(source: Source) -> list[Plan]:
    """Find how many payments are spoken of and claim the words.

    Args:
        source: The message.

    Returns:
        Counts, with the rhythm that some of them imply, in order of mention.
    """
    found = _counted(source) + _months_and_years(source)
    for match in patterns.COMPARED.finditer(source.text):
        source.take(*match.span("n"))
    for match in source.find(patterns.ONE[source.language]):
        source.take(*match.span())
        found.append(Plan("installments", 1, *match.span()))
    for match in source.find(patterns.TIMES):
        if (
            _accept(source, match, low=1)
            and not re.match(r"\d+ a ", match.group())
            and _is_plausible(source, match)
        ):
            source.take(*match.span())
            found.append(Plan("installments", int(match.group("n")), *match.span("n")))
    for match in source.find(patterns.TIMES_AFTER):
        source.take(*match.span())
        found.append(Plan("installments", int(match.group("n")), *match.span()))
    return sorted(found, key=lambda plan: plan.start)


def _is_plausible(source: Source, match: re.Match[str]) -> bool:
    """Keep "18 de 70", leave "1 de 3" and "2 of 2" (which of how many)."""
    figure = re.match(rf"(?P<sign>\D{{0,3}})(?P<n>{NUMBER})", source.text[match.end() :])
    if figure is None:
        return False
    digits = re.sub(r"\D.*", "", figure.group("n"))
    if not re.search(r" (?:de|of|por|at) $", match.group()):
        # "75 x 4" is four of 75
        return bool(figure.group("sign").strip()) or int(digits) >= int(match.group("n"))
    return (
        bool(figure.group("sign").strip()) or int(digits or 0) > int(match.group("n")) and int(digits) >= 10
    )
