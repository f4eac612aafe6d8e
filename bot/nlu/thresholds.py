"""Which intents must not be missed, what goes first, and the confidences from which the dialogue acts.

The figures were chosen on the training lines, each read by a model that was fitted without it, never on the
validation samples. The training lines are harder than everyday messages on purpose: the shares are pessimistic.
The rulebook's conversation settings have the same values; a test holds them together.
"""

from __future__ import annotations

CRITICAL_INTENTS = (
    "distress",
    "report_death",
    "wrong_person",
    "legal_representation",
    "stop_contact",
    "dispute_debt",
    "report_payment",
    "request_agent",
    "data_rights",
    "complain",
    "report_hardship",
)
"""Missing one of these harms a person or breaks a law (the contract's list)."""

PRECEDENCE = {
    "distress": 0,
    "report_death": 1,
    "wrong_person": 2,
    "legal_representation": 3,
    "stop_contact": 4,
    "dispute_debt": 5,
    "report_payment": 5,
    "request_agent": 6,
    "data_rights": 7,
    "complain": 7,
    "report_hardship": 7,
}
"""Which one counts where a message says several things; the lower the number the more so. The rest comes after."""

CARE = 2.0
"""How many times more than its chance a critical intent counts when the likeliest one is chosen."""

UNSURE = 0.20
"""Below: nothing fits; say what can be done here."""

CLEAR = 0.50
"""From here: act. Between the two: ask which of the two likeliest is meant."""

EVEN_SECOND = ("distress", "stop_contact")
CRITICAL = 0.10
"""Where the first is not clear, one of EVEN_SECOND in second place from here is treated as said, and confirmed kindly."""
