"""Pages that are about nobody: their headers, their language, and how one is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from sanic.request import Request
from sanic.response import HTTPResponse, html

LANGUAGES = ("es", "en")
_POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


def template(name: str) -> str:
    """A page with its gaps, by the name of its file."""
    return resources.files("bot.channels").joinpath("static").joinpath(name).read_text(encoding="utf-8")


def language_of(request: Request) -> str:
    """The language to show: as the address says, else the browser's first that we have, else Spanish."""
    asked = [request.args.get("lang", ""), *request.headers.get("accept-language", "").lower().split(",")]
    return next((each.strip()[:2] for each in asked if each.strip()[:2] in LANGUAGES), "es")


def filled(page: str, language: str, gaps: Mapping[str, str], status: int = 200) -> HTTPResponse:
    """A page with its gaps filled in.

    Args:
        page: from `template`.
        language: that it is in.
        gaps: markup by the name of its gap; texts of others are escaped already.
        status: of the answer.
    """
    for name, text in {**gaps, "lang": language, "other_lang": "en" if language == "es" else "es"}.items():
        page = page.replace(f"{{{{{name}}}}}", text)
    return html(page, status=status, headers={**_HEADERS, "Content-Language": language})
