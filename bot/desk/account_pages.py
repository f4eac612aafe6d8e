"""One's own account: password, second factor, language, theme, shortcuts."""

from __future__ import annotations

import segno
from starlette.responses import Response

from bot.desk.context import Context, page
from bot.desk.views import home_of
from bot.services import desk_people, desk_sign_in

THEMES = ("auto", "light", "dark")


@page(is_open_to_new=True)
def account(context: Context) -> Response:
    """The page."""
    secret = desk_sign_in.new_secret()
    code = segno.make(desk_sign_in.address_of(context.user, secret), error="m")
    picture = code.svg_data_uri(scale=4, border=2, dark="#14302e", light="#fff")
    return context.render("account.html", secret=secret, picture=picture, least=desk_people.MIN_PASSWORD)


@page(is_open_to_new=True)
def password(context: Context) -> Response:
    """A new password."""
    form = context.form
    desk_sign_in.change_password(context.app, context.known, form.get("old", ""), form.get("new", ""))
    return context.to(home_of(context.user), "password_changed")


@page()
def second_factor(context: Context) -> Response:
    """Ask for a code from now on."""
    form = context.form
    secret, code, session = form.get("secret", ""), form.get("code", ""), context.known.session.session_hash
    desk_sign_in.turn_on_code(context.app, context.user, secret, code, session=session)
    return context.to("/account", "code_on")


@page(is_open_to_new=True)
def preferences(context: Context) -> Response:
    """Language, theme and shortcuts of the pages."""
    form = context.form
    chosen = {
        "language": form.get("language") if form.get("language") in desk_people.LANGUAGES else None,
        "theme": form.get("theme") if form.get("theme") in THEMES else "auto",
        "shortcuts": "on" if form.get("shortcuts") == "on" else "off",
    }
    with context.app.unit_of_work() as uow:
        uow.desk_people.change(context.user.user_id, preferences=chosen)
        uow.commit()
    return context.to("/account", "saved")
