"""The decision: allowed, or blocked with the fact, the reason and the next moment at which it is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from bot.debt.clocks import is_ahead
from bot.debt.contact_gate import counts, hours
from bot.debt.contact_gate.answers import Allowed, Blocked, BlockKind, Decision
from bot.debt.contact_gate.rules import CeaseAction, Frequency, GateRules
from bot.debt.contact_gate.situation import Contact, Purpose, Reach

_HORIZON = timedelta(days=400)
_MOST_STEPS = 80
# What each purpose has to pass beside channel, opt-out and consent. Collection passes everything.
_STOPPED_BY = {
    Purpose.COLLECTION: frozenset(CeaseAction),
    Purpose.SERVICE: frozenset({CeaseAction.STOP, CeaseAction.STOP_ADDRESS}),
    Purpose.AGREEMENT_CONFIRMATION: frozenset({CeaseAction.STOP, CeaseAction.STOP_ADDRESS}),
    Purpose.RIGHTS_NOTICE: frozenset({CeaseAction.STOP_ADDRESS}),
}


@dataclass(frozen=True)
class _Block:
    fact_id: str
    kind: BlockKind
    reason: str
    until: datetime | None = None


def decide(
    moment: datetime,
    debtor: Reach,
    channel: str,
    purpose: Purpose,
    history: Sequence[Contact],
    profile: GateRules,
) -> Decision:
    """Decide whether a message may go out.

    Args:
        moment: when it would be sent.
        debtor: the person, with their places, consents and holds.
        channel: one of `CHANNELS`.
        purpose: why it is written; in doubt COLLECTION, which passes everything.
        history: earlier contacts over all channels, in any order.
        profile: the rules of the jurisdiction.
    """
    gate = _Gate(debtor, channel, purpose, history, profile)
    found = gate.block_at(moment)
    if found is None:
        return Allowed(gate.freed_by(moment))
    return Blocked(found.fact_id, found.kind, found.reason, gate.next_after(moment, found))


class _Gate:
    """One question, which may be put for several moments."""

    def __init__(
        self, debtor: Reach, channel: str, purpose: Purpose, history: Sequence[Contact], rules: GateRules
    ) -> None:
        self.debtor, self.channel, self.purpose = debtor, channel, purpose
        self.history, self.rules = history, rules
        self.zones: tuple[tzinfo, ...] = debtor.zones or rules.zones

    def next_after(self, moment: datetime, found: _Block) -> datetime | None:
        """The first moment at which nothing blocks. Each step goes as far as what blocks there lasts."""
        for _ in range(_MOST_STEPS):
            if found.until is None or found.until - moment > _HORIZON:
                return None
            following = self.block_at(found.until)
            if following is None:
                return found.until
            found = following if following.until is None or following.until > found.until else _never(found)
        return None

    def block_at(self, moment: datetime) -> _Block | None:
        """What blocks at a moment: first what time does not heal."""
        if self.purpose is Purpose.CRISIS:
            return None
        if self.purpose is Purpose.STOP_CONFIRMATION:
            return self._second_confirmation()
        return (
            self._hold(moment)
            or self._prohibited()
            or self._opted_out(moment)
            or self._not_agreed(moment)
            or self._hours(moment)
            or self._inconvenient(moment)
            or self._frequency(moment)
        )

    def freed_by(self, moment: datetime) -> str | None:
        """The fact that lets an allowed message out of a rule, if one does."""
        if self.purpose is Purpose.REPLY and self._is_answer(moment):
            return self.rules.inbound.fact_id
        if self.purpose is Purpose.STOP_CONFIRMATION:
            return self.rules.confirmation_fact
        freed = (e.fact_id for e in self.rules.exemptions if self.purpose.value in e.purposes)
        return next(freed, None)

    # -- replies ------------------------------------------------------------------------------------------------

    def _since(self, moment: datetime) -> timedelta | None:
        at = self.debtor.answers_at
        if at is None or is_ahead(at, moment):
            return None
        # A little later than now is now, by the clock of another server.
        return max(moment - at, timedelta())

    def _is_answer(self, moment: datetime) -> bool:
        """Whether what was meant as a reply still is one: the person wrote, and not too long ago."""
        since = self._since(moment)
        if self.purpose is not Purpose.REPLY or since is None or since > self.rules.inbound.reply_for:
            return False
        return not (self.rules.inbound.limit_always and self._is_spent())

    def _is_spent(self) -> bool:
        """Whether the message was answered as often as the law allows where it limits answers."""
        most = self.rules.inbound.max_replies
        given = sum(
            1
            for contact in self.history
            if contact.purpose is Purpose.REPLY
            and contact.channel == self.channel
            and contact.answers_at == self.debtor.answers_at
        )
        return most is not None and given >= most

    def _is_live(self, moment: datetime) -> bool:
        """Whether an answer goes out whatever the hour: at once, and not more often than is allowed."""
        inbound, since = self.rules.inbound, self._since(moment)
        is_soon = since is not None and since <= inbound.live_for
        return is_soon and inbound.exempt_from_window and self._is_answer(moment) and not self._is_spent()

    def _counts_as(self, moment: datetime) -> Purpose:
        """A reply that comes too late is a new contact."""
        if self.purpose is Purpose.REPLY:
            return Purpose.SERVICE if self._is_answer(moment) else Purpose.COLLECTION
        return self.purpose

    # -- what time does not heal --------------------------------------------------------------------------------

    def _hold(self, moment: datetime) -> _Block | None:
        if self._is_answer(moment):
            return None
        stopping = _STOPPED_BY[self._counts_as(moment)]
        for hold in sorted(self.debtor.holds, key=lambda kind: kind.value):
            for trigger in self.rules.triggers.get(hold, ()):
                if trigger.action in stopping:
                    return _Block(trigger.fact_id, BlockKind.HOLD, f"a hold is in force: {hold.value}")
        return None

    def _prohibited(self) -> _Block | None:
        known = self.rules.channels.get(self.channel)
        if not known:
            fact = f"{self.rules.code}.channels"
            return _Block(
                fact, BlockKind.CHANNEL, f"the profile says nothing about the channel {self.channel}"
            )
        for rule in known:
            if rule.is_prohibited:
                return _Block(rule.fact_id, BlockKind.CHANNEL, f"{self.channel} may not be used here")
        return None

    def _opted_out(self, moment: datetime) -> _Block | None:
        if self.channel not in self.debtor.opted_out or (self._is_answer(moment) and not self._is_spent()):
            return None
        return _Block(self.rules.opt_out_fact, BlockKind.OPTED_OUT, f"the person stopped {self.channel}")

    def _not_agreed(self, moment: datetime) -> _Block | None:
        if self._is_answer(moment):
            return None
        for rule in self.rules.channels[self.channel]:
            if rule.needs_acknowledgment and not rule.is_acknowledged:
                reason = f"{self.channel} is restricted: the deployer has to acknowledge its condition first"
                return _Block(rule.fact_id, BlockKind.NOT_ACKNOWLEDGED, reason)
            wrote = rule.writing_is_consent and self.channel in self.debtor.wrote_on
            if rule.needs_consent and not wrote and self.channel not in self.debtor.consents:
                reason = f"the person has not authorised {self.channel}"
                return _Block(rule.fact_id, BlockKind.NO_CONSENT, reason)
        return None

    def _second_confirmation(self) -> _Block | None:
        since = self.debtor.answers_at
        told = any(
            contact.purpose is Purpose.STOP_CONFIRMATION
            and contact.channel == self.channel
            and (since is None or contact.at >= since)
            for contact in self.history
        )
        if not told:
            return self._prohibited()
        reason = "the stop was confirmed once; a second confirmation is one more message"
        return _Block(self.rules.confirmation_fact, BlockKind.ALREADY_CONFIRMED, reason)

    # -- what time heals ----------------------------------------------------------------------------------------

    def _is_exempt(self, rule: str) -> bool:
        return any(rule in e.of and self.purpose.value in e.purposes for e in self.rules.exemptions)

    def _hours(self, moment: datetime) -> _Block | None:
        rules, channel = self.rules, self.channel
        if rules.spans(channel) is None or self._is_exempt("window") or self._is_live(moment):
            return None
        if not self.zones:
            return _Block(rules.zone_fact, BlockKind.NO_ZONE, "nobody knows where the person is")
        if self._chose_this(moment):
            return None
        local = ((zone, moment.astimezone(zone)) for zone in self.zones)
        closed = [(zone, there) for zone, there in local if not hours.is_open(rules, channel, there)]
        return self._closed(moment, closed) if closed else None

    def _closed(self, moment: datetime, places: Sequence[tuple[tzinfo, datetime]]) -> _Block:
        """Named is the first place that is closed; it lasts until each of them has opened."""
        openings = [hours.next_open(self.rules, self.channel, moment, zone) for zone, _ in places]
        until = self._own_choice(moment, None if None in openings else max(filter(None, openings)))
        zone, local = places[0]
        where = f"{hours.WEEKDAYS[local.weekday()]} {local.date().isoformat()}"
        closings = self.rules.closings[self.channel]
        if local.date() in closings.holidays:
            fact = closings.holidays[local.date()]
            return _Block(fact, BlockKind.CLOSED_DAY, f"{where} is a public holiday ({zone})", until)
        if local.weekday() in closings.weekdays:
            fact = closings.weekdays[local.weekday()]
            return _Block(fact, BlockKind.CLOSED_DAY, f"{where} is a day without contact ({zone})", until)
        fact = self.rules.window_fact(self.channel, local.weekday(), hours.minute_of(local))
        return _Block(fact, BlockKind.HOURS, f"{where} {local:%H:%M} is outside the hours ({zone})", until)

    def _chose_this(self, moment: datetime) -> bool:
        """Whether the person asked, where that is allowed, to be written to at this hour."""
        if self.rules.convenient_fact is None or not self.debtor.convenient:
            return False
        local = (moment.astimezone(zone) for zone in self.zones)
        return all(hours.within(self.debtor.convenient, self.channel, each) for each in local)

    def _own_choice(self, moment: datetime, until: datetime | None) -> datetime | None:
        """An hour that the person chose may come before the gate opens for everybody."""
        if self.rules.convenient_fact is None or not self.debtor.convenient:
            return until
        return min(filter(None, [until, *self._chosen_openings(moment)]), default=None)

    def _chosen_openings(self, moment: datetime) -> list[datetime]:
        found = []
        for zone in self.zones:
            today = moment.astimezone(zone).date()
            for ahead in range(8):
                day = today + timedelta(days=ahead)
                for window in self.debtor.convenient:
                    if self.channel in window.channels and day.weekday() in window.days:
                        found.append(hours.instant(day, window.start, zone))
        return [at for at in found if at > moment]

    def _inconvenient(self, moment: datetime) -> _Block | None:
        if self._is_live(moment):
            return None
        for zone in self.zones:
            local = moment.astimezone(zone)
            window = hours.within(self.debtor.inconvenient, self.channel, local)
            if window is not None:
                until = hours.instant(local.date(), window.end, zone)
                until = until if until > moment else moment + timedelta(minutes=1)
                reason = f"{local:%H:%M} is an hour at which the person asked not to be written to ({zone})"
                return _Block(self.rules.inconvenient_fact, BlockKind.INCONVENIENT, reason, until)
        return None

    @cached_property
    def _limits(self) -> list[tuple[Frequency, list[Contact]]]:
        """Every limit on this channel, with the contacts that it counts."""
        own = (rule for rule in self.rules.frequencies if self.channel in rule.channels)
        return [(rule, counts.counted_by(rule, self.history, self.debtor)) for rule in own]

    def _frequency(self, moment: datetime) -> _Block | None:
        is_bound_reply = self._is_answer(moment) and not self.rules.inbound.exempt_from_frequency
        is_counted = self._counts_as(moment) is Purpose.COLLECTION or is_bound_reply
        if not is_counted or self._is_exempt("frequency"):
            return None
        for rule, counted in self._limits:
            ready = counts.within_from(rule, moment, self.channel, counted, self.zones)
            if ready is None or ready > moment:
                return _Block(rule.fact_id, BlockKind.FREQUENCY, _often(rule), ready)
        return None


def _never(found: _Block) -> _Block:
    return _Block(found.fact_id, found.kind, found.reason)


def _often(rule: Frequency) -> str:
    if rule.after_conversation:
        return f"a conversation was held less than {rule.per.n} {rule.per.unit}s ago"
    what = "channels" if rule.counts == "distinct_channel" else "contacts"
    gap = f", {rule.min_gap.n} {rule.min_gap.unit}s apart" if rule.min_gap is not None else ""
    kind = "calendar " if rule.is_calendar else ""
    return f"at most {rule.most} {what} in {rule.per.n} {kind}{rule.per.unit}{'s' if rule.per.n != 1 else ''}{gap}"
