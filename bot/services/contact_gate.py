"""Every message that leaves by itself passes here: gathers what the contact gate has to know and acts on its answer."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import phonenumbers

# Its tables take 3 MB and are read in 30 ms: not in a transaction, where everybody waits for them.
from phonenumbers import timezone

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.clocks import is_ahead
from bot.debt.contact_gate import (
    Allowed,
    Blocked,
    BlockKind,
    ChannelRule,
    Contact,
    Decision,
    Purpose,
    Reach,
    Result,
    decide,
)
from bot.debt.contact_gate.wishes import excluded, stopped, whole_week
from bot.debt.conversations import Conversation
from bot.debt.holds import HoldKind
from bot.debt.party import ConversationId, Debtor, DebtorId
from bot.services import consents
from bot.services.application import Application
from bot.services.consents import channel_of
from bot.services.records_port import TalkPart
from bot.services.unit_of_work import OutboundMessage, UnitOfWork

# What a text is for, where its name says so. Everything else answers, or, unasked, collects.
_PURPOSES = {
    "utter_contact_stopped": Purpose.STOP_CONFIRMATION,
    "utter_channel_stopped": Purpose.STOP_CONFIRMATION,
    # That somebody says to act for them is for the person to know.
    "utter_representative_named": Purpose.RIGHTS_NOTICE,
    "utter_distress": Purpose.CRISIS,
    "utter_distress_again": Purpose.CRISIS,
    "utter_distress_all_well": Purpose.CRISIS,
    # Who asked for a person is told that nobody is there, and that the assistant is back: both answer that wish.
    "utter_person_later": Purpose.REPLY,
    "utter_wait_longer": Purpose.REPLY,
    "utter_bot_again": Purpose.REPLY,
    # That an answer is there, in the place of the answer.
    "utter_answer_waiting": Purpose.REPLY,
}
_PREFIXES = {
    "notice_": Purpose.RIGHTS_NOTICE,
    "receipt_": Purpose.SERVICE,
    "agreement_": Purpose.AGREEMENT_CONFIRMATION,
}
# Cases of these are open: nothing that collects goes out. A paper that was asked for changes nothing about a plan.
_PAUSING = (
    *("stop_contact", "complaint", "dispute", "representation", "human", "callback", "data"),
    *("access", "rectification", "erasure", "portability", "objection", "restriction", "human_review"),
)
# Effects of facts that others made and we only keep to.
_BINDING = frozenset({"law", "regulator_rule", "presumption"})
# No limit looks back further than a month.
_LOOKS_BACK = timedelta(days=35)
_RESULTS = {"delivered": Result.DELIVERED, "read": Result.CONTACT}


@dataclass(frozen=True)
class Ruling:
    """What the gate said of one message, and of what it was asked."""

    decision: Decision
    purpose: Purpose
    jurisdiction: str


def prepare(app: Application) -> None:
    """Read the calendars, which takes half a second, before a transaction needs them: on SQLite all others wait for it."""
    places = app.rulebook.jurisdictions
    for country in app.rulebook.country_codes():
        places.gate(places.place(country, None))


def may_write(
    app: Application,
    uow: UnitOfWork,
    conversation: Conversation,
    purpose: Purpose,
    *,
    at: datetime | None = None,
) -> Ruling:
    """Whether a message could go out in a conversation now, or at another moment; nothing is stored."""
    moment = at or app.clock.now()
    return _rule(app, uow, conversation, purpose, moment, None)


def call_hours(
    app: Application, uow: UnitOfWork, conversation: Conversation, *, own_hours: bool = True
) -> Callable[[datetime], Decision]:
    """Decides of a moment whether a call that the person asked for is within the law's hours and their own.

    It answers them: no count and no consent stands against it. It is made by a person, and not at once.

    Args:
        app: for the rules.
        uow: for what is known of the person.
        conversation: in which they asked.
        own_hours: whether the hours that they named for messages count; not for a moment that they name themselves.
    """
    debtor = uow.debtors.get(conversation.debtor_id) if conversation.debtor_id is not None else None
    place = _place(app, conversation, debtor)
    rules = app.rulebook.jurisdictions.gate(place)
    person = _person(app, uow, conversation, debtor, [conversation], place)
    if not rules.channels.get("voice"):
        # A profile that says nothing of calls does not forbid one that was asked for.
        rules = replace(rules, channels={**rules.channels, "voice": (ChannelRule(f"{rules.code}.channels"),)})
    # Where the law lets a person choose the hour (US: 12 CFR 1006.6(b)(4)(i)), asking for a call is choosing it.
    person = replace(person, convenient=whole_week(), opted_out=person.opted_out - {"voice"})
    if not own_hours:
        person = replace(person, inconvenient=())
    not_at_once = rules.inbound.live_for + timedelta(minutes=1)

    def decided(at: datetime) -> Decision:
        asking = replace(person, answers_at=at - not_at_once)
        return decide(at, asking, "voice", Purpose.REPLY, (), rules)

    return decided


def is_by_law(
    app: Application, conversation: Conversation, debtor: Debtor | None, decision: Decision
) -> bool:
    """Whether it is a law or a regulator that stands against something, not a choice of ours or of theirs."""
    if isinstance(decision, Allowed) or decision.kind is BlockKind.INCONVENIENT:
        return False
    profile = app.rulebook.jurisdictions.profile(_place(app, conversation, debtor))
    return any(fact.fact_id == decision.fact_id and fact.effect in _BINDING for fact in profile.facts)


def let_out(
    app: Application, uow: UnitOfWork, row: OutboundMessage, conversation: Conversation
) -> OutboundMessage | None:
    """A queued message as it stands, if it may go out now; else it is stopped for good or until it may, on record."""
    now = app.clock.now()
    ruling = _rule(app, uow, conversation, purpose_of(row, conversation), now, row)
    if isinstance(ruling.decision, Allowed):
        if row.cause is None:
            _audit(uow, row, ruling, now)
        return _moved_to(uow, row, now) if is_held(row) else row
    until = ruling.decision.next_allowed_at
    status = "blocked" if until is None else "queued"
    if until is not None:
        _decided_now(uow, row, now)
    uow.outbox.mark(row.message_id, status, due_at=until, error=ruling.decision.fact_id)
    _audit(uow, row, ruling, now)
    return None


def _decided_now(uow: UnitOfWork, row: OutboundMessage, now: datetime) -> None:
    """Note when it was kept back: what a clock decided that was ahead is decided anew when it was set back.

    In the place of its last try, with all that was tried with it: they go on belonging together.
    """
    waiting = uow.outbox.unsent(row.conversation_id, ("queued",)) if row.attempts else [row]
    for other in waiting:
        if (other.cause, other.claimed_at) == (row.cause, row.claimed_at):
            uow.outbox.mark(other.message_id, other.status, claimed_at=now)


def is_held(row: OutboundMessage) -> bool:
    """Whether it is the gate that kept a message back, not a provider that was busy."""
    return row.status == "queued" and row.error is not None and row.attempts == 0


def _moved_to(uow: UnitOfWork, row: OutboundMessage, now: datetime) -> OutboundMessage:
    """What was held back takes its place, with the rest of its answer, where it goes out: tries count from there."""
    waiting = uow.outbox.unsent(row.conversation_id, ("queued",))
    together = [other for other in waiting if other.cause == row.cause is not None] or [row]
    for number, other in enumerate(together):
        at = now + timedelta(microseconds=number)
        uow.outbox.mark(other.message_id, other.status, created_at=at, claimed_at=None)
    return replace(row, created_at=now, claimed_at=None)


def purpose_of(row: OutboundMessage, conversation: Conversation) -> Purpose:
    """Why a message is written: by the name of its text, else an answer, else it collects."""
    named = _PURPOSES.get(row.response)
    prefixed = (purpose for start, purpose in _PREFIXES.items() if row.response.startswith(start))
    found = named or next(prefixed, None)
    if found is not None:
        return found
    # A person at the desk answers what came last; whether it is still an answer the gate decides.
    is_answer = row.cause is not None or (
        row.author != "assistant" and conversation.last_inbound_at is not None
    )
    return Purpose.REPLY if is_answer else Purpose.COLLECTION


def _rule(
    app: Application,
    uow: UnitOfWork,
    conversation: Conversation,
    purpose: Purpose,
    moment: datetime,
    row: OutboundMessage | None,
) -> Ruling:
    debtor = uow.debtors.get(conversation.debtor_id) if conversation.debtor_id is not None else None
    place = _place(app, conversation, debtor)
    rules = app.rulebook.jurisdictions.gate(place)
    talks = _talks(uow, conversation)
    channel = channel_of(conversation.channel)
    person = _person(app, uow, conversation, debtor, talks, place)
    if row is not None and row.cause is not None and not is_held(row) and person.answers_at is not None:
        # An answer that was on its way while the clock was set back is none of another day.
        is_on_its_way = is_ahead(person.answers_at, moment)
        person = replace(person, answers_at=moment) if is_on_its_way else person
    history: Sequence[Contact] = ()
    decision = decide(moment, person, channel, purpose, history, rules)
    # Most messages answer at once: what was written before changes nothing for them.
    is_free = purpose is Purpose.REPLY and rules.inbound.max_replies is None
    is_free &= decision == Allowed(rules.inbound.fact_id)  # a late one is a new contact, and is counted
    if not is_free and purpose is not Purpose.CRISIS:
        history = _history(uow, talks, conversation.debtor_id, moment, row)
        decision = decide(moment, person, channel, purpose, history, rules)
    return Ruling(decision, purpose, rules.code)


def _place(app: Application, conversation: Conversation, debtor: Debtor | None) -> str:
    if debtor is not None:
        return app.rulebook.jurisdictions.place(debtor.country, debtor.region)
    guess = conversation.state.get("country")
    return str(guess) if guess else {"en": "GB"}.get(conversation.language, "ES")


def _talks(uow: UnitOfWork, conversation: Conversation) -> list[Conversation]:
    """Every conversation with the same person."""
    if conversation.debtor_id is None:
        return [conversation]
    others = uow.conversations.of_debtor(conversation.debtor_id)
    return [conversation, *(o for o in others if o.conversation_id != conversation.conversation_id)]


def _person(
    app: Application,
    uow: UnitOfWork,
    conversation: Conversation,
    debtor: Debtor | None,
    talks: Iterable[Conversation],
    place: str,
) -> Reach:
    held = (
        {hold.kind for hold in uow.holds.in_force(debtor.debtor_id, conversation.account)}
        if debtor
        else set()
    )
    if uow.rights_cases.any_open(conversation.conversation_id, conversation.debtor_id, _PAUSING):
        held.add(HoldKind.RIGHT_PENDING)
    account = uow.accounts.get(conversation.account) if conversation.account is not None else None
    named = [(talk, channel_of(talk.channel)) for talk in talks]
    given, withdrawn = _consents(uow, debtor, account)
    wrote_on = frozenset(channel for talk, channel in named if talk.last_inbound_at is not None)
    wishes = uow.contact_wishes.in_force(conversation.conversation_id, conversation.debtor_id)
    closed = [stopped(wish.details, wrote_on) for wish in wishes if wish.kind == "channels" and wish.details]
    return Reach(
        zones=_zones(app, place, debtor),
        consents=given,
        wrote_on=wrote_on,
        opted_out=withdrawn.union((channel for talk, channel in named if talk.state.get("stopped")), *closed),
        holds=frozenset(held),
        inconvenient=tuple(
            window
            for wish in wishes
            if wish.kind == "hours" and wish.details
            for window in excluded(wish.details)
        ),
        answers_at=conversation.last_inbound_at,
        creditor=account.creditor if account is not None else None,
        debt=account.reference if account is not None else None,
    )


def _consents(
    uow: UnitOfWork, debtor: Debtor | None, account: Account | None
) -> tuple[frozenset[str], frozenset[str]]:
    """The channels that the person authorised for a message like this, and those that they took back."""
    if debtor is None:
        return frozenset(), frozenset()
    stands = consents.held(uow, debtor, account.creditor if account is not None else None)
    if not stands.agreement or account is None or uow.arrangements.open_for(account.reference) is None:
        return stands.contact, stands.stopped
    return stands.contact | stands.agreement, stands.stopped


def _zones(app: Application, place: str, debtor: Debtor | None) -> tuple[tzinfo, ...]:
    """Where the person may be: where the portfolio says, and where the phone number says. None: anywhere there."""
    profile = app.rulebook.jurisdictions.profile(place)
    timezone = profile.fact("contact.timezone")
    names = [debtor.time_zone] if debtor is not None and debtor.time_zone else []
    if timezone is not None and timezone.content["policy"] == "national":
        names += timezone.content["zones"]
    elif debtor is not None and debtor.phone:
        names += _zone_of_phone(debtor.phone)
    return tuple(ZoneInfo(name) for name in dict.fromkeys(names))


def _zone_of_phone(phone: str) -> list[str]:
    """The zone of an area code, when it has just one."""
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return []
    return list(names) if len(names) == 1 and names[0] != "Etc/Unknown" else []


def _history(
    uow: UnitOfWork,
    talks: Sequence[Conversation],
    debtor_id: DebtorId | None,
    moment: datetime,
    row: OutboundMessage | None,
) -> list[Contact]:
    """What went out to the person on every channel; messages of one answer are one contact."""
    by_id = {talk.conversation_id: talk for talk in talks}
    left = _left(uow, debtor_id, by_id)
    by_id |= {talk.conversation_id: talk for talk, _ in left.values()}
    found: dict[str, Contact] = {}
    for sent in uow.outbox.gone_out(list(by_id), moment - _LOOKS_BACK):
        if sent.conversation_id in left and not _is_of(left[sent.conversation_id][1], sent):
            continue
        if row is not None and (sent.message_id == row.message_id or (row.cause and sent.cause == row.cause)):
            continue
        contact = _contact(uow, sent, by_id[sent.conversation_id])
        # Of what a person wrote at the desk, a day of one conversation is one contact.
        by_hand = (
            f"{sent.conversation_id} {contact.at:%Y-%m-%d}" if sent.author != "assistant" else sent.message_id
        )
        key = sent.cause or (str(contact.answers_at) if contact.answers_at is not None else by_hand)
        found.setdefault(key, contact)
    return list(found.values())


def _left(
    uow: UnitOfWork, debtor_id: DebtorId | None, known: Container[ConversationId]
) -> dict[ConversationId, tuple[Conversation, list[TalkPart]]]:
    """Chats in which the person was identified and no longer is, with the parts that were theirs."""
    found: dict[ConversationId, tuple[Conversation, list[TalkPart]]] = {}
    for part in uow.personal_data.parts(debtor_id) if debtor_id is not None else ():
        if part.conversation_id in known:
            continue
        talk = uow.conversations.peek(part.conversation_id)
        if talk is not None:
            found.setdefault(part.conversation_id, (talk, []))[1].append(part)
    return found


def _is_of(parts: Iterable[TalkPart], sent: OutboundMessage) -> bool:
    return any(
        (part.began_at is None or part.began_at <= sent.created_at)
        and (part.ended_at is None or sent.created_at < part.ended_at)
        for part in parts
    )


def _contact(uow: UnitOfWork, sent: OutboundMessage, talk: Conversation) -> Contact:
    at = sent.claimed_at or sent.created_at
    cause = uow.inbox.get(sent.cause) if sent.cause is not None else None
    answers_at = cause.received_at if cause is not None else None
    purpose = purpose_of(sent, talk)
    if purpose is Purpose.REPLY and cause is None:
        # Written by a person: surely an answer if nothing came after it; else we no longer know, and it counts.
        last = talk.last_inbound_at
        is_answer = last is not None and last <= sent.created_at
        purpose, answers_at = (Purpose.REPLY, last) if is_answer else (Purpose.COLLECTION, None)
    return Contact(
        at=at,
        channel=channel_of(sent.channel),
        purpose=purpose,
        result=_RESULTS.get(sent.status, Result.ATTEMPT),
        answers_at=answers_at,
    )


def _audit(uow: UnitOfWork, row: OutboundMessage, ruling: Ruling, now: datetime) -> None:
    decision = ruling.decision
    payload = {
        "outbox_id": row.message_id,
        "purpose": ruling.purpose.value,
        "jurisdiction": ruling.jurisdiction,
    }
    if isinstance(decision, Blocked):
        until = decision.next_allowed_at
        payload |= {"outcome": "blocked" if until is None else "postponed", "kind": decision.kind.value}
        payload |= {"fact_id": decision.fact_id, "because": decision.reason}
        payload |= {"next_allowed_at": until.isoformat()} if until is not None else {}
    else:
        payload |= {"outcome": "allowed"} | ({"fact_id": decision.fact_id} if decision.fact_id else {})
    uow.audit.append(f"conversation:{row.conversation_id}", Tag.CONTACT_DECIDED.value, now, payload)
