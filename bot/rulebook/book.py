"""The rulebook: which rules hold for an account on a day, as the plain limits that the core decides with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.debt.accounts import Account
from bot.debt.contact_gate import Purpose
from bot.debt.limits import Limits, SegmentFacts
from bot.debt.money import Money
from bot.debt.retention import Keep
from bot.debt.schedules import add_months
from bot.debt.segments import Placement, circumstances, segment_of
from bot.rulebook.countries import CountryEntry, CountryProfile
from bot.rulebook.desk import CannedReply, DeskRules, OpeningHours
from bot.rulebook.editions import edition_of
from bot.rulebook.errors import RulebookError
from bot.rulebook.explanations import ExplainedRule, explain_rules
from bot.rulebook.files import read_directory
from bot.rulebook.jurisdictions import Jurisdictions
from bot.rulebook.numbers import Number, creditor_key
from bot.rulebook.payment_methods import PaymentMethod, methods_for
from bot.rulebook.terms import limits_for
from bot.rulebook.who_writes import WhoWrites
from bot.rulebook.wording import Finding, Wording

_MOST_CACHED = 8192


@dataclass(frozen=True)
class IdentityRules:
    """How a person proves who they are."""

    factors_needed: int
    failures_before_lock: int
    lock_hours: int
    verification_minutes: int
    proof_hours: int


@dataclass(frozen=True)
class ConversationRules:
    """When the assistant asks again, gives up or ends."""

    no_progress_turns: int
    clarify_tries: int
    idle_minutes: int
    clear_confidence: float
    unsure_confidence: float
    critical_confidence: float
    care_confidence: float


@dataclass(frozen=True)
class ContactRules:
    """When reminders go out."""

    reminder_before_due: int
    grace_after_due: int


@dataclass(frozen=True)
class RetentionRules:
    """How long records are kept, and by when what has no term in the country's profile is answered."""

    keep_years: int
    keep_rule_id: str
    keep_reference: str
    representative_days: int
    authority_months: int
    authority_notice_days: int
    stop_days: int
    human_days: int
    due_soon_days: int

    @property
    def is_our_default(self) -> bool:
        """Whether we chose the period and no law did: a deployer may then shorten it."""
        return self.keep_reference.lower().startswith("product default")


@dataclass
class Rulebook:
    """All rules with their history. Build it with `load`; afterwards it only remembers answers."""

    numbers: Mapping[str, Mapping[str, Number]]
    countries: Mapping[str, CountryEntry]
    methods: Mapping[tuple[str, str], tuple[PaymentMethod, ...]]
    desk_hours: Mapping[str, OpeningHours]
    canned_replies: tuple[CannedReply, ...]
    jurisdictions: Jurisdictions
    wording: Wording
    who_writes: WhoWrites
    digests: Mapping[str, str]  # of the files without history
    _remembered: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, directory: Path | str, own: Path | None = None) -> Rulebook:
        """Read and check every file of a rulebook.

        Args:
            directory: of the rulebook.
            own: of the deployer's changes to jurisdictions, if there are any.

        Raises:
            RulebookError: with every mistake, its file, key and what is allowed there.
        """
        contents, problems = read_directory(Path(directory), own)
        if problems or contents is None:
            raise RulebookError(problems)
        found = contents
        return cls(
            found.numbers,
            found.countries,
            found.methods,
            found.desk_hours,
            found.canned_replies,
            found.jurisdictions,
            found.wording,
            found.who_writes,
            found.digests,
        )

    def check_wording(
        self,
        text: str,
        language: str,
        jurisdiction: str,
        purpose: Purpose | str,
        *,
        channel: str | None = None,
        author: str = "assistant",
        placeholders: Collection[str] | None = None,
    ) -> list[Finding]:
        """Everything that is wrong with a text to a debtor; see `bot.rulebook.wording.Wording.check`."""
        return self.wording.check(
            text, language, jurisdiction, purpose, channel=channel, author=author, placeholders=placeholders
        )

    def country_codes(self) -> tuple[str, ...]:
        """Every country there are rules for."""
        return tuple(self.countries)

    def country(self, code: str, today: date | None = None) -> CountryProfile:
        """A country's profile on a day, or with the newest rules when no day is given.

        Raises:
            KeyError: no such country.
        """
        key = ("country", code, today)
        if key not in self._remembered:
            self._remember(key, self.countries[code].on(code, today or date.max))
        profile: CountryProfile = self._remembered[key]
        return profile

    def country_of_phone(self, phone: str) -> str | None:
        """The country whose prefix an E.164 number has (the longest that fits)."""
        fits = [
            (len(p), code)
            for code, e in self.countries.items()
            if phone.startswith(p := e.facts["phone_prefix"])
        ]
        return max(fits)[1] if fits else None

    def identity(self, today: date) -> IdentityRules:
        """How a person proves who they are."""
        return IdentityRules(**self._values("identity", today))

    def conversation(self, today: date) -> ConversationRules:
        """When the assistant asks again, gives up or ends."""
        values = self._values("conversation", today)
        confidences = {k: float(v) for k, v in values.items() if isinstance(v, Decimal)}
        return ConversationRules(**{**values, **confidences})

    def contact(self, today: date) -> ContactRules:
        """When reminders go out."""
        return ContactRules(**self._values("contact", today))

    def retention(self, country: str, today: date) -> RetentionRules:
        """How long a country's records are kept, and the terms that no country sets."""
        values = self._values("retention", today)
        keep = self.numbers["retention"][f"keep_records.{country}"]
        return RetentionRules(
            keep_years=values[f"keep_records.{country}"],
            keep_rule_id=f"retention.keep_records.{country}",
            keep_reference=keep.reference,
            representative_days=values["representative_answer"],
            authority_months=values["authority_lasts"],
            authority_notice_days=values["authority_notice"],
            stop_days=values["stop_answer"],
            human_days=values["human_answer"],
            due_soon_days=values["due_soon"],
        )

    def keeps(self, country: str, today: date) -> tuple[Keep, ...]:
        """Every duty to keep the record of a debtor there: ours, and what the profile says of records."""
        key = ("keeps", country, today)
        if key not in self._remembered:
            place = self.jurisdictions.place(country, None)
            found = [
                Keep(fact.fact_id, fact.content["keep"]["n"], fact.content["keep"]["unit"])
                for fact in self.jurisdictions.profile(place).under("records")
                if "keep" in fact.content
            ]
            own = self.numbers["retention"].get(f"keep_records.{country}")
            if own is not None:
                found.insert(0, Keep(f"retention.keep_records.{country}", own.resolve(today), "year"))
            self._remember(key, tuple(found))
        keeps: tuple[Keep, ...] = self._remembered[key]
        return keeps

    def erases_by_itself(self, today: date) -> bool:
        """Whether the operator wants records to be erased by themselves when nothing asks for them any more."""
        return bool(self._values("retention", today)["automatic_erasure"])

    def desk(self, today: date) -> DeskRules:
        """How fast people answer."""
        return DeskRules(**self._values("desk", today))

    def is_desk_open(self, country: str, at: datetime) -> bool:
        """Whether people answer debtors of a country at an instant."""
        zone = ZoneInfo(self.country(country).time_zone)
        return self.desk_hours[country].is_open(at.astimezone(zone))

    def payment_methods(self, creditor: str, country: str) -> tuple[PaymentMethod, ...]:
        """How this creditor is paid in a country; their own ways before everybody's."""
        return methods_for(self.methods, creditor, country)

    def segment(self, facts: SegmentFacts, today: date) -> Placement:
        """Where an account stands: segment, tone and the circumstances that adjust its terms."""
        creditor, numbers = creditor_key(facts.creditor), self.numbers["segments"]
        found = segment_of(max(0, facts.days_past_due), numbers["segments"].resolve(today, creditor))
        bands = numbers["balance_bands"].resolve(today, creditor)[facts.balance.currency]
        currency = facts.balance.currency
        named = circumstances(
            facts, {name: Money.nearest(amount, currency) for name, amount in bands.items()}
        )
        in_hardship = "hardship" in named
        return Placement(
            segment=found.name,
            tone="reassuring" if in_hardship else found.tone,
            asks_affordability_first=found.asks_affordability_first or in_hardship,
            circumstances=named,
            rule_id=f"segments.{found.name}",
        )

    def limits(self, account: Account, facts: SegmentFacts, today: date) -> Limits:
        """All that may be decided for an account today.

        Args:
            account: for its country, dates and currency.
            facts: its circumstances; nothing about the person.
            today: the business date, which picks the rules in force.
        """
        place, currency = self.segment(facts, today), facts.balance.currency
        key = (today, facts.creditor, place, currency)
        if key not in self._remembered:
            creditor = creditor_key(facts.creditor)
            edition = self.edition(today)
            self._remember(key, limits_for(self.numbers, creditor, place, currency, today, edition))
        limits: Limits = self._remembered[key]
        return replace(limits, is_time_barred=True) if self.is_time_barred(account, today) else limits

    def is_time_barred(self, account: Account, today: date) -> bool:
        """Whether the period after which the debt can no longer be claimed in court is over.

        Counted from the due date or the last payment, which acknowledges the debt and starts it again.
        """
        if account.country not in self.countries:
            return False
        last = max(account.due_on, account.last_payment_on or account.due_on)
        years = self.country(account.country, today).time_bar_years
        return today >= add_months(last, 12 * years)

    def edition(self, today: date) -> str:
        """Short name of the rules in force on a day: since when, and a digest of all of them."""
        key = ("edition", today)
        if key not in self._remembered:
            numbers = [number for file in self.numbers.values() for number in file.values()]
            numbers += [number for country in self.countries.values() for number in country.numbers.values()]
            self._remember(key, edition_of(numbers, self.digests, today))
        return str(self._remembered[key])

    def explain(self, account: Account, facts: SegmentFacts, today: date) -> list[ExplainedRule]:
        """Every rule that gives this account its offers today, with its value, unit and reason."""
        bar = (
            self.countries[account.country].numbers["time_bar"] if account.country in self.countries else None
        )
        return explain_rules(self.numbers, bar, self.segment(facts, today), facts, today)

    def _values(self, file: str, today: date) -> dict[str, Any]:
        key = (file, today)
        if key not in self._remembered:
            self._remember(key, {name: number.resolve(today) for name, number in self.numbers[file].items()})
        values: dict[str, Any] = self._remembered[key]
        return values

    def _remember(self, key: Any, value: Any) -> None:
        if len(self._remembered) >= _MOST_CACHED:
            self._remembered.clear()
        self._remembered[key] = value
