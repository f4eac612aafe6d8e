"""The questions of a compliance officer: may we write now, why was this said, what came after a stop, was it touched."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from bot.audit.export import Part
from bot.audit.signing import Signer as Signer
from bot.audit.signing import by_id
from bot.audit.tags import VERIFICATIONS, Tag
from bot.audit.verify import Verification
from bot.debt.contact_gate import Blocked, Purpose
from bot.debt.conversations import Conversation
from bot.debt.party import AccountReference, ConversationId, DebtorId, MessageId
from bot.services import contact_gate, record_words
from bot.services.application import Application
from bot.services.case_file import UnknownAccount
from bot.services.debtors import find
from bot.services.personal_data import give
from bot.services.record_volumes import Volume
from bot.services.unit_of_work import OutboundMessage, UnitOfWork

# Where it is kept who had the whole record walked, and what was found.
_EVERY_TAG = [tag.value for tag in Tag]
_MOST_ENTRIES = 100_000
# What begins a timeline, and what belongs into it.
_INVOKED = frozenset({Tag.CONTACT_STOPPED.value, Tag.RIGHT_INVOKED.value, Tag.HOLD_PLACED.value})
_AFTER = _INVOKED | {
    tag.value
    for tag in (
        Tag.CONTACT_RESUMED, Tag.HOLD_LIFTED, Tag.CASE_OPENED, Tag.CASE_CLOSED, Tag.MESSAGE_RECEIVED,
        Tag.MESSAGE_SENT, Tag.MESSAGE_DELIVERY, Tag.CONTACT_DECIDED, Tag.HANDED_OFF, Tag.DESK_CLAIMED,
    )
}  # fmt: skip


class UnknownMessage(Exception):
    """There is no message of ours with that id."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"there is no message {message_id}")


@dataclass(frozen=True)
class Why:
    """One message of ours, and every entry of the record that led to it or tells what became of it."""

    message: OutboundMessage
    asked: str  # what the debtor had written, if anything
    entries: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Soundness:
    """What walking the record, or a part of it, found."""

    entries: int
    chains: int
    checkpoints: int
    findings: tuple[str, ...]
    at: datetime

    @property
    def is_sound(self) -> bool:
        """Nothing was found."""
        return not self.findings


def may_write_now(
    app: Application, reference: str, channel: str, purpose: Purpose, at: datetime | None = None
) -> dict[str, Any]:
    """What the gate says of an account's debtor, as a JSON document; the moment without a zone is in theirs.

    Raises:
        UnknownAccount: there is none.
    """
    with app.unit_of_work(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference.strip().upper()))
        debtor = uow.debtors.get(account.debtor_id) if account is not None else None
        if account is None or debtor is None:
            raise UnknownAccount(reference)
        zone = ZoneInfo(debtor.time_zone or app.rulebook.country(debtor.country).time_zone)
        moment = at or app.clock.now()
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        talk = _talk(uow, channel, debtor.debtor_id, debtor.language)
        talk.account = account.reference
        ruling = contact_gate.may_write(app, uow, talk, purpose, at=moment)
    decision = ruling.decision
    jurisdictions = app.rulebook.jurisdictions
    profile = jurisdictions.profile(jurisdictions.place(debtor.country, debtor.region))
    source = next((f.content["source"] for f in profile.facts if f.fact_id == decision.fact_id), None)
    blocked = decision if isinstance(decision, Blocked) else None
    until = blocked.next_allowed_at if blocked is not None else None
    return {
        "account_reference": account.reference,
        "channel": channel,
        "purpose": purpose.value,
        "jurisdiction": ruling.jurisdiction,
        "at": moment.astimezone(zone).isoformat(timespec="minutes"),
        "allowed": blocked is None,
        "fact_id": decision.fact_id,
        "source": source,
        "kind": blocked.kind.value if blocked is not None else None,
        "reason": blocked.reason if blocked is not None else None,
        "next_allowed_at": until.astimezone(zone).isoformat(timespec="minutes")
        if until is not None
        else None,
    }


def _talk(uow: UnitOfWork, channel: str, debtor_id: DebtorId, language: str) -> Conversation:
    """The person's conversation on a channel, or one that could be begun."""
    found = (talk for talk in uow.conversations.of_debtor(debtor_id) if talk.channel == channel)
    begun = Conversation(ConversationId("none"), channel, "", language, debtor_id=debtor_id)
    return next(found, begun)


def why(app: Application, message_id: str, *, by: str = "") -> Why:
    """Why a message of ours was said: what was heard, the decision, its rule and inputs, the text, the gate, delivery.

    Args:
        app: the application.
        message_id: of our message; the id of what the debtor wrote names the first answer to it.
        by: who asks; an entry of the record says so. Empty on the command line of the installation itself.

    Raises:
        UnknownMessage: there is no such message.
    """
    with app.unit_of_work(write=bool(by)) as uow:
        row = uow.outbox.get(MessageId(message_id)) or next(
            iter(uow.outbox.of_cause(MessageId(message_id))), None
        )
        if row is None:
            raise UnknownMessage(message_id)
        chain = f"conversation:{row.conversation_id}"
        entries = [
            entry for entry in uow.audit.of_chain(chain, _EVERY_TAG, _MOST_ENTRIES) if _is_about(entry, row)
        ]
        asked = uow.inbox.get(row.cause) if row.cause is not None else None
        if by:
            _note(uow, chain, Tag.DESK_OPENED, app.clock.now(), by=f"why {row.message_id}", actor=by)
            uow.commit()
    return Why(row, asked.text if asked is not None else "", tuple(entries))


def _is_about(entry: Mapping[str, Any], row: OutboundMessage) -> bool:
    named = entry["payload"].get("outbox_id")
    if named is not None:
        return bool(named == row.message_id)
    return row.cause is not None and entry["message_id"] == row.cause


def after_stop(app: Application, reference: str, *, by: str = "") -> list[Mapping[str, Any]]:
    """Everything since a debtor first invoked a right: what they wrote, what we sent, what was stopped and why.

    Raises:
        UnknownAccount: there is none.
    """
    with app.unit_of_work(write=bool(by)) as uow:
        debtor_id = find(uow, reference)
        found = _since_invoked(uow.audit.of_debtor(debtor_id))
        if by:
            _note(uow, f"debtor:{debtor_id}", Tag.DESK_OPENED, app.clock.now(), by="after a stop", actor=by)
            uow.commit()
    return found


def _since_invoked(entries: Iterator[dict[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for entry in entries:
        if (found or entry["tag"] in _INVOKED) and entry["tag"] in _AFTER:
            found.append(entry)
    return found


def as_lines(entries: Sequence[Mapping[str, Any]], language: str) -> Iterator[str]:
    """Entries in words, one a line."""
    for entry in entries:
        by_rule = [f"{record_words.heading('rule', language)} {entry['rule_id']}"] if entry["rule_id"] else []
        edition = f"{record_words.heading('edition', language)} {entry['edition']}"
        by_rule += [edition] if entry["edition"] and entry["rule_id"] else []
        told = record_words.facts(entry["payload"], language)
        more = "; ".join(part for part in (told, *by_rule) if part)
        yield f"{entry['at'][:19]}Z  {record_words.tag(entry['tag'], language)}{': ' if more else ''}{more}"


# -- was it touched ---------------------------------------------------------------------------------------------------


def verify_debtor(app: Application, reference: str, *, by: str) -> Soundness:
    """Walk what is about one debtor, at once.

    Raises:
        UnknownAccount: there is none.
    """
    counts = Verification()
    with app.unit_of_work() as uow:
        debtor_id = find(uow, reference)
        findings = [str(finding) for finding in uow.audit.check_debtor(debtor_id, counts)]
        found = _soundness(app, counts, findings)
        _note_walk(uow, f"debtor:{debtor_id}", found, by)
        uow.commit()
    return found


def verify_everything(app: Application, signer: Signer | None, *, by: str) -> Soundness:
    """Walk the whole record and its checkpoints, and note the outcome."""
    counts, trusted = Verification(), by_id([signer.public_key] if signer is not None else [])
    with app.unit_of_work(write=False) as uow:
        findings = [str(finding) for finding in uow.audit.check(counts)]
        findings += [str(finding) for finding in uow.audit.check_checkpoints(counts, trusted)]
    found = _soundness(app, counts, findings)
    with app.unit_of_work() as uow:
        _note_walk(uow, VERIFICATIONS, found, by)
        uow.commit()
    return found


def last_verification(app: Application) -> Mapping[str, Any] | None:
    """The entry of the last walk over the whole record that was noted."""
    with app.unit_of_work(write=False) as uow:
        found = uow.audit.of_chain(VERIFICATIONS, [Tag.RECORD_VERIFIED.value], 1)
    return found[-1] if found else None


def _soundness(app: Application, counts: Verification, findings: Sequence[str]) -> Soundness:
    return Soundness(
        counts.entries, counts.chains, counts.checkpoints, tuple(findings[:100]), app.clock.now()
    )


def _note_walk(uow: UnitOfWork, chain: str, found: Soundness, by: str) -> None:
    counts = {"entries": found.entries, "chains": found.chains, "checkpoints": found.checkpoints}
    _note(uow, chain, Tag.RECORD_VERIFIED, found.at, **counts, findings=len(found.findings), actor=by)


def _note(uow: UnitOfWork, chain: str, tag: Tag, at: datetime, **payload: Any) -> None:
    uow.audit.append(chain, tag.value, at, payload)


# -- everything about somebody ----------------------------------------------------------------------------------------


def record_of(app: Application, reference: str, kind: str, signer: Signer | None, *, by: str) -> bytes:
    """Everything about an account's debtor as a file; that it left the system is an entry of the record.

    Args:
        app: the application.
        reference: of an account.
        kind: "jsonl" (to check anywhere), "pdf" (for a court) or "data" (for the debtor, as JSON).
        signer: signs the record.
        by: who asks.

    Raises:
        UnknownAccount: there is none.
    """
    with app.unit_of_work() as uow:
        debtor_id = find(uow, reference)
        _note(uow, f"debtor:{debtor_id}", Tag.DESK_EXPORTED, app.clock.now(), by=kind, actor=by)
        uow.commit()
    if kind == "data":
        return json.dumps(give(app, debtor_id, by), ensure_ascii=False, indent=2, default=str).encode()
    part = Part(debtor_id)
    if kind == "pdf":
        # Late: what draws pages takes half a second to import.
        from bot.services.record_pdf import write_pdf

        volumes: dict[str, io.BytesIO] = {}

        def opened(volume: Volume) -> AbstractContextManager[IO[bytes]]:
            stream = volumes[f"record-{volume.number}-of-{volume.of}.pdf"] = io.BytesIO()
            return nullcontext(stream)

        write_pdf(app, part, reference.strip().upper(), None, signer, opened)
        return _as_one_file({name: stream.getvalue() for name, stream in volumes.items()})
    with app.unit_of_work(write=False) as uow:
        lines = uow.audit.lines_of(part, app.clock.now(), signer)
        return "".join(f"{line}\n" for line in lines).encode()


def _as_one_file(volumes: Mapping[str, bytes]) -> bytes:
    """The PDF, or an archive of several."""
    if len(volumes) == 1:
        (only,) = volumes.values()
        return only
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in volumes.items():
            archive.writestr(name, content)
    return stream.getvalue()
