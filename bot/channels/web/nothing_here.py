"""The page at an address under /webhooks/web/ where there is nothing: a sentence and a way back, in their language."""

from __future__ import annotations

from html import escape

from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.web import pages

_ROOT = "/webhooks/web/"
_PAGE = pages.template("nothing_here.html")
_TEXTS = {
    "es": {
        "title": "Aquí no hay nada",
        "sentence": "Puede que la dirección esté mal escrita o que ya no exista.",
        "back": "Ir al chat",
        "other": "English",
    },
    "en": {
        "title": "There is nothing here",
        "sentence": "The address may be mistyped, or may not exist any more.",
        "back": "Go to the chat",
        "other": "Español",
    },
}


async def nothing_here(request: Request, missing: NotFound) -> HTTPResponse:
    """A page for people who open an unknown address of ours; programs, and other addresses, get what Sanic says."""
    if not request.path.startswith(_ROOT) or "text/html" not in request.headers.get("accept", ""):
        answer: HTTPResponse = request.app.error_handler.default(request, missing)
        return answer
    language = pages.language_of(request)
    gaps = {name: escape(text) for name, text in _TEXTS[language].items()}
    # Relative, so that it holds behind a proxy that puts us under a path of its own.
    gaps["root"] = "../" * request.path[len(_ROOT) :].count("/") or "./"
    return pages.filled(_PAGE, language, gaps, 404)
