"""What is said to the offers on the table: which one, none of them, the same from another day."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.debt.arrangements import Kind, Offer
from bot.debt.money import Money
from bot.services import agreement, handoff
from bot.services.negotiation import answer_proposal, ask_for_a_day, counter, make_offers, say_if_closed
from bot.services.offers import offer_button, offer_name
from bot.services.proposals import day_of_plan, memory, moved, proposal_from
from bot.services.turn import Button, Turn

_SAVING = re.compile(r"ahorr|\bsav(?:e|es|ing)\b", re.IGNORECASE)
_FIGURES = ("amount", "amounts", "installments", "fraction")
_MAY_PICK = frozenset({"affirm", "inform", "request_installments", "pay_now", "counter_offer"})
_KIND_WORDS = {
    "plan": ("plan", "plazo", "cuota", "parte", "instal", "month", "mensual"),
    "settlement": ("descuento", "rebaja", "quita", "discount", "settle", "reduc", "ahorr"),
    "full": ("todo", "total", "completo", "full", "whole", "everything"),
}


def answer_offers(turn: Turn) -> bool:
    """Which offer: by number, by name, or a bare yes when there is one."""
    account, heard = turn.account, turn.heard
    offers = [o for o in map(turn.uow.offers.get, memory(turn).get("offers", ())) if o is not None]
    if account is None or not offers or say_if_closed(turn, account):
        return account is not None and turn.has_spoken
    picked = _picked(turn, offers)
    if picked is not None:
        if agreement.stale_because(turn, picked, account) is not None:
            turn.say("utter_offer_stale")
            make_offers(turn, account, turn.limits(account))
        else:
            agreement.show_summary(turn, picked)
        return True
    if move(turn, offers):
        return True
    if _SAVING.search(heard.text) and _say_saving(turn, offers):
        return True
    if heard.intent in ("affirm", "deny") and heard.has(*_FIGURES):
        # "Yes, but 25", "no, 25": terms of their own.
        counter(turn)
        return True
    if heard.intent == "affirm":
        turn.say("utter_which_offer", buttons=[offer_button(n, o) for n, o in enumerate(offers, 1)])
        return True
    if heard.intent == "deny":
        return _not_these(turn)
    if heard.intent in (
        "inform",
        "counter_offer",
        "promise_to_pay",
        "pay_now",
        "out_of_scope",
        "request_extension",
    ):
        if ask_for_a_day(turn):
            return True
        proposal = proposal_from(turn, account)
        if proposal is not None:
            answer_proposal(turn, account, turn.limits(account), proposal)
            return True
    return False


def _say_saving(turn: Turn, offers: Sequence[Offer]) -> bool:
    reduced = next((o for o in offers if o.terms.kind is Kind.SETTLEMENT), None)
    if reduced is None or turn.heard.intent not in ("ask_balance", "ask_debt_details"):
        return False
    turn.say(
        "utter_saving_is", total=reduced.terms.total, saving=reduced.terms.saving, balance=reduced.balance
    )
    return True


def changes(turn: Turn, offer: Offer) -> bool:
    """Answer what the words would change in the terms of a summary, if they change anything.

    Args:
        turn: the turn.
        offer: whose summary waits for a yes.
    """
    heard, terms = turn.heard, offer.terms
    if heard.days[:1] != [terms.first_due_on] and move(turn, [offer]):
        return True
    if heard.intent != "affirm" or heard.is_pressed or not heard.has(*_FIGURES):
        return False
    named = {Money.nearest(heard.amount, terms.total.currency)} if heard.amount is not None else set()
    is_theirs = named <= {terms.total, *(instalment.amount for instalment in terms.schedule)}
    if (
        is_theirs
        and heard.installments in (None, len(terms.schedule))
        and not heard.has("amounts", "fraction")
    ):
        return False
    counter(turn)
    return True


_ANOTHER_DAY = frozenset(
    {
        "request_extension", "change_agreement", "promise_to_pay", "counter_offer", "inform", "request_installments",
        "affirm", "deny", "pay_now", "out_of_scope",
    }
)  # fmt: skip


def move(turn: Turn, offers: Sequence[Offer]) -> bool:
    """ "Can it be the 20th?": the terms in hand from another day, as far as the rules allow it.

    Args:
        turn: the turn.
        offers: what is on the table; of several, the plan is meant where the words say when it starts.
    """
    heard, account = turn.heard, turn.account
    if account is None or heard.intent not in _ANOTHER_DAY or not heard.days:
        return False
    if heard.has(*_FIGURES) or say_if_closed(turn, account):
        return turn.has_spoken
    plans = [offer for offer in offers if len(offer.terms.schedule) > 1]
    meant = plans if day_of_plan(heard) is not None else offers
    if len(meant) != 1 or (heard.frequency is not None and heard.frequency is not meant[0].terms.frequency):
        return False
    answer_proposal(turn, account, turn.limits(account), moved(meant[0].terms, heard.days[0]))
    return True


def _not_these(turn: Turn) -> bool:
    talk = memory(turn)
    talk["stuck"] = int(talk.get("stuck", 0)) + 1
    if talk["stuck"] >= turn.app.rulebook.conversation(turn.today).no_progress_turns - 1:
        handoff.offer_person(turn, "offers_declined")
    else:
        turn.say("utter_what_would_suit", buttons=[Button("button_person", "request_agent")])
    return True


def _picked(turn: Turn, offers: list[Offer]) -> Offer | None:
    heard = turn.heard
    number = heard.choice
    if number is not None and (number == -1 or 1 <= number <= len(offers)):
        return offers[number if number == -1 else number - 1]
    text = heard.text.lower()
    # "El plan" alone is a choice, whatever intent it was taken for.
    is_short = len(text.split()) <= 4 and "?" not in text
    if heard.has("amount", "installments", "date") or not (is_short or heard.intent in _MAY_PICK):
        return None
    kinds = {kind for kind, words in _KIND_WORDS.items() if any(word in text for word in words)}
    if len(kinds) == 1:
        # "Then the plan": also one that was offered before and still stands; the newest of its kind.
        account = turn.account
        table = turn.on_table(account) if account is not None else []
        named = [o for o in (*table, *offers) if offer_name(o.terms) in kinds]
        if named:
            return named[-1]
    return offers[0] if heard.intent == "affirm" and len(offers) == 1 and not kinds else None
