"""The contact gate: may we write to this person now, on this channel, for this purpose? Pure; every answer names a fact."""

from bot.debt.contact_gate.answers import Allowed, Blocked, BlockKind, Decision
from bot.debt.contact_gate.decision import decide
from bot.debt.contact_gate.rules import (
    CHANNELS,
    CeaseAction,
    ChannelRule,
    ClosedDays,
    Exemption,
    Frequency,
    GateRules,
    Inbound,
    Span,
    Trigger,
    Window,
)
from bot.debt.contact_gate.situation import Contact, Purpose, Reach, Result

__all__ = [
    "CHANNELS",
    "Allowed",
    "BlockKind",
    "Blocked",
    "CeaseAction",
    "ChannelRule",
    "ClosedDays",
    "Contact",
    "Decision",
    "Exemption",
    "Frequency",
    "GateRules",
    "Inbound",
    "Purpose",
    "Reach",
    "Result",
    "Span",
    "Trigger",
    "Window",
    "decide",
]
