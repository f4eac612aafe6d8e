"""The page at an address under /webhooks/web/ where there is nothing: a sentence and a way back, in their language."""

from __future__ import annotations

from html import escape
from importlib import resources

from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, html

from bot.channels.web.verify import PAGE_HEADERS, language_of

_ROOT = "/webhooks/web/"
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
    language = language_of(request)
    texts = {name: escape(text) for name, text in _TEXTS[language].items()}
    # Relative, so that it holds behind a proxy that puts us under a path of its own.
    root = "../" * request.path[len(_ROOT) :].count("/") or "./"
    filled = {**texts, "lang": language, "other_lang": "en" if language == "es" else "es", "root": root}
    content = (
        resources.files("bot.channels").joinpath("static").joinpath("nothing_here.html").read_text("utf-8")
    )
    for name, text in filled.items():
        content = content.replace(f"{{{{{name}}}}}", text)
    return html(content, status=404, headers={**PAGE_HEADERS, "Content-Language": language})
