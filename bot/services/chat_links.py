"""Whose chat this is meant to be: by a single-use link, or by the sender's own shared number. It identifies nobody."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.audit.tags import Tag
from bot.debt.party import AccountReference, DebtorId
from bot.services import identity
from bot.services.application import Application
from bot.services.case_file import UnknownAccount
from bot.services.turn import Turn
from bot.services.unit_of_work import ChatLink

# 192 random bits; Telegram takes 64 of these characters at most.
_TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
# Where a phone number is the address: a number that is one debtor's there is theirs.
_PHONE_CHANNEL = "sms"


@dataclass(frozen=True)
class NewLink:
    """A token that was just made; it can never be read again."""

    token: str
    expires_at: datetime


def make(app: Application, reference: str, channel: str, days: int) -> NewLink:
    """Make a link for the debtor of an account.

    Args:
        reference: the account's, in any case.
        channel: on which it can be opened.
        days: how long it can be opened.

    Raises:
        UnknownAccount: there is no such account.
    """
    now = app.clock.now()
    made = NewLink(secrets.token_urlsafe(_TOKEN_BYTES), now + timedelta(days=days))
    with app.unit_of_work() as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        if account is None:
            raise UnknownAccount(reference)
        uow.chat_links.add(ChatLink(_hash(made.token), account.debtor_id, channel, now, made.expires_at))
        uow.audit.append(
            f"debtor:{account.debtor_id}",
            Tag.CHAT_LINK_MADE.value,
            now,
            {
                "debtor_id": account.debtor_id,
                "account": account.reference,
                "channel": channel,
                "expires_at": made.expires_at.isoformat(),
            },
        )
        uow.commit()
    return made


def open_in(turn: Turn, token: str) -> None:
    """Use a link up in the chat in which it was opened. What came of it is recorded and never told."""
    talk, links = turn.conversation, turn.uow.chat_links
    digest = _hash(token)
    if _TOKEN.fullmatch(token) and links.use(digest, talk.channel, talk.address, turn.now):
        link = links.get(digest)
        assert link is not None
        _bind(turn, link.debtor_id)
        turn.audit(Tag.CHAT_LINKED, by="link", outcome="linked", debtor_id=link.debtor_id)
        return
    known = links.get(digest)
    reason = "unknown" if known is None else "used" if known.used_at is not None else "expired"
    turn.audit(Tag.CHAT_LINKED, by="link", outcome=reason)


def phone_shared(turn: Turn) -> None:
    """The sender's own number. The same words whether we know it or not."""
    phone = next((str(item["phone"]) for item in turn.message.media if item.get("phone")), "")
    owner = turn.uow.debtors.by_address(_PHONE_CHANNEL, phone)
    if owner is None:
        turn.audit(Tag.CHAT_LINKED, by="phone", outcome="unknown")
    elif turn.party is None or turn.party.debtor.debtor_id == owner:
        _bind(turn, owner)
        turn.audit(Tag.CHAT_LINKED, by="phone", outcome="linked", debtor_id=owner)
    if turn.party is not None and turn.party.debtor.debtor_id != owner:
        # A number that we did not have, of somebody who is identified: a person confirms it before it is used.
        turn.open_case("contact_change", phone=phone)
        turn.say("utter_contact_change_noted")
        return
    turn.say("utter_number_shared")
    if turn.party is None:
        identity.ask(turn)


def other_contact(turn: Turn) -> None:
    """Somebody else's contact: not kept."""
    turn.say("utter_other_contact")


def _bind(turn: Turn, debtor_id: DebtorId) -> None:
    """Note, as for any known address, whose chat this is meant to be. Nothing may be disclosed because of it."""
    talk = turn.conversation
    turn.uow.debtors.bind_address(debtor_id, talk.channel, talk.address)
    if turn.party is not None and turn.party.debtor.debtor_id == debtor_id:
        return
    if talk.verified_at is not None:
        identity.forget(turn)
        turn.audit(Tag.IDENTITY_EXPIRED)
    talk.state.pop("claims", None)
    turn.set_debtor(debtor_id)
    if turn.debtor is not None:
        talk.state["country"] = turn.debtor.country
        if not talk.state.get("introduced"):
            talk.language = turn.debtor.language


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
