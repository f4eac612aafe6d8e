"""Consents given and taken back: read from what is said or entered by people, recorded with how and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.consents import Consent, How, Standing, Use, standing
from bot.debt.party import DebtorId

if TYPE_CHECKING:
    from bot.debt.party import Debtor
    from bot.services.application import Application
    from bot.services.turn import Turn
    from bot.services.unit_of_work import UnitOfWork

# Channels as the law names them: whatever a person opens on a page is a web chat.
NAMED = {"rest": "webchat", "web": "webchat"}
CHANNELS = ("whatsapp", "sms", "telegram", "email")
NAMES = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram", "email": "e-mail"}


def held(uow: UnitOfWork, debtor: Debtor, creditor: str | None) -> Standing:
    """What a person's consents come to now."""
    return standing(uow.consents.of_debtor(debtor.debtor_id), creditor, channel_of(debtor.preferred_channel))


def channel_of(channel: str) -> str:
    """A channel of ours as the law names it."""
    return NAMED.get(channel, channel)


def new(
    debtor_id: DebtorId, channel: str, now: datetime, *, is_given: bool, how: How, **more: Any
) -> Consent:
    """A row to be added; `more` are its other columns."""
    more = {"creditor": None, "use": Use.CONTACT, "at": now, **more}
    return Consent(
        f"K-{uuid4().hex[:12]}",
        debtor_id,
        channel=channel,
        is_given=is_given,
        recorded_at=now,
        how=how,
        **more,
    )


def facts(consent: Consent) -> tuple[str, dict[str, Any]]:
    """The tag and the facts of a consent's entry in the record."""
    tag = Tag.CONSENT_GIVEN if consent.is_given else Tag.CONSENT_WITHDRAWN
    told = {
        "consent_id": consent.consent_id,
        "debtor_id": consent.debtor_id,
        "channel": consent.channel,
        "purpose": consent.use.value,
        "how": consent.how.value,
        "consented_at": consent.at,
        "creditor": consent.creditor,
        "actor": consent.by if consent.how is not How.SAID else None,
        "proof": consent.proof,
        "text_version": consent.text_version,
    }
    return tag.value, {name: value for name, value in told.items() if value is not None}


# -- said in the conversation -------------------------------------------------------------------------------------


def withdraw(turn: Turn, debtor_id: DebtorId | None, channels: Iterable[str]) -> None:
    """Record that a person takes back what was authorised on these channels."""
    if debtor_id is None:
        return
    record(turn, [said(turn, debtor_id, each, is_given=False) for each in dict.fromkeys(channels)])


def stop(turn: Turn, debtor_id: DebtorId | None, scope: str) -> None:
    """STOP takes back the channel on which it was said; said in a sentence, all of them.

    Where nothing was authorised there is nothing to take back: that the channel is stopped stands in the conversation.
    """
    debtor = turn.uow.debtors.get(debtor_id) if debtor_id is not None else None
    if debtor is None:
        return
    known = turn.uow.consents.of_debtor(debtor.debtor_id)
    ever = {each.channel for each in known if each.is_given} | {channel_of(debtor.preferred_channel)} - {
        "webchat"
    }
    stopped = ever & {channel_of(turn.conversation.channel)} if scope == "channel" else ever
    withdraw(turn, debtor_id, sorted(stopped))


def resume(turn: Turn) -> None:
    """START after a stop: what was taken back on this channel stands again; the message is its proof."""
    debtor_id, here = turn.conversation.debtor_id, channel_of(turn.conversation.channel)
    debtor = turn.uow.debtors.get(debtor_id) if debtor_id is not None else None
    if debtor is not None and here in held(turn.uow, debtor, None).stopped:
        known = turn.uow.consents.of_debtor(debtor.debtor_id)
        last = max((c for c in known if c.channel == here and not c.is_given), key=lambda c: c.recorded_at)
        _restore(turn, debtor, [last], known, else_given=True)


def undo(turn: Turn) -> None:
    """A stop that was none: what the answer before took back stands again, as far as it stood."""
    debtor_id, before = turn.conversation.debtor_id, turn.conversation.state.get("answered_at")
    debtor = turn.uow.debtors.get(debtor_id) if debtor_id is not None else None
    if debtor is not None:
        known = turn.uow.consents.of_debtor(debtor.debtor_id)
        mistaken = [c for c in known if not c.is_given and c.recorded_at.isoformat() == before]
        _restore(turn, debtor, mistaken, known, else_given=False)


def _restore(
    turn: Turn, debtor: Debtor, ended: Sequence[Consent], known: Sequence[Consent], *, else_given: bool
) -> None:
    """Give again what stood before these rows, for the creditors for whom it stood."""
    prior = [c for c in known if c not in ended and all(c.recorded_at <= each.recorded_at for each in ended)]
    preferred = channel_of(debtor.preferred_channel)
    for row in ended:
        given_to = {c.creditor for c in prior if c.channel == row.channel and c.is_given} or {None}
        stood = [one for one in given_to if row.channel in standing(prior, one, preferred).contact]
        again: list[str | None] = [None] if None in stood or (else_given and not stood) else list(stood)
        more = [said(turn, debtor.debtor_id, row.channel, is_given=True, creditor=one) for one in again]
        record(turn, more)


def said(turn: Turn, debtor_id: DebtorId, channel: str, *, is_given: bool, **more: Any) -> Consent:
    """What the message in hand says of a channel."""
    return new(
        debtor_id, channel, turn.now, is_given=is_given, how=How.SAID, by=turn.message.message_id, **more
    )


def record(turn: Turn, rows: Sequence[Consent]) -> None:
    """Store them, with their entries in the conversation's chain."""
    turn.uow.consents.add(rows)
    for row in rows:
        tag, told = facts(row)
        turn.audit(Tag(tag), **told)


# -- entered by people --------------------------------------------------------------------------------------------


def enter(
    app: Application,
    debtor_id: DebtorId,
    channel: str,
    *,
    is_given: bool,
    how: How,
    by: str,
    proof: str | None,
    at: datetime | None = None,
    creditor: str | None = None,
) -> Consent:
    """Record what a person at the desk learned of a consent, or read in a letter."""
    with app.unit_of_work() as uow:
        now = app.clock.now()
        more = {"by": by, "proof": proof, "at": at or now, "creditor": creditor}
        row = new(debtor_id, channel, now, is_given=is_given, how=how, **more)
        uow.consents.add([row])
        tag, told = facts(row)
        uow.audit.append(f"debtor:{debtor_id}", tag, now, told)
        uow.commit()
    return row


def listed(uow: UnitOfWork, debtor: Debtor) -> list[Mapping[str, Any]]:
    """All that is known of a person's consents, oldest first, ready for JSON; the preference last, as what it is."""
    known = uow.consents.of_debtor(debtor.debtor_id)
    preferred = channel_of(debtor.preferred_channel)
    rows: list[Mapping[str, Any]] = [
        {
            "channel": each.channel,
            "purpose": each.use.value,
            "is_given": each.is_given,
            "at": each.at.isoformat(),
            "how": each.how.value,
            "by": each.by,
            "creditor": each.creditor,
            "proof": each.proof,
            "text_version": each.text_version,
            "recorded_at": each.recorded_at.isoformat(),
        }
        for each in known
    ]
    counts = preferred in standing(known, None, preferred).contact and not any(
        c.channel == preferred for c in known
    )
    preference = {
        "channel": preferred,
        "purpose": Use.CONTACT.value,
        "is_given": counts,
        "how": "preferred_channel",
    }
    nothing = dict.fromkeys(("at", "by", "creditor", "proof", "text_version", "recorded_at"))
    return [*rows, {**nothing, **preference}]
