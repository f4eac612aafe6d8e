"""Whether the content templates that channels.yml names are what it takes them for; asked once at start."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.sending import ChannelError
from bot.channels.twilio.api import Api
from bot.channels.twilio.configuration import WhatsApp

# Twilio's code for what does not exist.
_NOT_FOUND = ("20404", "404")


@dataclass(frozen=True)
class Problem:
    """One template with which something is wrong; `is_sure` unless Twilio only could not be asked."""

    key: str
    sid: str
    reason: str
    is_sure: bool = True

    def __str__(self) -> str:
        use = "; a numbered menu or waiting takes its place" if self.is_sure else ""
        return f"twilio.whatsapp.{self.key}: the template {self.sid} {self.reason}{use}"


async def unusable_templates(whatsapp: WhatsApp, api: Api) -> list[Problem]:
    """What is wrong with the templates that are configured."""

    async def check(key: str, sid: str, kind: str, count: int) -> Problem | None:
        try:
            reason = _why_not(await api.template(sid), kind, count)
        except ChannelError as error:
            if error.code not in _NOT_FOUND:
                return Problem(key, sid, f"could not be read from Twilio ({error.code})", is_sure=False)
            reason = "does not exist in this account"
        return Problem(key, sid, reason) if reason is not None else None

    found = await asyncio.gather(*(check(*wanted) for wanted in _wanted(whatsapp)))
    return [problem for problem in found if problem is not None]


def _wanted(whatsapp: WhatsApp) -> Iterator[tuple[str, str, str, int]]:
    """Key, SID, type and number of buttons of each template."""
    for count, sid in whatsapp.quick_reply.items():
        yield f"quick_reply.{count}", sid, "twilio/quick-reply", count
    for language, lists in whatsapp.list.items():
        for count, sid in lists.items():
            yield f"list.{language}.{count}", sid, "twilio/list-picker", count
    for response, languages in whatsapp.templates.items():
        for language, sid in languages.items():
            yield f"templates.{response}.{language}", sid, "", 0


def _why_not(types: Mapping[str, Any], kind: str, count: int) -> str | None:
    if not kind:
        return "can only be sent within the 24 hours" if set(types) <= {"twilio/list-picker"} else None
    content = types.get(kind)
    if not isinstance(content, Mapping):
        return f"is not of the type {kind}"
    found = len(content.get("actions") or content.get("items") or ())
    return None if found == count else f"has {found} buttons, not {count}"
