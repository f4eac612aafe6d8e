"""Reading a JSON request safely: bounded size, right types, and a sentence for whatever is wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from sanic.exceptions import MethodNotSupported
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

MAX_BODY = 64 * 1024
# Half a megabyte takes a slow line ten seconds; who takes longer only holds the connection.
_BODY_SECONDS = 15.0


class BadRequest(Exception):
    """A request that cannot be understood, with the HTTP status and a sentence for the caller."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence

    def response(self) -> HTTPResponse:
        """The answer: JSON with a stable code and a sentence."""
        return json_response({"error": self.code, "message": self.sentence}, status=self.status)


async def read_object(request: Request, limit: int = MAX_BODY) -> Mapping[str, Any]:
    """Read a JSON object from a streamed request.

    Args:
        limit: the largest body that is read, in bytes.

    Raises:
        BadRequest: too large, not UTF-8 JSON, or not an object.
    """
    body = await read_body(request, limit)
    try:
        content = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise BadRequest(400, "not_json", "The body is not valid JSON in UTF-8.") from None
    if not isinstance(content, dict):
        raise BadRequest(
            400, "not_an_object", 'The body must be a JSON object, such as {"sender": "…", "message": "…"}.'
        )
    return content


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Read the body of a streamed request, exactly as it came.

    Raises:
        BadRequest: it is too large, or comes too slowly.
    """
    too_large = BadRequest(413, "too_large", f"A message may have {limit // 1024} KiB at most.")
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or int(length) > limit:
        raise too_large
    try:
        body = await asyncio.wait_for(_read_up_to(request, limit + 1), _BODY_SECONDS)
    except asyncio.TimeoutError:
        raise BadRequest(408, "too_slow", "The message did not arrive in time. Send it again.") from None
    if len(body) > limit:
        raise too_large
    return body


async def _read_up_to(request: Request, most: int) -> bytes:
    body = b""
    while request.stream is not None and len(body) < most:
        chunk = await request.stream.read()
        if chunk is None:
            break
        body += chunk
    return body


def text_of(content: Mapping[str, Any], key: str, *, required: bool = False, limit: int | None = None) -> str:
    """A text value of a request, "" when it is absent and not required.

    Raises:
        BadRequest: missing, not a text, or longer than `limit` characters.
    """
    value = content.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value.strip()):
        raise BadRequest(
            400, f"bad_{key}", f'"{key}" must be a text{" that is not empty" if required else ""}.'
        )
    if limit is not None and len(value) > limit:
        raise BadRequest(400, f"bad_{key}", f'"{key}" may have {limit} characters at most.')
    # JSON can spell half a surrogate pair and NUL, which no database takes.
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


async def wrong_method(_: Request, error: MethodNotSupported) -> HTTPResponse:
    """The answer to a method that an address does not know: Sanic's own names no `Allow` when it answers in JSON."""
    return json_response({"error": "wrong_method"}, status=405, headers=error.headers)
