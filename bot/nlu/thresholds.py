"""Confidences from which the dialogue acts; chosen on held-out training lines, never on the validation samples."""
from __future__ import annotations

UNSURE = 0.25
"""Below: nothing fits; say what can be done here."""

CLEAR = 0.55
"""From here: act. Between the two: ask which of the two likeliest is meant."""

CRITICAL = 0.15
"""A critical intent among the first two from here is treated as said, and confirmed kindly."""
