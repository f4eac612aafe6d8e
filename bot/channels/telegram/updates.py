"""What an update of Telegram means to us: a message, a pressed button, a chat that opened or closed, a group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import phonenumbers
from telegram import CallbackQuery, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.services.reception import Incoming

CHANNEL = "telegram"
# All that we act upon; Telegram keeps the rest to itself.
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
# The data of the button that stands for a choice already made.
CHOSEN = "chosen"
_COMMAND = re.compile(r"/(start|help|language|stop)(?:@\w+)?(?:\s+(\S*))?\s*", re.IGNORECASE | re.DOTALL)
_AWAY = (
    ChatMemberStatus.BANNED,
    ChatMemberStatus.LEFT,
)  # "banned" is Telegram's word for a chat that blocked us
# With a file behind them, which is kept as a reference and never fetched.
_FILES = ("animation", "audio", "document", "sticker", "video", "video_note", "voice")
_OTHERS = ("dice", "game", "invoice", "location", "paid_media", "passport_data", "poll", "story", "venue")


@dataclass(frozen=True)
class Written:
    """Somebody wrote to us in private."""

    incoming: Incoming


@dataclass(frozen=True)
class Pressed:
    """Somebody pressed a button of ours."""

    incoming: Incoming
    query_id: str
    message_id: int | None  # None when the message is too old to be changed
    title: str | None

    @property
    def is_done(self) -> bool:
        """Whether it stands for a choice that was already made."""
        return self.incoming.text == CHOSEN


@dataclass(frozen=True)
class Reachable:
    """A person opened the chat with us or blocked it."""

    address: str
    is_reachable: bool


@dataclass(frozen=True)
class Group:
    """Somebody put us into a group."""

    chat_id: int
    language: str


Meaning = Written | Pressed | Reachable | Group | None


def read(update: Update) -> Meaning:
    """What an update means; None when there is nothing to do.

    Args:
        update: as the library parsed it.

    Raises:
        Exception: of any kind, when a value is not of the type that it should have.
    """
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if update.message is not None:
        return _message(update.update_id, update.message, is_edited=False)
    if update.edited_message is not None:
        return _message(update.update_id, update.edited_message, is_edited=True)
    return None


def _message(update_id: int, message: Message, *, is_edited: bool) -> Meaning:
    sender = message.from_user
    if message.chat.type == ChatType.CHANNEL or sender is None or sender.is_bot:
        return None
    if message.chat.type != ChatType.PRIVATE:
        # Who was told in a group is not told again because of a changed message.
        return (
            None
            if is_edited or message.left_chat_member
            else Group(_number(message.chat.id), _language(sender) or "es")
        )
    text = message.text or message.caption or ""
    if not isinstance(text, str):
        raise ValueError("a text is a string")
    media = media_of(message)
    if not text and not media:
        return None  # a pinned message, a timer set: nothing that a person said
    if is_edited and not text:
        return None  # a live location that moves
    command, token = _command_of(message, media, is_edited)
    return Written(
        Incoming(
            channel=CHANNEL,
            address=_address(message.chat.id),
            provider_id=str(update_id),
            # The token of a link is a key: it is used up and not kept.
            text=f"/{command}" if token else text,
            media=media,
            language=_language(sender),
            command=command,
            link=token,
        )
    )


def _command_of(
    message: Message, media: tuple[Mapping[str, Any], ...], is_edited: bool
) -> tuple[str | None, str | None]:
    if is_edited:
        return "edited", None
    if message.contact is not None:
        return ("phone" if media[0].get("phone") else "contact"), None
    found = _COMMAND.fullmatch(message.text or "")
    if found is None:
        return None, None
    command = found.group(1).lower()
    return command, (found.group(2) or None) if command == "start" else None


def media_of(message: Message) -> tuple[Mapping[str, Any], ...]:
    """References to what came besides the text."""
    album = {"album": message.media_group_id} if message.media_group_id else {}
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return ({"kind": "photo", **_file(largest), **album},)
    if message.contact is not None:
        return ({"kind": "contact", **_own_phone(message)},)
    for kind in _FILES:
        file = getattr(message, kind)
        if file is not None:
            return ({"kind": kind, **_file(file), **album},)
    for kind in _OTHERS:
        if getattr(message, kind) is not None:
            return ({"kind": kind},)  # where somebody is, or what they voted, is nothing that we need
    # What a later Telegram brings and this version does not know.
    return ({"kind": "other"},) if message.api_kwargs and not message.text else ()


def _file(file: Any) -> dict[str, Any]:
    known = {
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "mime": getattr(file, "mime_type", None),
        "size": file.file_size,
        "name": getattr(file, "file_name", None),
    }
    return {key: value for key, value in known.items() if value is not None}


def _own_phone(message: Message) -> dict[str, str]:
    """The number of a shared contact, if it is the sender's own: anybody's could be sent."""
    contact, sender = message.contact, message.from_user
    assert contact is not None
    if sender is None or contact.user_id != sender.id or message.forward_origin is not None:
        return {}
    try:
        number = phonenumbers.parse("+" + contact.phone_number.lstrip("+"))
    except phonenumbers.NumberParseException:
        return {}
    return {"phone": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}


def _pressed(update_id: int, query: CallbackQuery) -> Meaning:
    message = query.message
    if message is None or not isinstance(query.data, str) or message.chat.type != ChatType.PRIVATE:
        return None
    address = _address(message.chat.id)
    incoming = Incoming(
        channel=CHANNEL,
        address=address,
        provider_id=str(update_id),
        text=query.data,
        language=_language(query.from_user),
    )
    number = message.message_id if message.is_accessible else None
    return Pressed(incoming, query.id, number, _title(message, query.data))


def _title(message: Any, data: str) -> str | None:
    markup = getattr(message, "reply_markup", None)
    rows = markup.inline_keyboard if markup is not None else ()
    return next((button.text for row in rows for button in row if button.callback_data == data), None)


def _membership(change: ChatMemberUpdated) -> Meaning:
    is_away = change.new_chat_member.status in _AWAY
    if change.chat.type == ChatType.PRIVATE:
        return Reachable(_address(change.chat.id), not is_away)
    if is_away or change.chat.type == ChatType.CHANNEL:
        return None
    return Group(_number(change.chat.id), _language(change.from_user) or "es")


def _address(chat_id: object) -> str:
    return str(_number(chat_id))


def _number(chat_id: object) -> int:
    # The library takes whatever stands in the JSON.
    if not isinstance(chat_id, int):
        raise ValueError("a chat's id is a number")
    return chat_id


def _language(sender: User) -> str | None:
    """A hint for a first message: the language of the person's app, if we speak it."""
    code = (sender.language_code or "")[:2].lower()
    return code if code in ("es", "en") else None
