"""Updates in the shapes in which Telegram posts them, one builder a kind."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

CHAT = 70_000_001
_IDS = count(900_000_000)

Update = dict[str, Any]


def person(chat: int = CHAT, language: str | None = "es") -> dict[str, Any]:
    """Who writes."""
    found = {
        "id": chat,
        "is_bot": False,
        "first_name": "Lucía",
        "last_name": "Prueba",
        "username": "lucia_prueba",
    }
    return {**found, "language_code": language} if language else found


def private(chat: int = CHAT) -> dict[str, Any]:
    """A chat with one person."""
    return {
        "id": chat,
        "first_name": "Lucía",
        "last_name": "Prueba",
        "username": "lucia_prueba",
        "type": "private",
    }


def group(chat: int = -1_001_234) -> dict[str, Any]:
    """A chat with many."""
    return {"id": chat, "title": "Familia", "type": "supergroup"}


def message(chat: int = CHAT, *, language: str | None = "es", **content: Any) -> Update:
    """A message in private; the content by its fields, `text` above all."""
    number = next(_IDS)
    sent = {
        "message_id": number - 899_999_000,
        "from": person(chat, language),
        "chat": private(chat),
        "date": 1_790_000_000,
    }
    return {"update_id": number, "message": {**sent, **content}}


def command(text: str, chat: int = CHAT, **more: Any) -> Update:
    """A command, as the app marks it."""
    name = text.split(" ")[0]
    entities = [{"offset": 0, "length": len(name), "type": "bot_command"}]
    return message(chat, text=text, entities=entities, **more)


def edited(update: Update, text: str) -> Update:
    """The same message, changed."""
    changed = {**update["message"], "edit_date": 1_790_000_060, "text": text}
    return {"update_id": next(_IDS), "edited_message": changed}


def pressed(shown: Mapping[str, Any], data: str, chat: int = CHAT) -> Update:
    """A button under a message of ours."""
    bot = {"id": 123456, "is_bot": True, "first_name": "Al Día", "username": "AlDiaTestBot"}
    query = {
        "id": "4382bfdwdsb323b2d9",
        "from": person(chat),
        "message": {**shown, "from": bot},
        "chat_instance": "-3141592653589793",
        "data": data,
    }
    return {"update_id": next(_IDS), "callback_query": query}


def membership(status: str, chat: Mapping[str, Any] | None = None) -> Update:
    """Somebody blocked or opened the chat, or put us into a group."""
    bot = {"id": 123456, "is_bot": True, "first_name": "Al Día", "username": "AlDiaTestBot"}
    left = {"until_date": 0} if status == "kicked" else {}
    change = {
        "chat": dict(chat or private()),
        "from": person(),
        "date": 1_790_000_000,
        "old_chat_member": {"user": bot, "status": "member" if status == "kicked" else "left"},
        "new_chat_member": {"user": bot, "status": status, **left},
    }
    return {"update_id": next(_IDS), "my_chat_member": change}


_FILE = {"file_id": "AgACAgQAAx0", "file_unique_id": "AQADAgAT"}
_THUMB = {**_FILE, "width": 90, "height": 67, "file_size": 1253}

MEDIA: dict[str, dict[str, Any]] = {
    "photo": {"photo": [_THUMB, {**_FILE, "file_id": "big", "width": 1280, "height": 960, "file_size": 101_325}]},
    "voice": {"voice": {**_FILE, "duration": 4, "mime_type": "audio/ogg", "file_size": 18_034}},
    "audio": {"audio": {**_FILE, "duration": 200, "mime_type": "audio/mpeg", "file_size": 3_000_000, "file_name": "a.mp3"}},
    "video": {"video": {**_FILE, "width": 64, "height": 48, "duration": 9, "mime_type": "video/mp4", "file_size": 900_000}},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 6, "file_size": 70_000}},
    "document": {"document": {**_FILE, "file_name": "recibo.pdf", "mime_type": "application/pdf", "file_size": 55_123}},
    "sticker": {"sticker": {**_FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False,
        "is_video": False, "emoji": "👍", "file_size": 20_000}},
    "location": {"location": {"latitude": 40.4168, "longitude": -3.7038}},
    "contact": {"contact": {"phone_number": "34600111333", "first_name": "Otro", "user_id": 5}},
    "poll": {"poll": {"id": "55", "question": "¿Sí?", "options": [
        {"persistent_id": "1", "text": "Sí", "voter_count": 0}, {"persistent_id": "2", "text": "No", "voter_count": 0}],
        "total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular",
        "allows_multiple_answers": False, "allows_revoting": False, "members_only": False}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "animation": {
        "animation": {**_FILE, "width": 320, "height": 240, "duration": 2, "mime_type": "video/mp4", "file_size": 50_000},
        "document": {**_FILE, "mime_type": "video/mp4", "file_size": 50_000},
    },
}  # fmt: skip


def contact(chat: int, phone: str, owner: int | None) -> Update:
    """A shared contact."""
    card: dict[str, Any] = {"phone_number": phone, "first_name": "Lucía"}
    return message(chat, contact={**card, "user_id": owner} if owner is not None else card)
