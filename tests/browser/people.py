"""What the demo's debtors type to be identified."""

from __future__ import annotations

from bot.demo.people import EVERYBODY


def identity_of(reference: str) -> tuple[str, str, str]:
    """Reference, date of birth in ISO form, postal code."""
    person = next(one for one in EVERYBODY if any(debt.reference == reference for debt in one.debts))
    return reference, person.born, person.postal_code
