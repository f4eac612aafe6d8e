"""The schema: every number that the rulebook sets, with its kind, unit and bounds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from bot.debt.arrangements import Frequency

CURRENCIES = ("EUR", "MXN", "COP", "CLP", "ARS", "PEN", "USD", "GBP")
COUNTRIES = ("ES", "MX", "CO", "CL", "PE", "AR", "US", "GB")
LANGUAGES = ("es", "en")
# Cities with a profile of their own; every other place is a subdivision of ISO 3166-2.
CITIES = ("US-NY-NYC",)
TONES = ("reassuring", "practical", "firm_kind")
FORMS = ("tu", "usted", "vos")


class NumberKind(str, Enum):
    """How a value is written."""

    SHARE = "a share from 0 to 1"
    WHOLE = "a whole number"
    MONEY = "an amount for each currency"
    FLAG = "true or false"
    WORDS = "a list of words"
    SEGMENTS = "a list of segments"
    BANDS = "two amounts for each currency"


@dataclass(frozen=True)
class Spec:
    """What one number may be."""

    kind: NumberKind
    unit: str
    low: int = 0
    high: int = 1
    by_segment: bool = True
    choices: tuple[str, ...] = ()


def _share(by_segment: bool = True) -> Spec:
    return Spec(NumberKind.SHARE, "share", by_segment=by_segment)


def _whole(unit: str, low: int, high: int, by_segment: bool = True) -> Spec:
    return Spec(NumberKind.WHOLE, unit, low, high, by_segment)


_FLAG = Spec(NumberKind.FLAG, "yes or no")
_FREQUENCIES = tuple(f.value for f in Frequency if f not in (Frequency.ONCE, Frequency.IRREGULAR))
EARNED_BY = ("improved_counter_offer", "affordability_stated", "pays_today")

FILES: dict[str, dict[str, Spec]] = {
    "segments": {
        "segments": Spec(NumberKind.SEGMENTS, "days past due", by_segment=False),
        "balance_bands": Spec(NumberKind.BANDS, "currency", by_segment=False),
    },
    "settlements": {
        "is_offered": _FLAG,
        "ceiling.fees": _share(),
        "ceiling.interest": _share(),
        "ceiling.principal": _share(),
        "floor": _share(),
        "payments": _whole("payments", 1, 12),
        "pay_within": _whole("days", 1, 365),
        "valid_for": _whole("days", 1, 60),
    },
    "payment_plans": {
        "is_offered": _FLAG,
        "length": _whole("months", 1, 60),
        "smallest_instalment": Spec(NumberKind.MONEY, "currency a month"),
        "round_to": Spec(NumberKind.MONEY, "currency", by_segment=False),
        "down_payment": _share(),
        "frequencies": Spec(NumberKind.WORDS, "frequencies", choices=_FREQUENCIES),
        "first_due_within": _whole("days", 1, 90),
        "valid_for": _whole("days", 1, 60),
        "date_changes": _whole("changes", 0, 12),
        "longest_move": _whole("days", 0, 60),
    },
    "promises": {
        "is_offered": _FLAG,
        "longest": _whole("days", 1, 90),
        "may_be_broken": _whole("promises", 0, 10),
        "smallest": _share(),
    },
    "ladder": {
        "opening": _share(),
        "step": _share(),
        "earned_by": Spec(NumberKind.WORDS, "what earns a step", choices=EARNED_BY),
        "smallest_improvement": _share(),
    },
    "identity": {
        "factors_needed": _whole("factors", 2, 3, by_segment=False),
        "failures_before_lock": _whole("failures", 1, 10, by_segment=False),
        "lock_hours": _whole("hours", 1, 168, by_segment=False),
        "verification_minutes": _whole("minutes", 1, 240, by_segment=False),
        "proof_hours": _whole("hours", 1, 168, by_segment=False),
    },
    "conversation": {
        "no_progress_turns": _whole("turns", 1, 10, by_segment=False),
        "clarify_tries": _whole("questions", 1, 5, by_segment=False),
        "idle_minutes": _whole("minutes", 1, 1440, by_segment=False),
        "clear_confidence": _share(by_segment=False),
        "unsure_confidence": _share(by_segment=False),
        "critical_confidence": _share(by_segment=False),
        "care_confidence": _share(by_segment=False),
    },
    "retention": {
        **{f"keep_records.{code}": _whole("years", 0, 30, by_segment=False) for code in COUNTRIES},
        "representative_answer": _whole("calendar days", 0, 60, by_segment=False),
        "authority_lasts": _whole("months", 1, 60, by_segment=False),
        "authority_notice": _whole("calendar days", 0, 90, by_segment=False),
        "stop_answer": _whole("calendar days", 0, 30, by_segment=False),
        "human_answer": _whole("calendar days", 0, 30, by_segment=False),
        "due_soon": _whole("calendar days", 0, 30, by_segment=False),
        "automatic_erasure": Spec(NumberKind.FLAG, "yes or no", by_segment=False),
    },
    "contact": {
        "reminder_before_due": _whole("days", 0, 30, by_segment=False),
        "grace_after_due": _whole("days", 0, 30, by_segment=False),
    },
    "desk": {
        "first_answer_within": _whole("minutes", 1, 240, by_segment=False),
        "distress_answer_within": _whole("minutes", 1, 60, by_segment=False),
        "tell_after": _whole("minutes", 1, 240, by_segment=False),
        "answer_within": _whole("minutes", 1, 240, by_segment=False),
        "most_chats": _whole("chats", 1, 50, by_segment=False),
        "reveal_for": _whole("minutes", 1, 120, by_segment=False),
        "approval_valid_for": _whole("days", 1, 60, by_segment=False),
    },
}
OTHER_FILES = (
    "countries",
    "payment_methods",
    "desk_hours",
    "canned_replies",
    "who_writes",
)

Value = bool | int | Decimal | tuple[str, ...] | dict[str, Decimal]
