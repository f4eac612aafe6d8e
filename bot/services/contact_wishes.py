"""A person's own hours and channels: understood, kept, confirmed in one sentence, taken back as easily."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.contact_gate.wishes import UNGATED, excluded, leaves_some, stopped
from bot.debt.conversations import Pending
from bot.debt.party import DebtorId
from bot.services import cases, channel_wishes, consent_question, consents, wish_words
from bot.services.channel_wishes import ChannelWish
from bot.services.records_port import ContactWish
from bot.services.turn import Button, Turn, entity

if TYPE_CHECKING:
    from bot.services.application import Application

# What these say goes first; a wish beside them is heard by the person who takes the case.
_FIRST = frozenset(
    {"distress", "report_death", "wrong_person", "legal_representation", "dispute_debt", "report_payment"}
)
# With these a wish is beyond doubt even where its words name no act of writing ("solo después de las 6").
_ABOUT_CONTACT = frozenset({"update_contact", "stop_contact", "request_callback"})
_SURE = 0.9
_EVERYTHING = re.compile(
    r"(?:s[ií],?|yes,?|no,?)?\W*(?:par\w+|que paren|stop|quiero parar)?\W*"
    r"(?:todo|everything|all(?: of (?:it|them))?)(?:,? (?:por favor|please|gracias|thanks))?\W*",
    re.IGNORECASE,
)
# No law about calls and messages speaks of these.
_ON_PAPER = UNGATED | {"letter"}
_CHANNEL_NAMES = {"rest": "webchat", "web": "webchat"}
_CHANNEL_SENTENCES = {
    "only": "utter_channel_only",
    "not": "utter_channel_never",
    "prefer": "utter_channel_rather",
}
_ANY_HOUR = Button("button_any_hour", "update_contact", (entity("contact_hours", {"mode": "any"}),))
_STOP_ALL = Button("button_stop_contact", "stop_contact")


def take(turn: Turn) -> bool:
    """Keep what a message wishes of hours and channels. Returns whether that answers the message.

    A complaint, or a request beside the wish, is still answered: then the wish is kept and confirmed first.
    """
    if turn.heard.intent in _FIRST:
        return False
    if _means_everything(turn):
        from bot.services import contact

        contact.stop(turn)
        return True
    hours, channels = _hours_said(turn), _channels_said(turn)
    if turn.heard.intent == "request_callback" or turn.conversation.pending is Pending.CALLBACK:
        hours = [wish for wish in hours if wish["mode"] == "not" or wish.get("by") != "call"]
        if turn.conversation.pending is Pending.CALLBACK:
            hours = [wish for wish in hours if wish["mode"] == "not"]
    if hours:
        # "no me llamen antes de las 12" is about hours, not about calls.
        channels = [wish for wish in channels if (wish.mode, wish.channels) != ("not", ("voice",))]
    if not hours and not channels:
        return False
    goes_on = _goes_on(turn)
    _take_hours(turn, hours)
    _take_channels(turn, channels)
    turn.conversation.state["wished_at"] = turn.now.isoformat()
    return turn.has_spoken and (goes_on or turn.heard.intent != "complain")


def _means_everything(turn: Turn) -> bool:
    """Whether a person who stopped one channel now says that they mean all of them ("todo", "stop everything")."""
    return _goes_on(turn) and is_stopped_here(turn) and bool(_EVERYTHING.fullmatch(turn.heard.text.strip()))


def _goes_on(turn: Turn) -> bool:
    """Whether the answer before was about a wish: "y los domingos nunca" then adds to it."""
    wished_at = turn.conversation.state.get("wished_at")
    return wished_at is not None and wished_at == turn.conversation.state.get("answered_at")


def _hours_said(turn: Turn) -> list[Mapping[str, Any]]:
    is_about_contact = turn.heard.intent in _ABOUT_CONTACT or _goes_on(turn)
    return [
        each["value"]
        for each in turn.heard.entities
        if each.get("entity") == "contact_hours"
        and each["value"]["mode"] != "call"
        and (is_about_contact or float(each.get("confidence") or 1.0) >= _SURE)
    ]


def _channels_said(turn: Turn) -> list[ChannelWish]:
    """What the text says of channels, unless it answers whether we may remind them by one."""
    if turn.heard.is_pressed or consent_question.is_answered(turn):
        return []
    goes_on = _goes_on(turn)
    is_about_contact = turn.heard.intent in _ABOUT_CONTACT or goes_on
    found = channel_wishes.wishes(turn.heard.text, goes_on=goes_on)
    return [wish for wish in found if is_about_contact or wish.is_sure]


def _take_hours(turn: Turn, wishes: list[Mapping[str, Any]]) -> None:
    if any(wish["mode"] == "any" for wish in wishes):
        if turn.heard.intent != "request_callback":
            lift(turn)
        return
    if any(wish["mode"] == "ask" for wish in wishes):
        turn.ask(Pending.HOURS, "utter_ask_hours")
        return
    for wish in wishes:
        if wish["mode"] == "only":
            _end(turn, "hours", "only")
        _keep(turn, "hours", {"mode": wish["mode"], "days": list(wish["days"]), "spans": list(wish["spans"])})
    if wishes:
        _say_hours(turn, wishes)


def _say_hours(turn: Turn, wishes: list[Mapping[str, Any]]) -> None:
    kept = [wish for wish in in_force(turn) if wish.kind == "hours"]
    windows = [window for wish in kept for window in excluded(wish.details)]
    rules = turn.app.rulebook.jurisdictions.gate(turn.country)
    language, buttons = turn.conversation.language, [_ANY_HOUR, _STOP_ALL]
    if not leaves_some(windows, rules, _channel(turn)):
        turn.say("utter_hours_leave_none", buttons=buttons)
        return
    # Of several "only" the last one stands.
    only = wish_words.hours_of([wish for wish in wishes if wish["mode"] == "only"][-1:], language)
    never = wish_words.hours_of([wish for wish in wishes if wish["mode"] == "not"], language)
    # One answer, one confirmation, however many wishes the message held.
    if only and never:
        turn.say("utter_hours_only_and_never", when=only, never=never, buttons=buttons)
    else:
        turn.say("utter_hours_only" if only else "utter_hours_never", when=only or never, buttons=buttons)


def answer_hours(turn: Turn) -> bool:
    """The hours that were asked for ("de 9 a 5")."""
    found = [
        e["value"]
        for e in turn.heard.entities
        if e.get("entity") == "contact_hours" and e["value"].get("spans")
    ]
    if turn.heard.intent == "deny" and not found:
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    if not found:
        return False
    turn.conversation.pending = Pending.NOTHING
    # The question was: at which hours not?
    _take_hours(turn, [{**found[0], "mode": "only" if found[0]["mode"] == "only" else "not"}])
    return True


def _take_channels(turn: Turn, wishes: list[ChannelWish]) -> None:
    here = _channel(turn)
    for wish in wishes:
        names = list(dict.fromkeys(here if name == "here" else name for name in wish.channels))
        if wish.mode in ("only", "prefer"):
            _end(turn, "channels", "only", "prefer")
        _keep(turn, "channels", {"mode": wish.mode, "channels": names})
        if wish.mode == "not":
            refused = [name for name in names if name in consents.NAMES]
            consents.withdraw(turn, turn.conversation.debtor_id, refused)
            if _stops_all(turn, names):
                return
        _say_channels(turn, wish.mode, names, here)
    if any(wish.mode in ("only", "prefer") for wish in wishes):
        # A person makes the address on the other channel known: nobody else can redirect messages.
        turn.open_case("contact_change", words=turn.heard.text[:200])


def _stops_all(turn: Turn, names: Sequence[str]) -> bool:
    """Whether a law of the place takes a stop on one channel for a stop on all: then it is one."""
    from bot.services import contact

    fact = turn.app.rulebook.jurisdictions.stop_one_is_stop_all(turn.place, turn.today)
    if fact is None or set(names) <= _ON_PAPER:
        return False
    turn.audit(Tag.CONTACT_WISH, kind="channels", outcome="stops_all", fact_id=fact)
    contact.stop(turn)
    return True


def _say_channels(turn: Turn, mode: str, names: list[str], here: str) -> None:
    language = turn.conversation.language
    if mode == "not" and here in names:
        cases.invoke(turn, "stop_channel")
    if mode == "not" and "voice" in names and turn.conversation.pending is Pending.CALLBACK:
        turn.conversation.pending = Pending.NOTHING
        turn.conversation.state.pop("callback", None)
    if set(names) <= UNGATED:
        turn.open_case("contact_change", words=turn.heard.text[:200])
        turn.say("utter_not_at_work")
    elif mode == "not" and names == [here]:
        turn.say("utter_channel_stopped", buttons=[_STOP_ALL])
    else:
        named = wish_words.channels([n for n in names if n not in UNGATED], language)
        name = _CHANNEL_SENTENCES[mode]
        turn.say(name, channel=named, buttons=[_STOP_ALL] if mode == "not" else ())


def lift(turn: Turn) -> None:
    """Any hour is right again."""
    for wish in in_force(turn):
        if wish.kind == "hours":
            end(turn, wish)
    turn.conversation.pending = Pending.NOTHING
    turn.say("utter_hours_lifted")


def lift_channel(turn: Turn) -> None:
    """Messages on this channel are welcome again: wishes that close it end."""
    here = _channel(turn)
    for wish in in_force(turn):
        if wish.kind == "channels" and (
            wish.details.get("mode") != "not" or here in wish.details["channels"]
        ):
            end(turn, wish)


def is_stopped_here(turn: Turn) -> bool:
    """Whether a wish closes this very channel."""
    return any(w.kind == "channels" and _channel(turn) in stopped(w.details, ()) for w in in_force(turn))


def in_force(turn: Turn) -> list[ContactWish]:
    """What this person wishes, as far as this conversation may know and change it."""
    talk = turn.conversation
    return [w for w in turn.uow.contact_wishes.in_force(talk.conversation_id, talk.debtor_id) if w.details]


def end(turn: Turn, wish: ContactWish) -> None:
    """A wish holds no longer."""
    turn.uow.contact_wishes.end(wish.wish_id, turn.now)
    turn.audit(Tag.CONTACT_WISH, wish_id=wish.wish_id, kind=wish.kind, outcome="ended")


def _end(turn: Turn, kind: str, *modes: str) -> None:
    for wish in in_force(turn):
        if wish.kind == kind and wish.details["mode"] in modes:
            end(turn, wish)


def _keep(turn: Turn, kind: str, details: Mapping[str, Any]) -> None:
    from bot.services import identity

    if any(wish.kind == kind and wish.details == details for wish in in_force(turn)):
        return
    wish = ContactWish(
        wish_id=f"W-{uuid4().hex[:12]}",
        conversation_id=turn.conversation.conversation_id,
        debtor_id=identity.claimed_debtor(turn),
        kind=kind,
        details=details,
        asked_at=turn.now,
    )
    turn.uow.contact_wishes.add(wish)
    turn.audit(Tag.CONTACT_WISH, wish_id=wish.wish_id, kind=kind, outcome="kept", details=details)
    cases.fulfil(turn, f"contact_{kind}")


def _channel(turn: Turn) -> str:
    return _CHANNEL_NAMES.get(turn.conversation.channel, turn.conversation.channel)


def of_debtor(app: Application, debtor_id: DebtorId) -> list[ContactWish]:
    """What a person wishes, for whoever answers them."""
    with app.unit_of_work(write=False) as uow:
        return _all(uow.contact_wishes.of_debtor(debtor_id))


def clear(app: Application, debtor_id: DebtorId, reason: str, by: str) -> int:
    """End every wish of a person who said so elsewhere. Returns how many there were."""
    with app.unit_of_work() as uow:
        found = _all(uow.contact_wishes.of_debtor(debtor_id))
        for wish in found:
            now = app.clock.now()
            uow.contact_wishes.end(wish.wish_id, now)
            facts = {
                "wish_id": wish.wish_id,
                "kind": wish.kind,
                "outcome": "ended",
                "reason": reason,
                "actor": by,
            }
            uow.audit.append(f"debtor:{debtor_id}", Tag.CONTACT_WISH.value, now, facts)
        uow.commit()
    return len(found)


def _all(wishes: Iterable[ContactWish]) -> list[ContactWish]:
    return [wish for wish in wishes if wish.details]
