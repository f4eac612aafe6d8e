"""When a person wants to be written to: "solo después de las 6", "not at weekends"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .model import Entity, Source

_NOON, _DAY = 12 * 60, 24 * 60
_FEW_WORDS = 8
_CLAUSE = re.compile(
    r"[.;:!?]+(?!\d)|,(?!\d)|\b(?:pero|but|sino|porque|because|y (?=solo|no\b|nunca|mejor|los )"
    r"|and (?=only|not?\b|never|don'?t|please))"
)
_VERB = re.compile(
    r"\b(?:(?:me |nos )?(?:escrib\w+|llam(?!ada|o\b)\w+|contact\w+|molest\w+|mand\w+|avis\w+|hab(?:l|le)\w*"
    r"|comuni\w+|wh?ats?ap\w+|mensaj\w+|llamad\w+|recordatori\w+)"
    r"|texts?|texting|messages?|messaging|write|writing|calls?|calling|ring(?:ing)?|phone me|phoning|contact\w*"
    r"|reach\w*"
    r"|bother\w*|disturb\w*|email\w*|remind\w*)\b"
)
_CALL = re.compile(r"\b(?:llam\w+|calls?|calling|ring(?:ing)?|phone me|phoning)\b")
_NOT = re.compile(
    r"\b(?:no|nunca|jamas|ni|tampoco|dej(?:en|ad|a|e) de|evit\w+|par(?:en|ad) de|not|never|don'?t|dont|do not|stop"
    r"|avoid|quit|without|nothing|nada)\b"
)
_ONLY = re.compile(r"\b(?:solo|solamente|unicamente|nomas|exclusivamente|only|just|exclusively|solely)\b")
_RATHER = re.compile(
    r"\b(?:mejor|prefier\w*|prefer\w*|preferiblemente|preferably|rather|better|instead|me viene bien|works for me"
    r"|de preferencia)\b"
)
_ANY = re.compile(
    r"\b(?:(?:a |en )?cualquier (?:hora|dia|momento)|a todas horas|cuando (?:quier\w+|sea|gust\w+|os venga bien)"
    r"|(?:at )?any ?time|any (?:hour|day|moment)|whenever you (?:like|want)|all day)\b"
)
_MORE = re.compile(r"\b(?:(?:no|nunca) (?:\w+ ){0,3}mas|nunca mas|any ?more|ever again|not? more)\b")
_PAST = re.compile(
    r"\b(?:me (?:llam|escrib|contact)(?:aron|asteis|ieron|isteis)|called me|texted me|wrote me|you (?:called|wrote)"
    r"|lleg\w+|recibi\w*|received?|got)\b"
)
_MONEY = re.compile(
    r"\b(?:pag\w+|abon\w+|cobr\w+|deposit\w+|transf\w+|pay(?:ing|ments?|day)?|paid|afford|wages?|salary|cuotas?"
    r"|instal\w+)\b"
)
_AT_WORK = re.compile(
    r"\b(?:mientras (?:trabajo|estoy (?:trabajando|en el trabajo))|en horas? (?:de trabajo|laborales)"
    r"|en (?:mi )?horario (?:de trabajo|laboral)|(?:while|when) i'?m (?:at work|working)|(?:during"
    r"|in) work(?:ing)? hours)\b"
)
_HOUR = (
    r"(?P<{0}>\d{{1,2}}|una)(?:[:.h] ?(?P<{0}m>\d{{2}}))?(?P<{0}q> y (?:media|cuarto))?"
    r"(?: ?(?P<{0}ap>am|pm|a\.?m\b\.?|p\.?m\b\.?|hs|hrs|h|horas|o'?clock)(?![a-z]))?"
    r"(?: de la (?P<{0}part>manana|tarde|noche)| in the (?P<{0}en>morning|afternoon|evening))?(?![\d%/])"
)
_BETWEEN = re.compile(
    r"\b(?:entre|de|desde|from|between) (?:las? )?"
    + _HOUR.format("a")
    + r" ?(?:y|a|hasta|and|to|till|until|-) ?(?:las? )?"
    + _HOUR.format("b")
)
_AFTER = re.compile(
    r"\b(?:despues de|a partir de|pasadas|luego de|mas tarde de|mas alla de|desde|after|from|past|later than)"
    r" (?:las? )?" + _HOUR.format("a")
)
_BEFORE = re.compile(r"\b(?:antes de|hasta|before|until|till|earlier than|by) (?:las? )?" + _HOUR.format("a"))
_PARTS: tuple[tuple[re.Pattern[str], tuple[int, int]], ...] = (
    (re.compile(r"\bpor las? mananas?\b|\bde manana\b|\ben las? mananas?\b|\bmananas\b"), (0, 13 * 60)),
    (re.compile(r"\bpor las? tardes?\b|\besta tarde\b|\ben las? tardes?\b|\btardes\b"), (13 * 60, 20 * 60)),
    (re.compile(r"\bpor las? noches?\b|\ben las? noches?\b|\bde noche\b|\bnoches\b"), (20 * 60, _DAY)),
    (re.compile(r"\bal? medio ?dia\b|\bhora de comer\b"), (_NOON, 15 * 60)),
    (re.compile(r"\bin the mornings?\b|\bmornings\b|\bmorning\b(?! \d)"), (0, _NOON)),
    (re.compile(r"\bin the afternoons?\b|\bthis afternoon\b|\bafternoons\b"), (_NOON, 18 * 60)),
    (re.compile(r"\bin the evenings?\b|\bthis evening\b|\bevenings\b"), (17 * 60, _DAY)),
    (re.compile(r"\bat night\b|\bnights\b|\bovernight\b"), (20 * 60, _DAY)),
    (re.compile(r"\blunch ?time\b|\bat lunch\b"), (_NOON, 14 * 60)),
)  # fmt: skip
_DAYS: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = (
    (re.compile(r"\bfin(?:es)? de semana\b|\bfindes?\b|\bweek ?ends?\b"), frozenset({5, 6})),
    (re.compile(
        r"\bentre semana\b|\bdias laborables\b|\bweek ?days\b|\bde lunes a viernes\b|\bmonday (?:to|through"
        r"|till) friday\b"
    ), frozenset(range(5))),
    *(
        (re.compile(rf"\b(?:los? |el |on |any )?(?:{name})\b"), frozenset({number}))
        for number, name in enumerate((
            "lunes|mondays?", "martes|tuesdays?", "miercoles|wednesdays?", "jueves|thursdays?", "viernes|fridays?",
            "sabados?|saturdays?", "domingos?|sundays?",
        ))
    ),
)  # fmt: skip
# One named day ("el lunes", "on monday") is a day, not a habit, unless it is refused or the only one.
_EVERY = re.compile(
    r"\b(?:los (?:lunes|martes|miercoles|jueves|viernes)|sabados|domingos|\w+days|fin(?:es)? de semana|findes?"
    r"|week ?ends?"
    r"|entre semana|laborables|de lunes a viernes|monday (?:to|through|till) friday)\b"
)


def read_contact_wishes(source: Source) -> Iterator[Entity]:
    """Find what a person asks about the hours and days of our messages.

    Which channel is meant is read after classification, by `bot.services.channel_wishes`.

    Claims nothing: a time in such a wish stays a time for whoever asks for a call.

    Args:
        source: The message.

    Yields:
        `contact_hours` {mode: only | not | any | ask | call, days, spans in minutes}. Below 0.9 the message names no
        act of writing: the intent has to say what it is about; "call" are the hours of a call that is asked for.
    """
    text = source.text
    has_verb = bool(_VERB.search(text))
    if not (has_verb or _ONLY.search(text) or _NOT.search(text) or _RATHER.search(text) or _ANY.search(text)):
        yield from _bare_hours(source)
        return
    if _PAST.search(text) and not _ONLY.search(text):
        return
    yield from _hours(source, has_verb)


def _bare_hours(source: Source) -> Iterator[Entity]:
    """Hours and nothing that says what for ("por la tarde"): an answer to "when shall we call?"."""
    spans = _spans(source.text, "only")
    if spans and len(source.text.split()) <= _FEW_WORDS:
        value = {"mode": "call", "days": sorted(_days(source.text)), "spans": [list(span) for span in spans]}
        yield source.entity("contact_hours", value, 0, len(source.text), 0.5)


def _clauses(text: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for match in _CLAUSE.finditer(text):
        found.append((start, text[start : match.start()]))
        start = match.start() if match.group().isalpha() else match.end()
    return [(at, clause) for at, clause in [*found, (start, text[start:])] if clause.strip()]


def _hours(source: Source, has_verb: bool) -> Iterator[Entity]:
    sure = 0.9 if has_verb else 0.6
    whenever = _ANY.search(source.text)
    if whenever is not None and not _NOT.search(source.text[: whenever.start()]):
        if has_verb and not _ONLY.search(source.text):
            yield source.entity("contact_hours", {"mode": "any"}, *whenever.span(), sure)
        return
    for at, clause in _clauses(source.text):
        found = _wish(clause, sure)
        if found is not None:
            value, confidence = found
            end = at + len(clause.rstrip())
            yield source.entity(
                "contact_hours", value, at + len(clause) - len(clause.lstrip()), end, confidence
            )


def _wish(clause: str, sure: float) -> tuple[dict[str, Any], float] | None:
    """What one clause asks of the hours, and how sure that is."""
    is_not, is_only = _NOT.search(clause), _ONLY.search(clause)
    if _MONEY.search(clause) and not _VERB.search(clause):
        return None
    if _AT_WORK.search(clause):
        return ({"mode": "ask"}, sure) if is_not or is_only else None
    mode = "only" if is_only else "not" if is_not else "only"
    spans, days = _spans(clause, mode), _days(clause)
    if not spans and days == frozenset(range(7)):
        return None
    if _MORE.search(clause) and not _EVERY.search(clause) and not spans:
        return None  # "no me escriban más, ni el lunes": that is a stop
    if not (is_only or is_not):
        # "escríbanme por la tarde": a wish where the intent says so; a call that is asked for is not one.
        if not (_RATHER.search(clause) or _VERB.search(clause)):
            return None
        if _CALL.search(clause):
            return (
                ({"mode": "call", "days": sorted(days), "spans": [list(s) for s in spans]}, 0.6)
                if spans
                else None
            )
        if days != frozenset(range(7)) and not _EVERY.search(clause):
            return None
        sure = 0.6
    value = {"mode": mode, "days": sorted(days), "spans": [list(span) for span in spans] or [[0, _DAY]]}
    if mode == "only" and _CALL.search(clause):
        value["by"] = "call"  # "llámenme solo por la tarde" may be a call that is asked for
    return value, sure


def _days(clause: str) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for pattern, days in _DAYS:
        if pattern.search(clause):
            if days == frozenset(range(5)):
                return days
            found |= days
    return found or frozenset(range(7))


def _spans(clause: str, mode: str) -> list[tuple[int, int]]:
    between = _BETWEEN.search(clause)
    if between:
        start = _minute(between, "a", 7)
        end = _minute(between, "b", 0)
        if start is not None and end is not None:
            end = end + _NOON if end <= start and end + _NOON <= _DAY else end
            return [(start, end)] if start < end else []
    found = [span for pattern, span in _PARTS if pattern.search(clause)]
    after, before = _AFTER.search(clause), _BEFORE.search(clause)
    if after:
        # "not after 9" is nine in the evening; "only after 8" the stricter of the two.
        start = _minute(after, "a", 11 if mode == "not" else 8)
        found += [(start, _DAY)] if start is not None else []
    if before:
        end = _minute(before, "a", 6)
        found += [(0, end)] if end else []
    if after or before:
        parts = {span for pattern, span in _PARTS if pattern.search(clause)}
        found = [span for span in found if span not in parts] or found
    return sorted(set(found))


def _minute(match: re.Match[str], name: str, pm_up_to: int) -> int | None:
    groups = match.groupdict()
    hour = 1 if groups[name] == "una" else int(groups[name])
    minute = int(groups.get(f"{name}m") or 0)
    quarter = groups.get(f"{name}q") or ""
    minute = 30 if "media" in quarter else 15 if "cuarto" in quarter else minute
    marker = (groups.get(f"{name}ap") or "").replace(".", "").replace("'", "")
    part = groups.get(f"{name}part") or groups.get(f"{name}en") or ""
    if marker == "pm" or part in ("tarde", "noche", "afternoon", "evening"):
        hour = hour + 12 if hour < 12 else hour
    elif marker == "am" or part in ("manana", "morning"):
        hour = 0 if hour == 12 else hour
    elif (
        marker not in ("hs", "hrs", "h", "horas") and not groups.get(f"{name}m", "") and 1 <= hour <= pm_up_to
    ):
        hour += 12
    if not (0 <= hour <= 24 and 0 <= minute <= 59):
        return None
    return min(hour * 60 + minute, _DAY)
