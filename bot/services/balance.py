"""What is owed, to whom and why; only ever told to the right party."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement
from bot.debt.conversations import Pending
from bot.debt.holds import HoldKind
from bot.debt.party import AccountReference
from bot.services import agreement
from bot.services.identity_words import references_in
from bot.services.turn import Button, Turn, entity

_BOTH = re.compile(r"\b(?:las dos|los dos|ambas|ambos|both|todas|todos|all of them)\b", re.IGNORECASE)
_OTHER_ACCOUNT = re.compile(
    r"\b(?:la|el) otr[oa] (?:cuenta|deuda|recibo|tarjeta|pr[eé]stamo)\b|\bthe other (?:account|debt|bill|card|loan)\b",
    re.IGNORECASE,
)
# With terms on the table it is another of them that is meant.
_OTHER = re.compile(r"\b(?:la otra|el otro|the other(?: one)?)\W*$", re.IGNORECASE)
_ALIKE = 5
_SAYS_MORE = frozenset(
    {
        "counter_offer", "promise_to_pay", "pay_now", "request_installments", "request_discount", "request_extension",
        "report_payment", "ask_payment_methods", "ask_debt_details", "ask_agreement_status", "change_agreement",
    }
)  # fmt: skip
_UNDER_REVIEW = {HoldKind.DISPUTE, HoldKind.PAYMENT_CLAIMED, HoldKind.COMPLAINT}


def choose_account(turn: Turn) -> Account | None:
    """The account in hand; if there are several to choose from, ask which and return None."""
    if turn.account is not None:
        return turn.account
    owed = list(turn.uow.accounts.of_debtor(turn.require_party().debtor.debtor_id))
    open_ones = [a for a in owed if not a.is_settled]
    if len(open_ones) == 1 or (not open_ones and owed):
        turn.conversation.account = (open_ones or owed)[0].reference
        return turn.account
    if not owed:
        turn.say("utter_no_account")
        return None
    turn.conversation.state["after_account"] = {
        "intent": turn.heard.intent,
        "entities": [dict(e) for e in turn.heard.entities],
    }
    turn.conversation.state["accounts"] = [a.reference for a in open_ones]
    for account in open_ones:
        _record_disclosure(turn, account)
    lines = "\n".join(
        turn.app.scripts.render(
            "utter_account_line",
            _line_values(turn, number, account),
            language=turn.conversation.language,
            tone=None,
            channel=turn.conversation.channel,
            form=turn.form,
        ).text
        for number, account in enumerate(open_ones, 1)
    )
    turn.ask(
        Pending.ACCOUNT,
        "utter_which_account",
        accounts=lines,
        buttons=[
            Button(
                "button_account", "inform", (entity("choice", number),), _line_values(turn, number, account)
            )
            for number, account in enumerate(open_ones, 1)
        ],
    )
    return None


def _line_values(turn: Turn, number: int, account: Account) -> dict[str, str]:
    from bot.services import wording

    locale = wording.locale_of(turn.conversation.language, turn.country)
    return {
        "number": str(number),
        "creditor": account.creditor,
        "reference": account.reference,
        "total": wording.money(account.balance.total, locale),
    }


def answer_account(turn: Turn) -> bool:
    """Which account: by number, by a word of its creditor or product, or by reference."""
    from bot.services import dialogue

    talk, heard = turn.conversation, turn.heard
    references = list(talk.state.get("accounts", ()))
    picked = None
    number = heard.choice or heard.installments
    if number is not None and (number == -1 or 1 <= number <= len(references)):
        picked = references[number if number == -1 else number - 1]
    if picked is None:
        picked = _named(heard.text, [a for a in map(turn.uow.accounts.get, references) if a is not None])
    if picked is None and references and _BOTH.search(heard.text):
        picked = references[0]
        turn.say("utter_one_after_the_other")
    if picked is None:
        return False
    talk.account = picked
    talk.pending = Pending.NOTHING
    after = talk.state.pop("after_account", None) or {"intent": "ask_balance", "entities": []}
    if heard.has("date", "amount", "amounts", "installments") and heard.intent in _SAYS_MORE:
        # "I can pay the electricity on Friday": the choice, and what they want with it.
        after = {"intent": heard.intent, "entities": [dict(e) for e in heard.entities]}
    dialogue.go_on_with(turn, after)
    return True


def switch(turn: Turn) -> bool:
    """Take up another of their accounts, by its reference or as "the other one"; answered only if nothing else is said."""
    heard, talk, current = turn.heard, turn.conversation, turn.account
    if current is None or heard.is_pressed:
        return False
    is_other = _OTHER_ACCOUNT.search(heard.text) or (
        talk.pending is Pending.NOTHING and _OTHER.search(heard.text)
    )
    if not (is_other or heard.has("account_reference") or references_in(heard.text)):
        return False
    owed = turn.uow.accounts.of_debtor(current.debtor_id)
    others = [a for a in owed if not a.is_settled and a.reference != current.reference]
    named = [a for a in others if a.reference.lower() in heard.text.lower()]
    if not named and len(others) == 1 and is_other:
        named = others
    if len(named) != 1:
        return False
    talk.account, talk.pending = named[0].reference, Pending.NOTHING
    if heard.intent in _SAYS_MORE:
        return False
    tell(turn)
    return True


def _named(text: str, accounts: Sequence[Account]) -> AccountReference | None:
    """The one account that the words name: by reference, or by words that no other of them has."""
    said = text.lower()
    by_reference = [
        a.reference for a in accounts if a.reference.lower() in said or a.creditor.lower() in said
    ]
    if len(by_reference) == 1:
        return by_reference[0]
    heard = set(_words(text))
    found = []
    for account in accounts:
        others = {w for a in accounts if a != account for w in _words(f"{a.creditor} {a.product}")}
        own = set(_words(f"{account.creditor} {account.product}")) - others
        if any(_is_alike(one, word) for one in own for word in heard):
            found.append(account.reference)
    return found[0] if len(found) == 1 else None


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"[a-z]{3,}", "".join(c for c in plain if not unicodedata.combining(c)))


def _is_alike(one: str, other: str) -> bool:
    """The same word, or one that begins alike in the other language ("electric", "eléctrico")."""
    return one == other or (min(len(one), len(other)) >= _ALIKE and one[:_ALIKE] == other[:_ALIKE])


def tell(turn: Turn) -> None:
    """The balance, then one question about what to do next."""
    account = choose_account(turn)
    if account is None:
        return
    _record_disclosure(turn, account)
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
        return
    limits = turn.limits(account)
    turn.say(
        "utter_balance",
        creditor=account.creditor,
        product=account.product,
        total=account.balance.total,
        reference=account.reference,
        due_on=account.due_on,
    )
    if limits.is_time_barred:
        turn.say("utter_time_barred", buttons=[Button("button_person", "request_agent")])
        return
    _what_now(turn, account)


def _what_now(turn: Turn, account: Account) -> None:
    kinds = {hold.kind for hold in turn.holds()}
    arrangement = turn.uow.arrangements.open_for(account.reference)
    if kinds & _UNDER_REVIEW:
        turn.say("utter_under_review")
    elif turn.hold_forbidding_offers() is not None:
        turn.say("utter_person_has_case")
    elif arrangement is not None:
        say_arrangement(turn, arrangement)
    elif HoldKind.CEASE_CONTACT in kinds:
        return
    else:
        turn.say("utter_how_to_settle", buttons=ways_to_settle(turn))


def ways_to_settle(turn: Turn) -> list[Button]:
    """The first choices after hearing the balance."""
    return [
        Button("button_pay_now", "pay_now"),
        Button("button_pay_in_parts", "request_installments"),
        Button("button_cannot_pay", "report_hardship"),
        Button("button_something_wrong", "dispute_debt"),
    ]


def say_arrangement(turn: Turn, arrangement: Arrangement) -> None:
    """One line on the arrangement in force: what comes next."""
    upcoming = arrangement.next_instalment()
    if upcoming is not None:
        left = sum(1 for i in arrangement.terms.schedule if i.status.value != "paid")
        turn.say(
            "utter_next_instalment", amount=agreement.still_due(upcoming), due_on=upcoming.due_on, left=left
        )


def _record_disclosure(turn: Turn, account: Account) -> None:
    turn.audit(Tag.BALANCE_DISCLOSED, account=account.reference, total=account.balance.total)


def details(turn: Turn) -> None:
    """Where the debt comes from, part by part."""
    account = choose_account(turn)
    if account is None:
        return
    _record_disclosure(turn, account)
    if account.is_settled:
        turn.say("utter_balance_zero", creditor=account.creditor, reference=account.reference)
        return
    turn.say(
        "utter_debt_details",
        creditor=account.creditor,
        product=account.product,
        reference=account.reference,
        principal=account.balance.principal,
        interest=account.balance.interest,
        fees=account.balance.fees,
        total=account.balance.total,
        opened_on=account.opened_on,
        due_on=account.due_on,
    )
    if turn.limits(account).is_time_barred:
        turn.say("utter_time_barred", buttons=[Button("button_person", "request_agent")])
        return
    arrangement = turn.uow.arrangements.open_for(account.reference)
    if arrangement is not None:
        # "When is it due?" now means the next payment.
        say_arrangement(turn, arrangement)
        return
    turn.say("utter_details_wrong", buttons=[Button("button_something_wrong", "dispute_debt")])


def consequences(turn: Turn) -> None:
    """Only what is lawful and true, without a threat; for particulars, a person."""
    account = choose_account(turn)
    if account is None:
        return
    if turn.limits(account).is_time_barred:
        turn.say("utter_time_barred", buttons=[Button("button_person", "request_agent")])
        return
    turn.say("utter_consequences", buttons=[Button("button_person", "request_agent")])
