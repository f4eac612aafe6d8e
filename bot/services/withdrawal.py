"""Second thoughts about an agreement in force: taken back within a day, explained when asked, else a person decides."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement, ArrangementStatus
from bot.debt.conversations import Pending
from bot.services.steps import URGENT
from bot.services.turn import Button, Turn, entity
from bot.services.understood import Heard

# What the written summary promises, whatever the law of the place gives besides.
_HOLDS_FOR = timedelta(hours=24)
_DEAL = (
    r"(?:el|mi|este|ese|lo del|the|my|this|that) (?:plan|acuerdo|convenio|trato|agreement|arrangement|deal)"
)
# Words that mean nothing else while an agreement is in force.
_NAMES_IT = re.compile(
    r"ech\w+(?: me| lo)?(?: ?(?:pa|para|p'))? ?a?tr[aá]s"
    rf"|(?:anul|deshac|desist|rescind|cancel)\w* (?:de )?{_DEAL}|no quiero {_DEAL}|don'?t want {_DEAL}"
    r"|\b(?:anul|deshac)\w*lo\b|\bl[oa] quiero (?:anular|cancelar|deshacer)\b"
    r"|(?:puedo|podr[ií]a|se puede) (?:cancelar(?:lo)?|anular(?:lo)?|deshacer(?:lo)?)\W*$"
    r"|(?:puedo|podr[ií]a|se puede) (?:me )?arrepentir(?:me|se)?\W*$"
    r"|hasta cu[aá]ndo (?:me )?puedo (?:arrepentir|anular|cancelar)"
    r"|back(?:ing)? out\b|(?:get|want) out(?: of (?:it|this|the \w+))?\W*$|can i cancel(?: it)?\W*$"
    rf"|too late to (?:change my mind|cancel)|\b(?:cancel|undo|end) {_DEAL}",
    re.IGNORECASE,
)
_REGRETS = re.compile(
    r"\W*(?:(?:che|oye|uy|ay|uf|pucha|perd[oó]n|creo que|la verdad|no|i think|actually|sorry),? )*(?:ya )?"
    r"(?:me arrep(?:ent|ient)\w+|i(?:'ve| have)? changed my mind|i regret (?:it|this|that))\W*",
    re.IGNORECASE,
)
# The same in fewer words; they need an intent that goes with them.
_WITHDRAWS = re.compile(
    r"arrepient|arrepent|anul|deshac|desist|ya no (?:lo|la) quiero"
    r"|ya no quiero(?: (?:el|este|ese|seguir)\b|\W*$)|withdraw|changed? my mind|undo",
    re.IGNORECASE,
)
_TAKES_BACK = frozenset({"change_agreement", "deny", "refuse_to_pay"})
_ASKS = re.compile(
    r"\?|^\W*(?:can|could|may|is it|am i|what (?:if|happens)|how|until when|me puedo|puedo|podr[ií]a|se puede"
    r"|hasta cu[aá]ndo|c[oó]mo|todav[ií]a|a[uú]n|es posible|qu[eé] pasa)\b",
    re.IGNORECASE,
)


def is_meant(heard: Heard) -> bool:
    """Whether a wish to change an agreement is one to take it back."""
    if heard.first("withdraw") or _NAMES_IT.search(heard.text) or _REGRETS.fullmatch(heard.text):
        return True
    # "Changed my mind, on the 20th" wants another day.
    return bool(_WITHDRAWS.search(heard.text)) and not heard.has("date", "amount", "amounts")


def hear(turn: Turn) -> bool:
    """Answer second thoughts about the agreement in force, if that is what the words say.

    Looked at before the intent: "can I back out?" is a question that has an answer, however unsure we are of it.
    """
    heard, account = turn.heard, turn.account
    if account is None or heard.is_pressed or heard.has("date", "amount", "amounts"):
        return False
    rules = turn.app.rulebook.conversation(turn.today)
    is_plain = bool(_REGRETS.fullmatch(heard.text))
    if heard.intent in URGENT and heard.confidence >= rules.clear_confidence and not is_plain:
        return False
    is_meant = heard.intent in _TAKES_BACK and bool(_WITHDRAWS.search(heard.text))
    if not (is_plain or is_meant or _NAMES_IT.search(heard.text)):
        return False
    arrangement = turn.uow.arrangements.open_for(account.reference) or _of_another_account(turn, account)
    if arrangement is None:
        return _before_the_yes(turn)
    turn.conversation.account = arrangement.account
    if heard.intent in _TAKES_BACK and not _ASKS.search(heard.text):
        take_back(turn, arrangement)
    else:
        explain(turn, arrangement)
    return True


def _of_another_account(turn: Turn, account: Account) -> Arrangement | None:
    """The one agreement of another of their accounts, if there is just one."""
    others = [a for a in turn.uow.accounts.of_debtor(account.debtor_id) if a.reference != account.reference]
    found = [one for one in (turn.uow.arrangements.open_for(a.reference) for a in others) if one is not None]
    return found[0] if len(found) == 1 else None


def _before_the_yes(turn: Turn) -> bool:
    """Asked while terms wait for a yes: nothing is agreed, and what a yes would leave open."""
    from bot.services import resume

    waits = turn.conversation.pending in (Pending.SUMMARY, Pending.OFFERS)
    if not waits or not _ASKS.search(turn.heard.text):
        return False
    turn.say("utter_nothing_agreed_yet", hours=_HOLDS_FOR // timedelta(hours=1))
    resume.ask_again(turn)
    return True


def explain(turn: Turn, arrangement: Arrangement) -> None:
    """What is agreed, by when it can be undone here, and who can change it after that."""
    from bot.services import agreement

    upcoming = arrangement.next_instalment()
    if upcoming is None:
        agreement.status(turn)
        return
    left = sum(1 for i in arrangement.terms.schedule if i.status.value != "paid")
    until, person = _until(arrangement), Button("button_person", "request_agent")
    turn.conversation.pending = Pending.NOTHING
    turn.say(
        "utter_agreement_in_short",
        total=arrangement.terms.total,
        left=left,
        next_amount=agreement.still_due(upcoming),
        next_due_on=upcoming.due_on,
    )
    if turn.now < until and not _has_paid(arrangement):
        undo = Button("button_undo_agreement", "change_agreement", (entity("withdraw", True),))
        turn.say("utter_can_withdraw", until=_there(turn, until), buttons=[undo, person])
        return
    turn.say("utter_person_can_change", buttons=[person])


def take_back(turn: Turn, arrangement: Arrangement) -> None:
    """Take back the agreement within a day of making it; later a person decides."""
    from bot.services import agreement

    if turn.now >= _until(arrangement) or _has_paid(arrangement):
        agreement.propose_change(turn)
        return
    turn.uow.arrangements.update(replace(arrangement, status=ArrangementStatus.WITHDRAWN))
    turn.audit(
        Tag.ARRANGEMENT_WITHDRAWN, arrangement_id=arrangement.arrangement_id, account=arrangement.account
    )
    turn.conversation.pending = Pending.NOTHING
    turn.say("utter_withdrawn", buttons=[Button("button_pay_in_parts", "request_installments")])


def _until(arrangement: Arrangement) -> datetime:
    return arrangement.agreed_at + _HOLDS_FOR


def _has_paid(arrangement: Arrangement) -> bool:
    return any(i.paid for i in arrangement.terms.schedule)


def _there(turn: Turn, at: datetime) -> datetime:
    """An instant by the clock where the debtor is."""
    zone = turn.debtor.time_zone if turn.debtor is not None else None
    return at.astimezone(ZoneInfo(zone or turn.app.rulebook.country(turn.country).time_zone))
