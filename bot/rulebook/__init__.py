"""The rulebook: business-owned YAML with the history of every number, as frozen rules in force on a date."""

from bot.rulebook.book import ContactRules, ConversationRules, IdentityRules, Rulebook
from bot.rulebook.check import CheckReport, check
from bot.rulebook.countries import CountryProfile, CrisisLine
from bot.rulebook.errors import Problem, RulebookError
from bot.rulebook.explanations import ExplainedRule
from bot.rulebook.payment_methods import PaymentMethod
from bot.rulebook.wording import Finding

__all__ = [
    "CheckReport",
    "ContactRules",
    "ConversationRules",
    "CountryProfile",
    "CrisisLine",
    "ExplainedRule",
    "Finding",
    "IdentityRules",
    "PaymentMethod",
    "Problem",
    "Rulebook",
    "RulebookError",
    "check",
]
