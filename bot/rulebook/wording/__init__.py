"""Wording: what a text to a debtor may not say, how hard it is to read, and whether it can be sent as it stands."""

from bot.rulebook.wording.check import Finding, Wording
from bot.rulebook.wording.rules import load_wording

__all__ = ["Finding", "Wording", "load_wording"]
