"""WhatsApp's templates: which one a message takes, and what is put into it.

A template of buttons or of a list is the same for every message; its words are variables: 1 the text, then for each
button its title and its token (2 and 3, 4 and 5, …). A template for outside the 24 hours has one variable, the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from bot.channels.sending import Waits
from bot.channels.twilio.configuration import MAX_LIST, MAX_QUICK_REPLIES, WhatsApp
from bot.services.unit_of_work import OutboundMessage

# https://www.twilio.com/docs/content/twilio-quick-reply and twiliolist-picker
_MAX_BODY = 1024
_MAX_QUICK_TITLE = 20
_MAX_LINE_TITLE = 24
# https://www.twilio.com/docs/api/errors/63016. A little less than a day: a message may be some time on its way.
_WINDOW = timedelta(hours=24) - timedelta(minutes=2)

Filled = tuple[str, Mapping[str, str]]


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether free text may be sent: the debtor wrote within the last 24 hours."""
    return last_inbound_at is not None and now - last_inbound_at < _WINDOW


def outside(whatsapp: WhatsApp, message: OutboundMessage, broken: Collection[str] = ()) -> Filled:
    """The approved template for a message outside the 24 hours.

    Args:
        whatsapp: what channels.yml says.
        message: what to say.
        broken: templates that turned out not to be what channels.yml takes them for.

    Raises:
        Waits: none is configured for this response in this language.
    """
    language: Any = message.language
    sid = whatsapp.templates.get(message.response, {}).get(language)
    # WhatsApp takes no line breaks in a variable.
    text = " ".join(message.text.split())
    if sid is None or sid in broken or not 0 < len(text) <= _MAX_BODY:
        raise Waits("63016")
    return sid, {"1": text}


def with_buttons(whatsapp: WhatsApp, message: OutboundMessage, broken: Collection[str] = ()) -> Filled | None:
    """The template that shows a message's buttons; None where they are a numbered menu. See `outside`."""
    count = len(message.buttons)
    longest = max((len(button["title"]) for button in message.buttons), default=0)
    sid, language = None, cast(Any, message.language)
    if not count or not 0 < len(message.text) <= _MAX_BODY:
        return None
    if count <= MAX_QUICK_REPLIES and longest <= _MAX_QUICK_TITLE:
        sid = whatsapp.quick_reply.get(count)
    if (sid is None or sid in broken) and count <= MAX_LIST and longest <= _MAX_LINE_TITLE:
        sid = whatsapp.list.get(language, {}).get(count)
    return None if sid is None or sid in broken else (sid, _variables(message))


def _variables(message: OutboundMessage) -> dict[str, str]:
    words = [message.text]
    for button in message.buttons:
        words += [button["title"], button["payload"]]
    return {str(number): word for number, word in enumerate(words, 1)}
