"""Offers in words: one block and one button each."""

from __future__ import annotations

from typing import Any

from bot.debt.arrangements import Frequency, Kind, Offer, Terms
from bot.services import wording
from bot.services.cards import Card
from bot.services.turn import Button, Turn, entity


def offer_name(terms: Terms) -> str:
    """Which of our three kinds of offer this is: full, settlement or plan."""
    if terms.is_full_payment:
        return "full"
    return "settlement" if terms.kind is Kind.SETTLEMENT else "plan"


def offer_text(turn: Turn, number: int, offer: Offer) -> str:
    """The offer as a numbered block of a message."""
    name = f"utter_offer_{offer_name(offer.terms)}"
    if offer.terms.kind is Kind.SETTLEMENT and len(offer.terms.schedule) > 1:
        name = "utter_offer_settlement_parts"
    locale = wording.locale_of(turn.conversation.language, turn.country)
    values = {
        "number": str(number),
        **turn.common_values(),
        **wording.values_as_text(offer_values(turn, offer), locale),
    }
    return turn.app.scripts.render(
        name,
        values,
        language=turn.conversation.language,
        tone=None,
        channel=turn.conversation.channel,
        form=turn.form,
    ).text


def offer_card(turn: Turn, offer: Offer, text: str, number: int | None, picks: int) -> Card:
    """The offer as a card.

    Args:
        text: the block of the message that it stands for.
        number: by which the message calls it; None when it is the only one.
        picks: position of its button.
    """
    values = offer_values(turn, offer)
    terms = offer.terms
    return Card(
        title_name(terms), values, terms.total, terms.saving, terms.schedule, text, number=number, picks=picks
    )


def title_name(terms: Terms) -> str:
    """The response that names terms in a few words."""
    if terms.kind is Kind.SETTLEMENT and len(terms.schedule) > 1:
        return "utter_card_settlement_parts"
    return f"utter_card_{offer_name(terms)}"


def offer_values(turn: Turn, offer: Offer) -> dict[str, Any]:
    """What a text may say of an offer."""
    terms = offer.terms
    last = terms.schedule[-1].amount
    return {
        "total": terms.total,
        "saving": terms.saving,
        "count": len(terms.schedule),
        "amount": terms.schedule[0].amount,
        "last_amount": last,
        "first_due_on": terms.first_due_on,
        "last_due_on": terms.last_due_on,
        "frequency": frequency_word(terms.frequency, turn.conversation.language),
        "expires_on": offer.expires_on,
        "balance": offer.balance,
    }


_FREQUENCY_WORDS = {
    Frequency.ONCE: ("en un solo pago", "in one payment"),
    Frequency.WEEKLY: ("cada semana", "every week"),
    Frequency.BIWEEKLY: ("cada dos semanas", "every two weeks"),
    Frequency.SEMIMONTHLY: ("cada quincena", "twice a month"),
    Frequency.MONTHLY: ("cada mes", "every month"),
    Frequency.IRREGULAR: ("en las fechas indicadas", "on the dates below"),
}


def frequency_word(frequency: Frequency, language: str) -> str:
    """How often, in words."""
    return _FREQUENCY_WORDS[frequency][0 if language == "es" else 1]


def offer_button(number: int, offer: Offer) -> Button:
    """The button that picks it."""
    return Button(f"button_offer_{offer_name(offer.terms)}", "inform", (entity("choice", number),))
