"""Answers that had to wait longer than the identification lasted: withheld, announced without a word, given later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation
from bot.debt.party import MessageId
from bot.services.application import Application
from bot.services.said import Words
from bot.services.turn import Turn
from bot.services.unit_of_work import OutboundMessage, UnitOfWork

WITHHELD = "identity_ended"
_GIVEN = "given_later"
# After a week the figures in it may be wrong: the person asks anew.
_KEPT_FOR = timedelta(days=7)
# What a person is to choose from.
_CHOICES = frozenset(
    {
        "utter_offers", "utter_one_offer", "utter_which_offer", "utter_summary_plan", "utter_summary_settlement",
        "utter_summary_full", "utter_ask_acceptance",
    }
)  # fmt: skip
# What says nothing of a debt to whoever holds the phone; everything else written to an identified person may.
_HARMLESS = (
    *(
        "distress",
        "contact_stopped",
        "contact_resumed",
        "channel_",
        "hours_",
        "callback_",
        "propose_callback",
    ),
    *("ask_callback_", "person_later", "wait_longer", "bot_again", "answer_waiting"),
)


def is_harmless(response: str) -> bool:
    """Whether a text may be read by anybody."""
    return response.partition("_")[2].startswith(_HARMLESS)


def withhold(app: Application, uow: UnitOfWork, row: OutboundMessage, conversation: Conversation) -> bool:
    """Keep back a message whose reader is identified no longer, with all that waits beside it, and announce it once.

    The conversation is only looked at: whoever sends holds its messages, not itself.

    Args:
        app: for the rulebook and the clock.
        uow: the transaction in which the message would be claimed.
        row: the message that would go out now.
        conversation: as it stands.

    Returns:
        Whether the message stays.
    """
    if not _is_private(app, row, conversation):
        return False
    before = [one for one in uow.outbox.unsent(row.conversation_id, ("blocked",)) if one.error == WITHHELD]
    waiting = uow.outbox.unsent(row.conversation_id, ("queued",))
    kept = [one for one in waiting if _is_private(app, one, conversation)]
    for one in kept:
        uow.outbox.mark(one.message_id, "blocked", error=WITHHELD, due_at=None)
    heard_at = conversation.last_inbound_at
    if not any(heard_at is None or one.created_at >= heard_at for one in before):
        _announce(app, uow, conversation)
    uow.audit.append(
        f"conversation:{row.conversation_id}",
        Tag.ANSWER_WITHHELD.value,
        app.clock.now(),
        {"outcome": "withheld", "outbox_ids": [one.message_id for one in kept]},
    )
    return True


def give(turn: Turn) -> None:
    """Say what was withheld from this person in this chat, now that they are identified again."""
    told_to = turn.require_party().debtor.debtor_id
    rows = [
        row
        for row in turn.uow.outbox.unsent(turn.conversation.conversation_id, ("blocked",))
        if row.error == WITHHELD and row.told_to == told_to and turn.now - row.created_at <= _KEPT_FOR
    ]
    is_put_anew = _may_be_put_anew(turn, rows)
    for number, row in enumerate(rows):
        again = MessageId(f"{turn.message.message_id}.kept{number}")
        if not (is_put_anew and row.response in _CHOICES):
            turn.say_kept(row.response, Words(row.text, again, row.variant))
        turn.uow.outbox.mark(row.message_id, "blocked", error=_GIVEN)
    if rows:
        turn.audit(Tag.ANSWER_WITHHELD, outcome="given", outbox_ids=[row.message_id for row in rows])
    if is_put_anew:
        _put_anew(turn)


def _may_be_put_anew(turn: Turn, rows: Sequence[OutboundMessage]) -> bool:
    """Whether a choice was kept back that can still be made: its buttons ended with the identification."""
    from bot.services import negotiation

    account = turn.account
    is_choice = any(row.response in _CHOICES for row in rows)
    return is_choice and account is not None and not negotiation.is_closed(turn, account)


def _put_anew(turn: Turn) -> None:
    """The summary that waited for a yes, or the offers, as they stand today and with buttons that hold."""
    from bot.services import agreement, negotiation

    account, chain = turn.account, f"conversation:{turn.conversation.conversation_id}"
    assert account is not None
    steps = [Tag.OFFER_MADE.value, Tag.SUMMARY_SHOWN.value, Tag.OFFER_ACCEPTED.value]
    last = turn.uow.audit.of_chain(chain, steps, 1)
    if last and last[0]["tag"] == Tag.SUMMARY_SHOWN.value:
        offer = turn.uow.offers.get(last[0]["payload"]["offer_id"])
        is_theirs = offer is not None and offer.account == account.reference
        if offer is not None and is_theirs and agreement.stale_because(turn, offer, account) is None:
            agreement.show_summary(turn, offer)
            return
    negotiation.make_offers(turn, account, turn.limits(account))


def _is_private(app: Application, row: OutboundMessage, talk: Conversation) -> bool:
    from bot.services import identity

    if row.told_to is None or is_harmless(row.response):
        return False
    is_theirs = talk.debtor_id == row.told_to
    return not (is_theirs and identity.is_identified(app, talk, talk.last_inbound_at))


def _announce(app: Application, uow: UnitOfWork, talk: Conversation) -> None:
    from bot.services.desk_turn import DeskTurn

    told = DeskTurn(app, uow, talk, None)
    told.author = "assistant"
    told.say("utter_answer_waiting")
    told.send()
