"""Who is writing: identification before any debt word, locks over every channel, and "that is not me"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.audit.tags import Tag
from bot.debt.clocks import CLOCKS_DIFFER
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.debt.party import AccountReference, DebtorId, IdentityRecord
from bot.services import handoff, held_answers
from bot.services import identity_words as words
from bot.services.application import Application
from bot.services.turn import Button, Turn
from bot.services.unit_of_work import UnitOfWork

FACTORS = ("date_of_birth", "last_four", "postal_code")
_MAX_FAILURES_IN_ONE_CHAT = 9
# One network that tries many people, a few times each. A carrier's thousands of phones share one too: for an hour only.
_MAX_FAILURES_OF_NETWORK, _NETWORK_LOCK = 30, timedelta(hours=1)
_AT_DESK = "at-desk:"
_NOBODY = IdentityRecord(DebtorId(""), "0" * 64, "0" * 64, ("0" * 64, "0" * 64), "0" * 64)
# What is not about who writes, but about this address and who answers: it outlives an identification.
_KEPT = (
    "introduced", "country", "claims", "via", "network", "stopped", "unusable", "album", "slowed_at", "waiting_for",
    "returned_at", "acts_for", "authority_until", "language_told",
)  # fmt: skip
# What a person tells us, and would feel unheard if the answer were a question alone.
_TOLD = frozenset({"dispute_debt", "report_payment", "report_hardship", "counter_offer", "promise_to_pay"})
# The next message may be somebody else's: it begins a part of its own.
_ANEW = "changes_hands"


def expire_verification(turn: Turn) -> None:
    """End an identification after the silence that the rulebook allows."""
    talk = turn.conversation
    if talk.verified_at is not None and _is_over(turn.app, talk, turn.now):
        forget(turn)
        turn.audit(Tag.IDENTITY_EXPIRED)
        talk.state.pop(_ANEW, None)  # a new part began with this message
        talk.state["expired"] = True


def may_be_another(app: Application, talk: Conversation, now: datetime) -> bool:
    """Whether the message that just came may be of somebody else than those before: asked before it is stored."""
    if talk.owner is Owner.HUMAN or talk.last_inbound_at is None:
        return False
    return bool(talk.state.pop(_ANEW, False)) or _is_over(app, talk, now)


def _is_over(app: Application, talk: Conversation, now: datetime) -> bool:
    """Whether nothing was said for longer than an identification lasts."""
    if talk.verified_at is None:
        return talk.last_inbound_at is not None and _was_silent(app, now, talk.last_inbound_at)
    last = talk.state.get("answered_at")
    since = talk.verified_at if last is None else max(talk.verified_at, datetime.fromisoformat(last))
    return _was_silent(app, now, since)


def _was_silent(app: Application, now: datetime, since: datetime) -> bool:
    """For too long; or nobody knows for how long, because the clock was set back."""
    longest = timedelta(minutes=app.rulebook.identity(now.date()).verification_minutes)
    return not -CLOCKS_DIFFER <= now - since <= longest


def is_identified(app: Application, talk: Conversation, heard_at: datetime | None) -> bool:
    """Whether an identification still holds where a person answers: nobody was silent for too long.

    Args:
        app: for the clock and the rulebook.
        talk: the conversation.
        heard_at: when the debtor wrote last.
    """
    if talk.verified_at is None:
        return False
    now, answered = app.clock.now(), talk.state.get("answered_at")
    spoken = [talk.verified_at, heard_at, datetime.fromisoformat(answered) if answered else None]
    return not _was_silent(app, now, max(at for at in spoken if at is not None))


def end_for_people(turn: Turn, heard_at: datetime | None) -> None:
    """The same end where a person answers: what they write, or what is written to them, does not begin it again.

    Whom the chat is about stays known, so that the person can still protect them.
    """
    if turn.conversation.verified_at is not None and not is_identified(turn.app, turn.conversation, heard_at):
        turn.conversation.verified_at = None
        turn.audit(Tag.IDENTITY_EXPIRED)


def forget(turn: Turn) -> None:
    """Drop the identification and everything said under it."""
    drop(turn.uow, turn.conversation)
    turn.set_debtor(turn.conversation.debtor_id)


def drop(uow: UnitOfWork, talk: Conversation) -> None:
    """The same where no message is being answered."""
    talk.verified_at = None
    talk.account = None
    talk.pending = Pending.NOTHING
    talk.state = {key: talk.state[key] for key in _KEPT if key in talk.state}
    talk.state[_ANEW] = True
    talk.debtor_id = uow.debtors.by_address(talk.channel, talk.address)


def ask(turn: Turn, resume: str | None = None) -> None:
    """Ask for what is missing, and remember what the person wanted, to go on with it afterwards."""
    talk, is_news = turn.conversation, False
    if resume is not None:
        is_news = resume in _TOLD and talk.state.get("resume", {}).get("intent") != resume
        talk.state["resume"] = {"intent": resume, "entities": [dict(e) for e in turn.heard.entities]}
    if (until := _locked_until(turn)) is not None:
        _say_locked(turn, until)
        return
    claims = _claims(turn)
    if _is_complete(turn):
        # Said beside something else, which was heard first, or while we would not compare: not kept, asked for anew.
        _forget_factors(claims)
    if talk.state.pop("expired", False):
        turn.say("utter_identity_expired")
    if is_news:
        turn.say("utter_heard")
    if _asked_in_vain(turn):
        handoff.offer_person(turn, "identity")
        return
    known = _is_known_address(turn) or claims["reference"] or claims["document"]
    factors = [factor for factor in FACTORS if claims[factor]]
    if not known and not factors:
        turn.ask(Pending.IDENTITY, "utter_ask_identity")
    elif not known:
        turn.ask(Pending.IDENTITY, "utter_ask_reference")
    elif not factors:
        turn.ask(Pending.IDENTITY, "utter_ask_identity_known")
    else:
        # Which one was given is theirs to know; which one is right is nobody's.
        # The postal code is what people know by heart.
        order = ("date_of_birth", "postal_code", "last_four")
        open_ones = (
            f for f in order if not claims[f] and not (f == "last_four" and claims["document_is_id"])
        )
        missing = next(open_ones, order[0])
        is_again = bool(talk.state.get("asks"))
        turn.ask(Pending.IDENTITY, "utter_ask_one_more" if is_again else f"utter_ask_{missing}")


def _asked_in_vain(turn: Turn) -> bool:
    """Whether we asked as often as the rulebook allows and learned nothing new since."""
    talk, claims = turn.conversation, _claims(turn)
    given = [bool(claims[key]) for key in ("reference", "document", *FACTORS)]
    talk.state["asks"] = int(talk.state.get("asks", 0)) + 1 if talk.state.get("given") == given else 0
    talk.state["given"] = given
    if talk.state["asks"] < turn.app.rulebook.conversation(turn.today).no_progress_turns:
        return False
    talk.state["asks"] = 0
    return True


def hear(turn: Turn) -> bool:
    """Take identity data from a message, if it holds any; identify, fail, lock or ask for the rest.

    Returns:
        Whether the message was used.
    """
    if turn.party is not None or not take_claims(turn):
        return False
    if _is_complete(turn):
        # Guesses at one person from many chats at once go one after the other, so that none passes the lock.
        turn.uow.identity_attempts.hold(_attempt_subject(turn, _subject(turn)))
    claims = _claims(turn)
    if (until := _locked_until(turn)) is not None:
        _forget_factors(claims)
        _say_locked(turn, until)
        return True
    if not _is_complete(turn):
        turn.audit(Tag.IDENTITY_ATTEMPTED, outcome="incomplete")
        ask(turn)
        return True
    debtor_id = _subject(turn)
    # Compared also when there is nobody to compare with, so that the time taken tells nothing.
    if _matches(turn, debtor_id) and debtor_id is not None:
        _identify(turn, debtor_id)
    else:
        _fail(turn, debtor_id)
        _forget_factors(claims)
    return True


def _forget_factors(claims: dict[str, Any]) -> None:
    for factor in FACTORS:
        claims[factor] = []


def _claims(turn: Turn) -> dict[str, Any]:
    claims: dict[str, Any] = turn.conversation.state.setdefault(
        "claims",
        {"reference": None, "document": None, "document_is_id": False, **{factor: [] for factor in FACTORS}},
    )
    return claims


def claimed_debtor(turn: Turn) -> DebtorId | None:
    """Whom the person says they write about: only ever used to protect (place a hold), never to disclose."""
    return turn.conversation.debtor_id or _subject(turn)


def _subject(turn: Turn) -> DebtorId | None:
    claims = _claims(turn)
    if claims["reference"]:
        account = turn.uow.accounts.get(AccountReference(claims["reference"]))
        return account.debtor_id if account is not None else None
    if claims["document"]:
        return turn.uow.debtors.by_document(claims["document"])
    return turn.uow.debtors.by_address(turn.conversation.channel, turn.conversation.address)


def _is_known_address(turn: Turn) -> bool:
    talk = turn.conversation
    return turn.uow.debtors.by_address(talk.channel, talk.address) is not None


def _is_complete(turn: Turn) -> bool:
    claims = _claims(turn)
    needed = turn.app.rulebook.identity(turn.today).factors_needed
    given = [f for f in FACTORS if claims[f] and not (f == "last_four" and claims["document_is_id"])]
    return bool(_is_known_address(turn) or claims["reference"] or claims["document"]) and len(given) >= needed


def take_claims(turn: Turn) -> bool:
    """Read every usual way of giving identity data; True if there was any."""
    heard, claims, hasher = turn.heard, _claims(turn), turn.app.hasher
    asked = turn.conversation.pending is Pending.IDENTITY
    text = heard.text
    references = [str(v).upper() for v in heard.all("account_reference")] + words.references_in(text)
    documents = [
        str((v or {}).get("value", "")) if isinstance(v, dict) else str(v) for v in heard.all("document")
    ]
    # A document number with letters and dashes (CC-1234567) is no reference. That it is told by its form alone matters:
    # by whether there is such an account, the next question would tell strangers which accounts there are.
    reference = next((one for one in references if not words.is_document(one, documents)), None)
    found = reference is not None
    if found:
        claims.update(reference=reference, document_is_id=False)
    birth = [str(v) for v in heard.all("date_of_birth")] + [
        str(a) for a in heard.alternatives("date_of_birth")
    ]
    if not birth and asked:
        birth = [str(v) for v in heard.all("date") if len(str(v)) == 10 and str(v) < turn.today.isoformat()]
    if asked or birth or documents or references:
        birth += words.births_in(text, turn.today)
    four = [str(v) for v in heard.all("last_four")]
    postal = [str(v) for v in heard.all("postal_code")]
    if asked or birth or documents or references:
        spare = words.spare_tokens(text, birth)
        four += [t for t in spare if re.fullmatch(r"\d{4}|\d{3}[A-Za-z]", t)]
        postal += words.postal_codes_in(text, spare)
        if not documents and not claims["reference"]:
            documents = [
                t for t in spare if re.fullmatch(r"[A-Za-z]?\d{6,12}-?[\dA-Za-z]?|[A-Za-z]{4}\d{6}\w{3,8}", t)
            ]
    if documents and not (claims["reference"] or _is_known_address(turn)):
        claims.update(document=hasher.document(documents[0]), document_is_id=True)
        found = True
    elif documents:
        four += [documents[0]]
    hashes = {
        "date_of_birth": [hasher.date_of_birth(value) for value in words.few(birth)],
        "last_four": [digest for value in words.few(four) for digest in hasher.last_four(value)],
        "postal_code": [hasher.postal_code(value) for value in words.few(postal)],
    }
    claims.update({factor: found_ones for factor, found_ones in hashes.items() if found_ones})
    return found or any(hashes.values())


def _matches(turn: Turn, debtor_id: DebtorId | None) -> bool:
    record = turn.uow.debtors.identity(debtor_id or _NOBODY.debtor_id) or _NOBODY
    claims, same = _claims(turn), turn.app.hasher.same
    # Sums, not any(): every comparison is made, so that the time taken tells nothing.
    birth = sum(same(claim, record.date_of_birth) for claim in claims["date_of_birth"])
    four = sum(same(claim, kept) for claim in claims["last_four"] for kept in record.last_four)
    postal = sum(same(claim, record.postal_code) for claim in claims["postal_code"])
    right = (birth > 0) + (four > 0 and not claims["document_is_id"]) + (postal > 0)
    return right >= turn.app.rulebook.identity(turn.today).factors_needed


def _attempt_subject(turn: Turn, debtor_id: DebtorId | None) -> str:
    """Failures count against the person; an unknown reference counts alike, so nobody learns that it is unknown.

    At the desk they count by themselves: whom a stranger's guesses locked out is still heard there.
    """
    subject = _anybodys(turn, debtor_id)
    return f"{_AT_DESK}{subject}" if turn.is_of_desk else subject


def _anybodys(turn: Turn, debtor_id: DebtorId | None) -> str:
    claims = _claims(turn)
    return (
        debtor_id or f"claim:{turn.app.hasher.document(str(claims['reference'] or claims['document'] or ''))}"
    )


def _locked_until(turn: Turn) -> datetime | None:
    """When the longest of the locks in force ends: of this chat, its network, and whom it is about."""
    claims = _claims(turn)
    attempts = turn.uow.identity_attempts
    subjects = [] if turn.is_of_desk else [f"chat:{turn.conversation.conversation_id}", *_network(turn)]
    if claims["reference"] or claims["document"] or _is_known_address(turn):
        subjects.append(_attempt_subject(turn, _subject(turn)))
    longest = max(timedelta(hours=turn.app.rulebook.identity(turn.today).lock_hours), _NETWORK_LOCK)
    found = (attempts.locked_until(subject, turn.now, longest) for subject in subjects)
    return max((until for until in found if until is not None), default=None)


def _network(turn: Turn) -> list[str]:
    network = turn.conversation.state.get("network")
    return [f"network:{network}"] if network else []


def _fail(turn: Turn, debtor_id: DebtorId | None) -> None:
    rules = turn.app.rulebook.identity(turn.today)
    attempts, day = turn.uow.identity_attempts, timedelta(hours=rules.lock_hours)
    for subject, most, lasts in (
        *((one, rules.failures_before_lock, day) for one in _counted(turn, debtor_id)),
        (f"chat:{turn.conversation.conversation_id}", _MAX_FAILURES_IN_ONE_CHAT, day),
        *((network, _MAX_FAILURES_OF_NETWORK, _NETWORK_LOCK) for network in _network(turn)),
    ):
        attempts.fail(subject, turn.now)
        if attempts.failures_since(subject, turn.now - lasts) >= most:
            attempts.lock(subject, turn.now + lasts)
    until = _locked_until(turn)
    turn.audit(Tag.IDENTITY_ATTEMPTED, outcome="locked" if until is not None else "failed")
    if until is not None:
        _say_locked(turn, until)
    else:
        turn.ask(Pending.IDENTITY, "utter_identity_failed")


def _counted(turn: Turn, debtor_id: DebtorId | None) -> set[str]:
    """Against whom a failure counts: one at the desk also closes the chats, not the other way round."""
    return {_attempt_subject(turn, debtor_id), _anybodys(turn, debtor_id)}


def _say_locked(turn: Turn, until: datetime) -> None:
    turn.audit(Tag.IDENTITY_ATTEMPTED, outcome="locked")
    hours = -((turn.now - until) // timedelta(hours=1))  # rounded up
    turn.ask(
        Pending.HUMAN,
        "utter_identity_locked",
        buttons=[Button("button_person", "request_agent")],
        hours=hours,
    )


def _identify(turn: Turn, debtor_id: DebtorId) -> None:
    talk, claims = turn.conversation, _claims(turn)
    for subject in _counted(turn, debtor_id):
        turn.uow.identity_attempts.clear(subject)
    turn.set_debtor(debtor_id)
    talk.verified_at = turn.now
    talk.state.pop(_ANEW, None)
    turn.uow.conversations.own_part(talk, debtor_id)
    talk.state["country"] = turn.require_party().debtor.country
    talk.account = AccountReference(claims["reference"]) if claims["reference"] else None
    if talk.account is None:
        owed = [a for a in turn.uow.accounts.of_debtor(debtor_id) if not a.is_settled]
        talk.account = owed[0].reference if len(owed) == 1 else None
    talk.pending = Pending.NOTHING
    talk.state.pop("claims", None)
    if not talk.state.get("language_told"):
        # Numbers alone tell no language: the one of their file, until they write in another.
        talk.language = turn.require_party().debtor.language
    turn.audit(Tag.IDENTITY_ATTEMPTED, outcome="verified", debtor_id=debtor_id)
    turn.dispose(Disposition.RIGHT_PARTY_CONTACT)
    turn.say("utter_identified")
    held_answers.give(turn)


def wrong_person(turn: Turn) -> None:
    """Someone who is not the debtor: apologise, stop, and never say whose debt it is."""
    subject = claimed_debtor(turn)
    note_wrong_person(turn, subject)
    if turn.conversation.state.pop("protect", None) == "wrong_person" and subject is None:
        # "No idea what reference": it need not be asked for twice.
        turn.say("utter_noted_without_reference")
        return
    turn.open_case("wrong_person")
    turn.say("utter_wrong_person")
    ask_reference_if_unknown(turn, subject, "wrong_person")


def note_wrong_person(turn: Turn, subject: DebtorId | None) -> None:
    """Whoever writes here is not the debtor."""
    if subject is not None:
        turn.place_hold(HoldKind.WRONG_PARTY, subject, None)
    turn.dispose(Disposition.WRONG_PARTY)
    _leave(turn)


def death(turn: Turn) -> None:
    """Condolences first; everything stops and a person takes the case."""
    subject = claimed_debtor(turn)
    if subject is not None:
        turn.place_hold(HoldKind.DECEASED, subject, None)
    turn.dispose(Disposition.DECEASED)
    turn.open_case("deceased")
    _leave(turn)
    turn.say("utter_condolences")
    ask_reference_if_unknown(turn, subject, "report_death")


def _leave(turn: Turn) -> None:
    """Whoever writes is not the debtor: nothing may be disclosed here any more."""
    talk = turn.conversation
    if talk.verified_at is not None:
        talk.state[_ANEW] = True
    talk.verified_at = None
    talk.account = None
    talk.pending = Pending.NOTHING


def ask_reference_if_unknown(turn: Turn, subject: DebtorId | None, intent: str) -> None:
    """Ask which case this is about, so that the hold that was asked for can be placed; nothing is disclosed.

    Not after a guess: what the person sends next would be taken for it, though they may never have asked.
    """
    if turn.is_guess:
        return
    if subject is None and not _claims(turn)["reference"]:
        turn.conversation.state["protect"] = intent
        turn.ask(Pending.IDENTITY, "utter_ask_reference_to_stop")
