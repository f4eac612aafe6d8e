"""Which of our senders writes to a debtor, and whether it may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.channels.sending import Parcel, Refused
from bot.channels.twilio.configuration import SenderEntry
from bot.channels.twilio.policy import country_of, refusal


def sender_for(entries: Iterable[SenderEntry], parcel: Parcel) -> SenderEntry:
    """The sender of a parcel.

    An answer comes from where the debtor wrote to. Whom we write to of our own accord hears from the sender that
    names their creditor and country most closely.

    Raises:
        Refused: there is none, or the provider's rules keep it from writing this to that country.
    """
    country = country_of(parcel.address) or parcel.country
    found = written_to(entries, parcel.via) if parcel.messages[0].cause is not None else None
    found = found or _closest(entries, parcel.creditor, country)
    if found is None:
        raise Refused("no_sender")
    responses = [message.response for message in parcel.messages]
    rule = refusal(found.channel, found.collects, found.debt_reduction, country, responses)
    if rule is not None:
        raise Refused(f"policy_{rule}")
    return found


def written_to(entries: Iterable[SenderEntry], via: Mapping[str, Any]) -> SenderEntry | None:
    """The sender that the debtor's last message went to."""
    for entry in entries:
        if entry.number is not None and entry.number == via.get("to"):
            return entry
        if entry.messaging_service is not None and entry.messaging_service == via.get("service"):
            return entry
    return None


def _closest(entries: Iterable[SenderEntry], creditor: str | None, country: str | None) -> SenderEntry | None:
    def named(entry: SenderEntry) -> tuple[bool, bool]:
        return entry.creditors is not None, entry.countries is not None

    fitting = [
        entry
        for entry in entries
        if (entry.creditors is None or creditor in entry.creditors)
        and (entry.countries is None or country in entry.countries)
    ]
    return max(fitting, key=named, default=None)
