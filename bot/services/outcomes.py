"""What a person notes of a conversation in one step: the same holds, rights and promises as the assistant's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from bot.debt.accounts import Account
from bot.debt.money import Money
from bot.debt.negotiation import PromiseAllowed, decide_promise
from bot.debt.party import ConversationId
from bot.services import callbacks, contact, dispute, hardship, identity, promise
from bot.services.application import Application
from bot.services.desk_port import User
from bot.services.desk_roles import DeskRefusal
from bot.services.desk_turn import DeskTurn, desk_turn

OUTCOMES = ("dispute", "hardship", "stop", "promise", "wrong_person", "callback")
_MAX_WORDS = 500


def record(
    app: Application,
    user: User,
    conversation_id: ConversationId,
    outcome: str,
    details: Mapping[str, str],
    *,
    tell: bool,
) -> None:
    """Note an outcome and place what it entails.

    Args:
        outcome: of OUTCOMES.
        details: `words`: what the debtor said; for a promise `due_on` and maybe `amount`; for a call `day`, `time`.
        tell: say to the debtor what the assistant would say.

    Raises:
        DeskRefusal: not_yours, nobody_known, no_account, not_identified, promise_not_allowed, bad_date, bad_amount,
            bad_call.
    """
    words = details.get("words", "").strip()[:_MAX_WORDS]
    with desk_turn(app, user, conversation_id, words=words) as turn:
        if outcome == "dispute":
            dispute.note(turn, _account(turn))
            turn.open_case("dispute", account=_account(turn).reference, words=words)
            turn.say("utter_dispute_noted", days=app.rulebook.country(turn.country).complaint_days)
        elif outcome == "hardship":
            hardship.note(turn, _account(turn))
            advice = app.rulebook.country(turn.country).debt_advice_in(turn.conversation.language)
            turn.say("utter_hardship", advice=advice)
        elif outcome == "stop":
            contact.note_stop(turn, turn.subject, "all")
            turn.say("utter_contact_stopped")
        elif outcome == "wrong_person":
            identity.note_wrong_person(turn, turn.subject)
            turn.say("utter_wrong_person")
        elif outcome == "callback":
            wanted = _call_at(turn, details.get("day", ""), details.get("time", ""))
            callbacks.note(turn, wanted, words, None)
            callbacks.say_noted(turn, wanted)
        elif outcome == "promise":
            _promise(turn, details)
        else:
            raise DeskRefusal("unknown_outcome")
        if not tell or (turn.party is None and outcome in ("dispute", "hardship")):
            turn.unsay()


def _account(turn: DeskTurn) -> Account:
    if turn.subject is None:
        raise DeskRefusal("nobody_known")
    account = turn.account_in_hand
    if account is None:
        raise DeskRefusal("no_account")
    return account


def _call_at(turn: DeskTurn, day: str, clock: str) -> datetime | None:
    """When a call is wanted, None when no moment was named. A day alone would be lost: a call has a moment."""
    try:
        wanted = (
            callbacks.moment(turn, day, time.fromisoformat(clock).isoformat("minutes")) if clock else None
        )
    except ValueError:
        wanted = None
    if ((day or clock) and wanted is None) or (wanted is not None and wanted <= turn.now):
        raise DeskRefusal("bad_call")
    return wanted


def _promise(turn: DeskTurn, details: Mapping[str, str]) -> None:
    if turn.party is None:
        raise DeskRefusal("not_identified")
    account = _account(turn)
    turn.conversation.account = account.reference
    due_on = as_date(details.get("due_on"))
    amount = as_money(details["amount"], account.currency) if details.get("amount") else None
    broken = turn.uow.promises.broken_count(account.debtor_id)
    verdict = decide_promise(account, turn.limits(account), amount, due_on, turn.today, broken)
    if not isinstance(verdict, PromiseAllowed):
        raise DeskRefusal("promise_not_allowed", rule=verdict.rule_id)
    promise.record(turn, account, amount or account.balance.total, due_on, verdict.rule_id)


def as_date(raw: str | None) -> date:
    """A day of a form.

    Raises:
        DeskRefusal: bad_date.
    """
    try:
        return date.fromisoformat(str(raw or ""))
    except ValueError:
        raise DeskRefusal("bad_date") from None


def as_money(raw: str, currency: str) -> Money:
    """An amount of a form, with a comma or a point before the cents.

    Raises:
        DeskRefusal: bad_amount.
    """
    text = raw.strip().replace(" ", "")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        amount = Decimal(text)
        if not amount.is_finite() or amount <= 0 or amount > Decimal("1e12"):
            raise DeskRefusal("bad_amount")
        return Money.nearest(amount, currency)
    except InvalidOperation:
        raise DeskRefusal("bad_amount") from None
