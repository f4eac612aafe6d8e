"""The questions of compliance: each a form that says what the services answer. Nothing here writes to a debtor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.responses import Response

from bot.audit.tags import Tag
from bot.debt.contact_gate import CHANNELS, Purpose
from bot.desk.context import Context, page
from bot.services import cases as rights
from bot.services import oversight, reports
from bot.services.case_file import UnknownAccount
from bot.services.desk_roles import DeskRefusal, May, require

_KINDS = {"jsonl": "application/x-ndjson", "pdf": "application/pdf", "data": "application/json"}
_RATES = ("offered", "discount_offered", "agreed", "handed_off", "refused")


def _page(context: Context, **found: Any) -> Response:
    """The page of all questions, with the answer to one."""
    answers = {"contact": None, "why": None, "after": None, "proof": None}
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


def _answered(todo: Callable[[], Any]) -> Any:
    try:
        return todo()
    except UnknownAccount as unknown:
        raise DeskRefusal("no_such_account", reference=unknown.reference) from None
    except oversight.UnknownMessage as unknown:
        raise DeskRefusal("no_such_message", message=unknown.message_id) from None


@page(May.OVERSEE)
def overview(context: Context) -> Response:
    """Every question."""
    return _page(context)


@page(May.OVERSEE)
def contact(context: Context) -> Response:
    """May we write to them now?"""
    form = context.form
    channel, purpose = form.get("channel", ""), form.get("purpose", "")
    if channel not in CHANNELS or purpose not in [each.value for each in Purpose]:
        raise DeskRefusal("bad_form")
    reference, at = form.get("reference", ""), _moment(form.get("at", ""))
    found = _answered(lambda: oversight.may_write_now(context.app, reference, channel, Purpose(purpose), at))
    return _page(context, contact=found)


def _moment(raw: str) -> datetime | None:
    if not raw.strip():
        return None
    try:
        return datetime.fromisoformat(raw.strip())
    except ValueError:
        raise DeskRefusal("bad_date") from None


@page(May.OVERSEE)
def why(context: Context) -> Response:
    """Why did the assistant say this?"""
    message_id = context.form.get("message_id", "").strip()
    by = context.user.user_id
    found = _answered(lambda: oversight.why(context.app, message_id, by=by))
    lines = list(oversight.as_lines(found.entries, context.texts.language))
    return _page(context, why={"found": found, "lines": lines})


@page(May.OVERSEE)
def after(context: Context) -> Response:
    """What happened after they said stop?"""
    reference, by = context.form.get("reference", ""), context.user.user_id
    entries = _answered(lambda: oversight.after_stop(context.app, reference, by=by))
    lines = zip(entries, oversight.as_lines(entries, context.texts.language), strict=True)
    shown = [(_kind(entry), line) for entry, line in lines]
    return _page(context, after={"lines": shown})


def _kind(entry: Any) -> str:
    """How a line is marked: what was stopped, what went out, what was asked."""
    if entry["tag"] == Tag.CONTACT_DECIDED.value:
        return "allowed" if entry["payload"].get("outcome") == "allowed" else "stopped"
    return "sent" if entry["tag"] == Tag.MESSAGE_SENT.value else ""


@page(May.OVERSEE)
def proof(context: Context) -> Response:
    """Was anything about this person altered?"""
    reference, by = context.form.get("reference", ""), context.user.user_id
    return _page(context, proof=_answered(lambda: oversight.verify_debtor(context.app, reference, by=by)))


@page(May.OVERSEE)
def everything(context: Context) -> Response:
    """Walk the whole record now; takes a minute for a million entries."""
    signer = context.request.app.state.signer
    return _page(context, proof=oversight.verify_everything(context.app, signer, by=context.user.user_id))


@page(May.OVERSEE)
def record(context: Context) -> Response:
    """Everything about somebody, as a file."""
    require(context.user, May.EXPORT)
    form, signer = context.form, context.request.app.state.signer
    kind, reference, by = form.get("kind", ""), form.get("reference", ""), context.user.user_id
    if kind not in _KINDS:
        raise DeskRefusal("bad_form")
    content = _answered(lambda: oversight.record_of(context.app, reference, kind, signer, by=by))
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
