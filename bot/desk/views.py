"""How values are shown: templates, and money, days and times as people read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.debt.arrangements import Frequency, Terms
from bot.debt.money import Money
from bot.desk.texts import Texts
from bot.services import wording
from bot.services.desk_port import User
from bot.services.desk_roles import May, may
from bot.services.offers import frequency_word, offer_name


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; everything put into them is escaped."""
    found = Environment(
        loader=PackageLoader("bot.desk", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(static=static, May=May, offer_name=offer_name)
    found.filters.update(clock=clock, stamp=stamp)
    return found


@lru_cache(maxsize=32)
def static(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    content = resources.files("bot.desk").joinpath("static").joinpath(name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:10]}"


def clock(at: datetime | str | None) -> Markup:
    """An instant, or one as the record writes it, shown by the page's script in the reader's own time."""
    if not at:
        return Markup("")
    if isinstance(at, str):
        at = datetime.fromisoformat(at.replace("Z", "+00:00"))
    return Markup('<time datetime="{0}" data-clock>{1}</time>').format(stamp(at), f"{at:%H:%M} UTC")


def stamp(at: datetime | None) -> str:
    """An instant for a script."""
    return "" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def page(
    template: str,
    texts: Texts,
    user: User | None,
    csrf: str,
    status: int,
    request: Request,
    **values: Any,
) -> Response:
    """A whole page."""
    content = part(template, texts, user, csrf, request, **values)
    return HTMLResponse(content, status_code=status)


def part(template: str, texts: Texts, user: User | None, csrf: str, request: Request, **values: Any) -> str:
    """A template with its values put in."""
    said = request.query_params.get("said", "")
    known = f"said.{said}" if f"said.{said}" in texts.words else ""
    application = request.app.state.application
    common = {
        "t": texts,
        "language": texts.language,
        "user": user,
        "csrf": csrf,
        "theme": (user.preferences.get("theme") if user is not None else None) or "auto",
        "has_shortcuts": user is None or user.preferences.get("shortcuts", "on") != "off",
        "said": texts(known) if known else "",
        "path": request.url.path,
        "home": home_of(user),
        "now": application.clock.now(),
        "is_demo": not application.settings.is_production,
        "can": lambda what: user is not None and may(user, what),
        "money": lambda amount, country="ES": money(amount, texts, country),
        "day": lambda value, country="ES": day(value, texts, country),
        "moment": lambda at: moment(at, texts),
        "share": lambda value, digits=0: share(value, texts, digits),
        "country_name": lambda code: country_name(code, texts),
        "proposed": lambda kept, currency, country="ES": proposed(kept, currency, texts, country),
        "often": lambda terms: frequency_word(terms.frequency, texts.language),
        "terms_line": lambda terms, country="ES": terms_line(terms, texts, country),
    }
    return environment().get_template(template).render({**common, **values})


def home_of(user: User | None) -> str:
    """Where somebody starts."""
    if user is None or may(user, May.WORK):
        return "/"
    return "/people" if may(user, May.MANAGE_PEOPLE) else "/conversations"


def money(amount: Money, texts: Texts, country: str) -> str:
    """An amount as the reader writes it."""
    return wording.money(amount, wording.locale_of(texts.language, country))


def day(value: date | str | None, texts: Texts, country: str) -> str:
    """A day, or one in ISO form, as the reader writes it; words that are no day stay as they are."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    return "" if value is None else wording.day(value, wording.locale_of(texts.language, country))


def moment(at: str | None, texts: Texts) -> str:
    """An instant with its offset, as the clock there shows it."""
    if not at:
        return ""
    there = datetime.fromisoformat(at)
    return f"{day(there.date(), texts, 'ES')}, {there:%H:%M}"


def share(value: float, texts: Texts, digits: int) -> str:
    """A share of one as the reader writes per cent."""
    text = f"{100 * value:.{digits}f}"
    return f"{text.replace('.', ',')}\u00a0%" if texts.language == "es" else f"{text}%"


def country_name(code: str, texts: Texts) -> str:
    """A country by its name."""
    return str(wording.locale_of(texts.language, code).territories.get(code, code))


def terms_line(terms: Terms, texts: Texts, country: str) -> str:
    """Terms in one line: how many payments of how much, and from when."""
    first = terms.schedule[0]
    values = {
        "count": len(terms.schedule),
        "amount": money(first.amount, texts, country),
        "day": day(first.due_on, texts, country),
        "often": frequency_word(terms.frequency, texts.language),
    }
    return texts("terms.one" if len(terms.schedule) == 1 else "terms.several", **values)


def proposed(kept: Mapping[str, Any], currency: str, texts: Texts, country: str) -> str:
    """What somebody proposed, as a proposal is kept, in words."""

    def words(key: str, value: Any) -> str:
        if key == "amount":
            return money(Money.of(value, currency), texts, country)
        if key == "frequency":
            return frequency_word(Frequency(value), texts.language)
        if key in ("starts_on", "due_on"):
            return day(value, texts, country)
        if key == "share":
            return share(float(Fraction(value)), texts, 0)
        if key == "parts":
            return "; ".join(
                f"{words('amount', paid) if paid else '…'} {words('due_on', on)}" for on, paid in value
            )
        return "✓" if value is True else str(value)

    return ", ".join(f"{texts(f'proposal.{key}')}: {words(key, value)}" for key, value in kept.items())


def own_path(address: str) -> str:
    """The path of an address of ours, to go back to; never another site."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    # Browsers read a backslash as a slash: /\\example.org is another site.
    is_ours = parts.path.startswith("/") and not parts.path.startswith("//") and "\\" not in parts.path
    return parts.path if is_ours else "/"
