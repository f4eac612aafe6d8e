"""The queue: who waits, and taking the next."""

from __future__ import annotations

from typing import Any

from starlette.responses import HTMLResponse, Response

from bot.debt.party import ConversationId
from bot.desk.context import Context, page
from bot.services import desk_people, desk_queue, relay
from bot.services.desk_queue import FILTERS
from bot.services.desk_roles import May

# Rows of a group that are shown at first: nobody reads more, and the next one is a key away.
_SHOWN = 40


def _values(context: Context) -> dict[str, Any]:
    filters = {name: context.request.query_params.get(name, "") for name in FILTERS}
    everything = context.queue()
    rows = desk_queue.narrowed(everything, filters)
    return {
        "groups": [
            (state, [row for row in rows if row.state == state])
            for state in ("mine", "waiting", "case", "taken")
        ],
        "most": _SHOWN if context.request.query_params.get("all") != "yes" else len(rows),
        "filters": filters,
        "choices": {
            name: sorted({str(getattr(row, name)) for row in everything if getattr(row, name)})
            for name in ("reason", "language", "channel", "segment", "creditor")
        },
        "waiting": sum(1 for row in everything if row.state == "waiting"),
        "late": sum(1 for row in everything if row.is_late),
        "people": {one.user_id: one.full_name for one in desk_people.everybody(context.app)},
    }


@page()
def queue(context: Context) -> Response:
    """The page."""
    return context.render("queue.html", **_values(context))


@page(is_active=False)
def rows(context: Context) -> Response:
    """The part of it that changes."""
    return HTMLResponse(context.part("_queue_rows.html", **_values(context)))


@page(May.WORK)
def take_next(context: Context) -> Response:
    """Take the most urgent within one's skills."""
    return context.to(f"/c/{desk_queue.pull_next(context.app, context.user)}")


@page(May.WORK)
def claim(context: Context) -> Response:
    """Take one that was chosen."""
    conversation_id = ConversationId(context.path("id"))
    relay.claim(context.app, context.user, conversation_id)
    return context.to(f"/c/{conversation_id}")
