"""One request of a signed-in person: who, what they sent, and how to answer. Services run beside the event loop."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from bot.desk import security, views
from bot.desk.texts import Texts, language_of
from bot.desk.texts import load as load_texts
from bot.services import desk_queue
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_queue import QueueRow
from bot.services.desk_roles import DeskRefusal, May, require
from bot.services.desk_sign_in import Known, known_by

logger = logging.getLogger(__name__)

# Refusals that are not the person's mistake but a state of things.
STATUS = {
    "not_found": 404,
    "not_allowed": 403,
    "not_yours": 403,
    "taken": 409,
    "nothing_waits": 409,
    "enough": 409,
    "own_request": 403,
    "decided": 409,
    "offer_stale": 409,
    "stopped": 409,
}


@dataclass
class Context:
    """What a handler is given."""

    request: Request
    known: Known
    texts: Texts
    form: dict[str, str] = field(default_factory=dict)

    @property
    def app(self) -> Application:
        """The application."""
        application: Application = self.request.app.state.application
        return application

    @property
    def user(self) -> User:
        """Who it is."""
        return self.known.user

    def queue(self) -> list[QueueRow]:
        """What this person may take or has."""
        rows = self.request.app.state.queue.rows()
        return desk_queue.listed(self.app, self.user, rows=rows)

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        return views.page(
            template, self.texts, self.user, self.known.session.csrf, status, self.request, **values
        )

    def part(self, template: str, **values: Any) -> str:
        """A piece of a page."""
        return views.part(template, self.texts, self.user, self.known.session.csrf, self.request, **values)

    def to(self, path: str, said: str = "") -> Response:
        """Go to a page, which shows a sentence."""
        if self.wants_json:
            return JSONResponse({"ok": True, "go": path, "said": self.texts(f"said.{said}") if said else ""})
        separator = "&" if "?" in path else "?"
        return RedirectResponse(f"{path}{separator}said={said}" if said else path, status_code=303)

    @property
    def wants_json(self) -> bool:
        """Whether a script asks, which shows the answer itself."""
        return "application/json" in self.request.headers.get("accept", "")

    def refuse(self, refusal: DeskRefusal) -> Response:
        """Say no, in words."""
        status = STATUS.get(refusal.code, 400)
        sentence = self.texts(f"refused.{refusal.code}", **refusal.values)
        if self.wants_json:
            return JSONResponse({"ok": False, "code": refusal.code, "said": sentence}, status_code=status)
        if self.request.method == "POST" and status != 404:
            back = self.request.headers.get("referer", "/")
            return self.render("refused.html", status, sentence=sentence, back=views.own_path(back))
        return self.render("refused.html", status, sentence=sentence, back="/")


Page = Callable[[Context], Response]


def page(
    needs: May | None = None, *, is_active: bool = True, is_open_to_new: bool = False
) -> Callable[[Page], Callable[[Request], Awaitable[Response]]]:
    """Make a handler of a page: known person, right role, genuine form; a refusal becomes a sentence.

    Args:
        needs: what the person must be allowed to do.
        is_active: somebody acts; a page that keeps itself up to date does not keep the session alive.
        is_open_to_new: also for who has to choose a password first.
    """

    def decorate(handler: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            app: Application = request.app.state.application
            secret = security.secret_of(request)
            known = await run_in_threadpool(known_by, app, secret, is_active=is_active) if secret else None
            if known is None:
                return _signed_out(request)
            texts = load_texts()[
                language_of(
                    known.user.preferences.get("language"), request.headers.get("accept-language", "")
                )
            ]
            context = Context(request, known, texts)
            if known.user.must_change and not is_open_to_new:
                return RedirectResponse("/account?said=choose_password", status_code=303)
            if request.method == "POST":
                form = await security.read_form(request)
                if form is None:
                    return PlainTextResponse(texts("refused.bad_form"), status_code=400)
                token = request.headers.get("x-csrf-token") or form.pop("csrf", "")
                if not security.is_from_here(request) or not security.same(token, known.session.csrf):
                    return context.refuse(DeskRefusal("forged"))
                context.form = form
            return await run_in_threadpool(_answer, handler, context, needs)

        endpoint.__name__ = handler.__name__
        return endpoint

    return decorate


def _answer(handler: Page, context: Context, needs: May | None) -> Response:
    try:
        if needs is not None:
            require(context.user, needs)
        return handler(context)
    except DeskRefusal as refusal:
        return context.refuse(refusal)


def _signed_out(request: Request) -> Response:
    if "application/json" in request.headers.get("accept", "") or request.headers.get("x-part"):
        return JSONResponse({"ok": False, "code": "signed_out"}, status_code=401)
    return RedirectResponse("/sign-in?said=signed_out", status_code=303)
