"""A call at a time of the person's choice: within the law's hours and ours, or the nearest moment that is.

An hour that they name for this call is a newer and narrower wish than the hours they named for all messages: it goes first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.contact_gate import Allowed, Blocked, BlockKind
from bot.debt.conversations import Pending
from bot.services import cases, contact_gate
from bot.services.turn import Button, Turn

_STEP = timedelta(minutes=30)
_LOOKS_AHEAD = timedelta(days=10)
_SOON = timedelta(minutes=10)
_PHONES = frozenset({"sms", "whatsapp"})
_NOW_WORDS = ("ahora mismo", "right now", "ya mismo", "ahorita", "straight away", "enseguida")
_LATER_WORDS = (
    *("tarde", "mañana", "manana", "noche", "rato", "luego", "hora"),
    *("later", "morning", "afternoon", "evening", "any time", "anytime", "whenever", "cuando"),
)
_KEEP = Button("button_keep_chatting", "deny")


def request(turn: Turn) -> None:
    """Ask when to call, or take the time that was said."""
    if not _names_a_time(turn):
        turn.ask(Pending.CALLBACK, "utter_ask_callback_time", hours=_hours(turn))
        return
    _take(turn)


def answer(turn: Turn) -> bool:
    """The time that was asked for, in whatever words; a yes to the moment that we proposed; the number to call."""
    heard, draft = turn.heard, turn.conversation.state.get("callback") or {}
    if heard.intent == "deny" and not _names_a_time(turn):
        turn.conversation.state.pop("callback", None)
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    if draft.get("proposed") and heard.intent == "affirm" and not _names_a_time(turn):
        _note(turn, datetime.fromisoformat(draft["proposed"]), str(draft.get("words", "")))
        return True
    if draft.get("asks_phone") and _number(turn) is not None:
        _note(turn, wanted_at(turn) or _instant(draft.get("wanted")), str(draft.get("words", "")))
        return True
    own = ("inform", "request_callback", "affirm", "promise_to_pay", "request_extension")
    if heard.intent in own or heard.has("time_of_day", "date", "phone", "contact_hours"):
        _take(turn)
        return True
    return False


def _take(turn: Turn) -> None:
    """Note the moment if a call is allowed then; else propose the nearest one, once."""
    wanted = wanted_at(turn)
    proposed_before = "proposed" in (turn.conversation.state.get("callback") or {})
    is_exact = turn.heard.has("time_of_day") or _is_now(turn)
    allowed = _nearest(turn, wanted, is_exact=is_exact) if wanted is not None else None
    if wanted is None or allowed == wanted or allowed is None or proposed_before:
        _note(turn, allowed or wanted, turn.heard.text[:200])
        return
    turn.conversation.state["callback"] = {"proposed": allowed.isoformat(), "words": turn.heard.text[:200]}
    local = _local(turn, allowed)
    ruling = contact_gate.call_hours(turn.app, turn.uow, turn.conversation, own_hours=False)(wanted)
    by_law = contact_gate.is_by_law(turn.app, turn.conversation, turn.debtor, ruling)
    turn.ask(
        Pending.CALLBACK,
        "utter_propose_callback_by_law" if by_law else "utter_propose_callback",
        day=local.date(),
        time=f"{local:%H:%M}",
        buttons=[Button("button_that_suits", "affirm"), _KEEP],
    )


def _note(turn: Turn, wanted: datetime | None, words: str) -> None:
    """Open the case and put the call into the queue; on a channel without a number, ask for one, once."""
    talk = turn.conversation
    draft = talk.state.pop("callback", None) or {}
    phone = _number(turn) if draft.get("asks_phone") else turn.heard.first("phone")
    phone = phone or (talk.address if talk.channel in _PHONES else None)
    known = phone or (turn.debtor.phone if turn.debtor is not None else None)
    if known is None and not draft.get("asks_phone") and not turn.is_guess:
        talk.state["callback"] = {
            "asks_phone": True,
            "wanted": wanted.isoformat() if wanted is not None else None,
            "words": words,
        }
        turn.ask(Pending.CALLBACK, "utter_ask_callback_phone", buttons=[_KEEP])
        note(turn, wanted, words, None)
        return
    talk.pending = Pending.NOTHING
    note(turn, wanted, words, phone)
    say_noted(turn, wanted)


def _number(turn: Turn) -> str | None:
    """The number to call, also one that is written as no country's that we know."""
    found = turn.heard.first("phone")
    digits = re.sub(r"\D", "", turn.heard.text)
    return str(found) if found else turn.heard.text.strip()[:40] if 7 <= len(digits) <= 15 else None


def say_noted(turn: Turn, wanted: datetime | None) -> None:
    """When the call will be."""
    if wanted is None:
        turn.say("utter_callback_noted", hours=_hours(turn))
    else:
        local = _local(turn, wanted)
        turn.say("utter_callback_at", day=local.date(), time=f"{local:%H:%M}")


def note(turn: Turn, wanted: datetime | None, words: str, phone: str | None) -> None:
    """Put a call into the queue, with a case that is due when the person wants it."""
    local = _local(turn, wanted) if wanted is not None else None
    day, at = (local.date(), f"{local:%H:%M}") if local is not None else (None, None)
    own_hours: dict[str, Any] = (
        {"beside_own_hours": True} if wanted is not None and _is_beside_wish(turn, wanted) else {}
    )
    turn.audit(Tag.CALLBACK_REQUESTED, time=at, day=day, **own_hours)
    details: dict[str, Any] = {"words": words, **({"phone": phone} if phone else {}), **own_hours}
    is_new = cases.find(turn, "callback") is None
    cases.invoke(turn, "callback", wanted_at=wanted, details=details)
    if is_new or wanted is not None or phone:
        turn.open_case("callback", time=at, day=day, words=words, **({"phone": phone} if phone else {}))


def moment(turn: Turn, day: str | None, clock: str | None) -> datetime | None:
    """The moment that a person at the desk wrote down; None where they wrote no time."""
    try:
        on = date.fromisoformat(day) if day else turn.now.astimezone(_zone(turn)).date()
        return _at(on, _minute(clock), _zone(turn)) if clock else None
    except ValueError:
        return None


# -- moments -------------------------------------------------------------------------------------------------------


def wanted_at(turn: Turn) -> datetime | None:
    """The moment that a message names, where the person is; None where it names none."""
    heard, zone = turn.heard, _zone(turn)
    if _is_now(turn):
        return _rounded(turn.now)
    clock, span = heard.first("time_of_day"), _span(turn)
    if clock is None and span is None and heard.day is None:
        return None
    minute = _minute(str(clock)) if clock is not None else span[0] if span is not None else 0
    day = heard.day or turn.now.astimezone(zone).date()
    at = _at(day, minute, zone)
    if clock is None and at < turn.now < _at(day, span[1] if span is not None else 24 * 60, zone):
        return _rounded(turn.now)  # "this afternoon", said in the afternoon
    if heard.day is None and at <= turn.now + _SOON:
        at = _at(day + timedelta(days=1), minute, zone)
    if clock is None:
        # A day or a part of it: the first moment of it at which a call is allowed.
        end = _at(at.astimezone(zone).date(), span[1] if span is not None else 24 * 60, zone)
        allows = _allowing(turn)
        return next((moment for moment in _steps(at, end) if allows(moment)), at)
    return at


def _is_now(turn: Turn) -> bool:
    is_said = any(word in turn.heard.text.lower() for word in _NOW_WORDS)
    return is_said and not turn.heard.has("date", "time_of_day")


def _span(turn: Turn) -> tuple[int, int] | None:
    for each in turn.heard.entities:
        if (
            each.get("entity") == "contact_hours"
            and each["value"].get("spans")
            and each["value"]["mode"] != "not"
        ):
            start, end = each["value"]["spans"][0]
            return int(start), int(end)
    return None


def _nearest(turn: Turn, wanted: datetime, *, is_exact: bool) -> datetime | None:
    """The moment nearest to the one wanted at which a call is allowed; the later of two; None if there is none soon.

    Args:
        turn: the message that asks.
        wanted: the moment.
        is_exact: the person named this very hour, so that only the law's hours and ours stand against it.
    """
    allows = _allowing(turn)
    if wanted > turn.now and _allowing(turn, own_hours=not is_exact)(wanted):
        return wanted
    start = max(wanted, _rounded(turn.now))
    if start != wanted and allows(start):
        return start
    for number in range(1, int(_LOOKS_AHEAD / _STEP)):
        for at in (start + number * _STEP, start - number * _STEP):
            if at > turn.now and allows(at):
                return at
    return None


def _allowing(turn: Turn, *, own_hours: bool = True) -> Callable[[datetime], bool]:
    """Whether somebody is there and may call at a moment."""
    decided = contact_gate.call_hours(turn.app, turn.uow, turn.conversation, own_hours=own_hours)
    rulebook, country = turn.app.rulebook, turn.country
    return lambda at: rulebook.is_desk_open(country, at) and isinstance(decided(at), Allowed)


def _is_beside_wish(turn: Turn, at: datetime) -> bool:
    """Whether a moment is granted though their own hours for messages would rule it out: on record, it is their choice."""
    decision = contact_gate.call_hours(turn.app, turn.uow, turn.conversation)(at)
    return isinstance(decision, Blocked) and decision.kind is BlockKind.INCONVENIENT


def _steps(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += _STEP


def _rounded(at: datetime) -> datetime:
    """The next half hour."""
    at = at.replace(second=0, microsecond=0)
    return at + timedelta(minutes=30 - at.minute % 30)


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(ZoneInfo("UTC"))


def _minute(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes or 0)


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _zone(turn: Turn) -> ZoneInfo:
    zone = turn.debtor.time_zone if turn.debtor is not None else None
    return ZoneInfo(zone or turn.app.rulebook.country(turn.country).time_zone)


def _local(turn: Turn, at: datetime) -> datetime:
    return at.astimezone(_zone(turn))


def _names_a_time(turn: Turn) -> bool:
    heard = turn.heard
    if heard.has("time_of_day") or heard.day is not None or _span(turn) is not None:
        return True
    return any(word in heard.text.lower() for word in (*_LATER_WORDS, *_NOW_WORDS))


def _hours(turn: Turn) -> str:
    return turn.app.rulebook.country(turn.country).desk_hours_in(turn.conversation.language)
