"""What Twilio tells us, as values: a message of a debtor, or what became of one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.services import buttons

WHATSAPP = "whatsapp:"
# Twilio's words for what the keyword did, when it has answered the keyword itself (Advanced Opt-Out).
_OPT_OUT = {"STOP": "stop", "START": "start", "HELP": "help"}
# No message has more of them; the number comes from outside.
_MOST_MEDIA = 30
# https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
_STATUSES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "sent"),
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    **dict.fromkeys(("failed", "undelivered", "canceled"), "failed"),
}


class NotUnderstood(Exception):
    """A signed request that lacks what it must have; says what, without any value."""


@dataclass(frozen=True)
class Written:
    """A message of a debtor.

    Attributes:
        address: their number, or WhatsApp's id of them where the number is hidden.
        to: our number that they wrote to.
        service: the messaging service that our number belongs to.
        opted: what Twilio already did and said itself: stop, start or help.
    """

    channel: str
    address: str
    message_id: str
    text: str
    media: tuple[Mapping[str, Any], ...]
    to: str
    service: str | None
    opted: str | None


@dataclass(frozen=True)
class Status:
    """What became of a message of ours; `status` as `delivery.receipt` takes it, None for what is no news."""

    channel: str
    sid: str
    status: str | None
    code: str | None


def written(values: Mapping[str, str]) -> Written:
    """Read a message.

    Raises:
        NotUnderstood: it has no sender, no id, or comes over a channel that is not ours.
    """
    channel, address = address_of(values.get("From", ""))
    message_id = _first(values, "MessageSid", "SmsMessageSid", "SmsSid")
    if not message_id or not address:
        raise NotUnderstood("a message without MessageSid or From")
    return Written(
        channel=channel,
        address=address,
        message_id=message_id,
        text=_text(values),
        media=_media(values),
        to=address_of(values.get("To", ""))[1],
        service=values.get("MessagingServiceSid") or None,
        opted=_OPT_OUT.get(values.get("OptOutType", "").upper()),
    )


def status(values: Mapping[str, str]) -> Status:
    """Read a status callback.

    Raises:
        NotUnderstood: it names no message.
    """
    sid = _first(values, "MessageSid", "SmsSid")
    if not sid:
        raise NotUnderstood("a status without MessageSid")
    ours = values.get("From", "")
    channel = (
        "whatsapp" if WHATSAPP in (ours[: len(WHATSAPP)], values.get("To", "")[: len(WHATSAPP)]) else "sms"
    )
    told = _first(values, "MessageStatus", "SmsStatus").lower()
    # WhatsApp says "read" in a field of its own as well.
    told = "read" if values.get("EventType", "").upper() == "READ" else told
    code = values.get("ErrorCode", "")
    return Status(channel, sid, _STATUSES.get(told), code if code not in ("", "0") else None)


def address_of(raw: str) -> tuple[str, str]:
    """Channel and bare address of "whatsapp:+34…" or "+34…".

    Raises:
        NotUnderstood: it is of another channel, such as "messenger:…".
    """
    raw = raw.strip()
    if raw.lower().startswith(WHATSAPP):
        return "whatsapp", raw[len(WHATSAPP) :].strip()
    if ":" in raw:
        raise NotUnderstood("a message over a channel other than SMS and WhatsApp")
    return "sms", raw


def _first(values: Mapping[str, str], *names: str) -> str:
    return next((found for name in names if (found := values.get(name, "").strip())), "")


def _text(values: Mapping[str, str]) -> str:
    """What they wrote; of a pressed button or a chosen line its token, if it is one of ours."""
    for name in ("ButtonPayload", "ListId"):
        if buttons.is_token(values.get(name, "")):
            return values[name].strip()
    if values.get("MessageType", "").lower() == "reaction":
        return ""
    return _first(values, "Body", "ButtonText", "ListTitle")


def _media(values: Mapping[str, str]) -> tuple[Mapping[str, Any], ...]:
    """A reference to each thing that came besides the text. Nothing is fetched."""
    number = values.get("NumMedia", "0")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    count = min(int(number), _MOST_MEDIA) if is_number else 0
    is_whatsapp = values.get("From", "").lower().startswith(WHATSAPP)
    found: list[Mapping[str, Any]] = []
    for position in range(count):
        kind = values.get(f"MediaContentType{position}", "")
        url = values.get(f"MediaUrl{position}", "")
        found.append({"kind": _kind(kind, is_whatsapp), "content_type": kind, "url": url})
    if values.get("Latitude") and values.get("Longitude"):
        place = {name: values[key] for name, key in _PLACE.items() if values.get(key)}
        found.append({"kind": "location", **place})
    if values.get("MessageType", "").lower() == "reaction":
        found.append({"kind": "reaction", "emoji": _first(values, "Body", "ReactionEmoji")})
    return tuple(found)


_PLACE = {"latitude": "Latitude", "longitude": "Longitude", "label": "Label", "address": "Address"}


def _kind(content_type: str, is_whatsapp: bool) -> str:
    name = content_type.partition(";")[0].strip().lower()
    if is_whatsapp and name == "image/webp":
        return "sticker"  # WhatsApp sends stickers, and nothing else, so
    if name in _VOICE or "codecs=opus" in content_type.lower():
        return "voice"
    if name in _CARDS:
        return "contact"
    family = name.partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


_VOICE = frozenset({"audio/ogg", "audio/amr"})  # how WhatsApp and telephones record
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
