"""Disputes: collection stops at once and the debtor is told what happens next."""

from __future__ import annotations

from bot.debt.accounts import Account
from bot.debt.conversations import Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import HoldKind
from bot.services import cases
from bot.services.turn import Turn


def dispute(turn: Turn) -> None:
    """Not mine, wrong amount, prescribed, identity theft: never argued with; investigated by people."""
    from bot.services import balance

    account = balance.choose_account(turn)
    if account is None:
        return
    note(turn, account)
    turn.open_case("dispute", account=account.reference, words=turn.heard.text[:500])
    turn.say("utter_dispute_noted", days=turn.app.rulebook.country(turn.country).complaint_days)
    turn.ask(Pending.DISPUTE, "utter_ask_dispute_details")


def note(turn: Turn, account: Account) -> None:
    """Stop collection on an account that is disputed."""
    turn.place_hold(HoldKind.DISPUTE, account.debtor_id, account.reference)
    cases.invoke(turn, "dispute", account=account.reference)
    turn.dispose(Disposition.DISPUTED)


def answer_details(turn: Turn) -> bool:
    """What is wrong with the debt, in the debtor's own words."""
    if turn.heard.intent in ("inform", "dispute_debt", "out_of_scope", "ask_debt_details", "report_payment"):
        turn.open_case("dispute", account=turn.conversation.account, words=turn.heard.text[:1000])
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_dispute_details_noted")
        return True
    if turn.heard.intent in ("deny", "affirm"):
        turn.conversation.pending = Pending.NOTHING
        turn.say("utter_all_right")
        return True
    return False
