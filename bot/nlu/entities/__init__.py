"""Entities of a debtor's message, normalised: amounts, dates, instalments, documents, references."""

from .model import Entity
from .pipeline import extract

__all__ = ["Entity", "extract"]
