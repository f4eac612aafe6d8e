"""Whether a request comes from Twilio: its signature, over the body as it came and the address as Twilio knows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sanic.request import RequestParameters
from twilio.request_validator import RequestValidator


def signed_values(
    validator: RequestValidator, url: str, content_type: str, body: bytes, signature: str
) -> Mapping[str, str] | None:
    """The values of a request that Twilio signed; None for any other request.

    Args:
        validator: holds the account's auth token.
        url: the whole address that Twilio called, with its query, as configured with Twilio.
        content_type: of the body.
        body: exactly as it came. A form's blank fields are signed too, so they are kept.
        signature: the header X-Twilio-Signature.
    """
    text = body.decode("utf-8", "replace")
    if not signature.isascii():
        return None
    if content_type.partition(";")[0].strip().lower() == "application/json":
        # Such a body is signed by its hash in the address; without the hash it is not signed at all.
        is_signed = "bodySHA256" in parse_qs(urlsplit(url).query) and validator.validate(url, text, signature)
        return _json_values(text) if is_signed else None
    values = parse_qs(text, keep_blank_values=True)
    if not validator.validate(url, RequestParameters(values), signature):
        return None
    return {name: found[0] for name, found in values.items()}


def _json_values(text: str) -> Mapping[str, str] | None:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}
