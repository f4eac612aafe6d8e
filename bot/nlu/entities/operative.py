"""Chooses the sum that counts: the offered one, not the debt, the wage or the figure refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from .amounts import Figure, find_figures
from .cues import Cue, find_cues
from .currency import resolve
from .installments import Plan
from .model import Entity, Source
from .numbers import as_json

_RANGE = re.compile(
    r"\s*(?:,?\s*(?:o|u|or|-)\s*(?:tal vez|quiza|quizas|maybe|como mucho|at most|a lo mejor|even)?"
    r"|to|a|hasta|/)\s*(?:los|the|unos|como|about)?\s*"
)
_AND = re.compile(r"\s*(?:y|and|&)\s*(?:los )?")
_ADDED = re.compile(
    r"(?:^|[\s,])(?:y|and|then|luego|despues|mas|plus|seguido|followed|resto|rest|,)(?:[\s,]|$)"
)
_BREAK = re.compile(r"[.;!?]|\b(?:pero|but|aunque|although)\b")
_CONTRAST = re.compile(
    r"\b(?:pero|but|mejor|digo|perdon|i mean|actually|sorry|rather|more like|make it|quise decir"
    r"|sino|bueno|solo|only|wait|ponme|pon|que sean|instead|mas bien|no,)\b"
)
_LESS = re.compile(
    r"\b(?:baj\w*|reduc\w*|rebaj\w*|drop\w*|lower\w*|cambi\w*|chang\w*|pas[ae]\w*|go down|bring\w*"
    r"|cut|sub[ei]\w*|increas\w*|rais\w*|aument\w*)\b"
)


@dataclass
class Judged:
    """A sum with what the phrases around it say."""

    figure: Figure
    verdict: str = ""  # "", "hard" (never operative), "soft" (only if nothing better), "offer"
    upfront: bool = False
    rhythm: bool = False
    linked: bool = False


def _left_cue(figure: Figure, cues: list[Cue], source: Source, floor: int) -> Cue | None:
    """Return the phrase to the left that governs a figure, within its clause."""
    best: Cue | None = None
    for cue in cues:
        if (
            cue.end > figure.start
            or cue.start < floor
            or cue.label in ("REFUSED", "TOTAL", "UPFRONT", "RANGE")
        ):
            continue
        gap = source.text[cue.end : figure.start]
        if cue.label == "REFUSE" and "," in gap and floor and not source.text[floor : cue.start].strip():
            continue  # "120 no, 70": this "no" refuses the figure before it
        reach = {"DEBT": 26, "OFFER": 26, "SOFT": 4, "REFUSE": 6}[cue.label]
        if (
            len(gap) > reach
            or _BREAK.search(gap)
            or (cue.label != "OFFER" and "," in gap and cue.label != "REFUSE")
        ):
            continue
        best = cue if best is None or cue.end > best.end or cue.start < best.start else best
    return best


def _right_label(figure: Figure, cues: list[Cue], source: Source, ceiling: int) -> str | None:
    for cue in cues:
        if cue.label not in ("REFUSED", "TOTAL") or not figure.end <= cue.start < ceiling:
            continue
        gap = source.text[figure.end : cue.start]
        if gap.strip() in (
            "",
            "al mes",
            "a month",
            "me",
            "euros",
            "a mi",
            "ya",
            "de los",
            "a la semana",
            ",",
        ) and not (cue.label == "REFUSED" and "," in gap and source.text[cue.start : cue.end] == "no"):
            if source.text[cue.start : cue.end] == "no" and not re.match(
                r"no(?: *,|$)|no (?:llego|puedo|me|los|le|alcanzo|da|voy|quiero)", source.text[cue.start :]
            ):
                continue
            return cue.label
    return None


def _is_upfront(figure: Figure, cues: list[Cue], source: Source, floor: int, ceiling: int) -> bool:
    for cue in cues:
        if cue.label != "UPFRONT":
            continue
        if (
            floor <= cue.start
            and cue.end <= figure.start
            and len(source.text[cue.end : figure.start].strip()) <= 6
        ):
            return True
        if figure.end <= cue.start < ceiling and source.text[figure.end : cue.start].strip() in (
            "",
            "euros",
            "de",
        ):
            return True
    return False


def _judge(figures: list[Figure], cues: list[Cue], plans: list[Plan], source: Source) -> list[Judged]:
    judged: list[Judged] = []
    for i, figure in enumerate(figures):
        floor = figures[i - 1].end if i else 0
        ceiling = figures[i + 1].start if i + 1 < len(figures) else len(source.text)
        item = Judged(figure)
        item.upfront = _is_upfront(figure, cues, source, floor, ceiling)
        item.rhythm = any(p.kind == "frequency" and 0 <= p.start - figure.end <= 12 for p in plans)
        item.linked = any(
            p.kind == "installments" and 0 <= figure.start - p.end <= 12 and p.end >= floor for p in plans
        )
        left = _left_cue(figure, cues, source, floor)
        item.verdict = {None: "", "DEBT": "hard", "REFUSE": "refused", "SOFT": "soft", "OFFER": "offer"}[
            left.label if left else None
        ]
        if item.upfront and item.verdict != "hard":
            item.verdict = "offer"
        right = _right_label(figure, cues, source, ceiling)
        if right == "TOTAL":
            item.verdict = "hard"
        elif right == "REFUSED" or _not_before_plan(figure, plans, source):
            item.verdict = "refused"
        judged.append(item)
    for item, following in pairwise(judged):
        if item.verdict == "soft" and _is_range(item.figure, following.figure, cues, source):
            item.verdict = following.verdict
    return judged


def _not_before_plan(figure: Figure, plans: list[Plan], source: Source) -> bool:
    """Tell whether the plan that holds the figure was proposed by the other side or refused."""
    for plan in plans:
        if plan.kind == "installments" and 0 <= figure.start - plan.end <= 12:
            return bool(_THEIRS.search(source.text[: plan.start]))
    return False


_THEIRS = re.compile(
    r"(?:propuesta|oferta|plan|offer|proposal|ofreceis|ofrecen|proponeis|proponen|instead of|rather "
    r"than|en vez de|en lugar de|(?<!si )\bno\b|\bnot\b|dijeron|ofrecieron|you said|you offered"
    r"|offered)"
    r"(?: (?:de|of|the|los|las|me|por|was|era|fue|is|es|in))* ?$"
)


def _is_range(first: Figure, second: Figure, cues: list[Cue], source: Source) -> bool:
    between = source.text[first.end : second.start]
    if _RANGE.fullmatch(between):
        is_change = between.strip() in ("a", "to", "hasta") and second.value < first.value
        return not (
            is_change or (between.strip() in ("a", "to") and _LESS.search(source.text[: first.start]))
        )
    said = any(c.label == "RANGE" and 0 <= first.start - c.end <= 6 for c in cues)
    return said and _AND.fullmatch(between) is not None


def _keep(judged: list[Judged], source: Source) -> list[Judged]:
    """Leave out what is refused, owed or earned; a soft one stays where nothing better is said."""
    kept = [j for j in judged if j.verdict != "hard"]
    for bad in (("refused",), ("soft",)):
        better = [j for j in kept if j.verdict not in bad or (j.verdict == "soft" and (j.rhythm or j.linked))]
        kept = better or kept
    offers = [j for j in kept if j.verdict == "offer"]
    if len(kept) > 1 and offers and kept[-1] in offers and not kept[0].upfront and kept[0].verdict == "soft":
        return offers
    return kept


def _settle(kept: list[Judged], plans: list[Plan], cues: list[Cue], source: Source) -> list[Judged]:
    """Bring several sums that all stand to the operative one, or to the list where there is none."""
    if len(kept) < 2:
        return kept
    first, last = kept[0], kept[-1]
    between = source.text[first.figure.end : last.figure.start]
    if len(kept) == 2 and _is_range(first.figure, last.figure, cues, source):
        return kept
    if any(j.upfront for j in kept) and not _CONTRAST.search(between):
        return kept
    if len(kept) == 2 and _RANGE.fullmatch(between) and last.figure.value < first.figure.value:
        return [last]
    per = [j for j in kept if j.linked] or [j for j in kept if j.rhythm]
    if len(per) == 1:
        count = next((p.value for p in plans if p.kind == "installments"), None)
        rest = [j for j in kept if j is not per[0]]
        is_total = isinstance(count, int) and any(
            abs(j.figure.value - count * per[0].figure.value) <= count for j in rest
        )
        if is_total or not _ADDED.search(between) or _CONTRAST.search(between):
            return per
        return kept
    if _CONTRAST.search(between):
        return [last]
    distinct = {j.figure.value for j in kept}
    return [last] if len(distinct) == 1 else kept


def _entities(source: Source, chosen: list[Judged]) -> Iterator[Entity]:
    if not chosen:
        return
    figures = [j.figure for j in chosen]
    if len(figures) == 1:
        yield source.entity("amount", as_json(figures[0].value), figures[0].start, figures[0].end)
    else:
        values = [as_json(f.value) for f in figures]
        yield source.entity("amounts", values, figures[0].start, figures[-1].end)
    said = next((f for f in figures if f.currency), None)
    if said:
        yield source.entity("currency", said.currency, said.start, said.end)


_IN_CURRENCY = re.compile(
    r"(?<![a-z\d])(?:en|in) (?P<w>euros|dolares|soles|pesos|pounds|dollars|usd|eur)(?![a-z])"
)


def _needs_cues(source: Source) -> bool:
    return len(source.text) > 12 or " " in source.text.strip()


def read_amounts(source: Source, plans: list[Plan]) -> tuple[list[Entity], list[Plan]]:
    """Find the operative sum, or the list where no single one is.

    Args:
        source: The message, with all else already claimed.
        plans: Counts of payments and rhythms found before.

    Returns:
        `amount` or `amounts`, and `currency` if said; and the plans that do not belong to a wage or a rent.
    """
    cues: list[Cue] = []
    if _HAS_FIGURE.search(source.text) and _needs_cues(source):
        cues = find_cues(source.text, source.language)
    offers = [c.end for c in cues if c.label in ("OFFER", "UPFRONT", "DEBT", "REFUSE")]
    rhythms = [p.start for p in plans if p.kind == "frequency"] + [
        p.start for p in plans if p.kind == "installments"
    ]
    figures = find_figures(
        source,
        offers,
        [r + _gap(source, r) for r in rhythms],
        [p.end for p in plans if p.kind == "installments"],
    )
    if not figures:
        return list(_currency_alone(source)), plans
    judged = _judge(figures, cues, plans, source)
    chosen = list(_entities(source, _settle(_keep(judged, source), plans, cues, source)))
    aside = [j.figure.end for j in judged if j.verdict == "hard"]
    own = [p for p in plans if p.kind != "frequency" or not any(0 <= p.start - end <= 3 for end in aside)]
    return chosen, own


def _currency_alone(source: Source) -> Iterator[Entity]:
    for match in source.find(_IN_CURRENCY):
        code = resolve(match.group("w"), source.language, source.country)[1]
        if code:
            yield source.entity("currency", code, *match.span("w"))


def _gap(source: Source, start: int) -> int:
    return 1 if source.text[start : start + 1] == " " else 0


_HAS_FIGURE = re.compile(
    r"\d|luc|luq|palo|fiver|tenner|ton|grand|quid|pony|monkey|score|stack|rack|benjamin|gamba|quina|toston"
)
