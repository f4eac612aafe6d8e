"""The desk for programs: JSON over HTTP with a bearer token, the same services as the pages. See docs/desk-api.md."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.debt.party import ConversationId
from bot.desk import security
from bot.desk.context import STATUS
from bot.desk.texts import load as load_texts
from bot.desk.views import stamp
from bot.services import desk_acts, desk_case, desk_offers, desk_people, desk_queue, outcomes, relay
from bot.services.application import Application
from bot.services.desk_case import CaseView
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from bot.services.turn import plain

logger = logging.getLogger(__name__)

_FLAGS = ("confirmed", "tell")


@dataclass
class Call:
    """One request of a program."""

    app: Application
    user: User
    request: Request
    content: dict[str, str] = field(default_factory=dict)

    @property
    def conversation_id(self) -> ConversationId:
        """The conversation of the address."""
        return ConversationId(str(self.request.path_params["id"]))

    def __getitem__(self, name: str) -> str:
        return self.content.get(name, "")


def _call(handler: Callable[[Call], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        app: Application = request.app.state.application
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        user = None
        if scheme.lower() == "bearer" and token:
            user = await run_in_threadpool(desk_people.user_of_token, app, token.strip())
        if user is None:
            return JSONResponse(
                _error("no_token", "Send a token that is in force: Authorization: Bearer …"),
                status_code=401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        content = await _content(request)
        if content is None:
            sentence = "The body must be one JSON object of texts; confirmed and tell are true or false."
            return JSONResponse(_error("bad_json", sentence), status_code=400)
        try:
            answer = await run_in_threadpool(handler, Call(app, user, request, content))
        except DeskRefusal as refusal:
            sentence = load_texts()["en"](f"refused.{refusal.code}", **refusal.values)
            return JSONResponse(_error(refusal.code, sentence), status_code=STATUS.get(refusal.code, 400))
        return JSONResponse(answer if answer is not None else {"ok": True})

    return endpoint


async def _content(request: Request) -> dict[str, str] | None:
    """The fields of a body; None when it is none of ours: a number as a text would be a message that nobody wrote."""
    if request.method != "POST":
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", "application/json"):
        return None
    return await security.read_form(request, flags=_FLAGS)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": code, "message": message}


def _queue(call: Call) -> Any:
    rows = desk_queue.listed(call.app, call.user, dict(call.request.query_params))
    return {"conversations": [_as_json(asdict(row)) for row in rows]}


def _next(call: Call) -> Any:
    return {"conversation_id": desk_queue.pull_next(call.app, call.user)}


def _read(call: Call) -> Any:
    return case_as_json(desk_case.opened(call.app, call.user, call.conversation_id, by="api"))


def _claim(call: Call) -> None:
    relay.claim(call.app, call.user, call.conversation_id)


def _release(call: Call) -> None:
    relay.release(call.app, call.user, call.conversation_id, call["reason"])


def _send(call: Call) -> Any:
    if not call["key"]:
        raise DeskRefusal("key_missing")
    message_id = relay.send(
        call.app,
        call.user,
        call.conversation_id,
        call["text"],
        key=call["key"][:64],
        confirmed=call["confirmed"] == "yes",
    )
    return {"ok": True, "message_id": message_id}


def _hand_back(call: Call) -> None:
    relay.hand_back(call.app, call.user, call.conversation_id, call["reason"], call["offer_id"] or None)


def _close(call: Call) -> None:
    relay.close(call.app, call.user, call.conversation_id, call["disposition"], call["reason"])


def _note(call: Call) -> None:
    desk_acts.add_note(call.app, call.user, call.conversation_id, call["text"])


def _outcome(call: Call) -> None:
    tell = call["tell"] == "yes"
    outcomes.record(call.app, call.user, call.conversation_id, call["outcome"], call.content, tell=tell)


def _offer(call: Call) -> Any:
    return {"ok": True, "offer_id": desk_offers.make(call.app, call.user, call.conversation_id, call["key"])}


def case_as_json(case: CaseView) -> dict[str, Any]:
    """A conversation for a program; masked like the page is."""
    talk = case.conversation
    return {
        "conversation_id": talk.conversation_id,
        "owner": talk.owner.value,
        "assignee": talk.assignee,
        "channel": talk.channel,
        "language": talk.language,
        "country": case.country,
        "is_identified": case.is_identified,
        "is_masked": case.is_masked,
        "name": case.name,
        "disposition": talk.disposition.value if talk.disposition is not None else None,
        "cases": [
            {"id": one.handoff_id, "reason": one.reason, "status": one.status, "since": stamp(one.created_at)}
            for one in case.cases
        ],
        "messages": [_as_json(asdict(line)) for line in case.lines],
        "holds": sorted({hold.kind.value for hold in case.holds}),
        "accounts": [
            {
                "reference": one.account.reference,
                "creditor": one.account.creditor,
                "balance": str(one.account.balance.total.decimal),
                "currency": one.account.currency,
                "segment": one.segment,
                "days_past_due": one.days_past_due,
            }
            for one in case.accounts
        ],
        "offers": [
            {
                "key": option.key,
                "kind": option.terms.kind.value,
                "total": str(option.terms.total.decimal),
                "saving": str(option.terms.saving.decimal),
                "payments": len(option.terms.schedule),
                "first_due_on": option.terms.first_due_on.isoformat(),
                "rule_id": option.terms.rule_id,
            }
            for option in (case.room.options if case.room is not None else ())
        ],
    }


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in row.items()}


async def _document(_: Request) -> Response:
    text = resources.files("bot.desk").joinpath("openapi.yml").read_text(encoding="utf-8")
    return Response(text, media_type="application/yaml")


def routes() -> list[Route]:
    """Every address of the API."""
    case = "/conversations/{id}"
    found = [
        Route("/openapi.yml", _document, methods=["GET"]),
        Route("/queue", _call(_queue), methods=["GET"]),
        Route("/queue/next", _call(_next), methods=["POST"]),
        Route(case, _call(_read), methods=["GET"]),
    ]
    posts = {
        "claim": _claim,
        "release": _release,
        "messages": _send,
        "hand-back": _hand_back,
        "close": _close,
        "notes": _note,
        "outcomes": _outcome,
        "offers": _offer,
    }
    return [*found, *(Route(f"{case}/{name}", _call(todo), methods=["POST"]) for name, todo in posts.items())]
