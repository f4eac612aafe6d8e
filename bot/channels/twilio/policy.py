"""What Twilio, the carriers and WhatsApp forbid: checked when the server starts and again before each message."""

from __future__ import annotations

from collections.abc import Iterable

import phonenumbers

# Carriers of these countries forbid what is below, whoever asks and whatever the debtor agreed to.
NORTH_AMERICA = frozenset({"US", "CA"})
# Texts that offer, confirm or ask about paying less than what is owed.
DEBT_REDUCTION = frozenset(
    {
        "utter_ask_settlement_figure",
        "utter_offer_settlement",
        "utter_offer_settlement_parts",
        "utter_summary_settlement",
    }
)
# https://www.twilio.com/docs/api/errors/30863 (long codes, short codes) and 30460 (toll-free), 30943 (10DLC)
THIRD_PARTY = "30863"
# https://www.twilio.com/docs/api/errors/30869 and 30466 (toll-free)
REDUCTION = "30869"


def why_not_collect(channel: str, collects: str, countries: Iterable[str] | None) -> str | None:
    """Why this sender may not be set up; None if it may.

    Args:
        channel: sms or whatsapp.
        collects: first_party (the creditor itself) or third_party (for another).
        countries: where it writes to; None for everywhere.
    """
    if channel != "sms" or collects != "third_party":
        return None
    if countries is None:
        return (
            "a third party may not collect by SMS in the United States and Canada (Twilio errors 30863, 30460, 30943): "
            "name in `countries` where this sender writes to, without US and CA"
        )
    found = sorted(NORTH_AMERICA.intersection(countries))
    if found:
        return (
            f"a third party may not collect by SMS in {' and '.join(found)} (Twilio errors 30863, 30460, 30943); "
            "take the country out, or use first_party if the creditor itself is who sends"
        )
    return None


def why_not_reduce(channel: str, countries: Iterable[str] | None) -> str | None:
    """Why offers of paying less may not go out by this sender; None if they may."""
    found = sorted(NORTH_AMERICA.intersection(countries or NORTH_AMERICA))
    if channel != "sms" or not found:
        return None
    return (
        f"offers to reduce a debt may not go out by SMS in {' and '.join(found)}, even with consent "
        "(Twilio errors 30869, 30466); leave `debt_reduction` out and such offers are made everywhere else"
    )


def may_reduce(channel: str, stated: bool | None, country: str | None) -> bool:
    """Whether offers of paying less may go to this country.

    Args:
        channel: sms or whatsapp.
        stated: what the sender's entry in channels.yml says, if it says anything.
        country: of the debtor's address; where it is not known, nothing is risked.
    """
    return stated is not False and (channel != "sms" or country not in (NORTH_AMERICA | {None}))


def refusal(
    channel: str, collects: str, reduces: bool | None, country: str | None, responses: Iterable[str]
) -> str | None:
    """The code of the rule that keeps these messages from going to this country; None if they may go."""
    if why_not_collect(channel, collects, [country] if country else None):
        return THIRD_PARTY
    if DEBT_REDUCTION.intersection(responses) and not may_reduce(channel, reduces, country):
        return REDUCTION
    return None


def country_of(address: str) -> str | None:
    """The country of a phone number in E.164, or of WhatsApp's id of somebody whose number is hidden (ES.1234…)."""
    if address[2:3] == "." and address[:2].isalpha():
        return address[:2].upper()
    try:
        number = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException:
        return None
    # A number that no plan knows still has the prefix of its country.
    region = phonenumbers.region_code_for_number(number)
    found = str(region or phonenumbers.region_code_for_country_code(number.country_code or 0))
    return found if found.isalpha() and found != "ZZ" else None
