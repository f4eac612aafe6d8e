"""Nothing went out that the gate forbids, nothing unasked after a stop: each transmission is judged anew.

What was written before, holds, stops and places are the oracle's own reading. Only what a person may choose for
themselves (consents, hours) is taken from what the service told the gate, as this is recorded in more than one way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bench.simulation.oracle.plain_reading import by_the_clock, by_the_count
from bench.simulation.oracle.rows import Rows
from bench.simulation.people import Simulated
from bench.simulation.watching import Asked, Transmitted, Watch
from bench.simulation.world import World
from bot.debt.contact_gate import Blocked, Contact, Purpose, Reach, decide
from bot.debt.conversations import Conversation
from bot.debt.holds import HoldKind

_AS_LAW_NAMES = {"web": "webchat", "rest": "webchat"}
_BY_TEXT = {
    "utter_contact_stopped": Purpose.STOP_CONFIRMATION,
    "utter_channel_stopped": Purpose.STOP_CONFIRMATION,
    "utter_distress": Purpose.CRISIS,
    "utter_distress_again": Purpose.CRISIS,
}
_NOT_COUNTED = (Purpose.RIGHTS_NOTICE, Purpose.STOP_CONFIRMATION, Purpose.CRISIS)
_LIVE = timedelta(hours=2)
_A_MOMENT = timedelta(seconds=1)
# What stops everything of ours but notices, in every country.
_STOPS = frozenset({HoldKind.CEASE_CONTACT, HoldKind.REPRESENTED})
_STOPS_ADDRESS = frozenset({HoldKind.WRONG_PARTY, HoldKind.DECEASED})


class Contacts:
    """The transmissions of one conversation, in order."""

    def __init__(self, world: World, rows: Rows, people: list[Simulated]) -> None:
        self._world, self._rows, self._watch = world, rows, world.watch
        self._people = {person.debtor_id: person for person in people}
        self._received = {m.message_id: m.received_at for m in rows.inbox}

    def faults(self) -> Iterator[str]:
        """Every transmission that should not have been."""
        gone: list[Transmitted] = []
        for sent in self._watch.transmitted:
            asked = self._watch.last_asked(sent.row.message_id)
            if asked is not None:
                yield from self._judge(sent, asked, gone)
            elif sent.channel not in _AS_LAW_NAMES and not self._is_joined(sent):
                yield f"{_name(sent)} went out and the gate was never asked"
            gone.append(sent)
        yield from self._twice()

    def _is_joined(self, sent: Transmitted) -> bool:
        """Whether it went out together with one that was asked about."""
        return any(
            other.row.cause == sent.row.cause is not None and self._watch.last_asked(other.row.message_id)
            for other in self._watch.transmitted
            if other.at == sent.at
        )

    def _twice(self) -> Iterator[str]:
        seen: set[str] = set()
        for sent in self._watch.transmitted:
            if sent.row.message_id in seen:
                yield f"{_name(sent)} went out twice"
            seen.add(sent.row.message_id)

    # -- one transmission ---------------------------------------------------------------------------------------

    def _judge(self, sent: Transmitted, asked: Asked, gone: Sequence[Transmitted]) -> Iterator[str]:
        purpose = self._purpose(sent, asked)
        if purpose is not asked.purpose:
            yield f"{_name(sent)} is {purpose.value} and was asked about as {asked.purpose.value}"
        history = self._history(sent, asked, gone)
        reach = self._reach(asked)
        again = decide(asked.moment, reach, asked.channel, purpose, history, asked.rules)
        if isinstance(again, Blocked):
            yield f"{_name(sent)} ({purpose.value}) went out against {again.fact_id}: {again.reason}"
        yield from self._plainly(sent, asked, purpose, history)

    def _purpose(self, sent: Transmitted, asked: Asked) -> Purpose:
        own = self._watch.campaign.get(sent.row.message_id)
        if own is not None:
            return own
        if sent.row.response in _BY_TEXT:
            return _BY_TEXT[sent.row.response]
        # An answer says so by what it answers; of what else comes unasked the service knows the purpose.
        return Purpose.REPLY if sent.row.cause is not None else asked.purpose

    def _reach(self, asked: Asked) -> Reach:
        talk, reach = asked.talk, asked.reach
        return Reach(
            zones=tuple(ZoneInfo(name) for name in self._zones(talk.debtor_id)) or reach.zones,
            consents=reach.consents,
            wrote_on=reach.wrote_on,
            opted_out=frozenset(self._stopped(asked)),
            holds=frozenset(self._holds(asked.moment, talk.debtor_id, talk.account)),
            answers_at=self._answers_at(asked),
            inconvenient=reach.inconvenient,
            convenient=reach.convenient,
            creditor=reach.creditor,
            debt=reach.debt,
        )

    def _answers_at(self, asked: Asked) -> datetime | None:
        received = [
            m.received_at
            for m in self._rows.inbox
            if m.conversation_id == asked.talk.conversation_id and m.received_at <= asked.moment
        ]
        return max(received, default=None)

    def _zones(self, debtor_id: str | None) -> list[str]:
        person = self._people.get(str(debtor_id))
        return [person.time_zone] if person is not None and person.time_zone else []

    def _holds(self, at: datetime, debtor_id: str | None, account: str | None) -> Iterator[HoldKind]:
        for hold in self._rows.holds:
            # A conversation in which no account is spoken of yet is about all of them.
            if (
                hold.debtor_id == debtor_id
                and hold.holds_at(at)
                and (account is None or hold.covers(account))
            ):
                yield hold.kind

    def _stopped(self, asked: Asked) -> Iterator[str]:
        """Channels on which the last word about it was stop. Who refuses to pay stops collection, not a channel."""
        last: dict[str, bool] = {}
        for entry in self._rows.of_tag("CONTACT_STOPPED", "CONTACT_RESUMED"):
            if entry.at <= asked.moment and entry.payload.get("because") != "refusal":
                last[entry.chain] = entry.tag == "CONTACT_STOPPED"
        for chain, is_stopped in last.items():
            talk = self._rows.conversations[chain.partition(":")[2]]
            same = talk.conversation_id == asked.talk.conversation_id
            if is_stopped and (same or self._was_known(chain, talk, asked)):
                yield _AS_LAW_NAMES.get(talk.channel, talk.channel)

    def _was_known(self, chain: str, talk: Conversation, asked: Asked) -> bool:
        """Whether it could be known at that moment whose chat it was: nobody can obey a stranger's stop elsewhere."""
        if talk.debtor_id is None or talk.debtor_id != asked.talk.debtor_id:
            return False
        proofs = [
            entry.at
            for entry in self._rows.of_tag("IDENTITY_ATTEMPTED")
            if entry.chain == chain and entry.payload.get("outcome") == "verified"
        ]
        return not proofs or min(proofs) <= asked.moment

    def _history(self, sent: Transmitted, asked: Asked, gone: Sequence[Transmitted]) -> list[Contact]:
        found: dict[str, Contact] = {}
        for other in gone:
            same_person = other.debtor_id == asked.talk.debtor_id is not None
            if other.row.conversation_id != asked.talk.conversation_id and not same_person:
                continue
            if other.row.message_id == sent.row.message_id or other.row.cause == sent.row.cause is not None:
                continue
            answers_at = self._received.get(other.row.cause) if other.row.cause is not None else None
            key = other.row.cause or other.row.message_id
            purpose = self._watch.campaign.get(other.row.message_id, Purpose.REPLY)
            purpose = _BY_TEXT.get(other.row.response, purpose)
            channel = _AS_LAW_NAMES.get(other.channel, other.channel)
            let_out = self._watch.last_asked(other.row.message_id)
            # A message counts from when it was claimed, a moment before it was let out and sent.
            at = (let_out.moment if let_out is not None else other.at) - _A_MOMENT
            found.setdefault(key, Contact(at, channel, purpose, answers_at=answers_at))
        return list(found.values())

    # -- the plain reading --------------------------------------------------------------------------------------

    def _plainly(
        self, sent: Transmitted, asked: Asked, purpose: Purpose, history: Sequence[Contact]
    ) -> Iterator[str]:
        if sent.row.message_id not in self._watch.campaign:
            yield from self._late_answer(sent, asked, purpose)
            return
        holds = set(self._holds(asked.moment, asked.talk.debtor_id, asked.talk.account))
        stopping = holds & _STOPS_ADDRESS
        if purpose is not Purpose.RIGHTS_NOTICE:
            stopping |= holds & _STOPS
        if purpose is Purpose.COLLECTION:
            stopping |= holds
        if stopping:
            yield f"{_name(sent)} ({purpose.value}) after a cease trigger: {sorted(stopping)[0].value}"
        if asked.channel in set(self._stopped(asked)):
            yield f"{_name(sent)} ({purpose.value}) on a stopped channel"
        if purpose is not Purpose.COLLECTION:
            return
        content = self._world.app.rulebook.jurisdictions.profile(asked.rules.code).content
        if asked.reach.convenient:
            return  # the person chose other hours
        counted = [c for c in history if c.purpose not in (*_NOT_COUNTED, Purpose.REPLY)]
        for name in self._zones(asked.talk.debtor_id):
            zone = ZoneInfo(name)
            local = asked.moment.astimezone(zone)
            contact = Contact(asked.moment, asked.channel, purpose)
            for why in (
                *by_the_clock(content, asked.channel, local),
                *by_the_count(content, contact, counted, zone),
            ):
                yield f"{_name(sent)} at {local:%a %Y-%m-%d %H:%M} {name}: {why}"

    def _late_answer(self, sent: Transmitted, asked: Asked, purpose: Purpose) -> Iterator[str]:
        """An answer that comes later than at once keeps to the hours, whatever else it is free of."""
        answers_at = self._answers_at(asked)
        if purpose is not Purpose.REPLY or answers_at is None or asked.moment - answers_at <= _LIVE:
            return
        if asked.reach.convenient:
            return
        content = self._world.app.rulebook.jurisdictions.profile(asked.rules.code).content
        for name in self._zones(asked.talk.debtor_id):
            local = asked.moment.astimezone(ZoneInfo(name))
            for why in by_the_clock(content, asked.channel, local):
                yield f"{_name(sent)}: a late answer at {local:%a %Y-%m-%d %H:%M} {name}: {why}"


def _name(sent: Transmitted) -> str:
    return f"{sent.row.response} ({sent.row.message_id}) by {sent.channel}"


def blocked_facts(watch: Watch) -> list[str]:
    """The facts for which messages were held back or stopped."""
    return [asked.decision.fact_id for asked in watch.asked if isinstance(asked.decision, Blocked)]
