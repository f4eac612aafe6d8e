"""What Sanic's parser takes and no server should, refused before a byte of the body is read. For both servers on Sanic."""

from __future__ import annotations

import re
from typing import Any

from sanic.exceptions import InvalidUsage, PayloadTooLarge, RequestTimeout, ServiceUnavailable
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.server.protocols.http_protocol import HttpProtocol

# A field's name is a token (RFC 9110, 5.6.2): with a space before the colon it would be another field to a proxy.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What ends a line for some, and what Sanic takes for a blank: read from the head as it came.
_CONTROL = re.compile(rb"[\x00-\x08\n-\x1f\x7f]")
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding):[ \t]*([^\r]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"[0-9]{1,10}[ \t]*")
# What may happen before a request is known, besides nonsense.
_OF_US = (PayloadTooLarge, RequestTimeout, ServiceUnavailable)


class StrictRequest(Request):  # type: ignore[misc]
    """A request whose head says one thing only about where its body ends.

    Sanic 21.12 takes a length of -1, and then reads nothing for ever without ever letting go of the event loop: one
    such request ends the server. Of two lengths, or a length and chunks, it takes one, and a proxy maybe the other.
    """

    def __init__(
        self, url_bytes: bytes, headers: Any, *arguments: Any, head: bytes = b"", **named: Any
    ) -> None:
        super().__init__(url_bytes, headers, *arguments, head=head, **named)
        # There are no web sockets here, and for their sake Sanic would drop its limits on time. Nobody packs what they
        # send us, and rasa_sdk would unpack any size.
        is_odd = headers.get("upgrade", "").lower() == "websocket" or "content-encoding" in headers
        if is_odd or not _is_plain(headers, head):
            raise InvalidUsage("Bad Request")


def apply(app: Any) -> None:
    """Let a Sanic application take such requests only, answer any other head with 400, and wait for nobody's drips.

    Args:
        app: before it serves.
    """
    app.request_class = StrictRequest
    Http.error_response = _error_response
    HttpProtocol.data_received = _data_received


def _is_plain(headers: Any, head: bytes) -> bool:
    if _CONTROL.search(head.replace(b"\r\n", b"")) or not all(map(_NAME.fullmatch, headers)):
        return False
    framing = [(name.lower(), value) for name, value in _FRAMING.findall(head)]
    if not framing:
        return True
    (name, value), *more = framing
    is_clear = _LENGTH.fullmatch(value) is not None if name == b"content-length" else value == b"chunked"
    return is_clear and not more


_answered = Http.error_response


async def _error_response(self: Any, exception: Exception) -> None:
    """Sanic fails a second time, and logs both, over an address or a head that it cannot read."""
    if self.request is None:
        self.url = None
        if not isinstance(exception, _OF_US):
            exception = InvalidUsage("Bad Request")
    await _answered(self, exception)


_received = HttpProtocol.data_received


def _data_received(self: Any, data: bytes) -> None:
    """Time is counted from the first byte of a request: with Sanic's own count each further byte wins all of it anew."""
    begun, http = self._time, getattr(self, "_http", None)
    _received(self, data)
    if http is not None and (http.stage is not Stage.IDLE or http.request_body):
        self._time = begun
