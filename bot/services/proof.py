"""Reverse authentication: a person asks who we are, gets a code, and can check elsewhere that we gave it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.clocks import is_ahead
from bot.debt.party import ConversationId
from bot.services import wording
from bot.services.application import Application
from bot.services.disclosures_port import VerificationCode
from bot.services.turn import Turn

PAGE = "/webhooks/web/verify"
# Without I, L, O and U, which are read as others. Forty random bits, and few guesses (channels.yml: code_checks).
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True)
class Proof:
    """A code that we gave: where and when. Nothing of who got it, or why."""

    channel: str
    conversation_id: ConversationId
    given_at: datetime  # on the clock of the person's country
    zone: str
    country: str

    def when_in(self, language: str) -> str:
        """Day, hour and whose clock that is, in words."""
        clock = self.zone.rpartition("/")[2].replace("_", " ")
        return f"{wording.as_text(self.given_at, wording.locale_of(language, self.country))} ({clock})"


def answer(turn: Turn) -> None:
    """Prove who we are before asking who they are; no debt word, and no creditor's name until they are known."""
    account = turn.account
    creditor = turn.app.rulebook.who_writes.creditor(account.creditor if account is not None else None)
    code, hours = _give(turn), turn.app.rulebook.identity(turn.today).proof_hours
    address = creditor.verify or f"{turn.app.settings.public_url}{PAGE}"
    if account is None:
        turn.say("utter_legitimacy", code=code, hours=hours, address=address)
        return
    writer = turn.app.rulebook.who_writes.writer(turn.country)
    turn.say(
        "utter_legitimacy_known",
        code=code,
        hours=hours,
        address=address,
        writer=writer.name,
        writer_address=writer.address,
        creditor=account.creditor,
        contact=creditor.contact[turn.conversation.language],
    )


def _give(turn: Turn) -> str:
    plain = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    expires_at = turn.now + timedelta(hours=turn.app.rulebook.identity(turn.today).proof_hours)
    turn.uow.verification_codes.add(
        VerificationCode(
            code_hash=_hash(turn.app, plain),
            conversation_id=turn.conversation.conversation_id,
            channel=turn.conversation.channel,
            country=turn.country,
            created_at=turn.now,
            expires_at=expires_at,
        )
    )
    turn.audit(Tag.VERIFICATION_CODE_GIVEN, expires_at=expires_at.isoformat())
    return f"{plain[:4]}-{plain[4:]}"


def look_up(app: Application, typed: str) -> Proof | None:
    """Whether a code is one of ours that still holds. An expired and an unknown one are the same, in time too."""
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        found = uow.verification_codes.get(_hash(app, typed))
    if found is None or found.expires_at <= now or is_ahead(found.created_at, now):
        return None
    zone = app.rulebook.country(found.country).time_zone
    given_at = found.created_at.astimezone(ZoneInfo(zone))
    return Proof(found.channel, found.conversation_id, given_at, zone, found.country)


def _hash(app: Application, typed: str) -> str:
    plain = "".join(c for c in typed[:64].upper().translate(_READ_AS) if c in _LETTERS)
    return app.hasher.digest("verification_code", plain)
