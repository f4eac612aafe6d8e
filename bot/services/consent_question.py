"""May we write before each payment? Asked once, after an agreement, where the law of the place wants a consent for it."""

from __future__ import annotations

import hashlib

from bot.debt.consents import Use
from bot.debt.conversations import Pending
from bot.debt.party import MessageId
from bot.services import channel_wishes, consents
from bot.services.turn import Button, Turn

_ANSWERS = frozenset({"affirm", "deny", "update_contact", "inform", "out_of_scope"})


def ask(turn: Turn) -> None:
    """Ask, if nothing else is open and a consent is needed that nobody gave or refused yet."""
    channel = _needed(turn)
    if channel is None or turn.conversation.pending is not Pending.NOTHING:
        return
    turn.conversation.state["consent"] = {"channel": channel, "asked_in": turn.message.message_id}
    turn.ask(
        Pending.CONFIRM,
        "utter_ask_consent",
        channel=consents.NAMES[channel],
        buttons=(Button("button_yes_remind", "affirm"), Button("button_no_reminders", "deny")),
    )


def answer(turn: Turn) -> bool:
    """A yes or a no, bare or with the channel; whatever else is said drops the question."""
    talk, intent = turn.conversation, turn.heard.intent
    asked = talk.state.pop("consent", None)
    talk.pending = Pending.NOTHING
    if asked is None or intent not in _ANSWERS:
        return False
    said = _said_of(turn, asked["channel"])
    if intent not in ("affirm", "deny") and said is None:
        return False
    yes = intent != "deny" and said is not False
    _record(turn, asked, yes=yes)
    name = consents.NAMES[asked["channel"]]
    turn.say("utter_consent_given" if yes else "utter_consent_refused", channel=name)
    return True


def is_answered(turn: Turn) -> bool:
    """Whether the question is open and the message speaks of its channel: a "no" there is to the reminders."""
    asked = turn.conversation.state.get("consent")
    if asked is None or turn.conversation.pending is not Pending.CONFIRM or turn.heard.intent not in _ANSWERS:
        return False
    return _said_of(turn, asked["channel"]) is not None


def _said_of(turn: Turn, channel: str) -> bool | None:
    """What a message says of a channel: wanted or not; None if it does not name it."""
    named = channel_wishes.named(turn.heard.text)
    return named.get(channel, named.get("here"))


def _needed(turn: Turn) -> str | None:
    """The channel of this conversation, if a message before a payment needs a consent there."""
    channel, party = consents.channel_of(turn.conversation.channel), turn.require_party()
    rules = turn.app.rulebook.jurisdictions.gate(turn.place).channels.get(channel, ())
    if channel not in consents.NAMES or not any(rule.needs_consent for rule in rules):
        return None
    if any(rule.is_prohibited or (rule.needs_acknowledgment and not rule.is_acknowledged) for rule in rules):
        return None
    account = turn.account
    creditor = account.creditor if account is not None else None
    stands = consents.held(turn.uow, party.debtor, creditor)
    known = turn.uow.consents.of_debtor(party.debtor.debtor_id)
    was_asked = any(
        c.use is Use.AGREEMENT and c.channel == channel and c.creditor in (None, creditor) for c in known
    )
    return None if was_asked or channel in stands.contact | stands.stopped else channel


def _record(turn: Turn, asked: dict[str, str], *, yes: bool) -> None:
    """Store the answer; the text that was answered is its proof."""
    rows = turn.uow.outbox.of_cause(MessageId(asked["asked_in"]))
    text = next((row for row in rows if row.response == "utter_ask_consent"), None)
    proof = version = None
    if text is not None:
        proof, digest = text.message_id, hashlib.sha256(text.text.encode()).hexdigest()
        version = f"{text.variant} {digest[:12]}"
    account = turn.account
    row = consents.said(
        turn,
        turn.require_party().debtor.debtor_id,
        asked["channel"],
        is_given=yes,
        use=Use.AGREEMENT,
        creditor=account.creditor if account is not None else None,
        proof=proof,
        text_version=version,
    )
    consents.record(turn, [row])
