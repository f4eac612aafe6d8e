"""A public page on which a person checks whether a code is ours. It says nothing of anybody, and why we write nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qs

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.base import Connector
from bot.channels.failures import log_failure
from bot.channels.web import pages
from bot.channels.web_request import BadRequest, read_body
from bot.services import proof
from bot.services.proof import Proof

_MOST_BYTES = 2_048
_RETRY_SECONDS = "60"
_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram"}
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "title": "¿De verdad le escribimos nosotros?",
        "label": "Código de comprobación",
        "hint": "Ocho letras y números, como K7QM\u20114T2X. Lo da el asistente si se le pide.",
        "check": "Comprobar",
        "other": "English",
        "known": "Sí: este código es nuestro.",
        "known_where": "Lo dimos por {channel} el {when}.",
        "known_else": "Si no lo recibió así, no comparta sus datos y avise a la empresa.",
        "unknown": "No conocemos este código.",
        "unknown_why": "Puede estar mal escrito o haber caducado. Si no está seguro, no comparta sus datos.",
        "often": "Demasiados intentos seguidos.",
        "often_why": "Espere un minuto y vuelva a probar.",
        "busy": "Ahora no podemos comprobarlo.",
        "busy_why": "Vuelva a probar en un momento. Hasta entonces, no comparta sus datos.",
        "web": "el chat de nuestra página",
        "safe_title": "Para ir sobre seguro",
        "safe": "Por el chat nunca pedimos contraseñas, PIN ni números de tarjeta.|"
        "También puede llamar al teléfono de su contrato o de la web oficial de la empresa, y dar este código.|"
        "Mire la dirección de esta página antes de escribir nada.",
    },
    "en": {
        "title": "Is it really us writing to you?",
        "label": "Verification code",
        "hint": "Eight letters and numbers, such as K7QM\u20114T2X. The assistant gives it when asked.",
        "check": "Check",
        "other": "Español",
        "known": "Yes: this code is ours.",
        "known_where": "We gave it by {channel} on {when}.",
        "known_else": "If that is not how you got it, do not share your data, and tell the company.",
        "unknown": "We do not know this code.",
        "unknown_why": "It may be mistyped or have expired. If you are not sure, do not share your data.",
        "often": "Too many tries in a row.",
        "often_why": "Wait a minute and try again.",
        "busy": "We can't check it right now.",
        "busy_why": "Try again in a moment. Until then, do not share your data.",
        "web": "the chat on our page",
        "safe_title": "To be on the safe side",
        "safe": "In the chat we never ask for passwords, PINs or card numbers.|"
        "You can also call the number in your contract or on the company's official website, and give this code.|"
        "Look at the address of this page before you type anything.",
    },
}


class VerifyPage:
    """GET shows a form, POST says whether the code is ours. No cookie, no script, nothing of the code in an address."""

    def __init__(self, connector: Connector, style: str) -> None:
        """Args: style: the address of the page's style, relative to it."""
        self._connector = connector
        self._page = pages.template("verify.html").replace("{{style}}", style)

    def add_to(self, routes: Blueprint) -> None:
        """Put the routes beside the widget's."""

        # Functions, not methods: Sanic writes attributes on its handlers.
        async def form(request: Request) -> HTTPResponse:
            return await self._form(request)

        async def check(request: Request) -> HTTPResponse:
            return await self._check(request)

        routes.add_route(form, "/verify", methods=["GET"], name="verify_form")
        routes.add_route(check, "/verify", methods=["POST"], name="verify_check", stream=True)

    async def _form(self, request: Request) -> HTTPResponse:
        if not await self._connector.allows_network(request):
            return self._too_often(request)
        return self._show(request)

    async def _check(self, request: Request) -> HTTPResponse:
        if not await self._connector.allows_check(request):
            return self._too_often(request)
        try:
            body = await read_body(request, _MOST_BYTES)
            code = parse_qs(body.decode("utf-8", "replace")).get("code", [""])[0]
            found = await asyncio.to_thread(proof.look_up, self._connector.app, code)
        except BadRequest as problem:
            return self._show(request, "unknown", status=problem.status)
        except Exception as error:
            log_failure("a code could not be checked", "-", error)
            return self._show(request, "busy", status=503)
        return self._show(request, "known", found) if found is not None else self._show(request, "unknown")

    def _too_often(self, request: Request) -> HTTPResponse:
        answer = self._show(request, "often", status=429)
        answer.headers["Retry-After"] = _RETRY_SECONDS
        return answer

    def _show(
        self, request: Request, outcome: str | None = None, found: Proof | None = None, status: int = 200
    ) -> HTTPResponse:
        language = pages.language_of(request)
        texts = _TEXTS[language]
        gaps = {name: escape(text) for name, text in texts.items()}
        gaps["result"] = _result(language, outcome, found) if outcome is not None else ""
        gaps["safe"] = "".join(f"<li>{escape(line)}</li>" for line in texts["safe"].split("|"))
        return pages.filled(self._page, language, gaps, status)


def _result(language: str, outcome: str, found: Proof | None) -> str:
    texts = _TEXTS[language]
    lines = [texts[f"{outcome}_why"]] if found is None else [_where(language, found), texts["known_else"]]
    more = "".join(f"<p>{escape(line)}</p>" for line in lines)
    kind = "yes" if found is not None else "no"
    return f'<div class="result {kind}" role="status"><p><strong>{escape(texts[outcome])}</strong></p>{more}</div>'


def _where(language: str, found: Proof) -> str:
    texts = _TEXTS[language]
    channel = _CHANNELS.get(found.channel, texts["web"])
    return texts["known_where"].format(channel=channel, when=found.when_in(language))
