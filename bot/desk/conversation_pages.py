"""One conversation: read it, write in it, note what it came to, give it back."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from bot.debt.party import ConversationId
from bot.desk.context import Context, page
from bot.services import (
    desk_acts,
    desk_case,
    desk_identity,
    desk_offers,
    desk_people,
    desk_wording,
    outcomes,
    relay,
    representatives,
    wish_words,
)
from bot.services.desk_case import CaseView
from bot.services.desk_roles import May, may
from bot.services.desk_turn import desk_turn, public_name

# Parts of the page that a script puts in anew when something changed.
PARTS = ("head", "transcript", "facts", "offers", "notes", "presence", "side")


def _id(context: Context) -> ConversationId:
    return ConversationId(context.path("id"))


def _here(context: Context) -> str:
    return f"/c/{_id(context)}"


def _values(context: Context, case: CaseView) -> dict[str, Any]:
    rulebook, talk = context.app.rulebook, case.conversation
    name = case.debtor.first_name if case.debtor is not None and case.is_identified else ""
    filled = {
        "agent": public_name(context.user),
        "name": name,
        "hours": rulebook.country(case.country).desk_hours_in(talk.language),
    }
    replies = [
        {"id": one.reply_id, "topic": one.topic, "language": language, "text": text.format(**filled)}
        for one in rulebook.canned_replies
        if one.before_identity or case.is_identified
        for language, text in one.texts.items()
    ]
    return {
        "case": case,
        "replies": replies,
        "closing": relay.CLOSING,
        "wishes": [
            wish_words.described(one.kind, one.details, context.texts.language) for one in case.wishes
        ],
        "people": [
            one
            for one in (desk_people.everybody(context.app) if may(context.user, May.REASSIGN) else ())
            if one.disabled_at is None and may(one, May.WORK)
        ],
        "mine": [row for row in context.queue() if row.state == "mine"]
        if may(context.user, May.WORK)
        else [],
    }


@page()
def conversation(context: Context) -> Response:
    """The page."""
    case = desk_case.opened(context.app, context.user, _id(context))
    return context.render("conversation.html", **_values(context, case))


@page(is_active=False)
def parts(context: Context) -> Response:
    """The parts of it that change."""
    case = desk_case.view(context.app, context.user, _id(context))
    values = _values(context, case)
    found = {name: context.part(f"case/_{name}.html", **values) for name in PARTS}
    return JSONResponse({"parts": found, "is_mine": case.is_mine})


@page(May.WORK)
def here(context: Context) -> Response:
    """A sign of life of an open page; typing keeps the session alive too, as the page calls this then only."""
    desk_acts.be_here(context.app, context.user, _id(context), typing=context.form.get("typing") == "yes")
    return JSONResponse({"ok": True})


@page(is_active=False)
def watching(context: Context) -> Response:
    """The same without anybody doing anything."""
    desk_acts.be_here(context.app, context.user, _id(context), typing=False)
    return JSONResponse({"ok": True})


@page(May.WORK)
def send(context: Context) -> Response:
    """Write to the debtor."""
    form = context.form
    message_id = relay.send(
        context.app,
        context.user,
        _id(context),
        form.get("text", ""),
        key=form.get("key", "")[:64] or context.request.headers.get("x-request-id", "none"),
        confirmed=form.get("confirmed") == "yes",
    )
    if context.wants_json:
        return JSONResponse({"ok": True, "message_id": message_id})
    return context.to(_here(context))


@page(May.WORK)
def check(context: Context) -> Response:
    """What is to be said about a text before it is sent."""
    with desk_turn(context.app, context.user, _id(context)) as turn:
        findings = desk_wording.check(turn, context.form.get("text", "")[: relay.MAX_MESSAGE])
    language = context.texts.language
    found = [{"action": one.action, "why": one.why[language], "words": one.words} for one in findings]
    return JSONResponse({"ok": True, "findings": found})


@page(May.WORK)
def release(context: Context) -> Response:
    """Back to the queue."""
    relay.release(context.app, context.user, _id(context), context.form.get("reason", ""))
    return context.to("/", "released")


@page(May.WORK)
def hand_back(context: Context) -> Response:
    """Back to the assistant."""
    offer_id = context.form.get("offer_id") or None
    relay.hand_back(context.app, context.user, _id(context), context.form.get("reason", ""), offer_id)
    return context.to("/", "returned")


@page(May.WORK)
def close(context: Context) -> Response:
    """The end, with a disposition."""
    form = context.form
    relay.close(context.app, context.user, _id(context), form.get("disposition", ""), form.get("reason", ""))
    return context.to("/", "closed")


@page(May.REASSIGN)
def reassign(context: Context) -> Response:
    """To somebody else."""
    relay.reassign(context.app, context.user, _id(context), context.form.get("to", ""))
    return context.to(_here(context), "reassigned")


@page(May.REVEAL)
def reveal(context: Context) -> Response:
    """Show the data of somebody not identified."""
    desk_acts.reveal(context.app, context.user, _id(context), context.form.get("reason", ""))
    return context.to(_here(context), "revealed")


@page(May.WORK)
def identify(context: Context) -> Response:
    """Compare what the debtor said."""
    outcome = desk_identity.check(context.app, context.user, _id(context), context.form)
    return context.to(_here(context), f"identity_{outcome}")


@page(May.WORK)
def note(context: Context) -> Response:
    """A private note."""
    desk_acts.add_note(context.app, context.user, _id(context), context.form.get("text", ""))
    return context.to(_here(context), "noted")


@page(May.WORK)
def right(context: Context) -> Response:
    """A right was answered."""
    form = context.form
    desk_acts.close_right(
        context.app, context.user, _id(context), form.get("case_id", ""), form.get("outcome", "")
    )
    return context.to(_here(context), "right_closed")


@page(May.WORK)
def authority(context: Context) -> Response:
    """Accept, up to a day, or refuse the authority of whoever acts for the debtor."""
    form = context.form
    is_accepted = form.get("decision") == "accept"
    until = outcomes.as_date(form.get("until")) if is_accepted and form.get("until") else None
    representatives.decide(
        context.app,
        context.user,
        _id(context),
        form.get("case_id", ""),
        is_accepted=is_accepted,
        until=until,
        reason=form.get("reason", ""),
    )
    return context.to(_here(context), "authority_decided")


@page(May.WORK)
def outcome(context: Context) -> Response:
    """Note an outcome."""
    form, tell = context.form, context.form.get("tell") == "yes"
    outcomes.record(context.app, context.user, _id(context), form.get("outcome", ""), form, tell=tell)
    return context.to(_here(context), "outcome_noted")


@page(May.WORK)
def offer(context: Context) -> Response:
    """Put an offer within the rules on the table, or send one that was approved."""
    form = context.form
    if form.get("offer_id"):
        desk_offers.send_approved(context.app, context.user, _id(context), form["offer_id"])
    else:
        desk_offers.make(context.app, context.user, _id(context), form.get("key", ""))
    return context.to(_here(context), "offered")


@page(May.WORK)
def accept(context: Context) -> Response:
    """The debtor said yes."""
    desk_offers.accept(context.app, context.user, _id(context), context.form.get("offer_id", ""))
    return context.to(_here(context), "agreed")


@page(May.WORK)
def propose(context: Context) -> Response:
    """Ask a supervisor for terms beyond the rules."""
    asked = desk_offers.ask_approval(context.app, context.user, _id(context), context.form)
    return context.to(_here(context), "approval_asked" if asked else "offered_within")
