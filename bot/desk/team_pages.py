"""What supervisors, compliance and administrators see besides: approvals, all conversations, exports, accounts."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from starlette.responses import Response

from bot.audit.tags import Tag
from bot.debt.conversations import Owner
from bot.debt.party import ConversationId
from bot.desk.context import Context, page
from bot.services import desk_acts, desk_masks, desk_offers, desk_people
from bot.services.desk_roles import DeskRefusal, May, Role

_A_PAGE = 50


@page(May.APPROVE)
def approvals(context: Context) -> Response:
    """What waits for a second person."""
    found = desk_offers.requests(context.app, context.user)
    with context.app.unit_of_work(write=False) as uow:
        accounts = {one.account: uow.accounts.get(one.account) for one in found}
    return context.render(
        "approvals.html",
        pending=[one for one in found if one.status == "pending"],
        decided=[one for one in found if one.status != "pending"][:30],
        accounts=accounts,
        people=_people(context),
    )


@page(May.APPROVE)
def decide(context: Context) -> Response:
    """Approve or reject."""
    approve, form = context.form.get("decision") == "approve", context.form
    desk_offers.decide_approval(
        context.app, context.user, context.path("id"), approve=approve, note=form.get("note", "")
    )
    return context.to("/approvals", "approved" if approve else "rejected")


@page(May.SEE_ALL)
def conversations(context: Context) -> Response:
    """Every conversation, the one written in last first."""
    query = context.request.query_params
    where = {name: query[name] for name in ("owner", "channel", "language", "disposition") if query.get(name)}
    with context.app.unit_of_work(write=False) as uow:
        found = list(uow.desk.conversations(_A_PAGE + 1, _instant(query.get("before")), where))
        names = {}
        for talk in found:
            debtor = uow.debtors.get(talk.debtor_id) if talk.debtor_id is not None else None
            if debtor is not None:
                # A list is no reason to read a name; opening one is, and is recorded.
                names[talk.conversation_id] = desk_masks.masked_name(debtor.full_name)
    return context.render(
        "conversations.html",
        found=found[:_A_PAGE],
        more=found[_A_PAGE - 1].last_inbound_at if len(found) > _A_PAGE else None,
        where=where,
        names=names,
        owners=[owner.value for owner in Owner],
        people=_people(context),
    )


def _instant(raw: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat((raw or "").replace("Z", "+00:00"))
        return at.astimezone(timezone.utc) if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None


def _people(context: Context) -> dict[str, str]:
    return {one.user_id: one.full_name for one in desk_people.everybody(context.app)}


@page(May.EXPORT)
def export(context: Context) -> Response:
    """A debtor's record as JSON Lines, hashes and all."""
    conversation_id = ConversationId(context.path("id"))
    entries = desk_acts.record_of(context.app, context.user, conversation_id)
    lines = "".join(json.dumps(entry, ensure_ascii=False, default=str) + "\n" for entry in entries)
    headers = {"Content-Disposition": f'attachment; filename="record-{conversation_id}.jsonl"'}
    return Response(lines, media_type="application/x-ndjson", headers=headers)


@page(May.MANAGE_PEOPLE)
def people(context: Context) -> Response:
    """Every account, and what was done to them last."""
    users = desk_people.everybody(context.app)
    with context.app.unit_of_work(write=False) as uow:
        entries = [
            entry
            for user in users
            for entry in uow.audit.of_chain(f"desk:{user.user_id}", [Tag.DESK_USER_CHANGED.value], 3)
        ]
    return context.render(
        "people.html",
        users=users,
        roles=[role.value for role in Role],
        entries=sorted(entries, key=lambda entry: entry["at"], reverse=True)[:20],
        names={user.user_id: user.full_name for user in users},
        created=None,
    )


@page(May.MANAGE_PEOPLE)
def add_person(context: Context) -> Response:
    """A new account; its password is shown once."""
    form = context.form
    created = desk_people.add_user(
        context.app,
        form.get("name", ""),
        role=form.get("role", ""),
        full_name=form.get("full_name", ""),
        languages=_words(form.get("languages", "")),
        creditors=_words(form.get("creditors", "")),
        actor=context.user.user_id,
    )
    return context.render("created.html", name=created.user.name, password=created.password)


@page(May.MANAGE_PEOPLE)
def change_person(context: Context) -> Response:
    """Disable, enable, give a new password, change role and skills; never of oneself."""
    user_id, form, actor = context.path("id"), context.form, context.user.user_id
    todo = form.get("do")
    if user_id == actor:
        raise DeskRefusal("not_oneself")
    if todo == "reset":
        password = desk_people.reset_password(context.app, user_id, actor=actor)
        return context.render("created.html", name=form.get("name", ""), password=password)
    if todo in ("disable", "enable"):
        desk_people.set_disabled(context.app, user_id, disabled=todo == "disable", actor=actor)
    else:
        desk_people.change_account(
            context.app,
            user_id,
            role=form.get("role", ""),
            languages=_words(form.get("languages", "")),
            creditors=_words(form.get("creditors", "")),
            actor=actor,
        )
    return context.to("/people", "saved")


def _words(raw: str) -> list[str]:
    return [word.strip() for word in raw.split(",") if word.strip()]
