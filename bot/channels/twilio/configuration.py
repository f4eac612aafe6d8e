"""The part `twilio` of channels.yml: who sends to whom, how long an SMS may be, and WhatsApp's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, validator

from bot.channels.section import Section
from bot.channels.twilio.policy import why_not_collect, why_not_reduce

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")
# WhatsApp shows three buttons to a person who wrote within a day, and ten lines of a list.
MAX_QUICK_REPLIES = 3
MAX_LIST = 10


class SenderEntry(Section):
    """One number or messaging service of ours, and for whom and to whom it writes."""

    channel: Literal["sms", "whatsapp"]
    number: str | None = None
    messaging_service: str | None = None
    creditors: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    collects: Literal["first_party", "third_party"]
    debt_reduction: bool | None = None  # offers to pay less; None: wherever it is allowed

    @validator("number", pre=True)
    def _is_number(cls, value: Any) -> Any:  # noqa: N805
        return _like(value, _NUMBER, 'a number in international form, such as "+34600111222", in quotes')

    @validator("messaging_service", always=True)
    def _is_service(cls, value: Any, values: Mapping[str, Any]) -> Any:  # noqa: N805
        if value is None and values.get("number") is None and "number" in values:
            raise ValueError("name a number or a messaging_service (MG…) that sends")
        return _like(value, _SERVICE, "a messaging service's SID (MG and 32 hexadecimal digits)")

    @validator("creditors")
    def _names_one(cls, value: Any) -> Any:  # noqa: N805
        return _not_empty(value)

    @validator("countries", each_item=True)
    def _is_country(cls, value: str) -> str:  # noqa: N805
        if not re.fullmatch(r"[A-Z]{2}", value):
            raise ValueError("expected a country's two letters, such as ES")
        return value

    @validator("countries")
    def _names_a_country(cls, value: Any) -> Any:  # noqa: N805
        return _not_empty(value)

    @validator("collects")
    def _may_collect(cls, value: str, values: Mapping[str, Any]) -> str:  # noqa: N805
        reason = why_not_collect(str(values.get("channel")), value, values.get("countries"))
        if reason is not None:
            raise ValueError(reason)
        return value

    @validator("debt_reduction")
    def _may_reduce(cls, value: bool | None, values: Mapping[str, Any]) -> bool | None:  # noqa: N805
        reason = why_not_reduce(str(values.get("channel")), values.get("countries")) if value else None
        if reason is not None:
            raise ValueError(reason)
        return value


class Sms(Section):
    """How texts go out by SMS."""

    # Six segments are 918 characters, or 402 once there is an á in the text.
    max_segments: int = Field(default=6, ge=1, le=10)


class WhatsApp(Section):
    """What WhatsApp asks for."""

    policy_acknowledged_by: str = ""
    templates: Mapping[str, Mapping[Literal["es", "en"], str]] = {}
    quick_reply: Mapping[int, str] = {}
    list: Mapping[Literal["es", "en"], Mapping[int, str]] = {}

    @validator("templates", "list")
    def _are_content(cls, value: Any) -> Any:  # noqa: N805
        for inner in value.values():
            for sid in inner.values():
                _like(sid, _CONTENT, "a content template's SID (HX and 32 hexadecimal digits)")
        return value

    @validator("quick_reply")
    def _are_quick_replies(cls, value: Any) -> Any:  # noqa: N805
        for sid in value.values():
            _like(sid, _CONTENT, "a content template's SID (HX and 32 hexadecimal digits)")
        _within(value, MAX_QUICK_REPLIES)
        return value

    @validator("list")
    def _are_lists(cls, value: Any) -> Any:  # noqa: N805
        for inner in value.values():
            _within(inner, MAX_LIST)
        return value


class TwilioSection(Section):
    """Nothing is sent and nothing is taken on a channel without a sender."""

    whatsapp: WhatsApp = Field(default_factory=WhatsApp)
    sms: Sms = Field(default_factory=Sms)
    senders: tuple[SenderEntry, ...] = ()

    @validator("senders")
    def _policy_was_read(cls, value: Any, values: Mapping[str, Any]) -> Any:  # noqa: N805
        whatsapp = values.get("whatsapp")
        if whatsapp is None or whatsapp.policy_acknowledged_by.strip():
            return value
        if any(entry.channel == "whatsapp" for entry in value):
            raise ValueError(
                "WhatsApp's Business Messaging Policy lists debt collection among what may not be done over it, and "
                "closes accounts for it. To send all the same, write in twilio.whatsapp.policy_acknowledged_by who in "
                "your organisation has read the policy and answers for it"
            )
        return value

    def of(self, channel: str) -> tuple[SenderEntry, ...]:
        """The senders of a channel."""
        return tuple(entry for entry in self.senders if entry.channel == channel)


def _like(value: Any, pattern: re.Pattern[str], wanted: str) -> Any:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        raise ValueError(f"expected {wanted}")
    return value


def _not_empty(value: Any) -> Any:
    if value is not None and not value:
        raise ValueError("name at least one, or leave the key out for all")
    return value


def _within(value: Mapping[int, str], most: int) -> None:
    if any(not 1 <= count <= most for count in value):
        raise ValueError(f"expected numbers of buttons from 1 to {most}")
