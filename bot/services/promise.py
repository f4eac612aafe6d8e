"""A promise to pay a date and an amount, and more time."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.money import Money
from bot.debt.negotiation import PromiseAllowed, PromiseTooFar, PromiseTooSmall, decide_promise
from bot.debt.promises import Promise, PromiseStatus
from bot.services import negotiation
from bot.services.proposals import day_of_plan, names_payday
from bot.services.turn import Button, Turn


def make(turn: Turn) -> None:
    """ "I will pay on Friday": note it if the rules allow; ask for the day if it is missing."""
    from bot.services import agreement, balance, payment

    account = balance.choose_account(turn)
    if account is None:
        return
    arrangement = turn.uow.arrangements.open_for(account.reference)
    upcoming = arrangement.next_instalment() if arrangement is not None else None
    if arrangement is not None and upcoming is not None:
        days = turn.heard.days
        if days and days[-1] > upcoming.due_on:
            agreement.propose_new_date(turn, days[-1])
            return
        balance.say_arrangement(turn, arrangement)
        payment.instructions(turn, account, agreement.still_due(upcoming))
        return
    if negotiation.say_if_closed(turn, account):
        return
    if day_of_plan(turn.heard) is not None:
        # "I'll pay on the 5th of every month" promises instalments, not all of it on the 5th.
        negotiation.counter(turn)
        return
    _hear_details(turn, account)
    # "I get paid on the 28th" is no promise yet, least of all of everything.
    _decide(turn, account, confirmed=not names_payday(turn.heard))


def extend(turn: Turn) -> None:
    """More time: agree on a day within the rules, confirmed by the debtor."""
    account = _account_for_promise(turn)
    if account is None:
        return
    if day_of_plan(turn.heard) is not None:
        negotiation.counter(turn)
        return
    _hear_details(turn, account)
    _decide(turn, account, confirmed=False)


def answer(turn: Turn) -> bool:
    """The day or amount that was asked for, or a yes to what was proposed."""
    account, heard = turn.account, turn.heard
    if account is None:
        return False
    if heard.intent == "deny" and not heard.has("date", "amount"):
        turn.conversation.pending = Pending.NOTHING
        turn.conversation.state.pop("promise", None)
        turn.say("utter_what_would_suit", buttons=[Button("button_pay_in_parts", "request_installments")])
        return True
    if heard.intent == "affirm" and not heard.has("date", "amount"):
        if _draft(turn).get("due_on"):
            _decide(turn, account, confirmed=True)
        else:
            turn.ask(Pending.PROMISE, "utter_ask_promise_date")
        return True
    if day_of_plan(heard) is not None and heard.intent not in ("change_agreement", "report_payment"):
        turn.conversation.state.pop("promise", None)
        negotiation.counter(turn)
        return True
    if heard.has("date", "amount", "fraction") and heard.intent not in ("change_agreement", "report_payment"):
        had_day = bool(_draft(turn).get("due_on"))
        _hear_details(turn, account)
        is_asked = "?" in heard.text  # "and on the 5th?" is not a promise yet
        _decide(turn, account, confirmed=not is_asked and (not had_day or not _draft(turn).get("proposed")))
        return True
    return False


def _account_for_promise(turn: Turn) -> Account | None:
    from bot.services import agreement, balance

    account = balance.choose_account(turn)
    if account is None:
        return None
    if turn.uow.arrangements.open_for(account.reference) is not None:
        # Within a plan, more time is a new date for the next instalment.
        agreement.change(turn)
        return None
    return None if negotiation.say_if_closed(turn, account) else account


def _draft(turn: Turn) -> dict[str, Any]:
    draft: dict[str, Any] = turn.conversation.state.setdefault("promise", {})
    return draft


def _hear_details(turn: Turn, account: Account) -> None:
    heard, draft = turn.heard, _draft(turn)
    if heard.days:
        draft["due_on"] = heard.days[-1].isoformat()
        draft.pop("proposed", None)
    if heard.share is not None:
        draft["amount"] = str(account.balance.total.share(heard.share).decimal)
    elif heard.amount is not None:
        draft["amount"] = str(Money.nearest(heard.amount, account.currency).decimal)


def _decide(turn: Turn, account: Account, *, confirmed: bool) -> None:
    draft, limits = _draft(turn), turn.limits(account)
    amount = Money.of(draft["amount"], account.currency) if draft.get("amount") else None
    if not draft.get("due_on"):
        # "I'll pay when I get paid" has no day yet: ask, up to the latest that the rules allow.
        turn.ask(Pending.PROMISE, "utter_ask_promise_date")
        return
    due_on = date.fromisoformat(draft["due_on"])
    if due_on < turn.today:
        draft.pop("due_on")
        turn.ask(Pending.PROMISE, "utter_promise_in_the_past")
        return
    if amount is not None and amount > account.balance.total:
        draft["amount"] = str(account.balance.total.decimal)
        amount = account.balance.total
        turn.say("utter_correct_more_than_owed", correction=amount, balance=amount)
    broken = turn.uow.promises.broken_count(account.debtor_id)
    verdict = decide_promise(account, limits, amount, due_on, turn.today, broken)
    if isinstance(verdict, PromiseAllowed):
        if confirmed:
            record(turn, account, amount or account.balance.total, due_on, verdict.rule_id)
            return
        draft["proposed"] = True
        turn.ask(
            Pending.PROMISE,
            "utter_propose_promise",
            amount=amount or account.balance.total,
            due_on=due_on,
            buttons=[Button("button_accept", "affirm"), Button("button_not_yet", "deny")],
        )
    elif isinstance(verdict, PromiseTooFar):
        draft.update(due_on=verdict.latest.isoformat(), proposed=True)
        turn.ask(
            Pending.PROMISE,
            "utter_promise_too_far",
            latest=verdict.latest,
            buttons=[
                Button("button_accept", "affirm"),
                Button("button_pay_in_parts", "request_installments"),
            ],
        )
    elif isinstance(verdict, PromiseTooSmall):
        draft.update(amount=str(verdict.minimum.decimal), proposed=True)
        turn.ask(
            Pending.PROMISE,
            "utter_promise_too_small",
            minimum=verdict.minimum,
            due_on=due_on,
            buttons=[
                Button("button_accept", "affirm"),
                Button("button_pay_in_parts", "request_installments"),
            ],
        )
    else:
        turn.conversation.state.pop("promise", None)
        turn.say("utter_promise_not_possible")
        negotiation.make_offers(turn, account, limits)


def record(turn: Turn, account: Account, amount: Money, due_on: date, rule_id: str) -> None:
    """Note a promise that the rules allow; it takes the place of an earlier one."""
    turn.lock(account.debtor_id)
    for earlier in turn.uow.promises.of_account(account.reference):
        if earlier.status is PromiseStatus.OPEN:
            # One promise at a time: the newest is the one that counts.
            turn.uow.promises.update(
                Promise(
                    earlier.promise_id,
                    earlier.account,
                    earlier.amount,
                    earlier.due_on,
                    PromiseStatus.WITHDRAWN,
                    earlier.made_at,
                )
            )
    made = Promise(f"W-{uuid4().hex[:12]}", account.reference, amount, due_on, PromiseStatus.OPEN, turn.now)
    turn.uow.promises.add(made, turn.conversation.conversation_id)
    turn.audit(Tag.PROMISE_MADE, rule_id=rule_id, account=account.reference, amount=amount, due_on=due_on)
    turn.dispose(Disposition.PROMISE_TO_PAY)
    turn.conversation.pending = Pending.NOTHING
    turn.conversation.state.pop("promise", None)
    turn.say(
        "utter_promise_noted",
        amount=amount,
        due_on=due_on,
        buttons=[Button("button_how_to_pay", "ask_payment_methods")],
    )
