"""May we write to this person now: the contact gate's answer in words, for a compliance officer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from bot.debt.contact_gate import CHANNELS, Blocked, Purpose
from bot.debt.conversations import Conversation
from bot.debt.party import AccountReference, ConversationId

if TYPE_CHECKING:
    from bot.services.application import Application
    from bot.services.unit_of_work import UnitOfWork


def answer(app: Application, reference: str, channel: str, purpose: str, at: str | None) -> dict[str, Any]:
    """What the gate says of an account's debtor, as a JSON document."""
    from bot.services.case_file import UnknownAccount
    from bot.services.contact_gate import may_write

    if channel not in CHANNELS:
        raise click.BadParameter(f"{channel!r}; allowed: {', '.join(CHANNELS)}", param_hint="--channel")
    purposes = [each.value for each in Purpose]
    if purpose not in purposes:
        raise click.BadParameter(f"{purpose!r}; allowed: {', '.join(purposes)}", param_hint="--purpose")
    with app.unit_of_work(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        debtor = uow.debtors.get(account.debtor_id) if account is not None else None
        if account is None or debtor is None:
            raise UnknownAccount(reference)
        zone = ZoneInfo(debtor.time_zone or app.rulebook.country(debtor.country).time_zone)
        moment = _moment(at, zone) or app.clock.now()
        talk = _talk(uow, channel, debtor.debtor_id, debtor.language)
        talk.account = account.reference
        ruling = may_write(app, uow, talk, Purpose(purpose), at=moment)
    decision = ruling.decision
    profile = app.rulebook.jurisdictions.profile(
        app.rulebook.jurisdictions.place(debtor.country, debtor.region)
    )
    source = next((f.content["source"] for f in profile.facts if f.fact_id == decision.fact_id), None)
    until = decision.next_allowed_at if isinstance(decision, Blocked) else None
    return {
        "account_reference": account.reference,
        "channel": channel,
        "purpose": purpose,
        "jurisdiction": ruling.jurisdiction,
        "at": moment.astimezone(zone).isoformat(timespec="minutes"),
        "allowed": not isinstance(decision, Blocked),
        "fact_id": decision.fact_id,
        "source": source,
        "kind": decision.kind.value if isinstance(decision, Blocked) else None,
        "reason": decision.reason if isinstance(decision, Blocked) else None,
        "next_allowed_at": until.astimezone(zone).isoformat(timespec="minutes")
        if until is not None
        else None,
    }


def as_sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """The same in words."""
    asked = f"{found['purpose'].replace('_', ' ')} by {found['channel']}, {found['at']}"
    if found["allowed"]:
        yield f"Yes: {asked}."
    else:
        yield f"No: {asked}. {found['reason'].capitalize()}."
        until = found["next_allowed_at"]
        yield f"From {until} on it may go out." if until else "No passing of time will allow it."
    if found["fact_id"]:
        yield f"{found['fact_id']}: {found['source'] or 'see aldia rulebook check --jurisdiction'}"


def _moment(at: str | None, zone: tzinfo) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at!r} is no time such as 2026-11-29T10:00", param_hint="--at") from None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(timezone.utc)


def _talk(uow: UnitOfWork, channel: str, debtor_id: Any, language: str) -> Conversation:
    """The person's conversation on a channel, or one that could be begun."""
    for talk in uow.conversations.of_debtor(debtor_id):
        if talk.channel == channel:
            return talk
    return Conversation(ConversationId("none"), channel, "", language, debtor_id=debtor_id)
