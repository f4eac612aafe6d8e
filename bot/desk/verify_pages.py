"""Looking a verification code up for somebody on the phone."""

from __future__ import annotations

from starlette.responses import Response

from bot.desk.context import Context, page
from bot.services import proof
from bot.services.desk_roles import DeskRefusal, May, may


@page()
def verify(context: Context) -> Response:
    """The form, and, once a code was sent, whether it is ours."""
    if not (may(context.user, May.WORK) or may(context.user, May.SEE_ALL)):
        raise DeskRefusal("not_allowed")
    if context.request.method != "POST":
        return context.render("verify.html", outcome=None)
    found = proof.look_up(context.app, context.form.get("code", ""))
    if found is None:
        return context.render("verify.html", outcome="unknown")
    when = found.when_in(context.texts.language)
    return context.render("verify.html", outcome="known", found=found, when=when)
