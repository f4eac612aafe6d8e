"""Signing in and out."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.desk import security, views
from bot.desk.context import Context, page
from bot.desk.texts import Texts, language_of
from bot.desk.texts import load as load_texts
from bot.services import desk_sign_in
from bot.services.application import Application
from bot.services.desk_roles import DeskRefusal
from bot.services.desk_sign_in import SignedIn


def _texts(request: Request) -> Texts:
    return load_texts()[language_of(None, request.headers.get("accept-language", ""))]


def _form(request: Request, template: str, status: int = 200, error: str = "", name: str = "") -> Response:
    return views.page(template, _texts(request), None, "", status, request, error=error, name=name)


async def sign_in(request: Request) -> Response:
    """The form, and what it sends."""
    if request.method == "GET":
        return _form(request, "sign_in.html")
    form = await security.read_form(request)
    if form is None or not security.is_from_here(request):
        return _form(request, "sign_in.html", 400, _texts(request)("refused.forged"))
    app: Application = request.app.state.application
    network = security.caller_of(request, app.settings.proxies)
    try:
        signed_in = await run_in_threadpool(
            desk_sign_in.sign_in, app, form.get("name", ""), form.get("password", ""), network
        )
    except DeskRefusal as refusal:
        sentence = _texts(request)(f"refused.{refusal.code}", **refusal.values)
        status, name = 429 if refusal.code == "locked" else 401, form.get("name", "")[:100]
        return _form(request, "sign_in.html", status, sentence, name)
    return _keep(
        request, signed_in, "/sign-in/code" if signed_in.needs_code else views.home_of(signed_in.user)
    )


async def code(request: Request) -> Response:
    """The second factor."""
    if request.method == "GET":
        return _form(request, "code.html")
    form = await security.read_form(request)
    if form is None or not security.is_from_here(request):
        return _form(request, "code.html", 400, _texts(request)("refused.forged"))
    app: Application = request.app.state.application
    secret = security.secret_of(request)
    try:
        signed_in = await run_in_threadpool(desk_sign_in.give_code, app, secret, form.get("code", ""))
    except DeskRefusal as refusal:
        if refusal.code == "signed_out":
            return RedirectResponse("/sign-in?said=signed_out", status_code=303)
        sentence = _texts(request)(f"refused.{refusal.code}", **refusal.values)
        return _form(request, "code.html", 401, sentence)
    return _keep(request, signed_in, views.home_of(signed_in.user))


def _keep(request: Request, signed_in: SignedIn, path: str) -> Response:
    response = RedirectResponse(path, status_code=303)
    security.keep(request, response, signed_in.secret)
    return response


@page(is_open_to_new=True)
def sign_out(context: Context) -> Response:
    """End the session."""
    desk_sign_in.sign_out(context.app, context.known)
    response = RedirectResponse("/sign-in?said=goodbye", status_code=303)
    security.forget(context.request, response)
    return response
