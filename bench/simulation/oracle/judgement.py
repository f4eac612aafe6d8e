"""All that has to hold after a conversation, each fault as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from bench.simulation.oracle.contact import Contacts
from bench.simulation.oracle.rows import Rows, read
from bench.simulation.oracle.words import debt_words
from bench.simulation.play import Play
from bench.simulation.watching import Offered, Said
from bench.simulation.world import World
from bot.audit.checkpoint_check import check_checkpoints
from bot.audit.signing import by_id
from bot.audit.verify import Verification, check
from bot.debt.arrangements import Kind
from bot.debt.holds import HoldKind
from bot.services.unit_of_work import InboundMessage

# Whoever said one of these is offered nothing by a machine and agrees to nothing with it.
_NO_OFFERS = frozenset(
    {
        HoldKind.DISPUTE,
        HoldKind.PAYMENT_CLAIMED,
        HoldKind.WRONG_PARTY,
        HoldKind.DECEASED,
        HoldKind.REPRESENTED,
        HoldKind.DISTRESS,
    }
)
_OFFERING = ("OFFER_MADE", "SUMMARY_SHOWN", "OFFER_ACCEPTED", "COUNTER_OFFER_DECIDED")
_FINAL = frozenset({"sent", "delivered", "read", "failed", "blocked", "unclear", "waiting"})
_OPEN = ("active", "late")


def judge(play: Play) -> list[str]:
    """Every fault of a conversation; none is the only acceptable outcome."""
    world, rows = play.world, read(play.world)
    minutes = world.app.rulebook.identity(world.clock.today()).verification_minutes
    return [
        *(f"error: {fault}" for fault in world.watch.faults),
        *Contacts(world, rows, play.people).faults(),
        *debt_words(world.watch, rows, play.people, minutes),
        *_offers_under_a_hold(rows),
        *(fault for offered in world.watch.offered for fault in _beyond_limits(offered)),
        *_unanswered(world, rows),
        *_arrangements(rows),
        *_record(world),
    ]


def _offers_under_a_hold(rows: Rows) -> Iterator[str]:
    for entry in rows.of_tag(*_OFFERING):
        account = entry.payload.get("account")
        row = rows.accounts.get(str(account))
        for hold in rows.holds:
            is_theirs = row is not None and hold.debtor_id == row.debtor_id and hold.covers(account)
            if is_theirs and hold.kind in _NO_OFFERS and hold.holds_at(entry.at):
                yield f"{entry.tag} for {account} under a hold: {hold.kind.value}"


def _beyond_limits(offered: Offered) -> Iterator[str]:
    """The rulebook's limits, as plain arithmetic."""
    terms, limits, owed = offered.terms, offered.limits, offered.account.balance
    total, paid = owed.total.minor, sum(each.amount.minor for each in terms.schedule)
    days = [each.due_on for each in terms.schedule]
    name = f"an offer of {terms.kind.value} on {offered.account.reference}"
    if paid + terms.saving.minor != total:
        yield f"{name} does not add up: {paid} + {terms.saving.minor} of {total}"
    if any(each.amount.minor <= 0 for each in terms.schedule) or sorted(set(days)) != days:
        yield f"{name} has an empty payment or days out of order"
    if days[0] < limits.decided_on:
        yield f"{name} begins in the past"
    if limits.is_time_barred:
        yield f"{name} though the debt is time-barred"
    if terms.saving:
        reduced = limits.settlement
        if reduced is None or terms.kind is not Kind.SETTLEMENT:
            yield f"{name} reduces where nothing may be reduced"
            return
        most = (
            Fraction(reduced.fees_share) * owed.fees.minor
            + Fraction(reduced.interest_share) * owed.interest.minor
            + Fraction(reduced.principal_share) * owed.principal.minor
        )
        if terms.saving.minor > most or paid < Fraction(reduced.floor_share) * total:
            yield f"{name} gives up {terms.saving.minor} of {total}, at most {most} may be"
        if len(days) > reduced.max_payments or (days[-1] - limits.decided_on).days > reduced.pay_within_days:
            yield f"{name} takes {len(days)} payments until {days[-1]}"
    elif len(days) > 1 and limits.plan is not None:
        months = (days[-1].year - limits.decided_on.year) * 12 + days[-1].month - limits.decided_on.month
        if months > limits.plan.max_months + limits.plan.first_due_within_days // 28 + 1:
            yield f"{name} lasts {months} months, at most {limits.plan.max_months}"
        if (days[0] - limits.decided_on).days > limits.plan.first_due_within_days:
            yield f"{name} begins on {days[0]}, too late"
    elif len(days) > 1 and limits.settlement is None:
        yield f"{name} in instalments where there are no plans"


def _unanswered(world: World, rows: Rows) -> Iterator[str]:
    said = {each.message_id: each for each in world.watch.said}
    answered = {row.cause for row in rows.outbox}
    owned = _owned_by_people(rows)
    failed = {entry.message_id for entry in rows.of_tag("TURN_FAILED")}
    for message in rows.inbox:
        own = said.get(message.message_id)
        name = f"{message.message_id} ({own.intent if own is not None else '?'})"
        if message.status == "pending":
            yield f"message {name} is still pending"
        if message.message_id in failed and not said[message.message_id].is_crash:
            yield f"the turn of {name} failed"
        is_silent = own is not None and (own.needs_no_answer or _is_stop_again(own, message, rows))
        at_desk = any(
            begin <= message.received_at and (end is None or message.received_at <= end)
            for begin, end in owned.get(message.conversation_id, ())
        )
        if message.message_id not in answered and not is_silent and not at_desk:
            yield f"message {name} has no answer"
    for row in rows.outbox:
        if row.status not in _FINAL:
            yield f"{row.response} ({row.message_id}) is still {row.status}: {row.error}"


def _is_stop_again(own: Said, message: InboundMessage, rows: Rows) -> bool:
    """A stop that was confirmed once is not confirmed again."""
    chain = f"conversation:{message.conversation_id}"
    before = [
        entry
        for entry in rows.of_tag("CONTACT_STOPPED", "CONTACT_RESUMED")
        if entry.chain == chain and entry.at < message.received_at
    ]
    return (
        own.intent in ("stop_word", "stop_contact") and bool(before) and before[-1].tag == "CONTACT_STOPPED"
    )


def _owned_by_people(rows: Rows) -> dict[str, list[tuple[datetime, datetime | None]]]:
    """From when until when a person answered in each conversation."""
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    for entry in rows.of_tag(
        "DESK_CLAIMED", "DESK_REASSIGNED", "DESK_RELEASED", "DESK_RETURNED", "DESK_CLOSED"
    ):
        spans = found.setdefault(entry.chain.partition(":")[2], [])
        if entry.tag in ("DESK_CLAIMED", "DESK_REASSIGNED"):
            spans.append((entry.at, None))
        elif spans:
            spans[-1] = (spans[-1][0], entry.at)
    return found


def _arrangements(rows: Rows) -> Iterator[str]:
    open_ones: dict[str, int] = {}
    for row in rows.arrangements:
        open_ones[row.account] = open_ones.get(row.account, 0) + (row.status in _OPEN)
        owed = [each for each in rows.instalments if each.arrangement_id == row.arrangement_id]
        if not owed or any(each.amount_minor <= 0 for each in owed):
            yield f"arrangement {row.arrangement_id} has no payments, or an empty one"
    yield from (
        f"{count} open arrangements for {account}" for account, count in open_ones.items() if count > 1
    )
    agreed: dict[str, str] = {}
    for entry in rows.of_tag("OFFER_ACCEPTED", "ARRANGEMENT_WITHDRAWN", "ARRANGEMENT_MOVED"):
        account = str(entry.payload.get("account"))
        if entry.tag != "OFFER_ACCEPTED":
            if entry.payload.get("to", "withdrawn") not in _OPEN:
                agreed.pop(account, None)
        elif account in agreed:
            yield f"a second arrangement for {account} while the first was open"
        else:
            agreed[account] = entry.payload.get("arrangement_id", "")


def _record(world: World) -> Iterator[str]:
    counts = Verification()
    with world.app.unit_of_work(write=False) as uow:
        connection = uow.connection  # type: ignore[attr-defined]
        yield from (f"record: {finding}" for finding in check(connection, counts))
        trusted = by_id([world.signer.public_key])
        yield from (f"record: {finding}" for finding in check_checkpoints(connection, counts, trusted))
    if not counts.checkpoints or not counts.entries:
        yield "record: nothing was verified"
