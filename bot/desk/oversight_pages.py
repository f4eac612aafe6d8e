"""The questions of compliance: each a form that says what the services answer. Nothing here writes to a debtor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.audit.tags import Tag
from bot.debt.contact_gate import CHANNELS, Purpose
from bot.desk.context import Context, page
from bot.services import cases as rights
from bot.services import oversight, reports
from bot.services.case_file import UnknownAccount
from bot.services.desk_roles import DeskRefusal, May, require
from bot.services.gate_words import reason_in

_KINDS = {"jsonl": "application/x-ndjson", "pdf": "application/pdf", "data": "application/json"}
_ECHOED = 60  # of what was typed, in a sentence about it
_RATES = ("offered", "discount_offered", "agreed", "handed_off", "refused")


def _page(context: Context, **found: Any) -> Response:
    """The page of all questions, with the answer to one."""
    answers = {"contact": None, "why": None, "after": None, "proof": None, "problem": None, "status": 200}
    with context.app.unit_of_work(write=False) as uow:
        checkpoint = uow.audit.latest_checkpoint()
    return context.render(
        "oversight.html",
        **{**answers, **found},
        form=context.form,
        channels=CHANNELS,
        purposes=[each.value for each in Purpose],
        checkpoint=checkpoint,
        last=oversight.last_verification(context.app),
        public_key=_key(context),
        due=len(rights.listed(context.app, due_only=True)),
    )


def _key(context: Context) -> str | None:
    signer = context.request.app.state.signer
    return signer.public_key if signer is not None else None


def _question(handler: Callable[[Context], Response]) -> Callable[[Request], Awaitable[Response]]:
    """A page that answers one question; what cannot be answered is said beside it, and what was typed stays."""

    def answered(context: Context) -> Response:
        try:
            return handler(context)
        except UnknownAccount as unknown:
            code, values = "no_such_account", {"reference": _short(unknown.reference)}
        except oversight.UnknownMessage as unknown:
            code, values = "no_such_message", {"message": _short(unknown.message_id)}
        except DeskRefusal as refusal:
            if refusal.code == "not_allowed":
                raise
            code, values = refusal.code, dict(refusal.values)
        sentence = context.texts(f"refused.{code}", **values)
        return _page(context, problem=(handler.__name__, sentence), status=400)

    answered.__name__ = handler.__name__
    return page(May.OVERSEE)(answered)


def _typed(context: Context, name: str) -> str:
    """A field that a question needs.

    Raises:
        DeskRefusal: empty.
    """
    found = context.form.get(name, "").strip()
    if not found:
        raise DeskRefusal("empty")
    return found


def _short(typed: str) -> str:
    return typed if len(typed) <= _ECHOED else f"{typed[:_ECHOED]}…"


@page(May.OVERSEE)
def overview(context: Context) -> Response:
    """Every question."""
    return _page(context)


@page(May.OVERSEE)
def back(_: Context) -> Response:
    """An answer has no address of its own: who reloads it or comes back to it gets the questions."""
    return RedirectResponse("/oversight", status_code=303)


@_question
def contact(context: Context) -> Response:
    """May we write to them now?"""
    form = context.form
    channel, purpose = form.get("channel", ""), form.get("purpose", "")
    if channel not in CHANNELS or purpose not in [each.value for each in Purpose]:
        raise DeskRefusal("bad_form")
    reference, at = _typed(context, "reference"), _moment(form.get("at", ""))
    found = oversight.may_write_now(context.app, reference, channel, Purpose(purpose), at)
    said = reason_in(found["reason"], context.texts.language) if found["reason"] else ""
    return _page(context, contact={**found, "said": said})


def _moment(raw: str) -> datetime | None:
    if not raw.strip():
        return None
    try:
        return datetime.fromisoformat(raw.strip())
    except ValueError:
        raise DeskRefusal("bad_date") from None


@_question
def why(context: Context) -> Response:
    """Why did the assistant say this?"""
    message_id = _typed(context, "message_id")
    found = oversight.why(context.app, message_id, by=context.user.user_id)
    lines = list(_lines(found.entries, context.texts.language))
    return _page(context, why={"found": found, "lines": lines})


@_question
def after(context: Context) -> Response:
    """What happened after they said stop?"""
    reference, by = _typed(context, "reference"), context.user.user_id
    entries = oversight.after_stop(context.app, reference, by=by)
    lines = zip(entries, _lines(entries, context.texts.language), strict=True)
    shown = [(_kind(entry), at, line) for entry, (at, line) in lines]
    return _page(context, after={"lines": shown})


def _lines(entries: Sequence[Mapping[str, Any]], language: str) -> Iterator[tuple[str, str]]:
    """Entries in words, each with its instant apart, for the page to show in the reader's own time."""
    for entry, line in zip(entries, oversight.as_lines(entries, language), strict=True):
        yield entry["at"], line.partition("  ")[2]


def _kind(entry: Any) -> str:
    """How a line is marked: what was stopped, what went out, what was asked."""
    if entry["tag"] == Tag.CONTACT_DECIDED.value:
        return "allowed" if entry["payload"].get("outcome") == "allowed" else "stopped"
    return "sent" if entry["tag"] == Tag.MESSAGE_SENT.value else ""


@_question
def proof(context: Context) -> Response:
    """Was anything about this person altered?"""
    reference, by = _typed(context, "reference"), context.user.user_id
    return _page(context, proof=oversight.verify_debtor(context.app, reference, by=by))


@_question
def everything(context: Context) -> Response:
    """Walk the whole record now; takes a minute for a million entries."""
    signer = context.request.app.state.signer
    return _page(context, proof=oversight.verify_everything(context.app, signer, by=context.user.user_id))


@_question
def record(context: Context) -> Response:
    """Everything about somebody, as a file."""
    require(context.user, May.EXPORT)
    form, signer = context.form, context.request.app.state.signer
    kind, reference, by = form.get("kind", ""), _typed(context, "reference"), context.user.user_id
    if kind not in _KINDS:
        raise DeskRefusal("bad_form")
    content = oversight.record_of(context.app, reference, kind, signer, by=by)
    name, media_type = {"jsonl": "record.jsonl", "pdf": "record.pdf", "data": "data.json"}[kind], _KINDS[kind]
    if content.startswith(b"PK"):  # a long record fills several volumes
        name, media_type = "record.zip", "application/zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@page(May.OVERSEE)
def cases(context: Context) -> Response:
    """Rights that were invoked, by the day on which each is due."""
    found = rights.listed(context.app)
    today = context.app.clock.today()
    return context.render("oversight_cases.html", found=[(c, s, (c.due_on - today).days) for c, s in found])


@page(May.OVERSEE)
def fairness(context: Context) -> Response:
    """Do groups get different offers?"""
    rows = reports.fairness(context.app, None, None)
    return context.render("oversight_fairness.html", rows=rows, rates=_RATES)
