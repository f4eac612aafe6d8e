"""Requests in the shape in which Twilio makes them, blank fields included; numbers and names are made up."""

from __future__ import annotations

from tests.channels.twilio.stub import ACCOUNT

OUR_SMS = "+34600000001"
OUR_WHATSAPP = "+34600000002"
DEBTOR = "+34600111222"


def sms(text: str = "hola", **more: str) -> dict[str, str]:
    """An SMS from Spain."""
    sid = more.pop("MessageSid", "SM" + "0" * 31 + "1")
    return {
        "ToCountry": "ES", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "", "FromZip": "",
        "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "", "Body": text, "FromCountry": "ES",
        "To": OUR_SMS, "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": ACCOUNT, "From": DEBTOR,
        "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip


def whatsapp(text: str = "hola", **more: str) -> dict[str, str]:
    """A text on WhatsApp."""
    sid = more.pop("MessageSid", "SM" + "0" * 31 + "2")
    return {
        "SmsMessageSid": sid, "NumMedia": "0", "ProfileName": "Lucía", "MessageType": "text", "SmsSid": sid,
        "WaId": DEBTOR.lstrip("+"), "SmsStatus": "received", "Body": text, "To": f"whatsapp:{OUR_WHATSAPP}",
        "NumSegments": "1", "ReferralNumMedia": "0", "MessageSid": sid, "AccountSid": ACCOUNT,
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{}}}', "From": f"whatsapp:{DEBTOR}",
        "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip


def button(payload: str, title: str, **more: str) -> dict[str, str]:
    """A pressed quick reply."""
    reply = {"ButtonText": title, "ButtonPayload": payload, "OriginalRepliedMessageSid": "SM" + "9" * 32}
    return whatsapp(
        title, MessageType="button", OriginalRepliedMessageSender=f"whatsapp:{OUR_WHATSAPP}", **reply, **more
    )


def chosen(payload: str, title: str, **more: str) -> dict[str, str]:
    """A chosen line of a list."""
    return whatsapp(title, MessageType="interactive", ListId=payload, ListTitle=title, **more)


def media(content_type: str, text: str = "", **more: str) -> dict[str, str]:
    """A photo, a voice note, a sticker …"""
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
    kind = content_type.partition("/")[0]
    more = {"NumMedia": "1", "MediaContentType0": content_type, "MediaUrl0": url, "MessageType": kind, **more}
    return whatsapp(text, **more)


def location(**more: str) -> dict[str, str]:
    """A shared place."""
    return whatsapp(
        "", MessageType="location", Latitude="40.416775", Longitude="-3.703790", Label="Sol", **more
    )


def reaction(emoji: str, **more: str) -> dict[str, str]:
    """A thumb up on a message of ours."""
    return whatsapp(emoji, MessageType="reaction", OriginalRepliedMessageSid="SM" + "9" * 32, **more)


def status(sid: str, status: str, code: str = "", channel: str = "sms", **more: str) -> dict[str, str]:
    """A status callback."""
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    ours = OUR_WHATSAPP if channel == "whatsapp" else OUR_SMS
    values = {
        "SmsSid": sid, "SmsStatus": status, "MessageStatus": status, "To": f"{prefix}{DEBTOR}", "MessageSid": sid,
        "AccountSid": ACCOUNT, "From": f"{prefix}{ours}", "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip
    if channel == "whatsapp":
        values |= {
            "ChannelPrefix": "whatsapp",
            "ChannelInstallSid": "XE" + "3" * 32,
            "StructuredMessage": "false",
        }
    if code:
        values |= {"ErrorCode": code, "ErrorMessage": "made up"}
    return values
