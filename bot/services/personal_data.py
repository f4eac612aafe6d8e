"""What is held about a person: given to them, kept under a legal hold, or erased so that the proof stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from bot.audit.export import WITHHELD
from bot.audit.tags import Tag
from bot.debt.party import DebtorId
from bot.debt.schedules import add_months
from bot.services.application import Application
from bot.services.records_port import Erased, LegalHold, TalkPart
from bot.services.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Refused:
    """Why nothing was erased, and until when if that is known."""

    against: str  # legal_hold | retention | erased
    sentence: str
    until: date | None = None
    rule_id: str | None = None


class HoldRefused(Exception):
    """A legal hold cannot be placed or released."""


def erase(
    app: Application, debtor_id: DebtorId, reason: str, by: str, *, despite_our_default: bool = False
) -> Erased | Refused:
    """Erase a debtor's personal data; the record of what was done, and its proof, stay.

    Args:
        debtor_id: whose.
        reason: why, for the record.
        by: who does it.
        despite_our_default: also within a period that we chose and no law asks for.

    Returns:
        What was erased, or why nothing was. A refusal is in the record too.
    """
    with app.unit_of_work() as uow:
        uow.debtors.lock(debtor_id)
        refused = _refusal(app, uow, debtor_id, despite_our_default)
        if refused is not None:
            why = {"against": refused.against, "until": refused.until, "reason": reason, "actor": by}
            _audit(app, uow, debtor_id, Tag.ERASURE_REFUSED, why, refused.rule_id)
            uow.commit()
            return refused
        erased = uow.personal_data.erase(debtor_id, app.clock.now())
        facts = {
            "reason": reason,
            "actor": by,
            "keys": erased.keys,
            "conversations": erased.conversations,
            "messages": erased.messages,
        }
        _audit(app, uow, debtor_id, Tag.DEBTOR_ERASED, facts)
        uow.commit()
    return erased


def _refusal(app: Application, uow: UnitOfWork, debtor_id: DebtorId, despite: bool) -> Refused | None:
    at = uow.personal_data.erased_at(debtor_id)
    if at is not None:
        return Refused("erased", f"the personal data of {debtor_id} was erased on {at:%Y-%m-%d}")
    holds = uow.legal_holds.in_force(debtor_id)
    if holds:
        since, why = holds[0].placed_at, holds[0].reason
        return Refused("legal_hold", f"a legal hold has been in force since {since:%Y-%m-%d} ({why})")
    last, debtor, today = (
        uow.personal_data.last_activity(debtor_id),
        uow.debtors.get(debtor_id),
        app.clock.today(),
    )
    if last is None or debtor is None:
        return None
    rules = app.rulebook.retention(debtor.country, today)
    until = add_months(last.date(), 12 * rules.keep_years)
    if today >= until or (despite and rules.is_our_default):
        return None
    way = " (our own period: --despite-our-default)" if rules.is_our_default else ""
    sentence = (
        f"the record must be kept until {until} ({rules.keep_rule_id}: {rules.keep_years} years after the last "
        f"activity on {last:%Y-%m-%d}; {rules.keep_reference}){way}"
    )
    return Refused("retention", sentence, until, rules.keep_rule_id)


def place_hold(app: Application, debtor_id: DebtorId, reason: str, by: str) -> LegalHold:
    """Order that nothing of a debtor is erased until the hold is released.

    Raises:
        HoldRefused: there is nothing left to keep.
    """
    with app.unit_of_work() as uow:
        if uow.personal_data.erased_at(debtor_id) is not None:
            raise HoldRefused(f"the personal data of {debtor_id} was erased: there is nothing left to keep")
        hold = LegalHold(f"L-{uuid4().hex[:10].upper()}", debtor_id, reason, by, app.clock.now())
        uow.legal_holds.place(hold)
        facts = {"hold_id": hold.hold_id, "reason": reason, "actor": by}
        _audit(app, uow, debtor_id, Tag.LEGAL_HOLD_PLACED, facts)
        uow.commit()
    return hold


def release_holds(app: Application, debtor_id: DebtorId, reason: str, by: str) -> int:
    """Release every legal hold on a debtor. Returns how many.

    Raises:
        HoldRefused: there is none.
    """
    with app.unit_of_work() as uow:
        released = uow.legal_holds.release(debtor_id, app.clock.now())
        if not released:
            raise HoldRefused(f"there is no legal hold on {debtor_id}")
        for hold_id in released:
            facts = {"hold_id": hold_id, "reason": reason, "actor": by}
            _audit(app, uow, debtor_id, Tag.LEGAL_HOLD_RELEASED, facts)
        uow.commit()
    return len(released)


def give(app: Application, debtor_id: DebtorId, by: str) -> dict[str, Any]:
    """Everything held about a debtor, ready for JSON. That it was put together is in the record too.

    What was said in a conversation is given only as far as it is theirs and they were identified then: the rest may be
    somebody else's.
    """
    with app.unit_of_work() as uow:
        held = dict(uow.personal_data.held(debtor_id))
        record = list(uow.audit.of_debtor(debtor_id))
        parts = uow.personal_data.parts(debtor_id)
        cases = [vars(case) for case in uow.rights_cases.of_debtor(debtor_id)]
        _audit(app, uow, debtor_id, Tag.DATA_GIVEN, {"actor": by})
        uow.commit()
    proven = [part for part in parts if any(_identifies(entry, part) for entry in record)]
    theirs = {(part.conversation_id, part.part) for part in proven}
    talks = {part.conversation_id for part in proven}
    for table in ("inbox", "outbox", "handoffs", "contact_wishes", "desk_notes"):
        held[table] = [row for row in held[table] if (row["conversation_id"], row["part"]) in theirs]
    held["conversations"] = [
        {
            **{
                name: value
                for name, value in talk.items()
                if talk["conversation_id"] in talks or name != "address"
            },
            "identified": talk["conversation_id"] in talks,
        }
        for talk in held["conversations"]
    ]
    for case in cases:
        if case["conversation_id"] not in theirs:
            case["details"] = {}
    held["rights_cases"] = cases
    held["record"] = [
        {name: entry[name] for name in ("at", "tag", "chain", "payload", "rule_id", "edition")}
        for entry in record
        if not entry["chain"].startswith("conversation:") or any(_is_in(entry, part) for part in proven)
    ]
    return {
        "debtor_id": debtor_id,
        "made_at": app.clock.now().isoformat(),
        "also_held": "Date of birth, document number and postal code only as keyed hashes, which cannot be read back.",
        **{name: list(rows) for name, rows in held.items()},
    }


def _is_in(entry: Mapping[str, Any], part: TalkPart) -> bool:
    """Whether an entry is of this part of a conversation, by its time."""
    if entry["chain"] != f"conversation:{part.conversation_id}" or entry["tag"] == WITHHELD:
        return False
    at = datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
    return (part.began_at is None or at >= part.began_at) and (part.ended_at is None or at < part.ended_at)


def _identifies(entry: Mapping[str, Any], part: TalkPart) -> bool:
    """Whether an entry says that the person was identified in this part."""
    is_proof = entry["tag"] == Tag.IDENTITY_ATTEMPTED.value and entry["payload"].get("outcome") == "verified"
    return is_proof and _is_in(entry, part)


def _audit(
    app: Application,
    uow: UnitOfWork,
    debtor_id: DebtorId,
    tag: Tag,
    facts: dict[str, Any],
    rule_id: str | None = None,
) -> None:
    uow.audit.append(f"debtor:{debtor_id}", tag.value, app.clock.now(), facts, rule_id=rule_id)
