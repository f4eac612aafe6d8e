"""Twilio's error codes, as what to do next. One table for answers to a request and for status callbacks."""

from __future__ import annotations

from bot.channels.sending import ChannelError, Refused, TryLater, Unreachable, Waits

# Each code's page: https://www.twilio.com/docs/api/errors/<code>. What is not here is refused: a person sees to it.
STOPPED = "21610"  # the recipient said STOP to this sender
UNREACHABLE = frozenset(
    {
        "21211",  # invalid 'To' number
        "21217",  # not a phone number
        "21265",  # 'To' is a short code
        STOPPED,
        "21614",  # not a mobile number
        "21635",  # a landline
        "30005",  # unknown destination: the number does not exist
        "30006",  # landline or unreachable carrier
        "63003",  # the channel does not know this address
        "63024",  # not on WhatsApp
    }
)
LATER = frozenset(
    {
        "14107",  # too many messages at once
        "20003",  # not authenticated: ours to set right, and then it goes out
        "20005",  # account not active
        "20429",  # too many requests
        "21611",  # this sender's queue is full
        "30001",  # queue overflow
        "30002",  # account suspended
        "30022",  # carrier's limit for this number
        "63018",  # WhatsApp's rate limit
        "63038",  # the account's daily limit
    }
)
WAITS = frozenset(
    {
        "63016",  # outside WhatsApp's 24 hours, and no template
    }
)


def fault_of(status: int, code: str, seconds: float | None = None) -> ChannelError:
    """What an answer that is no success means.

    Args:
        status: of HTTP.
        code: Twilio's own, or the HTTP status again where it gave none.
        seconds: when Twilio wants to be asked again, if it said so.
    """
    if status >= 500:
        # Whether it took the message is not said: `may_have_gone_out` has it looked up before the next try.
        return TryLater(f"http_{status}", seconds)
    if status == 429 or code in LATER or status in (401, 403):
        return TryLater(code, seconds)
    if code in UNREACHABLE:
        return Unreachable(code)
    return Waits(code) if code in WAITS else Refused(code)


def may_have_gone_out(code: str | None) -> bool:
    """Whether the last try failed in a way that leaves open if the message was taken."""
    return code is not None and code.startswith("http_5")
