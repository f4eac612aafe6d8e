"""Jurisdictions: what law, regulators and we ourselves ask of contact and conversation, fact by fact, with sources."""

from bot.rulebook.jurisdictions.loading import STRICT, Jurisdictions, load_jurisdictions
from bot.rulebook.jurisdictions.profile import Fact, Profile

__all__ = ["STRICT", "Fact", "Jurisdictions", "Profile", "load_jurisdictions"]
