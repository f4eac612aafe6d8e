"""Who answers: from the queue to a person, from one person to another, back to the assistant, or to the end."""

from __future__ import annotations

import hashlib
from datetime import datetime

from bot.audit.tags import Tag
from bot.debt.conversations import Owner, Pending
from bot.debt.dispositions import Disposition
from bot.debt.party import ConversationId, MessageId
from bot.services import agreement, authorities, desk_wording, webhooks
from bot.services.application import Application
from bot.services.cases import close_right
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal, May, fits, may
from bot.services.desk_turn import DeskTurn, creditor_of, desk_turn
from bot.services.said import Words
from bot.services.unit_of_work import Handoff

MAX_MESSAGE = 4_000
MAX_REASON = 500
# How a person may say that a conversation ended; HANDED_OFF is what the assistant says.
CLOSING = tuple(code for code in Disposition if code is not Disposition.HANDED_OFF)


def claim(app: Application, user: User, conversation_id: ConversationId) -> None:
    """Take a conversation: from here on the assistant is silent in it. Of several who try at once, one wins.

    Raises:
        DeskRefusal: taken (by whom), nothing_waits, not_yours (outside of their skills) or not_found.
    """
    with desk_turn(app, user, conversation_id, own=False) as turn:
        talk = turn.conversation
        if talk.owner is Owner.HUMAN:
            if talk.assignee == user.user_id:
                return
            other = turn.uow.desk_people.get(talk.assignee or "")
            raise DeskRefusal("taken", by=other.full_name if other is not None else "?")
        if not fits(user, talk.language, creditor_of(turn.uow, talk)):
            raise DeskRefusal("not_found")
        if not turn.cases:
            if not may(user, May.REASSIGN):
                raise DeskRefusal("nothing_waits")
            turn.open_case("taken_over")
        _give_to(turn, user)
        waited = (turn.now - min(case.created_at for case in turn.cases)).total_seconds()
        turn.audit(Tag.DESK_CLAIMED, cases=[c.handoff_id for c in turn.cases], seconds=int(waited))
        webhooks.announce(turn, "claimed", turn.cases[0].reason)


def _give_to(turn: DeskTurn, user: User) -> None:
    talk = turn.conversation
    talk.owner, talk.assignee, talk.pending = Owner.HUMAN, user.user_id, Pending.NOTHING
    for case in turn.cases:
        turn.uow.handoffs.change(
            case.handoff_id,
            status="claimed",
            assignee=user.user_id,
            claimed_at=turn.now,
            first_response_at=None,
        )


def release(app: Application, user: User, conversation_id: ConversationId, reason: str = "") -> None:
    """Put a conversation back into the queue.

    Raises:
        DeskRefusal: not_yours.
    """
    own = not may(user, May.REASSIGN)
    with desk_turn(app, user, conversation_id, own=own) as turn:
        if turn.conversation.owner is not Owner.HUMAN:
            raise DeskRefusal("not_yours")
        back_to_queue(turn, "released", reason[:MAX_REASON])


def back_to_queue(turn: DeskTurn, because: str, reason: str = "") -> None:
    """Nobody has it any more; the debtor waits again."""
    talk, before = turn.conversation, turn.conversation.assignee
    talk.owner, talk.assignee = Owner.WAITING, None
    for case in turn.cases:
        turn.uow.handoffs.change(case.handoff_id, status="waiting", assignee=None, claimed_at=None)
    cases = [case.handoff_id for case in turn.cases]
    turn.audit(Tag.DESK_RELEASED, cases=cases, because=because, reason=reason, **{"from": before})
    webhooks.announce(turn, "waiting", because)


def reassign(app: Application, user: User, conversation_id: ConversationId, to: str) -> None:
    """Give a conversation to somebody else.

    Raises:
        DeskRefusal: not_allowed, or no_such_person: unknown, disabled or not one who answers.
    """
    with desk_turn(app, user, conversation_id, needs=May.REASSIGN, own=False) as turn:
        other = turn.uow.desk_people.get(to)
        if other is None or other.disabled_at is not None or not may(other, May.WORK):
            raise DeskRefusal("no_such_person")
        before = turn.conversation.assignee
        if not turn.cases:
            turn.open_case("taken_over")
        _give_to(turn, other)
        cases = [case.handoff_id for case in turn.cases]
        turn.audit(Tag.DESK_REASSIGNED, cases=cases, to=other.user_id, **{"from": before})
        webhooks.announce(turn, "claimed", turn.cases[0].reason)


def send(
    app: Application,
    user: User,
    conversation_id: ConversationId,
    text: str,
    *,
    key: str,
    confirmed: bool = False,
) -> MessageId:
    """Write to the debtor, on their channel. Only whoever has the conversation can.

    Args:
        key: of this message, chosen by the writer's page: the same one again sends nothing twice.
        confirmed: the writer has read the warnings and sends it all the same.

    Raises:
        DeskRefusal: not_yours, empty, too_long, stopped, authority_ended, forbidden_wording or wording_warned.
    """
    text = text.strip()
    if not text or len(text) > MAX_MESSAGE:
        raise DeskRefusal("too_long" if text else "empty")
    digest = hashlib.sha256(f"{conversation_id}\n{user.user_id}\n{key}".encode()).hexdigest()
    message_id = MessageId(f"M-{digest[:16]}")
    with desk_turn(app, user, conversation_id) as turn:
        if turn.uow.outbox.get(message_id) is not None:
            return message_id
        talk = turn.conversation
        if talk.state.get("stopped"):
            raise DeskRefusal("stopped")
        if authorities.has_ended(app, talk):
            raise DeskRefusal("authority_ended")
        findings = desk_wording.check(turn, text)
        if any(finding.action == "stop" for finding in findings):
            raise DeskRefusal("forbidden_wording", words=findings[0].words)
        if findings and not confirmed:
            raise DeskRefusal("wording_warned", words=findings[0].words)
        turn.write(Words(text, message_id, ",".join(f.rule_id for f in findings) or "desk"))
        close_right(turn, "human", "answered by a person", user.user_id)
        first = [case for case in turn.cases if case.first_response_at is None and case.status == "claimed"]
        for case in first:
            turn.uow.handoffs.change(case.handoff_id, first_response_at=turn.now)
    return message_id


def hand_back(
    app: Application, user: User, conversation_id: ConversationId, reason: str, offer_id: str | None = None
) -> None:
    """Give the conversation back to the assistant, which says so once and does not answer what came before.

    Args:
        reason: why, for the record.
        offer_id: an offer that still stands: the assistant shows it in writing and asks for a yes.

    Raises:
        DeskRefusal: not_yours, reason_missing or offer_stale.
    """
    if not reason.strip():
        raise DeskRefusal("reason_missing")
    with desk_turn(app, user, conversation_id) as turn:
        closed = _end(turn, "returned")
        turn.audit(Tag.DESK_RETURNED, cases=closed, reason=reason.strip()[:MAX_REASON], offer_id=offer_id)
        turn.author = "assistant"
        if not turn.conversation.state.get("stopped"):
            turn.say("utter_bot_again")
            if offer_id is not None:
                _go_on_with_offer(turn, offer_id)
        # Why is the person's own words: they stay in the record.
        webhooks.announce(turn, "returned", "handed_back")


def _go_on_with_offer(turn: DeskTurn, offer_id: str) -> None:
    offer = turn.uow.offers.get(offer_id)
    account = turn.account
    if offer is None or account is None or offer.account != account.reference:
        raise DeskRefusal("offer_stale")
    if agreement.stale_because(turn, offer, account) is not None:
        raise DeskRefusal("offer_stale")
    agreement.show_summary(turn, offer)


def close(
    app: Application, user: User, conversation_id: ConversationId, disposition: str, reason: str = ""
) -> None:
    """End it with a disposition code. When the debtor writes again, the assistant answers and says who it is.

    Raises:
        DeskRefusal: not_yours or unknown_disposition.
    """
    if disposition not in {code.value for code in CLOSING}:
        raise DeskRefusal("unknown_disposition")
    with desk_turn(app, user, conversation_id) as turn:
        talk = turn.conversation
        before = talk.disposition.value if talk.disposition is not None else None
        talk.disposition = Disposition(disposition)
        talk.state.pop("introduced", None)
        closed = _end(turn, "closed")
        turn.audit(
            Tag.DESK_CLOSED,
            cases=closed,
            disposition=disposition,
            reason=reason.strip()[:MAX_REASON],
            to=disposition,
            **{"from": before},
        )
        webhooks.announce(turn, "closed", disposition)


def _end(turn: DeskTurn, outcome: str) -> list[str]:
    """Close what the person had claimed; what came up meanwhile (a call to make) goes on waiting."""
    talk = turn.conversation
    mine: list[Handoff] = [case for case in turn.cases if case.status == "claimed"]
    for case in mine:
        turn.uow.handoffs.close(case.handoff_id, turn.now, outcome)
    talk.owner, talk.assignee, talk.pending = Owner.BOT, None, Pending.NOTHING
    talk.state.pop("waiting_for", None)
    talk.state["returned_at"] = turn.now.isoformat()
    return [case.handoff_id for case in mine]


def is_late(turn_now: datetime, last_inbound_at: datetime | None, last_reply_at: datetime | None) -> bool:
    """Whether the debtor had the last word."""
    return (
        last_inbound_at is not None
        and last_inbound_at <= turn_now
        and (last_reply_at is None or last_reply_at < last_inbound_at)
    )
